"""What somebody asked for by hand: awake or asleep against the calendar, for a time."""

from datetime import UTC, datetime

from lambdas.domain.calendar.model import Calendar
from lambdas.domain.calendar.timeline import State, Timeline
from lambdas.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Override:
    """A state that holds instead of the calendar's.

    Attributes:
        state: What the cluster is to be.
        until: The instant, in UTC, at which the calendar takes over again; None if it never does by itself.
    """

    state: State
    until: datetime | None

    def active(self, now: datetime) -> bool:
        """Answer whether it still holds."""
        return self.until is None or now < self.until


def override(state: State, until: datetime | None, calendar: Calendar | None, now: datetime) -> Override:
    """Answer the override that begins now; without `until` it ends with the calendar's next change, if there is one.

    `admit_until` has judged `until`.
    """
    if until is None and calendar is not None:
        until = next((change.at for change in Timeline(calendar).changes(now)), None)
    return Override(state, until.astimezone(UTC) if until else None)
