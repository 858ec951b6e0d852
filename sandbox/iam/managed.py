"""Closes: MiniStack lacks some of the policies AWS manages, and lets any ARN be attached, known or not.

What an added policy allows is not modelled (it allows nothing): cluster and node roles must have them attached, but
nobody acts as such a role here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import iam

if TYPE_CHECKING:
    from collections.abc import Callable

_PREFIX = "arn:aws:iam::aws:policy/"
_NOTHING = json.dumps({"Version": "2012-10-17", "Statement": []})
_NAMES = (
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSFargatePodExecutionRolePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
    "AmazonEKSServicePolicy",
    "AmazonEKSVPCResourceController",
    "AmazonEKSWorkerNodeMinimalPolicy",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonSSMManagedInstanceCore",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
    "CloudWatchAgentServerPolicy",
    "service-role/AmazonEBSCSIDriverPolicy",
    "service-role/AmazonEFSCSIDriverPolicy",
    "service-role/AmazonS3FilesCSIDriverPolicy",
)


def add_missing_policies() -> None:
    """Add the policies above; one that MiniStack has keeps its real document."""
    for name in _NAMES:
        arn = f"{_PREFIX}{name}"
        if not iam.policy_known(arn):
            record = iam._make_aws_managed_record(name, _NOTHING)  # noqa: SLF001 - the shape of its store
            iam._aws_managed_policies[arn] = record  # noqa: SLF001 - its store


def refuse_unknown_policies() -> None:
    """Let AttachRolePolicy and AttachUserPolicy look whether the policy exists."""
    for action in ("AttachRolePolicy", "AttachUserPolicy"):
        iam._IAM_HANDLERS[action] = _if_known(iam._IAM_HANDLERS[action])  # noqa: SLF001 - its table of actions


def _if_known(attach: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def attach_if_known(params: Any) -> Any:  # noqa: ANN401 - MiniStack's form fields and response
        arn = iam._p(params, "PolicyArn")  # noqa: SLF001 - reads a form field
        if iam.policy_known(arn):
            return attach(params)
        message = f"Policy {arn} does not exist or is not attachable."
        return iam._error(404, "NoSuchEntity", message, ns="iam")  # noqa: SLF001 - its error response

    return attach_if_known
