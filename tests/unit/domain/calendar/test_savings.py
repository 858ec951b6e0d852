from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.calendar import Savings

EVENING = datetime(2026, 11, 23, 20, tzinfo=UTC)
MORNING = EVENING + timedelta(hours=10)


def test_a_night_saves_its_hours_for_every_node() -> None:
    asleep = Savings().slept(EVENING, 3)
    assert asleep.so_far(EVENING) == 0
    assert asleep.so_far(EVENING + timedelta(hours=2)) == 6
    awake = asleep.woke(MORNING)
    assert awake.so_far(MORNING) == awake.so_far(MORNING + timedelta(days=9)) == 30


def test_nights_add_up() -> None:
    two = (
        Savings()
        .slept(EVENING, 3)
        .woke(MORNING)
        .slept(EVENING + timedelta(days=1), 1)
        .woke(MORNING + timedelta(days=1))
    )
    assert two.so_far(MORNING + timedelta(days=2)) == 40


def test_saying_it_again_later_changes_nothing() -> None:
    asleep = Savings().slept(EVENING, 3)
    assert asleep.slept(MORNING, 3) == asleep
    awake = asleep.woke(MORNING)
    assert awake.woke(MORNING + timedelta(hours=1)) == awake


def test_another_number_of_nodes_counts_from_then_on() -> None:
    assert Savings().slept(EVENING, 3).slept(EVENING + timedelta(hours=5), 1).so_far(MORNING) == 20


def test_what_is_reported_late_takes_nothing_away() -> None:
    asleep = Savings().slept(EVENING, 3)
    assert asleep.woke(EVENING - timedelta(hours=1)) == Savings()
    assert asleep.slept(EVENING - timedelta(hours=1), 2).so_far(EVENING + timedelta(hours=1)) == 2


@given(st.lists(st.tuples(st.sampled_from([None, 0, 1, 5]), st.integers(0, 10**6))))
def test_savings_are_what_brute_force_adds_up(steps: list[tuple[int | None, int]]) -> None:
    savings, now, total = Savings(), EVENING, 0
    for nodes, seconds in steps:
        savings = savings.woke(now) if nodes is None else savings.slept(now, nodes)
        now += timedelta(seconds=seconds)
        total += (nodes or 0) * seconds
    assert savings.so_far(now) == total / 3600
