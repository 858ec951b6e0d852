"""What cdk-nag's reviewers are told: every rule that does not hold is acknowledged with its reason, nowhere else."""

from typing import Any

import aws_cdk as cdk
from constructs import IConstruct


def explain(construct: IConstruct, rule: str, reason: str) -> None:
    """Acknowledge one AwsSolutions finding (such as ``L1`` or ``IAM5[Resource::*]``) on a construct and below it."""
    acknowledgment = cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
    cdk.Validations.of(construct).acknowledge(acknowledgment)


def explain_wildcard(construct: IConstruct, resource: str, reason: str) -> None:
    """Acknowledge one resource with a ``*``; each needs a reason of its own. Raises ValueError without one."""
    if not reason:
        raise ValueError(f"{construct.node.path} may act on {resource}, and nobody says why.")
    explain(construct, f"IAM5[Resource::{_shown(cdk.Stack.of(construct).resolve(resource))}]", reason)


def _shown(resolved: Any) -> str:  # noqa: ANN401 -- CloudFormation JSON
    """A resource as cdk-nag writes it: intrinsic functions as ``<AWS::Region>`` or ``<LogicalId.Arn>``."""
    if isinstance(resolved, str):
        return resolved
    if "Fn::Join" in resolved:
        separator, parts = resolved["Fn::Join"]
        return str(separator).join(_shown(part) for part in parts)
    if "Fn::GetAtt" in resolved:
        return f"<{'.'.join(resolved['Fn::GetAtt'])}>"
    return f"<{resolved['Ref']}>"
