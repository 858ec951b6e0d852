from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.clock import RealClock, ScaledClock, VirtualClock
from tests.unit.twin.house import START


def test_a_virtual_clock_moves_only_when_told() -> None:
    clock = VirtualClock(START)
    assert clock.now() == START
    clock.advance(1.5)
    assert clock.now() == START + timedelta(seconds=1.5)


def test_a_virtual_clock_never_goes_back() -> None:
    clock = VirtualClock(START)
    clock.advance_to(START - timedelta(days=1))
    assert clock.now() == START
    with pytest.raises(ValueError, match="go back by 1"):
        clock.advance(-1)


def test_a_virtual_clock_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        VirtualClock(START.replace(tzinfo=None))


def test_a_scaled_clock_runs_as_many_times_faster() -> None:
    real = VirtualClock(START)
    clock = ScaledClock(60, real)
    real.advance(2)
    assert clock.now() == START + timedelta(minutes=2)


def test_a_scaled_clock_needs_a_speed() -> None:
    with pytest.raises(ValueError, match="speed must be above 0"):
        ScaledClock(0)


def test_the_real_clock_is_the_machines() -> None:
    before = datetime.now(UTC)
    assert before <= RealClock().now() <= datetime.now(UTC)
