"""Closes: MiniStack never asks for `iam:PassRole`, so a caller could hand any role to a service.

Whoever configures a service with a role must be allowed `iam:PassRole` on it, with the service in
`iam:PassedToService`: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
The EKS twin says itself which roles a request passes; here are the other services of the template.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.iam.form import ApiRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedRole:
    """A role that a request hands to a service."""

    role: str
    service: str


def passed_roles(request: ApiRequest) -> list[PassedRole]:
    """The roles for which the caller needs `iam:PassRole` beside the action itself."""
    find = _ROLES_IN.get((request.service, request.action))
    if find is None:
        return []
    service = f"{request.service}.amazonaws.com"
    return [PassedRole(role=role, service=service) for role in find(request.document()) if role]


def _member(name: str) -> Callable[[dict[str, Any]], list[str]]:
    return lambda document: [str(document.get(name) or "")]


def _schedule_target(document: dict[str, Any]) -> list[str]:
    return [str((document.get("Target") or {}).get("RoleArn") or "")]


def _rule_targets(document: dict[str, Any]) -> list[str]:
    return [str(target.get("RoleArn") or "") for target in document.get("Targets") or []]


_ROLES_IN: dict[tuple[str, str], Callable[[dict[str, Any]], list[str]]] = {
    ("states", "CreateStateMachine"): _member("roleArn"),
    ("states", "UpdateStateMachine"): _member("roleArn"),
    ("lambda", "CreateFunction"): _member("Role"),
    ("lambda", "UpdateFunctionConfiguration"): _member("Role"),
    ("scheduler", "CreateSchedule"): _schedule_target,
    ("scheduler", "UpdateSchedule"): _schedule_target,
    ("events", "PutTargets"): _rule_targets,
    ("events", "PutRule"): _member("RoleArn"),
}
