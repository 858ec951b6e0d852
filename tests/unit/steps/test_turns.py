"""Turns at EKS: who is due, who waits, and who slows everybody down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from lambdas.aws.turns import TurnCounter
from lambdas.domain.turns import AT_ONCE, Rush
from lambdas.steps.turns import Turn, Turns
from sandbox.clock import VirtualClock
from tests.simulation.door import client_of
from tests.simulation.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)


@dataclass
class Crowd:
    """Many that take turns at once."""

    counter: TurnCounter
    clock: VirtualClock

    @property
    def turns(self) -> Turns:
        return Turns(self.counter, self.clock.now)


@pytest.fixture
def crowd() -> Crowd:
    clock = VirtualClock(NOW)
    return Crowd(TurnCounter(client_of("dynamodb", Table(clock), clock), "registry"), clock)


def refusal(operation: str, code: str = "TooManyRequestsException", status: int = 429) -> ClientError:
    said: Mapping[str, object] = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(said, operation)  # type: ignore[arg-type] # a response as botocore has it


def test_the_first_ones_are_due_at_once_and_the_others_at_the_rate(crowd: Crowd) -> None:
    seconds = [crowd.turns.take().seconds for _ in range(60)]
    assert seconds[: AT_ONCE + 2] == [0] * (AT_ONCE + 2)  # one of them within half a second
    assert seconds == sorted(seconds)
    assert 10 < seconds[40] < 30


def test_whoever_waits_for_long_looks_at_half_time(crowd: Crowd) -> None:
    crowd.counter.change_rush(Rush(), Rush(since=NOW.timestamp(), rate=1.0, known=1.0))
    assert [crowd.turns.ask_again(number).seconds for number in (10, 30)] == [10, 29]
    assert crowd.turns.ask_again(60).seconds == pytest.approx(60 / 2, abs=3)


def test_a_turn_is_due_when_its_time_has_come_although_others_were_stopped(crowd: Crowd) -> None:
    turns = [crowd.turns.take() for _ in range(20)]
    crowd.clock.advance(turns[-1].seconds)
    assert crowd.turns.ask_again(turns[-1].number) == Turn(turns[-1].number, 0)


def test_a_spare_turn_is_taken_only_if_nobody_waits(crowd: Crowd) -> None:
    assert crowd.turns.take_spare()
    for _ in range(20):
        crowd.turns.take()
    given = crowd.counter.turns()
    assert not crowd.turns.take_spare()
    assert crowd.counter.turns() == given
    crowd.clock.advance(60)
    assert crowd.turns.take_spare()


@pytest.mark.parametrize("operation", ["DescribeNodegroup", "DescribeUpdate", "UpdateNodegroupConfig"])
def test_a_refused_call_slows_everybody_down(crowd: Crowd, operation: str) -> None:
    turns = [crowd.turns.take() for _ in range(40)]
    assert crowd.turns.heed(refusal(operation))
    assert crowd.turns.ask_again(turns[-1].number).seconds > turns[-1].seconds


@pytest.mark.parametrize(
    "error",
    [
        refusal("DescribeCluster"),
        refusal("DescribeAutoScalingGroups", "Throttling", 400),
        refusal("UpdateNodegroupConfig", "InvalidParameterException", 400),
    ],
)
def test_other_errors_do_not(crowd: Crowd, error: ClientError) -> None:
    crowd.turns.take()
    before = crowd.counter.turns()
    assert not crowd.turns.heed(error)
    assert crowd.counter.turns() == before


def test_without_a_counter_nobody_waits() -> None:
    alone = Turns()
    assert (alone.take().seconds, alone.ask_again(7).seconds, alone.take_spare()) == (0, 0, True)
