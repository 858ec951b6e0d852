"""The Scheduler's API. Closes: MiniStack takes schedules that can never fire, and forgets the rest of a long list.

Also: the same token again is the same schedule, and a schedule has the retry policy that AWS gives it.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import scheduler

from sandbox.iam.trust import may_assume
from sandbox.schedules.clockwork import MOST_ATTEMPTS, OLDEST_SECONDS
from sandbox.schedules.delivery import deputy_of
from sandbox.schedules.expressions import problem

_PAGE = 100
_DEFAULT_POLICY = {"MaximumEventAgeInSeconds": OLDEST_SECONDS, "MaximumRetryAttempts": MOST_ATTEMPTS}

_create_schedule = scheduler._create_schedule  # noqa: SLF001 - wrapped below
_update_schedule = scheduler._update_schedule  # noqa: SLF001
_list_schedules = scheduler._list_schedules  # noqa: SLF001

_created: dict[tuple[str, str], dict[str, Any]] = {}
"""What each schedule was created with, by ARN and token."""

Body = dict[str, Any]
Response = Any
"""MiniStack's triple of status, headers and body."""


def install() -> None:
    """Put these functions in the place of MiniStack's."""
    scheduler._create_schedule = create_schedule  # noqa: SLF001 - the names it looks up itself
    scheduler._update_schedule = update_schedule  # noqa: SLF001
    scheduler._list_schedules = list_schedules  # noqa: SLF001


def create_schedule(name: str, body: Body) -> Response:
    """CreateSchedule: refuses what could never fire; the same token and content again is the same schedule."""
    group = body.get("GroupName", "default")
    token = (_arn(group, name), str(body.get("ClientToken")))
    if f"{group}/{name}" in scheduler._schedules and _created.get(token) == body:  # noqa: SLF001 - its store
        return scheduler._json_resp(200, {"ScheduleArn": token[0]})  # noqa: SLF001 - its answers
    answer = _refuse(group, body) or _create_schedule(name, _completed(body))
    if answer[0] < 300 and "ClientToken" in body:  # noqa: PLR2004 - HTTP's successes
        _created[token] = body
    return answer


def update_schedule(name: str, body: Body) -> Response:
    """UpdateSchedule: refuses what CreateSchedule refuses."""
    return _refuse(body.get("GroupName", "default"), body) or _update_schedule(name, _completed(body))


def _arn(group: str, name: str) -> str:
    return f"arn:aws:scheduler:{get_region()}:{get_account_id()}:schedule/{group}/{name}"


def _refuse(group: str, body: Body) -> Response | None:
    """A refusal, when the members that MiniStack demands are there and say what cannot be."""
    target = body.get("Target") or {}
    if not (body.get("ScheduleExpression") and target.get("RoleArn")):
        return None
    wrong = problem(body)
    if wrong is None and not may_assume(deputy_of(_arn(group, ""), group), target["RoleArn"]):
        wrong = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    return None if wrong is None else scheduler._error(400, "ValidationException", wrong)  # noqa: SLF001


def _completed(body: Body) -> Body:
    target = body.get("Target") or {}
    return body | {"Target": target | {"RetryPolicy": _DEFAULT_POLICY | (target.get("RetryPolicy") or {})}}


def list_schedules(query: dict[str, str]) -> Response:
    """ListSchedules: by group and name, a page at a time."""
    asked = {name: value for name, value in query.items() if name != "MaxResults"}
    _, _, body = _list_schedules(asked | {"MaxResults": str(len(scheduler._schedules) + 1)})  # noqa: SLF001 - its store
    found = sorted(json.loads(body)["Schedules"], key=_place)
    after = json.loads(base64.urlsafe_b64decode(query["NextToken"])) if "NextToken" in query else []
    rest = [schedule for schedule in found if _place(schedule) > after]
    size = int(query.get("MaxResults", _PAGE))
    page: Body = {"Schedules": rest[:size]}
    if len(rest) > size:
        page["NextToken"] = base64.urlsafe_b64encode(json.dumps(_place(rest[size - 1])).encode()).decode()
    return scheduler._json_resp(200, page)  # noqa: SLF001


def _place(schedule: Body) -> list[str]:
    return [schedule["GroupName"], schedule["Name"]]
