"""Closes: MiniStack never asks whether a role trusts the service that uses it, or a function the one that invokes it.

Such a policy can demand the account and the resource on whose behalf the service acts, so that nobody borrows the role
through the service: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam, lambda_svc


@dataclass(frozen=True, slots=True)
class Deputy:
    """A service (`scheduler.amazonaws.com`) that acts for the resource `source_arn`."""

    service: str
    source_arn: str


def may_assume(deputy: Deputy, role: str) -> bool:
    """May the service assume `role` (an ARN)?"""
    found = iam._roles.get(role.rpartition("/")[2])  # noqa: SLF001 - its store
    if found is None or found["Arn"] != role:
        return False
    return _lets_in(_on_itself(found["AssumeRolePolicyDocument"]), deputy, "sts:AssumeRole", role)


def may_invoke(deputy: Deputy, function: str) -> bool:
    """May the service invoke `function` (an ARN) by the function's own policy?"""
    found = lambda_svc._get_func_record_for_ref(function)[0]  # noqa: SLF001 - its store
    return bool(found) and _lets_in(found["policy"], deputy, "lambda:InvokeFunction", function)


def _lets_in(policy: dict[str, Any], deputy: Deputy, action: str, resource: str) -> bool:
    account = get_account_id()
    context = iam_evaluator.EvalContext(
        principal_arn="",
        principal_type="Service",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        service_context={"aws:sourceaccount": account, "aws:sourcearn": deputy.source_arn},
    )
    verdict = iam_evaluator.evaluate_resource_policy(policy, context, deputy.service)
    return bool(verdict.decision == "Allow")


def _on_itself(trust_policy: str) -> dict[str, Any]:
    """The policy with the resource that the evaluator wants in each statement, and that trust policies leave out."""
    document: dict[str, Any] = json.loads(trust_policy)
    statements = document.get("Statement", [])
    listed = [statements] if isinstance(statements, dict) else statements
    return document | {"Statement": [statement | {"Resource": "*"} for statement in listed]}
