"""What a cluster is to be at an instant, why and for how long: pure, and total for any instant of a sensible year."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final, Literal, NamedTuple, TypeAlias

from lambdas.domain.calendar.model import Calendar
from lambdas.domain.calendar.overrides import Override
from lambdas.domain.calendar.texts import local_text
from lambdas.domain.calendar.timeline import Occurrence, State, Timeline
from lambdas.domain.frozen import dataclass

NO_CALENDAR: Final = "It has no calendar, so it never sleeps."
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Awake:
    """The cluster is to be awake.

    Attributes:
        reason: Why, as a sentence for a person.
        until: The instant, in UTC, from which on it is to be asleep; None if no such is known.
    """

    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Asleep:
    """The cluster is to be asleep.

    Attributes:
        reason: Why, as a sentence for a person.
        until: The instant, in UTC, from which on it is to be awake; None if no such is known.
    """

    reason: str
    until: datetime | None


Desired: TypeAlias = Awake | Asleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An instant at which the desired state changes.

    Attributes:
        at: The instant, in UTC.
        what: What happens to the cluster.
        why: Which window begins or ends, or that an override does: a sentence.
    """

    at: datetime
    what: Literal["sleep", "wake"]
    why: str


class _Turn(NamedTuple):
    """When, to which state, and because of which window; without one, because an override ends."""

    at: datetime
    state: State
    cause: Occurrence | None


def desired(calendar: Calendar | None, override: Override | None, now: datetime) -> Desired:
    """Answer what the cluster is to be at an instant; `until` is the next of `next_events`."""
    now = now.astimezone(UTC)
    timeline = Timeline(calendar) if calendar else None
    if override is not None and override.active(now):
        state, reason = override.state, _by_hand(override, calendar)
    else:
        state, reason = _by_calendar(timeline, now)
    until = next((turn.at for turn in _turns(timeline, override, now)), None)
    return Awake(reason, until) if state is State.AWAKE else Asleep(reason, until)


def next_events(calendar: Calendar | None, override: Override | None, now: datetime, number: int) -> tuple[Event, ...]:
    """Answer the next changes of `desired` after an instant, at most so many."""
    timeline = Timeline(calendar) if calendar else None
    return tuple(_event(timeline, turn) for turn in islice(_turns(timeline, override, now.astimezone(UTC)), number))


def _turns(timeline: Timeline | None, override: Override | None, now: datetime) -> Iterator[_Turn]:
    if override is not None and override.active(now):
        if override.until is None:
            return
        now = override.until
        state, _ = _by_calendar(timeline, now)
        if state is not override.state:
            yield _Turn(now, state, None)
    if timeline is not None:
        yield from (_Turn(*change) for change in timeline.changes(now))


def _event(timeline: Timeline | None, turn: _Turn) -> Event:
    wakes = turn.state is State.AWAKE
    if turn.cause is not None:
        why = f"{turn.cause} {'begins' if wakes else 'ends'}."
    else:
        why = f"What was asked for by hand ends. {_by_calendar(timeline, turn.at)[1]}"
    return Event(at=turn.at, what="wake" if wakes else "sleep", why=why)


def _by_hand(override: Override, calendar: Calendar | None) -> str:
    deed = "It is kept awake" if override.state is State.AWAKE else "It was put to sleep"
    if override.until is None:
        return f"{deed} by hand, until somebody says otherwise."
    return f"{deed} by hand, until {local_text(override.until, calendar.timezone if calendar else 'UTC')}."


def _by_calendar(timeline: Timeline | None, now: datetime) -> tuple[State, str]:
    if timeline is None:
        return State.AWAKE, NO_CALENDAR
    occurrence = timeline.occurrence_at(now)
    place = f"within {occurrence}" if occurrence else _outside(timeline.calendar, now)
    return State.AWAKE if occurrence else State.ASLEEP, f"It is {place} ({timeline.calendar.timezone})."


def _outside(calendar: Calendar, now: datetime) -> str:
    exception = calendar.exception_on(now.astimezone(calendar.zone).date())
    if exception is not None:
        hours = ", ".join(str(hours) for hours in exception.hours)
        return f"outside the exception {exception.date} {hours}" if hours else f"the day off {exception.date}"
    if len(calendar.awake) > _MOST_NAMED:
        return f"outside all of its {len(calendar.awake)} awake windows"
    return f"outside {', '.join(str(window) for window in calendar.awake)}" if calendar.awake else "never to be awake"
