"""The calendar: when a cluster is to be awake, as values."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from lambdas.domain.calendar.windows import Hours, Window


@dataclass(frozen=True, slots=True, order=True)
class ExceptionalDay:
    """A date with hours of its own: they replace the windows that start on it.

    A window that started on the evening before goes on after midnight as if there were no exception.

    Attributes:
        date: In the calendar's time zone.
        hours: When it is awake; empty if it sleeps all day.
    """

    date: date
    hours: tuple[Hours, ...]


@dataclass(frozen=True, slots=True, order=True)
class NodegroupNight:
    """What the night means to one node group; groups that are not named sleep, and wake in the order 1.

    Attributes:
        name: The node group's.
        sleep: Whether it sleeps when the cluster does.
        wake_order: Groups with a lower number wake first.
    """

    name: str
    sleep: bool = True
    wake_order: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When a cluster is to be awake; asleep at every other time.

    Attributes:
        timezone: The IANA name of the zone whose clock everything here is about.
        awake: The windows of every week, which may overlap; none for never.
        exceptions: At most one for a date, in the order of the dates.
        nodegroups: At most one for a group, in the order of the names.
    """

    timezone: str
    awake: tuple[Window, ...]
    exceptions: tuple[ExceptionalDay, ...] = ()
    nodegroups: tuple[NodegroupNight, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The zone's rules."""
        return ZoneInfo(self.timezone)

    def exception_on(self, day: date) -> ExceptionalDay | None:
        """The exception that is made on a date, if there is one."""
        return next((exception for exception in self.exceptions if exception.date == day), None)

    def night_of(self, nodegroup: str) -> NodegroupNight:
        """What the night means to a node group."""
        return next((night for night in self.nodegroups if night.name == nodegroup), NodegroupNight(nodegroup))
