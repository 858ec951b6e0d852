"""Hook the corrections into MiniStack, which looks both functions up in their modules for each request.

Per request it calls `extract_resource_arn`, then `enforce` once or more, then, when refused, `access_denied_response`.
The three are wrapped; what the first learns about the request waits for the others in a context variable.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack.core import iam_actions, iam_evaluator

from sandbox.iam.conditions import balancing_context, iam_context
from sandbox.iam.form import ApiRequest
from sandbox.iam.network import involved
from sandbox.iam.passrole import passed_roles
from sandbox.iam.paths import iam_resource, spoken_resource
from sandbox.iam.resources import ec2_resource, logs_resource, schedule_resource

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES_RESOURCE = frozenset(
    {"autoscaling", "dynamodb", "eks", "events", "iam", "kms", "lambda", "scheduler", "states", "sts"}
)
"""Services whose denials name the resource on AWS; MiniStack leaves it out."""

_request: ContextVar[ApiRequest | None] = ContextVar("sandbox_iam_request", default=None)
_refused: ContextVar[tuple[str, str] | None] = ContextVar("sandbox_iam_refused", default=None)

_extract_resource_arn = iam_actions.extract_resource_arn
_enforce = iam_evaluator.enforce
_access_denied_response = iam_actions.access_denied_response


def install() -> None:
    """Put the wrappers in the place of MiniStack's functions."""
    iam_actions.extract_resource_arn = extract_resource_arn
    iam_evaluator.enforce = enforce
    iam_actions.access_denied_response = access_denied_response


def extract_resource_arn(
    service: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    query_params: Mapping[str, Any],
    region: str,
    account_id: str,
) -> str:
    """The resource a request is authorised on, as AWS names it."""
    action = iam_actions.extract_iam_action(service, method, path, headers, body, query_params) or ":"
    request = ApiRequest(
        service=service,
        action=action.partition(":")[2],
        account=account_id,
        region=region,
        params=query_params,
        body=body,
    )
    _request.set(request)
    if service == "iam":
        return iam_resource(request)
    found: str = _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)
    correct = {"ec2": ec2_resource, "logs": logs_resource, "scheduler": schedule_resource}.get(service)
    return correct(request, found) if correct else found


def enforce(
    access_key_id: str,
    iam_action: str,
    service: str,
    region: str,
    resource_arn: str = "*",
    service_context: Mapping[str, Any] | None = None,
) -> Any:  # noqa: ANN401 - MiniStack's EvalResult or AuthError, or None when allowed
    """MiniStack's verdict with IAM's own condition keys, then on each role the request passes."""
    request = _request.get()
    context = dict(service_context or {})
    spoken = resource_arn
    if request is not None and request.service == service == "iam":
        context |= iam_context(request)
        spoken = spoken_resource(request, resource_arn)
    if request is not None and request.service == service == "elasticloadbalancing":
        context |= balancing_context(request)
    _refused.set((iam_action, spoken))
    things = involved(request) if request is not None and request.service == service else []
    for thing in things:
        refusal = _enforce(access_key_id, iam_action, service, region, thing.arn, context | thing.context)
        if refusal is not None:
            return refusal
    if things:
        return None
    refusal = _enforce(access_key_id, iam_action, service, region, resource_arn, context)
    if refusal is not None or request is None or request.service != service:
        return refusal
    for passed in passed_roles(request):
        refusal = enforce_pass_role(access_key_id, passed.role, passed.service, region)
        if refusal is not None:
            return refusal
    return None


def enforce_pass_role(access_key_id: str, role: str, service: str, region: str) -> Any:  # noqa: ANN401 - as above
    """MiniStack's verdict on `iam:PassRole` of `role` to `service`."""
    _refused.set(("iam:PassRole", role))
    context = {"iam:PassedToService": service}
    return _enforce(access_key_id, "iam:PassRole", "iam", region, role, context)


def access_denied_response(
    service: str,
    action: str,
    principal_arn: str,
    request_id: str,
    **details: Any,  # noqa: ANN401 - MiniStack's own
) -> Any:  # noqa: ANN401 - status, headers, body
    """A denial in AWS's words: the action that was refused, on which resource."""
    refused = _refused.get()
    if _is_plain_denial(service, details) and refused is not None:
        details["message"] = iam_actions.identity_denial_message(
            refused[0], principal_arn, refused[1], details.get("explicit_deny", False)
        )
    return _access_denied_response(service, action, principal_arn, request_id, **details)


def _is_plain_denial(service: str, details: Mapping[str, Any]) -> bool:
    decided_elsewhere = details.get("error_code") or details.get("message") or details.get("resource_policy_arn")
    return service in _NAMES_RESOURCE and not decided_elsewhere
