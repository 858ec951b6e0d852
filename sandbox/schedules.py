"""EventBridge Scheduler as AWS keeps time: closes that MiniStack reads every schedule in UTC and lets any role deliver.

Expressions are wall-clock times of `ScheduleExpressionTimezone`. An hour that the clocks skip does not fire; one that
they repeat fires once: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ministack.core import responses
from ministack.services import eventbridge, scheduler

from sandbox.states.permissions import role_allows

if TYPE_CHECKING:
    from collections.abc import Callable

    # A schedule as the API describes it.
    Schedule = dict[str, Any]

_logger = logging.getLogger("sandbox.schedules")

_NEEDED = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
    "states": "states:StartExecution",
}
"""What the target's role must allow, by the service in the target's ARN."""


@dataclass(slots=True, kw_only=True)
class _Due:
    """When a schedule fires next, and for which wording of it that was worked out."""

    wording: tuple[str, str]
    instant: datetime | None


_due: dict[tuple[str, str, str], _Due] = {}


def install() -> None:
    """Put this clockwork in the place of MiniStack's, and its roles before every delivery."""
    scheduler._tick_schedules = tick  # noqa: SLF001 - what its thread calls
    scheduler._SCHEDULE_TICK_INTERVAL = 1  # noqa: SLF001 - seconds; instead of ten
    eventbridge._invoke_target = _if_role_allows(eventbridge._invoke_target)  # noqa: SLF001 - rules and schedules


def tick() -> None:
    """Fire every enabled schedule that has become due since it was last looked at."""
    now = datetime.now(UTC)
    schedules = dict(scheduler._schedules._data)  # noqa: SLF001 - its store, by account, region and name
    for gone in _due.keys() - schedules.keys():
        del _due[gone]
    for key, schedule in schedules.items():
        due = _due_of(key, schedule, now)
        if due.instant is None or due.instant > now:
            continue
        scheduled, due.instant = due.instant, next_time(schedule, now)
        if schedule.get("State", "ENABLED") == "ENABLED" and _within(schedule, scheduled):
            _fire(key, schedule, scheduled)
        if due.instant is None and schedule.get("ActionAfterCompletion") == "DELETE":
            scheduler._schedules._data.pop(key, None)  # noqa: SLF001 - as above


def _due_of(key: tuple[str, str, str], schedule: Schedule, now: datetime) -> _Due:
    wording = (schedule["ScheduleExpression"], schedule.get("ScheduleExpressionTimezone") or "UTC")
    if key not in _due or _due[key].wording != wording:
        _due[key] = _Due(wording=wording, instant=next_time(schedule, now - timedelta(seconds=1)))
    return _due[key]


def next_time(schedule: Schedule, after: datetime) -> datetime | None:
    """The first instant after `after` at which a schedule is due; None when there is none any more."""
    expression = schedule["ScheduleExpression"].strip()
    zone = ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
    if expression.startswith("at("):
        instant = datetime.fromisoformat(expression[3:-1]).replace(tzinfo=zone).astimezone(UTC)
        return instant if instant > after else None
    seconds = eventbridge._parse_rate_seconds(expression)  # noqa: SLF001 - reads what AWS reads
    if seconds is not None:
        began = datetime.fromtimestamp(schedule.get("CreationDate") or after.timestamp(), UTC)
        return began + timedelta(seconds=seconds * ((after - began).total_seconds() // seconds + 1))
    return _next_cron(expression, zone, after)


def _next_cron(expression: str, zone: ZoneInfo, after: datetime) -> datetime | None:
    fields = eventbridge._parse_cron_fields(expression)  # noqa: SLF001 - as above
    wall: datetime = after.astimezone(zone).replace(tzinfo=None)
    while fields is not None:
        found = eventbridge._cron_next_fire(fields, wall.replace(tzinfo=UTC))  # noqa: SLF001 - steps in wall time
        if found is None:
            return None
        wall = found.replace(tzinfo=None)
        instant = wall.replace(tzinfo=zone).astimezone(UTC)
        if instant > after and instant.astimezone(zone).replace(tzinfo=None) == wall:
            return instant
    return None


def _within(schedule: Schedule, instant: datetime) -> bool:
    start, end = (scheduler._to_epoch(schedule.get(name)) for name in ("StartDate", "EndDate"))  # noqa: SLF001
    moment = instant.timestamp()
    return (start is None or start <= moment) and (end is None or moment <= end)


def _fire(key: tuple[str, str, str], schedule: Schedule, scheduled: datetime) -> None:
    account, region, _ = key
    responses.set_request_account_id(account)
    responses.set_request_region(region)
    words = {
        "<aws.scheduler.schedule-arn>": schedule.get("Arn", ""),
        "<aws.scheduler.scheduled-time>": scheduled.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "<aws.scheduler.execution-id>": str(uuid.uuid4()),
        "<aws.scheduler.attempt-number>": "1",
    }
    text = schedule["Target"].get("Input") or "{}"
    for word, value in words.items():
        text = text.replace(word, value)
    event = {
        "EventId": words["<aws.scheduler.execution-id>"],
        "Source": "aws.scheduler",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "Time": scheduled.timestamp(),
        "Resources": [schedule.get("Arn", "")],
        "Account": account,
        "Region": region,
    }
    eventbridge._invoke_target({**schedule["Target"], "Input": text}, event, schedule)  # noqa: SLF001 - its delivery


def _if_role_allows(deliver: Callable[..., None]) -> Callable[..., None]:
    """Deliver only what the target's role allows; on AWS such an invocation fails and is counted as such."""

    def deliver_if_allowed(target: dict[str, Any], *more: object) -> None:
        arn, role = target.get("Arn", ""), target.get("RoleArn")
        needed = _NEEDED.get(arn.split(":")[2] if arn.startswith("arn:") else "")
        if role and needed and not role_allows(role, needed, arn):
            _logger.warning("Not delivered to %s: %s is not allowed %s on it", arn, role, needed)
            return
        deliver(target, *more)

    return deliver_if_allowed
