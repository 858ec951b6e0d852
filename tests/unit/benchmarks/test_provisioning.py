"""One provisioning in the simulator: what it reports hangs together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from benchmarks.orderings.bound import lower_bound
from benchmarks.provisioning import prices
from benchmarks.provisioning.account import quiet_ground
from benchmarks.provisioning.provision import Outcome, provision
from tests.house import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def outcome() -> Iterator[Outcome]:
    with quiet_ground() as ground:
        yield provision(ground, 3)


def test_it_takes_as_long_as_it_must_and_what_it_loses_adds_up(outcome: Outcome) -> None:
    losses = (outcome.asked_late, outcome.seen_late, outcome.furnished_late)
    assert all(it > 0 for it in losses)
    assert outcome.seconds == pytest.approx(lower_bound(outcome.draw) + sum(losses))


def test_every_invocation_is_a_transition_and_three_events(outcome: Outcome) -> None:
    assert outcome.invocations < outcome.transitions < outcome.history_events
    assert outcome.calls["eks"] > outcome.invocations / 2
    assert outcome.writes > outcome.calls["dynamodb"] / 4


def test_the_bill_is_the_sum_of_its_parts(outcome: Outcome) -> None:
    bill = outcome.bill
    assert bill.step_functions == pytest.approx(25e-6 * outcome.transitions)
    assert bill.total > bill.step_functions + bill.functions + bill.registry > bill.step_functions


def test_functions_are_as_big_as_the_stack_makes_them() -> None:
    (memory,) = re.findall(r"^MEMORY_MB: Final = (\d+)$", (ROOT / "stacks" / "functions.py").read_text(), re.MULTILINE)
    assert int(memory) == prices.MEMORY_MB
