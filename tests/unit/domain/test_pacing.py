from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain import pacing
from lambdas.domain.pacing import PACES, Pace, Part, Patience

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PATIENCES = {name: value for name, value in vars(pacing).items() if isinstance(value, Patience)}
ALL_PACES = [*PACES.values(), *(value for value in vars(pacing).values() if isinstance(value, Pace))]
MACHINE = Path(__file__).parents[3] / "statemachines" / "provision.asl.json"
RUN_LIMIT_SECONDS = json.loads(MACHINE.read_text())["TimeoutSeconds"]


def test_every_wait_loop_has_a_pace() -> None:
    assert set(PACES) == set(Part)


@pytest.mark.parametrize(
    ("age", "seconds"),
    [(None, 390), (0, 390), (100, 290), (374, 16), (375, 15), (376, 15), (390, 15), (4000, 15)],
)
def test_the_first_look_comes_when_it_may_be_done_and_then_in_short_steps(age: int | None, seconds: int) -> None:
    pace = Pace(first=390, every=15, budget=2700)
    created_at = None if age is None else NOW - timedelta(seconds=age)
    wait = pace.wait("CREATING", created_at=created_at, now=NOW)
    assert (wait.retry_after_seconds, wait.budget_seconds, wait.reason, wait.detail) == (
        seconds, 2700, "Creating", "CREATING",
    )  # fmt: skip


@settings(max_examples=25)
@given(pace=st.sampled_from(ALL_PACES), age=st.integers(0, 10_000))
def test_no_wait_is_shorter_than_the_interval_or_looks_before_the_first(pace: Pace, age: int) -> None:
    wait = pace.wait("", created_at=NOW - timedelta(seconds=age), now=NOW)
    assert wait.retry_after_seconds >= pace.every
    assert wait.retry_after_seconds + age >= pace.first
    assert wait.retry_after_seconds <= max(pace.every, pace.first)


@pytest.mark.parametrize("pace", ALL_PACES)
def test_a_pace_gives_its_resource_time(pace: Pace) -> None:
    assert 0 < pace.every < pace.budget < RUN_LIMIT_SECONDS
    assert 3 * pace.first < pace.budget


@pytest.mark.parametrize("name", PATIENCES)
def test_a_patience_waits_under_a_word_of_its_own(name: str) -> None:
    patience = PATIENCES[name]
    wait = patience.wait("because")
    assert (wait.reason, wait.detail) == (patience.reason, "because")
    assert 0 < wait.retry_after_seconds == patience.every < wait.budget_seconds == patience.budget < RUN_LIMIT_SECONDS
    assert [other for other in PATIENCES if PATIENCES[other].reason == patience.reason] == [name]
    assert patience.reason.isalpha()
