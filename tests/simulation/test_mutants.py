"""The simulator finds bugs; ``python -m tests.simulation.mutants`` shows it of all that are planted there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.domain.tokens import request_token
from tests.simulation.bugs import MUTANTS
from tests.simulation.mutants import judged
from tests.simulation.planting import Change, Withered, planted

if TYPE_CHECKING:
    from tests.simulation.bugs import Mutant
    from tests.simulation.ground import Ground

_BY_NAME = {mutant.name: mutant for mutant in MUTANTS}


@pytest.mark.parametrize("mutant", MUTANTS, ids=_BY_NAME)
def test_every_bug_can_still_be_planted(mutant: Mutant) -> None:
    with planted(mutant.change):
        pass


@pytest.mark.parametrize("name", ["a foreign cluster is built on", "any log group of our name is ours"])
def test_a_trial_finds_a_bug(ground: Ground, name: str) -> None:
    assert judged(ground, _BY_NAME[name]).found == 1


def test_a_bug_is_there_only_for_a_while() -> None:
    before = request_token("quay", "cluster", {})
    with planted(Change("lambdas.domain.tokens", "content.encode()", "content.upper().encode()")):
        meanwhile = request_token("quay", "cluster", {})
    assert meanwhile != before == request_token("quay", "cluster", {})


@pytest.mark.parametrize(
    "change",
    [
        Change("lambdas.domain.tokens", "is not in there", ""),
        Change("lambdas.domain.tokens", "import hashlib", "import hashlib  # which changes nothing"),
    ],
)
def test_what_changes_nothing_is_no_bug(change: Change) -> None:
    with pytest.raises(Withered), planted(change):
        pass
