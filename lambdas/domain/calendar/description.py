"""A calendar as people see it: what it says now, and what comes next, by the clock on the wall and in UTC."""

from datetime import datetime
from typing import Final, Literal

from lambdas.domain.calendar.model import Calendar
from lambdas.domain.calendar.overrides import Override
from lambdas.domain.calendar.texts import instant_text, local_text
from lambdas.domain.calendar.timeline import State
from lambdas.domain.calendar.wanted import Awake, desired, next_events
from lambdas.domain.frozen import dataclass

SHOWN_EVENTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An instant, `2026-12-28T06:30:00+00:00`, and what clocks show then, `Mon 2026-12-28 07:30 CET`."""

    utc: str
    local: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An override that holds; without `until` it does so until somebody says otherwise."""

    state: State
    until: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """What happens to the cluster, when and why."""

    at: Moment
    what: Literal["sleep", "wake"]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a cluster is to be.

    Attributes:
        state: Now.
        reason: Why, as a sentence.
        until: When that is to change; None if no such instant is known.
        override: What somebody asked for by hand, while it holds.
        next: The next changes, at most `SHOWN_EVENTS`.
    """

    state: State
    reason: str
    until: Moment | None
    override: Standing | None
    next: tuple[Upcoming, ...]


def describe(calendar: Calendar | None, override: Override | None, now: datetime) -> Description:
    """Answer what a cluster is to be now and next; local is UTC where there is no calendar."""
    timezone = calendar.timezone if calendar else "UTC"
    wanted = desired(calendar, override, now)
    standing = override if override is not None and override.active(now) else None
    return Description(
        state=State.AWAKE if isinstance(wanted, Awake) else State.ASLEEP,
        reason=wanted.reason,
        until=_moment(wanted.until, timezone) if wanted.until else None,
        override=_standing(standing, timezone) if standing else None,
        next=tuple(
            Upcoming(at=_moment(event.at, timezone), what=event.what, why=event.why)
            for event in next_events(calendar, override, now, SHOWN_EVENTS)
        ),
    )


def _standing(override: Override, timezone: str) -> Standing:
    return Standing(state=override.state, until=_moment(override.until, timezone) if override.until else None)


def _moment(instant: datetime, timezone: str) -> Moment:
    return Moment(utc=instant_text(instant), local=local_text(instant, timezone))
