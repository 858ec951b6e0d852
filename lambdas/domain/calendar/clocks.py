"""What the clock on the wall shows, as instants: exact where clocks jump forwards and where they go back.

A time is a date and the minutes on the clock after its midnight, of which there may be more than a day has. `first`
and `last` differ only for a time that clocks show twice. A time that they jump over is the instant of the jump.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_MOMENT = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
# A fleet has few zones and few hours: whoever looks at all of its clusters asks the same again and again.
_remembered = lru_cache(maxsize=1024)


@_remembered
def first(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Answer the first instant at which the clock shows a time or, having jumped over it, a later one."""
    earlier, later = _both(_wall(day, minutes), zone)
    return earlier if earlier <= later else _jump(later, earlier, zone)


@_remembered
def last(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Answer the instant from which on the clock never again shows anything before a time."""
    wall = _wall(day, minutes)
    earlier, later = _both(wall, zone)
    if earlier > later:
        return _jump(later, earlier, zone)
    if earlier == later:
        return later
    # Clocks that go back from 03:00 to 02:00 show 02:00 twice, but nothing before it the second time.
    return later if _shown(later - _MOMENT, zone) < wall else earlier


def _wall(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def _both(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Answer the instants by the offset before and by the offset after a change; mostly there is none nearby.

    They are the first and the second time that the clock shows it, but if it never does, the other way round:
    https://peps.python.org/pep-0495/
    """
    return (
        wall.replace(tzinfo=zone, fold=0).astimezone(UTC),
        wall.replace(tzinfo=zone, fold=1).astimezone(UTC),
    )


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Answer the instant, after the one and not after the other, at which the clock jumps; in whole seconds."""
    offset = _offset(before, zone)
    while after - before >= 2 * _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        before, after = (middle, after) if _offset(middle, zone) == offset else (before, middle)
    return after


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()


def _shown(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)
