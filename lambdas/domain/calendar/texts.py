"""Instants in words, and the years that calendars are about."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from lambdas.domain.calendar.windows import DAY_NAMES

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2199
"""The last that EventBridge Scheduler's cron expressions know."""


def instant_text(instant: datetime) -> str:
    """Answer an instant in UTC, as the registry and the API write it: `2026-12-28T06:30:00+00:00`."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def local_text(instant: datetime, timezone: str) -> str:
    """Answer what a clock on the wall shows: `Mon 2026-12-28 07:30 CET`."""
    wall = instant.astimezone(ZoneInfo(timezone))
    return f"{DAY_NAMES[wall.weekday()]} {wall:%Y-%m-%d %H:%M} {wall.tzname()}"
