"""The schedules of EventBridge Scheduler that say "look now" whenever another state may be wanted.

Windows begin and end by wall-clock times in the calendar's own time zone. Where clocks jump over one it does not fire,
and where they show one twice it fires once (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html):
the sweep makes up for both.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from lambdas.domain.calendar.codec import to_text
from lambdas.domain.calendar.model import Calendar
from lambdas.domain.calendar.overrides import Override
from lambdas.domain.calendar.timeline import Change, State, Timeline, weekly_changes

_CRON_DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
# Fewer days in a row are listed.
_RUN: Final = 3
_DEEDS: Final = {State.ASLEEP: "sleep", State.AWAKE: "wake"}
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, order=True)
class Boundary:
    """One schedule.

    Attributes:
        expression: A cron expression, or `at(...)` for one that fires once.
        timezone: The zone in which the expression is meant.
        expected: What it is likely to find wanted, for people only: `sleep`, `wake` or `sleep or wake`.
    """

    expression: str
    timezone: str
    expected: str

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits for the schedule's name: one that has it never needs to be changed."""
        return _hash(f"{self.expression} {self.timezone} {self.expected}", 12)

    @property
    def once(self) -> bool:
        """Whether it fires only once."""
        return self.expression.startswith("at(")


def boundaries(calendar: Calendar | None, override: Override | None, now: datetime) -> tuple[Boundary, ...]:
    """Answer the schedules that are needed: those of every week, where exceptions differ, and the override's end.

    Every later change of `desired` falls on one of them, but for those that a change of the clocks moves.
    """
    found = set(_by_calendar(calendar, now)) if calendar else set()
    if override is not None and override.until is not None and override.active(now):
        found.add(_end_of(override.until, calendar))
    return tuple(sorted(found))


def schedules_hash(calendar: Calendar | None, override: Override | None) -> str | None:
    """Answer what changes whenever other schedules may be needed, but not as time goes by; None if none are."""
    if calendar is None and override is None:
        return None
    return _hash(" ".join(to_text(each) for each in (calendar, override) if each), 16)


def _by_calendar(calendar: Calendar, now: datetime) -> Iterator[Boundary]:
    weekly = weekly_changes(calendar)
    fired = {(change.at.weekday(), change.at.time()) for change in weekly}
    for at in {change.at.time() for change in weekly}:
        yield _weekly(at, weekly, calendar.timezone)
    for change in Timeline(calendar).changes_by_exception(now):
        wall = change.at.astimezone(calendar.zone).replace(tzinfo=None)
        if (wall.weekday(), wall.time()) not in fired:
            yield Boundary(_at(wall), calendar.timezone, _DEEDS[change.state])


def _weekly(at: time, changes: Iterable[Change], timezone: str) -> Boundary:
    there = [change for change in changes if change.at.time() == at]
    days = _cron_days({change.at.weekday() for change in there})
    expected = " or ".join(sorted({_DEEDS[change.state] for change in there}))
    return Boundary(f"cron({at.minute} {at.hour} ? * {days} *)", timezone, expected)


def _end_of(until: datetime, calendar: Calendar | None) -> Boundary:
    """Answer the schedule for an override's end, in UTC as it is an instant and not a time on the clock.

    A schedule fires within its minute, so that of the next whole one, lest it fire too early.
    """
    late = until.replace(second=0, microsecond=0)
    late += _MINUTE if late < until else 0 * _MINUTE
    awake = calendar is None or Timeline(calendar).occurrence_at(until) is not None
    return Boundary(_at(late.astimezone(UTC)), "UTC", _DEEDS[State.AWAKE if awake else State.ASLEEP])


def _at(wall: datetime) -> str:
    return f"at({wall:%Y-%m-%dT%H:%M:%S})"


def _cron_days(days: set[int]) -> str:
    """Answer the days of the week as cron has them, where a week ends on Saturday: a range must not go beyond it."""
    if len(days) == len(_CRON_DAYS):
        return "*"
    ordered = sorted(days)
    names = [_CRON_DAYS[day] for day in ordered]
    one_run = ordered[-1] - ordered[0] + 1 == len(ordered) >= _RUN
    return f"{names[0]}-{names[-1]}" if one_run and names[-1] != "SUN" else ",".join(names)


def _hash(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]
