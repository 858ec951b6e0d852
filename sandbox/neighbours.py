"""What other teams keep in the account: the roles, the key and the launch templates that examples take for granted.

An account is never empty. With these, and with the default VPC that MiniStack brings along, every file of ``examples/``
works as it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox.settings import ACCOUNT, PARTITION

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ec2.client import EC2Client
    from mypy_boto3_iam.client import IAMClient
    from mypy_boto3_kms.client import KMSClient

    from sandbox.world import Service

PASSABLE_ROLES: Final = "platform/*"
"""The roles that the sandbox's operator lets specs name."""

KEY_ID: Final = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_ALIAS: Final = "alias/kubernetes-secrets"
KEY_ID_TAG: Final = "sandbox/key-id"
"""The tag by which a key asks for an id (see keys.py)."""

_NODE_POLICIES: Final = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly")
_IPV6_ACTIONS: Final = (
    "ec2:AssignIpv6Addresses",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeTags",
)
"""https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html: there is no managed policy for IPv6."""


@dataclass(frozen=True, slots=True)
class _Role:
    """Whose role it is (a service; by default the account's own people) and what it may do."""

    service: str | None = None
    policies: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


_PODS: Final = "pods.eks.amazonaws.com"
_ROLES: Final[dict[str, _Role]] = {
    "/platform/eks-cluster": _Role("eks.amazonaws.com", ("AmazonEKSClusterPolicy", "AmazonEKSVPCResourceController")),
    "/platform/eks-node": _Role("ec2.amazonaws.com", _NODE_POLICIES),
    "/platform/eks-node-windows": _Role("ec2.amazonaws.com", _NODE_POLICIES),
    "/platform/hybrid-node": _Role(
        "ssm.amazonaws.com", ("AmazonSSMManagedInstanceCore", "AmazonEC2ContainerRegistryPullOnly")
    ),
    "/platform/ebs-csi": _Role(_PODS, ("service-role/AmazonEBSCSIDriverPolicy",)),
    "/platform/vpc-cni-ipv6": _Role(_PODS, actions=_IPV6_ACTIONS),
    "/platform/payments-ledger": _Role(_PODS),
    "/platform/operators": _Role(),
    "/team/payments": _Role(),
    "/team/auditors": _Role(),
}
MANAGED_POLICIES: Final = frozenset(name.rpartition("/")[2] for role in _ROLES.values() for name in role.policies)
"""The AWS managed policies that the roles carry."""

_DISK: Final = {
    "DeviceName": "/dev/xvda",
    "Ebs": {"VolumeSize": 50, "VolumeType": "gp3", "Encrypted": True, "DeleteOnTermination": True},
}
_TEMPLATES: Final[dict[str, dict[str, Any]]] = {
    "hardened-nodes": {
        "BlockDeviceMappings": [_DISK],
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        "TagSpecifications": [
            {"ResourceType": kind, "Tags": [{"Key": "data-class", "Value": "confidential"}]}
            for kind in ("instance", "volume")
        ],
    },
    "reserved-gpus": {
        "InstanceType": "p5.48xlarge",
        "InstanceMarketOptions": {"MarketType": "capacity-block"},
        "CapacityReservationSpecification": {
            "CapacityReservationTarget": {"CapacityReservationId": "cr-0a1b2c3d4e5f60718"}
        },
    },
}
"""Name and data of each launch template; each has one version."""


def key_arn(region: str) -> str:
    """Return the ARN of the key that teams encrypt with."""
    return f"arn:{PARTITION}:kms:{region}:{ACCOUNT}:key/{KEY_ID}"


def move_in(client: Callable[[Service], Any]) -> None:
    """Create everything. `client` returns a boto3 client for the service named."""
    iam, kms, ec2 = client("iam"), client("kms"), client("ec2")
    for place, role in _ROLES.items():
        _create_role(iam, place, role)
    _create_key(kms)
    _create_templates(ec2)


def _create_role(iam: IAMClient, place: str, role: _Role) -> None:
    path, _, name = place.rpartition("/")
    iam.create_role(RoleName=name, Path=f"{path}/", AssumeRolePolicyDocument=_trust(role))
    for policy in role.policies:
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:{PARTITION}:iam::aws:policy/{policy}")
    if role.actions:
        allowed = _policy({"Action": list(role.actions), "Resource": "*"})
        iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=allowed)


def _trust(role: _Role) -> str:
    if role.service is None:
        return _policy({"Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
    actions = ["sts:AssumeRole", "sts:TagSession"] if role.service == _PODS else ["sts:AssumeRole"]
    return _policy({"Principal": {"Service": role.service}, "Action": actions})


def _policy(statement: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def _create_key(kms: KMSClient) -> None:
    made = kms.create_key(
        Description="Kubernetes secrets",
        KeyUsage="ENCRYPT_DECRYPT",
        Tags=[{"TagKey": KEY_ID_TAG, "TagValue": KEY_ID}],
    )
    kms.create_alias(AliasName=KEY_ALIAS, TargetKeyId=made["KeyMetadata"]["KeyId"])


def _create_templates(ec2: EC2Client) -> None:
    for name, data in _TEMPLATES.items():
        ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)  # type: ignore[arg-type] # as JSON
