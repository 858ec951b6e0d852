"""The windows of a calendar as stretches of time, and the instants at which they begin and end.

A window lasts from the first instant at which the clock shows something within it until the last one. So in an hour
that clocks show twice it is not interrupted, and a bound that they jump over takes effect at the jump. It follows that
whenever the clock on the wall is within a window, so is the instant.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Final, NamedTuple

from lambdas.domain.calendar.clocks import first, last
from lambdas.domain.calendar.model import Calendar
from lambdas.domain.calendar.windows import DAY, Hours, Window, cover_the_week

_DAY: Final = timedelta(days=1)
_MONDAY: Final = date(2024, 1, 1)
# A window may last until the end of the day after its own, and clocks may go back from there over midnight.
_BACK: Final = (-2 * _DAY, -_DAY, 0 * _DAY)


class State(StrEnum):
    """What a cluster is to be."""

    AWAKE = "awake"
    ASLEEP = "asleep"


class Occurrence(NamedTuple):
    """A window on one date; without `window` it is by exception."""

    date: date
    hours: Hours
    window: Window | None

    def __str__(self) -> str:
        """As a person would call it."""
        return str(self.window) if self.window else f"the exception {self.date} {self.hours}"


class Stretch(NamedTuple):
    """A time to be awake, from one instant until before another, and whose doing the two are."""

    begins: datetime
    ends: datetime
    opening: Occurrence
    closing: Occurrence


class Change(NamedTuple):
    """An instant from which on the calendar wants the other state, and the window that begins or ends there."""

    at: datetime
    state: State
    cause: Occurrence


class Timeline:
    """A calendar laid out in time, as far as it is asked about.

    Attributes:
        calendar: Which one.
    """

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self._zone = calendar.zone
        self._laid_out: dict[date, list[Stretch]] = {}

    def occurrence_at(self, now: datetime) -> Occurrence | None:
        """Answer the window in which an instant lies; None if the calendar wants the cluster asleep."""
        today = now.astimezone(self._zone).date()
        # A clock that has gone back over midnight shows yesterday while tomorrow's windows have begun.
        for step in (*_BACK, _DAY):
            for stretch in self._stretches(today + step):
                if stretch.begins <= now < stretch.ends:
                    return stretch.opening
        return None

    def changes(self, after: datetime) -> Iterator[Change]:
        """Answer every later change, in order; without end if the weeks have any."""
        for day in self._days(after.astimezone(self._zone).date()):
            yield from (change for change in self.changes_on(day) if change.at > after)

    def changes_on(self, day: date) -> Iterator[Change]:
        """Answer the changes from the midnight with which a date begins until before the next."""
        begin, end = first(day, 0, self._zone), first(day, DAY, self._zone)
        for stretch in _apart(stretch for step in _BACK for stretch in self._stretches(day + step)):
            if begin <= stretch.begins < end:
                yield Change(stretch.begins, State.AWAKE, stretch.opening)
            if begin <= stretch.ends < end:
                yield Change(stretch.ends, State.ASLEEP, stretch.closing)

    def changes_by_exception(self, after: datetime) -> Iterator[Change]:
        """Answer the later changes on the days on which there may be others than in every week."""
        for day in self._days_by_exception(after.astimezone(self._zone).date()):
            yield from (change for change in self.changes_on(day) if change.at > after)

    def _days(self, start: date) -> Iterable[date]:
        """Answer the days, from one on, that can have changes."""
        weekly = self.calendar.awake
        if weekly and not cover_the_week(weekly):
            return (start + number * _DAY for number in count())
        return self._days_by_exception(start)

    def _days_by_exception(self, start: date) -> list[date]:
        """Answer the days, from one on, that exceptions bear upon: their own and those on which a window may end."""
        days = {exception.date - step for exception in self.calendar.exceptions for step in _BACK}
        return sorted(day for day in days if day >= start)

    def _stretches(self, day: date) -> list[Stretch]:
        """Answer what the windows that start on a date come to, in order."""
        if day not in self._laid_out:
            laid_out = (self._stretch(occurrence) for occurrence in self._occurrences(day))
            # Of a window that clocks jump over nothing is left.
            self._laid_out[day] = [stretch for stretch in laid_out if stretch.begins < stretch.ends]
        return self._laid_out[day]

    def _stretch(self, occurrence: Occurrence) -> Stretch:
        day, hours, _ = occurrence
        return Stretch(first(day, hours.start, self._zone), last(day, hours.end, self._zone), occurrence, occurrence)

    def _occurrences(self, day: date) -> list[Occurrence]:
        """Answer the windows that start on a date, in order."""
        exception = self.calendar.exception_on(day)
        if exception is not None:
            found = [Occurrence(day, hours, None) for hours in exception.hours]
        else:
            weekday = day.weekday()
            found = [Occurrence(day, each.hours, each) for each in self.calendar.awake if weekday in each.days]
        return sorted(found, key=_start)


def _start(occurrence: Occurrence) -> int:
    return occurrence.hours.start


def weekly_changes(calendar: Calendar) -> tuple[Change, ...]:
    """Answer the changes of a week without exceptions, by a clock that never changes."""
    plain = Timeline(replace(calendar, timezone="UTC", exceptions=()))
    return tuple(change for number in range(7) for change in plain.changes_on(_MONDAY + number * _DAY))


def _apart(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Answer stretches that come in the order of their beginnings, those that touch or overlap as one."""
    apart: list[Stretch] = []
    for stretch in stretches:
        if not apart or stretch.begins > apart[-1].ends:
            apart.append(stretch)
        elif stretch.ends > apart[-1].ends:
            apart[-1] = apart[-1]._replace(ends=stretch.ends, closing=stretch.closing)
    return apart
