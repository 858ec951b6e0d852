"""Windows of time as people write them: `Mon-Fri 07:30-20:30`, `Sat 22:00-02:00`, `daily 06:00-24:00`.

A window belongs to the date on which it starts. One that ends at or before the hour at which it starts goes on into
the next day.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lambdas.domain.constraints import UnacceptableError, quoted

DAY_NAMES: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EVERY_DAY: Final = tuple(range(7))
DAY: Final = 24 * 60
"""Minutes on the clock of one day."""

_DAILY = "daily"
_TIME = r"([0-1][0-9]|2[0-4]):([0-5][0-9])"
_HOURS = re.compile(f"{_TIME}-{_TIME}")
_NUMBERS = {name.casefold(): number for number, name in enumerate(DAY_NAMES)}
# Fewer days in a row are shorter one by one.
_RUN = 3


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """From one time on the clock to another.

    Attributes:
        start: In minutes after the midnight with which the date begins: 0 to 1439.
        end: The same, greater than `start`: at most 1440 is on the same date, more on the next; not itself included.
    """

    start: int
    end: int

    def __str__(self) -> str:
        """As one writes it; this is the canonical form."""
        return f"{_clock(self.start)}-{_clock(self.end - DAY if self.end > DAY else self.end)}"


WHOLE_DAY: Final = Hours(0, DAY)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Hours on some days of every week.

    Attributes:
        days: The days on which it starts, Monday being 0; ascending.
        hours: When.
    """

    days: tuple[int, ...]
    hours: Hours

    def __str__(self) -> str:
        """As one writes it; this is the canonical form."""
        return f"{_DAILY if self.days == EVERY_DAY else ','.join(_runs(self.days))} {self.hours}"


WEEKS: Final[dict[str, tuple[Window, ...]]] = {"always": (Window(EVERY_DAY, WHOLE_DAY),), "never": ()}
"""The weeks that have a word of their own."""


def window(text: str) -> Window:
    """Answer the window of a text such as `Mon-Fri 07:30-20:30`.

    Raises:
        UnacceptableError: It is not one.
    """
    days, _, rest = text.strip().partition(" ")
    if not rest:
        missing = "the days" if _HOURS.fullmatch(days) else "days or hours"
        raise UnacceptableError(
            f"{quoted(text)} is not a window: {missing} are missing." if days else "The window is empty.",
            f"Write days and hours, such as {_example(days)}.",
        )
    return Window(_days(days), hours(rest))


def hours(text: str) -> Hours:
    """Answer the hours of a text such as `22:00-02:00`.

    Raises:
        UnacceptableError: They are not hours, or have no length.
    """
    found = _HOURS.fullmatch(text.strip())
    start, end = (_minutes(*found.group(1, 2)), _minutes(*found.group(3, 4))) if found else (DAY, DAY)
    if start >= DAY or end > DAY:
        raise UnacceptableError(
            f"{quoted(text)} is not a time from one hour to another.",
            "Write both in four digits, from 00:00 to 24:00, such as 07:30-20:30 or 22:00-02:00.",
        )
    if start == end:
        raise UnacceptableError(f"{quoted(text)} has no length.", "Write 00:00-24:00 for a whole day.")
    return Hours(start, end if end > start else end + DAY)


def cover_the_week(windows: Iterable[Window]) -> bool:
    """Answer whether there is no minute of the week that is in none of the windows."""
    week = 7 * DAY
    spans = [(day * DAY + w.hours.start, day * DAY + w.hours.end) for w in windows for day in w.days]
    # What goes on after Sunday is what Monday begins with.
    spans += [(0, end - week) for _, end in spans if end > week]
    covered = 0
    for start, end in sorted(spans):
        if start > covered:
            return False
        covered = max(covered, end)
    return covered >= week


def _days(text: str) -> tuple[int, ...]:
    if text.casefold() == _DAILY:
        return EVERY_DAY
    return tuple(sorted({day for part in text.split(",") for day in _days_of(part, text)}))


def _days_of(part: str, text: str) -> Iterator[int]:
    """Answer the days from one to another, over the end of the week if need be; or one day."""
    first, dash, last = part.partition("-")
    ends = (_NUMBERS.get(first.casefold()), _NUMBERS.get((last if dash else first).casefold()))
    if ends[0] is None or ends[1] is None:
        raise UnacceptableError(
            f"{quoted(text)} are not days of the week.", f"Write {_DAILY}, Mon-Fri or Mon,Wed,Sat, without spaces."
        )
    return ((ends[0] + step) % 7 for step in range((ends[1] - ends[0]) % 7 + 1))


def _runs(days: tuple[int, ...]) -> Iterator[str]:
    rest = list(days)
    while rest:
        run = [day for place, day in enumerate(rest) if day == rest[0] + place]
        names = [DAY_NAMES[day] for day in run]
        yield f"{names[0]}-{names[-1]}" if len(run) >= _RUN else ",".join(names)
        rest = rest[len(run) :]


def _minutes(hour: str, minute: str) -> int:
    return int(hour) * 60 + int(minute)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _example(text: str) -> str:
    return f"{_DAILY} {text}" if _HOURS.fullmatch(text) else "Mon-Fri 07:30-20:30"
