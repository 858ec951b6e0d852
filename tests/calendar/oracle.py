"""When a calendar's cluster is awake, by brute force: minute by minute, from what the clock on the wall shows.

Written without anything of `lambdas.domain.calendar`; it reads the document itself, in its simplest forms only.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

MINUTE: Final = timedelta(minutes=1)
_DAY = 24 * 60
_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Wall = tuple[int, int]
"""A date's ordinal, and minutes since its midnight."""

Instance = tuple[int, int, int]
"""A window on one date: the ordinal, and from and until which minute after its midnight."""


def walls(zone: ZoneInfo, start: datetime, minutes: int) -> list[Wall]:
    """What the clock shows at every minute from an instant on."""
    first = int(start.timestamp())
    shown = (datetime.fromtimestamp(first + 60 * minute, zone) for minute in range(minutes))
    return [(wall.toordinal(), wall.hour * 60 + wall.minute) for wall in shown]


def within(document: dict[str, Any], shown: list[Wall]) -> list[list[Instance]]:
    """The windows, on their dates, in which each of these minutes lies."""
    starting: dict[int, list[Instance]] = {}
    found = []
    for ordinal, minute in shown:
        for day in (ordinal, ordinal - 1):
            if day not in starting:
                starting[day] = list(_starting(document, day))
        found.append(
            [
                each
                for day, passed in ((ordinal, minute), (ordinal - 1, minute + _DAY))
                for each in starting[day]
                if each[1] <= passed < each[2]
            ]
        )
    return found


def awake(instances: list[list[Instance]]) -> list[bool]:
    """Whether each minute is one to be awake: within a window, or between two minutes within the same window."""
    spans: dict[Instance, tuple[int, int]] = {}
    for minute, there in enumerate(instances):
        for each in there:
            spans[each] = (spans.get(each, (minute, 0))[0], minute)
    result = [False] * len(instances)
    for first, last in spans.values():
        result[first : last + 1] = [True] * (last + 1 - first)
    return result


def flips(states: list[bool], start: datetime) -> list[datetime]:
    """The instants at which the state changes."""
    return [start + place * MINUTE for place in range(1, len(states)) if states[place] != states[place - 1]]


def _starting(document: dict[str, Any], ordinal: int) -> Iterator[Instance]:
    day = date.fromordinal(ordinal)
    for exception in document.get("exceptions", []):
        if exception["date"] == day.isoformat():
            hours = exception["awake"]
            yield from (
                _instance(ordinal, each) for each in (["00:00-24:00"] * hours if isinstance(hours, bool) else hours)
            )
            return
    for window in document["awake"]:
        days, hours = window.split()
        if days == "daily" or _NAMES[day.weekday()] in days.split(","):
            yield _instance(ordinal, hours)


def _instance(ordinal: int, hours: str) -> Instance:
    start, end = (int(time[:2]) * 60 + int(time[3:]) for time in hours.split("-"))
    return ordinal, start, end if end > start else end + _DAY
