"""What other teams keep in the account: the roles that the examples take for granted.

An account is never empty. With these, and with the default VPC that MiniStack brings along, every file of ``examples/``
works as it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

_NODE_POLICIES: Final = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly")
_PODS: Final = "pods.eks.amazonaws.com"
_ROLES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "/platform/eks-cluster": ("eks.amazonaws.com", ("AmazonEKSClusterPolicy",)),
    "/platform/eks-node": ("ec2.amazonaws.com", _NODE_POLICIES),
    "/platform/payments-ledger": (_PODS, ()),
    "/platform/operators": ("ec2.amazonaws.com", ()),
    "/team/payments": ("ec2.amazonaws.com", ()),
}
"""Path and name, who may assume it, and the AWS managed policies that it carries."""


def move_in(iam: IAMClient, partition: str = "aws") -> None:
    """Create the roles."""
    for place, (service, policies) in _ROLES.items():
        path, _, name = place.rpartition("/")
        actions = ["sts:AssumeRole", "sts:TagSession"] if service == _PODS else ["sts:AssumeRole"]
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        iam.create_role(RoleName=name, Path=f"{path}/", AssumeRolePolicyDocument=document)
        for policy in policies:
            iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:{partition}:iam::aws:policy/{policy}")
