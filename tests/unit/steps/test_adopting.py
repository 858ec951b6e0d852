"""What may become ours: nobody's things, of those that are to be adopted, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from lambdas.domain.names import OWNER_TAG, RUN_TAG
from lambdas.steps.reading import adoptions, belongs

if TYPE_CHECKING:
    from lambdas.steps.scope import Scope

SCOPE = cast("Scope", SimpleNamespace(cluster="bank", run="bank-provision-1-1", adopting=frozenset({"cluster"})))
OURS = {OWNER_TAG: "bank", RUN_TAG: "bank-provision-1-1"}


@pytest.mark.parametrize(
    ("resource", "tags", "belonging", "adopted"),
    [
        ("cluster", None, True, True),
        ("cluster", {"team": "a"}, True, True),
        ("cluster", OURS, True, False),
        ("cluster", {OWNER_TAG: "other"}, False, False),
        ("cluster", {RUN_TAG: "other-provision-1-1"}, False, False),
        ("nodegroups/by-hand", None, False, False),
        ("nodegroups/workers", OURS, True, False),
    ],
)
def test_what_becomes_ours(resource: str, tags: dict[str, str] | None, *, belonging: bool, adopted: bool) -> None:
    assert belongs(SCOPE, resource, tags) is belonging
    assert [update.request["tags"] for update in adoptions(SCOPE, resource, tags, "arn:x")] == [OURS] * adopted
