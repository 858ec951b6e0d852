"""When turns are due, and what is learned of the rate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.turns import AT_ONCE, FIRST_RATE, LEAST_RATE, MOST_RATE, Refused, Rush

NOW = 1_800_000_000.0
rates = st.floats(LEAST_RATE, MOST_RATE)
KNOWN = Rush(first=100, since=NOW, rate=4.0, known=4.0)


def refused(rate: float, seconds: float, turns: float) -> Rush:
    """So many seconds and turns after the first refusal of a rush."""
    number = 100 + turns
    return Rush(
        first=number, since=NOW + seconds, rate=rate, known=rate, refused=Refused(at=NOW, number=100), eased=NOW
    )


@given(rate=rates, known=st.none() | rates, number=st.integers(0, 100_000))
def test_turns_are_due_one_after_the_other_and_never_slower_than_the_rate(
    rate: float, known: float | None, number: int
) -> None:
    rush = Rush(since=NOW, rate=rate, known=known)
    assert rush.due(0) == NOW
    assert 0 < rush.due(number + 1) - rush.due(number) <= 1 / rate + 1e-6


@pytest.mark.parametrize(("idle", "at_once"), [(0.25, 1), (0.5, 2), (3600, AT_ONCE)])
def test_whoever_finds_nobody_waiting_gives_the_next_ones_what_has_come_in_meanwhile(idle: float, at_once: int) -> None:
    begun = KNOWN.begun(101, KNOWN.due(101) + idle)
    assert begun.first - 101 == pytest.approx(at_once, abs=0.02)


def test_a_rush_after_a_quiet_time_begins_above_what_is_known() -> None:
    assert (KNOWN.begun(101, NOW + 3600).rate, KNOWN.begun(101, NOW + 10).rate) == (5.0, 4.0)


@pytest.mark.parametrize("known", [None, 4.0])
def test_one_cluster_alone_teaches_nothing(known: float | None) -> None:
    rush = Rush(rate=known or FIRST_RATE, known=known)
    for night in range(1, 1000):
        number, now = 5 * night, NOW + 86_400 * night
        assert rush.is_over(number, now)
        rush = rush.begun(number, now)
    assert rush.known == known
    assert rush.rate == (FIRST_RATE if known is None else known * 1.25)


def test_what_was_never_refused_raises_what_is_known_by_a_tenth_at_most() -> None:
    assert KNOWN.begun(1000, NOW + 3600).known == pytest.approx(4.4)


def test_two_refused_calls_measure_the_rate_between_them() -> None:
    eased = refused(9.0, 50, 100).eased_off(200, NOW + 50)
    assert eased.known == pytest.approx(2.0)
    assert eased.rate == pytest.approx(1.8)
    assert eased.refused == Refused(at=NOW, number=100)


def test_calls_refused_in_one_moment_are_heeded_once() -> None:
    eased = KNOWN.eased_off(120, NOW + 1)
    assert eased.rate < KNOWN.rate
    assert eased.eased_off(120, NOW + 2) is eased


def test_the_turns_that_wait_move_when_the_rate_falls() -> None:
    now = NOW + 1
    eased = KNOWN.eased_off(500, now)
    assert eased.first == pytest.approx(104, abs=0.1)  # those that were due stay so
    assert eased.due(300) > KNOWN.due(300)


@given(rate=rates, known=st.none() | rates, given_=st.integers(0, 10_000), after=st.floats(0, 1e7))
def test_the_rate_stays_within_its_bounds(rate: float, known: float | None, given_: int, after: float) -> None:
    rush = Rush(since=NOW, rate=rate, known=known)
    for changed in (rush.eased_off(given_, NOW + after), rush.begun(given_, NOW + after)):
        assert LEAST_RATE <= changed.rate <= MOST_RATE
        assert changed.known is None or LEAST_RATE <= changed.known <= MOST_RATE
        assert changed.first <= max(given_, rush.first) + AT_ONCE
