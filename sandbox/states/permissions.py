"""Closes: MiniStack runs every task as root. Here a task needs what the state machine's own role allows.

Checked are the integrations Slipway uses: Lambda functions and nested executions. Others run unchecked, as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

from sandbox.states.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFUSALS = {
    "lambda:InvokeFunction": "Lambda.AWSLambdaException",
    "states:StartExecution": "StepFunctions.AccessDeniedException",
}


def check_permission(role: str, resource: str, arguments: Any) -> None:  # noqa: ANN401 - any JSON
    """Refuse a task that the state machine's role may not do.

    Raises:
        StateError: In the words Step Functions reports such a refusal with.
    """
    needed = _needed(resource, arguments if isinstance(arguments, dict) else {})
    if needed is None or role_allows(role, *needed):
        return
    action, target = needed
    name = role.rpartition("/")[2]
    raise StateError(
        _REFUSALS[action],
        f"User: arn:aws:sts::{get_account_id()}:assumed-role/{name}/execution is not authorized to perform: {action} "
        f"on resource: {target} because no identity-based policy allows the {action} action "
        "(Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException)",
    )


def _needed(resource: str, arguments: Mapping[str, Any]) -> tuple[str, str] | None:
    if ":::lambda:invoke" in resource:
        return "lambda:InvokeFunction", _function_arn(str(arguments.get("FunctionName", "")))
    if ":function:" in resource:
        return "lambda:InvokeFunction", resource
    if ":::states:startExecution" in resource:
        return "states:StartExecution", str(arguments.get("StateMachineArn", ""))
    return None


def _function_arn(name: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{name}"


def role_allows(role: str, action: str, resource: str) -> bool:
    """Do the policies of `role` (an ARN) allow `action` on `resource`, within its permissions boundary?"""
    name, account = role.rpartition("/")[2], get_account_id()
    context = iam_evaluator.EvalContext(
        principal_arn=role,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
    )
    policies = iam_evaluator._gather_role_policies(name, account)  # noqa: SLF001 - what `enforce` gathers
    boundary = iam_evaluator._permissions_boundary(iam._roles, name, account)  # noqa: SLF001
    return bool(iam_evaluator.evaluate(context, policies, *boundary).decision == "Allow")
