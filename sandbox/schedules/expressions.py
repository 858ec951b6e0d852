"""When a schedule is due. Closes: MiniStack reads every expression in UTC, and takes any text for one.

Expressions are wall-clock times of `ScheduleExpressionTimezone`. An hour that the clocks skip does not fire; one that
they repeat fires once: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
They follow this machine's clock at any speed of the sandbox, because a calendar is about people's clocks.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from ministack.services import eventbridge

Schedule = dict[str, Any]
"""A schedule as the API describes it."""

_rate_seconds = eventbridge._parse_rate_seconds  # noqa: SLF001 - before rules.py lets rates of rules run faster
_cron_fields = eventbridge._parse_cron_fields  # noqa: SLF001 - reads names, lists, ranges, steps, ?, L, W and #
_RANGES = (range(60), range(24), range(1, 32), range(1, 13), range(1, 8), range(1970, 2200))
"""Of the fields of a cron expression: minutes, hours, days of the month, months, days of the week, years."""


def problem(schedule: Schedule) -> str | None:
    """What is wrong with a schedule's expression or its time zone, in words like AWS's; None when both are good."""
    expression = schedule["ScheduleExpression"]
    if not (_is_at(expression) or _is_rate(expression) or _is_cron(expression)):
        return f"Invalid Schedule Expression {expression}."
    zone = _zone_name(schedule)
    return None if zone in _zones() else f"Invalid ScheduleExpressionTimezone {zone}."


def _is_at(expression: str) -> bool:
    try:
        return _at(expression).tzinfo is None
    except ValueError:
        return False


def _at(expression: str) -> datetime:
    if not expression.startswith("at("):
        raise ValueError(expression)
    return datetime.strptime(expression, "at(%Y-%m-%dT%H:%M:%S)")  # noqa: DTZ007 - a time on some zone's wall


def _is_rate(expression: str) -> bool:
    return bool(_rate_seconds(expression))


def _is_cron(expression: str) -> bool:
    fields = _cron_fields(expression)
    return fields is not None and all(map(_is_field, fields, _RANGES))


def _is_field(field: Any, within: range) -> bool:  # noqa: ANN401 - MiniStack's form of it
    """Does a field name a time at all, and only such as there are? None stands for every year."""
    if isinstance(field, dict):  # days, and marks such as the last one or the second Monday
        return any(field.values()) and set(field["days"]) <= set(within)
    return field is None or (bool(field) and set(field) <= set(within))


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone_name(schedule: Schedule) -> str:
    return schedule.get("ScheduleExpressionTimezone") or "UTC"


def next_time(schedule: Schedule, after: datetime) -> datetime | None:
    """The first instant after `after` at which a schedule is due; None when there is none any more."""
    expression, zone = schedule["ScheduleExpression"], ZoneInfo(_zone_name(schedule))
    if expression.startswith("at("):
        instant = _at(expression).replace(tzinfo=zone).astimezone(UTC)
        return instant if instant > after else None
    seconds = _rate_seconds(expression)
    if seconds is not None:
        began = datetime.fromtimestamp(schedule["CreationDate"], UTC)
        return began + timedelta(seconds=seconds * ((after - began).total_seconds() // seconds + 1))
    return _next_cron(expression, zone, after)


def _next_cron(expression: str, zone: ZoneInfo, after: datetime) -> datetime | None:
    fields = _cron_fields(expression)
    wall: datetime = after.astimezone(zone).replace(tzinfo=None)
    while True:
        found = eventbridge._cron_next_fire(fields, wall.replace(tzinfo=UTC))  # noqa: SLF001 - steps in wall time
        if found is None:
            return None
        wall = found.replace(tzinfo=None)
        instant = wall.replace(tzinfo=zone).astimezone(UTC)
        if instant > after and instant.astimezone(zone).replace(tzinfo=None) == wall:
            return instant
