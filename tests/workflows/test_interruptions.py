"""Runs that somebody stops: the same spec sent again finishes what they began."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.workflows.attempts import Attempts

    Start = Callable[[str], Attempts]

PAUSES = (0, 45, 900)
"""Seconds until the spec is sent again: what EKS has begun goes on meanwhile."""


@pytest.mark.parametrize("transitions", range(1, 97, 5))
def test_a_run_stopped_at_any_moment_is_finished_by_the_next(attempts: Start, transitions: int) -> None:
    cluster = attempts("all sorts")
    assert cluster.post(stop=lambda states: len(states) == transitions) == "ABORTED"
    cluster.home.clock.advance(PAUSES[transitions // 5 % len(PAUSES)])
    assert cluster.post() == "SUCCEEDED"
    cluster.assert_finished()
    cluster.assert_nothing_was_made_twice()


@pytest.mark.parametrize("state", ["Record success", "Is this still the newest spec?", "Cluster is as described"])
def test_a_run_stopped_at_its_very_end(attempts: Start, state: str) -> None:
    cluster = attempts("bare")
    assert cluster.post(stop=lambda states: states[-1] == state) == "ABORTED"
    assert cluster.post() == "SUCCEEDED"
    cluster.assert_finished()
    cluster.assert_nothing_was_made_twice()


def test_a_run_stopped_at_the_first_wait_again_and_again(attempts: Start) -> None:
    """Each attempt gets a little further than the one before, and knows nothing but what AWS reports."""
    cluster = attempts("all sorts")
    ends: list[str] = []
    while ends[-1:] != ["SUCCEEDED"]:
        ends.append(cluster.post(stop=lambda states: states[-1].startswith("Wait for")))
        cluster.home.clock.advance(60)
    assert len(ends) > 10
    cluster.assert_finished()
    cluster.assert_nothing_was_made_twice()
