"""Moments and durations as people read them."""

from datetime import UTC, datetime, timedelta

_MINUTE_SECONDS = 60
_HOUR_SECONDS = 60 * _MINUTE_SECONDS


def utc_now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


def moment(text: str) -> datetime:
    """An ISO 8601 time with its zone, such as ``2026-10-07T12:00:00Z``."""
    return datetime.fromisoformat(text)


def duration(elapsed: timedelta) -> str:
    """``42s``, ``4m10s`` or ``1h02m``; never negative, since two clocks seldom agree to the second."""
    seconds = max(0, int(elapsed.total_seconds()))
    if seconds < _MINUTE_SECONDS:
        return f"{seconds}s"
    if seconds < _HOUR_SECONDS:
        return f"{seconds // _MINUTE_SECONDS}m{seconds % _MINUTE_SECONDS:02}s"
    return f"{seconds // _HOUR_SECONDS}h{seconds % _HOUR_SECONDS // _MINUTE_SECONDS:02}m"
