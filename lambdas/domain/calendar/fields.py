"""The fields of a calendar, each read as far as it can be."""

import re
from calendar import monthrange
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from typing import Final

from lambdas.domain.calendar.model import ExceptionalDay, NodegroupNight
from lambdas.domain.calendar.reading import Reader
from lambdas.domain.calendar.texts import FIRST_YEAR, LAST_YEAR
from lambdas.domain.calendar.windows import WEEKS, WHOLE_DAY, Hours, Window, hours, window
from lambdas.domain.constraints import UnacceptableError, quoted
from lambdas.domain.refusal import Path
from lambdas.domain.wording import nearest

MOST_ENTRIES: Final = 100
"""In any list."""

GREATEST_WAKE_ORDER: Final = 100

_EXCEPTION: Final = {"date": '"2026-12-25"', "awake": "false"}
_NODEGROUP: Final = {"nodegroupName": '"system"'}
_NODEGROUP_TOO: Final = {"sleep": "false", "wakeOrder": "2"}
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTHS: Final = 12
# RFC 3339; Python reads more than that.
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def week_of(reader: Reader, path: Path, value: object) -> tuple[Window, ...]:
    """Read the windows of every week, in order and each once."""
    if isinstance(value, str) and value in WEEKS:
        return WEEKS[value]
    if not isinstance(value, list) or not value:
        detail = "it has no window." if value == [] else f"{quoted(value)} is not when a cluster is awake."
        reader.wrong(path, detail, f'Write {" or ".join(WEEKS)}, or a list of windows: ["Mon-Fri 07:30-20:30"].')
        return ()
    windows = [reader.text(at, element, window) for at, element in reader.elements(path, value, MOST_ENTRIES)]
    return tuple(sorted({window for window in windows if window is not None}))


def exceptions_of(reader: Reader, path: Path, value: object) -> tuple[ExceptionalDay, ...]:
    """Read the exceptions, in the order of their dates."""
    taken: dict[date, Path] = {}
    exceptions = []
    for at, element in reader.elements(path, value, MOST_ENTRIES):
        given = reader.members(at, element, _EXCEPTION, {})
        day = reader.text((*at, "date"), given["date"], _date) if "date" in given else None
        awake = _exceptional_hours(reader, (*at, "awake"), given["awake"]) if "awake" in given else ()
        if day is not None and reader.distinct(taken, day, (*at, "date")):
            exceptions.append(ExceptionalDay(day, awake))
    return tuple(sorted(exceptions))


def nodegroups_of(reader: Reader, path: Path, value: object, known: Collection[str]) -> tuple[NodegroupNight, ...]:
    """Read what the night means to node groups, in the order of their names; `known` are those that there are."""
    taken: dict[str, Path] = {}
    nights = []
    for at, element in reader.elements(path, value, MOST_ENTRIES):
        given = reader.members(at, element, _NODEGROUP, _NODEGROUP_TOO)
        place = (*at, "nodegroupName")
        name = reader.text(place, given["nodegroupName"], _one_of(known)) if "nodegroupName" in given else None
        sleep = _truth(reader, (*at, "sleep"), given.get("sleep", True))
        wake_order = _wake_order(reader, (*at, "wakeOrder"), given.get("wakeOrder", 1))
        if name is not None and reader.distinct(taken, name, place):
            nights.append(NodegroupNight(name, sleep, wake_order))
    return tuple(sorted(nights))


def instant(text: str) -> datetime:
    """Answer the instant of a text such as `2026-12-31T22:00:00+01:00` (RFC 3339), in UTC.

    Raises:
        UnacceptableError: It is not one.
    """
    remedy = "Write it like 2026-12-31T22:00:00+01:00, with the offset from UTC or with Z."
    try:
        found = datetime.fromisoformat(text.upper()) if _INSTANT.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise UnacceptableError(f"{quoted(text)} is not an instant.", remedy)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise UnacceptableError(f"{quoted(text)} is not between {FIRST_YEAR} and {LAST_YEAR}.", remedy)
    return found.astimezone(UTC)


def _exceptional_hours(reader: Reader, path: Path, value: object) -> tuple[Hours, ...]:
    if isinstance(value, bool):
        return (WHOLE_DAY,) if value else ()
    if not isinstance(value, list) or not value:
        detail = "it has no hours." if value == [] else f"{quoted(value)} is not when a cluster is awake."
        reader.wrong(
            path, detail, 'Write true for the whole day, false for never, or a list of hours: ["08:00-12:00"].'
        )
        return ()
    found = [reader.text(at, element, hours) for at, element in reader.elements(path, value, MOST_ENTRIES)]
    return tuple(sorted({hours for hours in found if hours is not None}))


def _truth(reader: Reader, path: Path, value: object) -> bool:
    if not isinstance(value, bool):
        reader.wrong(path, f"{quoted(value)} is not true or false.", "Write true or false, without quotes.")
    return value is True


def _wake_order(reader: Reader, path: Path, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= GREATEST_WAKE_ORDER:
        detail = f"{quoted(value)} is not a whole number from 0 to {GREATEST_WAKE_ORDER}."
        reader.wrong(path, detail, "Give one; groups with a lower number wake first, and 1 is the default.")
        return 1
    return value


def _date(text: str) -> date:
    if _DATE.fullmatch(text) is None:
        raise UnacceptableError(f"{quoted(text)} is not a date.", "Write it like 2026-12-25.")
    year, month, day = (int(part) for part in text.split("-"))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise UnacceptableError(f"{text} is too far away.", f"Give a year from {FIRST_YEAR} to {LAST_YEAR}.")
    if not 1 <= month <= _MONTHS:
        raise UnacceptableError(f"There is no {text}.", "Give the month as 01 to 12, in the middle.")
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        raise UnacceptableError(f"There is no {text}.", f"That month has the days 01 to {days}.")
    return date(year, month, day)


def _one_of(known: Collection[str]) -> Callable[[str], str]:
    def checked(name: str) -> str:
        if name in known:
            return name
        near = nearest(name, sorted(known))
        there = f"The node groups are {', '.join(sorted(known))}." if known else "Leave it out: the cluster has none."
        raise UnacceptableError(
            f"the cluster has no node group {quoted(name)}.", f"Did you mean {near}?" if near else there
        )

    return checked
