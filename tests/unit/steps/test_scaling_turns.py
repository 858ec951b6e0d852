"""A node group among many others that fall asleep or wake in the same minute."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.aws.turns import TurnCounter
from lambdas.domain.progress import Ready, Waiting
from lambdas.domain.turns import Rush
from lambdas.steps.turns import Turns
from sandbox.twin.faults import Scarce
from tests.simulation.door import client_of
from tests.simulation.table import Table
from tests.unit.steps.nights import ASLEEP, AWAKE, Nights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.calendar import State
    from tests.unit.steps.stage import Stage

OTHERS = 60
HOUR = 3600


@pytest.fixture
def counter(active: Stage) -> TurnCounter:
    return TurnCounter(client_of("dynamodb", Table(active.clock), active.clock), "registry")


@pytest.fixture
def nights(active: Stage, counter: TurnCounter) -> Iterator[Nights]:
    made = Nights(active, turns=Turns(counter, active.clock.now)).build()
    yield made
    made.leave()


def crowd(nights: Nights) -> None:
    """Others take turns first."""
    for _ in range(OTHERS):
        nights.turns.take()


def waiting(nights: Nights, state: State) -> Waiting:
    (report,) = nights.look(state)
    assert isinstance(report.progress, Waiting)
    return report.progress


def asked(nights: Nights) -> Counter[str]:
    return Counter(name for name, _ in nights.stage.tape.calls)


def test_alone_it_is_its_turn_at_once(nights: Nights, counter: TurnCounter) -> None:
    assert waiting(nights, ASLEEP).reason == "SizesNoted"
    assert counter.turns()[0] == 1


def test_it_asks_eks_nothing_until_it_is_its_turn(nights: Nights, counter: TurnCounter) -> None:
    crowd(nights)
    waits = waiting(nights, ASLEEP)
    assert waits.reason == "AwaitingTurn"
    assert not asked(nights)
    assert waiting(nights, ASLEEP).reason == "AwaitingTurn"
    assert counter.turns()[0] == OTHERS + 1  # it has kept its turn
    nights.stage.wait(2 * waits.retry_after_seconds)
    assert waiting(nights, ASLEEP).reason == "SizesNoted"


def test_among_many_a_night_asks_eks_once_for_each_thing(nights: Nights, counter: TurnCounter) -> None:
    counter.change_rush(Rush(), Rush(rate=2.0, known=2.0))
    waiting(nights, ASLEEP)
    crowd(nights)
    for _ in range(8):
        seconds = waiting(nights, ASLEEP).retry_after_seconds
        crowd(nights)
        nights.stage.wait(min(10, seconds))
    assert waiting(nights, ASLEEP).reason == "InstancesLeaving"
    nights.stage.wait(HOUR)
    crowd(nights)
    assert nights.look(ASLEEP)[0].progress == Ready()
    calls = asked(nights)
    assert (calls["DescribeNodegroup"], calls["UpdateNodegroupConfig"], calls["DescribeUpdate"]) == (1, 1, 0)
    assert (nights.fact("power"), nights.fact("updates")[0]["status"]) == ("asleep", "Successful")


def test_a_morning_ends_with_eks_own_word_and_that_in_turn(nights: Nights) -> None:
    assert nights.until_settled(ASLEEP)[0].progress == Ready()
    nights.next_run()
    waiting(nights, AWAKE)
    crowd(nights)
    nights.stage.wait(15)
    waiting(nights, AWAKE)
    nights.stage.wait(HOUR)
    crowd(nights)
    assert waiting(nights, AWAKE).reason == "AwaitingTurn"
    nights.stage.wait(HOUR)
    assert nights.look(AWAKE)[0].progress == Ready()


@pytest.mark.parametrize("operation", ["DescribeNodegroup", "UpdateNodegroupConfig"])
def test_a_refused_call_is_made_again_in_another_turn(nights: Nights, counter: TurnCounter, operation: str) -> None:
    nights.stage.tape.refusals[operation] = (429, "TooManyRequestsException", "Too Many Requests")
    while waiting(nights, ASLEEP).reason != "Throttled":
        nights.stage.wait(1)
    assert (nights.fact("turn"), nights.fact("seen")) == (None, None)
    assert counter.turns()[1].known == pytest.approx(1.5, abs=0.1)
    nights.stage.tape.refusals.clear()
    nights.stage.wait(8)
    assert nights.until_settled(ASLEEP)[0].progress == Ready()
    assert counter.turns()[0] >= 2


REFUSED = "Could not launch On-Demand Instances. RequestLimitExceeded - Request limit exceeded."


@pytest.mark.parametrize("message", [REFUSED, "Client.RequestLimitExceeded: Request limit exceeded."])
def test_launches_that_the_account_may_not_make_yet_are_waited_for(nights: Nights, message: str) -> None:
    assert nights.until_settled(ASLEEP)[0].progress == Ready()
    nights.next_run()
    nights.fault(Scarce(1, message=message))
    while (waits := waiting(nights, AWAKE)).reason != "LaunchesThrottled":
        nights.stage.wait(5)
    assert waits.overdue is not None
    assert waits.overdue.error == "RequestLimitExceeded"
    assert waits.budget_seconds > 4 * HOUR
    for _ in range(3):  # as EKS has it, when its health tells of it
        nights.stage.wait(120)
        assert waiting(nights, AWAKE).reason == "LaunchesThrottled"


def test_the_client_does_not_try_again_by_itself(nights: Nights) -> None:
    config: Any = nights.stage.aws.eks_by_turns.meta.config  # the stubs know less than botocore
    assert config.retries["total_max_attempts"] == 1
