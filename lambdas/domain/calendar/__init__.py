"""Night and morning: when a cluster is to be awake, and what follows from it at an instant.

Nothing here knows of AWS but for the words of EventBridge Scheduler's expressions. `admission` judges what users send,
and only the API imports it; the rest takes calendars for granted.
"""

from lambdas.domain.calendar.boundaries import Boundary, boundaries, schedules_hash
from lambdas.domain.calendar.codec import (
    calendar_from_text,
    from_json,
    override_from_text,
    savings_from_text,
    to_json,
    to_text,
)
from lambdas.domain.calendar.description import Description, Moment, Standing, Upcoming, describe
from lambdas.domain.calendar.model import Calendar, ExceptionalDay, NodegroupNight
from lambdas.domain.calendar.overrides import Override, override
from lambdas.domain.calendar.savings import Savings
from lambdas.domain.calendar.texts import instant_text, local_text
from lambdas.domain.calendar.timeline import State
from lambdas.domain.calendar.wanted import Asleep, Awake, Desired, Event, desired, next_events
from lambdas.domain.calendar.windows import Hours, Window

__all__ = [
    "Asleep",
    "Awake",
    "Boundary",
    "Calendar",
    "Description",
    "Desired",
    "Event",
    "ExceptionalDay",
    "Hours",
    "Moment",
    "NodegroupNight",
    "Override",
    "Savings",
    "Standing",
    "State",
    "Upcoming",
    "Window",
    "boundaries",
    "calendar_from_text",
    "describe",
    "desired",
    "from_json",
    "instant_text",
    "local_text",
    "next_events",
    "override",
    "override_from_text",
    "savings_from_text",
    "schedules_hash",
    "to_json",
    "to_text",
]
