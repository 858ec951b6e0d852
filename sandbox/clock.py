"""Clocks for a sandbox: the world's own time, the same time running faster, or a time that only moves when told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """Return the current instant as an aware datetime in UTC."""


class RealClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the machine's time."""
        return datetime.now(UTC)


class ScaledClock:
    """A clock that starts at the machine's time and then runs `speed` times as fast."""

    def __init__(self, speed: float, real: Clock | None = None) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be above 0 and is {speed}")
        self.speed = speed
        self._real = real or RealClock()
        self._origin = self._real.now()

    def now(self) -> datetime:
        """Return the scaled time."""
        return self._origin + (self._real.now() - self._origin) * self.speed


class VirtualClock:
    """A clock that stands still until it is advanced."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("start must carry a time zone, for instance tzinfo=UTC")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the time reached so far."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`, which must not be negative."""
        if seconds < 0:
            raise ValueError(f"a clock cannot go back by {-seconds} s")
        self._now += timedelta(seconds=seconds)

    def advance_to(self, instant: datetime) -> None:
        """Move on to `instant`; an instant already passed leaves the clock where it is."""
        self._now = max(self._now, instant.astimezone(UTC))
