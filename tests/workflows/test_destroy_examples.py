"""Examples of every kind are made and taken away again, and the account is as it was before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lambdas.domain.paths import addon_path, nodegroup_path
from tests.house import example, house
from tests.workflows.clockwork import Clockwork
from tests.workflows.demolition import Site, inventory

if TYPE_CHECKING:
    from collections.abc import Iterator


EXAMPLES = ("arm-ebs", "bottlerocket", "bring-your-own", "capacity-block", "launch-template", "private-mixed", "teams")
"""Own and given roles and networks, add-ons with roles, templates, access of all sorts: the others are like these."""


@pytest.fixture(scope="module")
def clockwork() -> Iterator[Clockwork]:
    with house() as home:
        yield Clockwork(home)


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_is_left_of_an_example(clockwork: Clockwork, name: str) -> None:
    home = clockwork.home
    spec = replace(example(name), deletionProtection=False)
    site = Site(home, clockwork, spec.name, inventory(home))
    home.accept(spec)
    clockwork.settle()
    run = site.demolish()
    site.assert_bare(run)
    made = {*map(nodegroup_path, spec.nodegroups), *map(addon_path, spec.addons), "cluster"}
    assert made <= set(run.receipt.deleted)
    assert run.receipt.left == ()
