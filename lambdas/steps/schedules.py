"""The schedules of EventBridge Scheduler for a cluster: they say "look now", and nothing else."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from lambdas.aws.errors import api_error
from lambdas.domain.calendar import boundaries, schedules_hash
from lambdas.domain.frozen import dataclass
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.paths import SCHEDULES
from lambdas.domain.progress import Action, Progress, Ready, Report
from lambdas.domain.runs import Verb
from lambdas.domain.schedules import belonging, prefix, schedule_name
from lambdas.domain.tokens import request_token
from lambdas.steps.removal import due, gone

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_scheduler.type_defs import CreateScheduleInputTypeDef, ScheduleSummaryTypeDef

    from lambdas.domain.calendar import Boundary
    from lambdas.steps.scope import Scope

MOST_CHANGES: Final = 20
"""In one look: AWS takes 50 a second, and other clusters have calendars too."""

_MAXIMUM_AGE_SECONDS: Final = 3600
"""After an hour of refusals the sweep has looked four times."""

_RETRIES: Final = 10
_DONE: Final = frozenset({"ConflictException", "ResourceNotFoundException"})
"""It is there already, or gone already, or being changed: an earlier call's answer was lost."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is missing, what is there in another state than ours, and what is too much, by name."""

    missing: tuple[str, ...]
    altered: tuple[str, ...]
    surplus: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.missing or self.altered or self.surplus)


@dataclass(frozen=True, slots=True)
class Schedules:
    """All schedules of one cluster; Ready when they are those of its calendar and override."""

    scope: Scope

    @property
    def path(self) -> str:
        """``schedules``."""
        return SCHEDULES

    def look(self) -> Report:
        """ListSchedules: their names say all that they say, so none needs a look of its own."""
        difference = self._difference(self._wanted())
        if not difference:
            night = self.scope.night
            facts = {"hash": schedules_hash(night.calendar, night.override)}
            return Report(resource=self.path, progress=Ready(), facts=facts)
        action = Action(
            verb="update",
            resource=self.path,
            reason="the schedules are not those of the calendar",
            consequence=_said(difference),
        )
        return Report(resource=self.path, progress=PACES[Part.SCHEDULES].wait(_said(difference)), action=action)

    def change(self, _: Action) -> Progress:
        """Create what is missing, put right what was altered and delete what is too much, in this order."""
        wanted = self._wanted()
        difference = self._difference(wanted)
        changes = (
            *(partial(self._create, wanted[name]) for name in difference.missing),
            *(partial(self._update, wanted[name]) for name in difference.altered),
            *(partial(self._delete, name) for name in difference.surplus),
        )
        for change in changes[:MOST_CHANGES]:
            _unless_done(change)
        return PACES[Part.SCHEDULES].wait(_said(difference))

    def look_for(self) -> Report:
        """ListSchedules: all of the cluster's are to go."""
        there = self._there()
        if not there:
            return gone(self.scope, self.path)
        return due(self.path, f"{len(there)} of its schedules are deleted", {"count": len(there)})

    def delete(self, _: Action) -> Progress:
        """DeleteSchedule, for so many as one look may change."""
        for name in list(self._there())[:MOST_CHANGES]:
            _unless_done(partial(self._delete, name))
        return PACES[Part.SCHEDULES].wait("deleted")

    def _difference(self, wanted: dict[str, CreateScheduleInputTypeDef]) -> Difference:
        there = self._there()
        return Difference(
            missing=tuple(name for name in wanted if name not in there),
            altered=tuple(name for name in wanted if name in there and not _is_intact(there[name], wanted[name])),
            surplus=tuple(name for name in there if name not in wanted),
        )

    def _there(self) -> dict[str, ScheduleSummaryTypeDef]:
        pages = self.scope.aws.scheduler.get_paginator("list_schedules").paginate(
            GroupName=self.scope.settings.schedule_group, NamePrefix=prefix(self.scope.cluster)
        )
        found = {schedule["Name"]: schedule for page in pages for schedule in page["Schedules"]}
        return {name: found[name] for name in belonging(self.scope.cluster, found)}

    def _wanted(self) -> dict[str, CreateScheduleInputTypeDef]:
        night = self.scope.night
        requests = [self._request(boundary) for boundary in boundaries(night.calendar, night.override, night.now)]
        return {request["Name"]: request for request in requests}

    def _request(self, boundary: Boundary) -> CreateScheduleInputTypeDef:
        scope, settings = self.scope, self.scope.settings
        request: CreateScheduleInputTypeDef = {
            "Name": "",
            "GroupName": settings.schedule_group,
            "Description": f"{scope.cluster}: to {boundary.expected}, if its calendar and the clock say so then",
            "ScheduleExpression": boundary.expression,
            "ScheduleExpressionTimezone": boundary.timezone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE" if boundary.once else "NONE",
            "State": "ENABLED",
            "Target": {
                "Arn": settings.machine_arn(Verb.SCALE),
                "RoleArn": settings.scheduler_role_arn,
                "Input": json.dumps({"cluster": scope.cluster}),
                "DeadLetterConfig": {"Arn": settings.dead_letter_arn},
                "RetryPolicy": {
                    "MaximumEventAgeInSeconds": _MAXIMUM_AGE_SECONDS,
                    "MaximumRetryAttempts": _RETRIES,
                },
            },
        }
        request["Name"] = schedule_name(scope.cluster, request)
        return {**request, "ClientToken": self._token(request["Name"], "set")}

    def _create(self, request: CreateScheduleInputTypeDef) -> None:
        self.scope.aws.scheduler.create_schedule(**request)

    def _update(self, request: CreateScheduleInputTypeDef) -> None:
        self.scope.aws.scheduler.update_schedule(**request)

    def _delete(self, name: str) -> None:
        group = self.scope.settings.schedule_group
        self.scope.aws.scheduler.delete_schedule(Name=name, GroupName=group, ClientToken=self._token(name, "delete"))

    def _token(self, name: str, verb: str) -> str:
        return request_token(self.scope.cluster, name, {"run": self.scope.run, "verb": verb})


def _unless_done(change: Callable[[], object]) -> None:
    """Make a change; if somebody has made it already, or is making one, the next look decides."""
    try:
        change()
    except ClientError as error:
        if api_error(error).code not in _DONE:
            raise


def _is_intact(there: ScheduleSummaryTypeDef, wanted: CreateScheduleInputTypeDef) -> bool:
    """Whether it fires, and at our machine; a list says no more."""
    return there.get("State") == "ENABLED" and there.get("Target", {}).get("Arn") == wanted["Target"]["Arn"]


def _said(difference: Difference) -> str:
    counts = {"create": difference.missing, "put right": difference.altered, "delete": difference.surplus}
    return ", ".join(f"{verb} {len(names)}" for verb, names in counts.items() if names)
