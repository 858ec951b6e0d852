"""The clusters whose lives are told, and all that a spec changes of one that runs."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.sandbox.conftest import Json, RunningSandbox

_ROLE: Final = "arn:aws:iam::000000000000:role"
_POLICY: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKS"
OPERATORS: Final = f"{_ROLE}/platform/operators"
VIEW_POLICY: Final = f"{_POLICY}ViewPolicy"
DEPRECATED: Final = "Deprecated APIs removed in Kubernetes v1.35"
_NONE: Final = {"minSize": 0, "maxSize": 2, "desiredSize": 0}
_ONE: Final = {"minSize": 1, "maxSize": 2, "desiredSize": 1}
_TAINT: Final = {"key": "dedicated", "value": "web", "effect": "NO_SCHEDULE"}
_LEDGER: Final = {"namespace": "pay", "serviceAccount": "ledger", "roleArn": f"{_ROLE}/platform/payments-ledger"}


def _group(name: str, sizes: Json, **members: Json) -> Json:
    return {"nodegroupName": name, "scalingConfig": sizes, "instanceTypes": ["m7i.large"], **members}


LIVED: Final[Json] = {
    "name": "lived",
    "version": "1.35",
    "deletionProtection": False,
    "drift": "repair",
    "resourcesVpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]},
    "addons": [
        {"addonName": "metrics-server"},
        {"addonName": "snapshot-controller"},
        {"addonName": "vpc-cni", "tags": {"goes": "now"}},
    ],
    "accessEntries": [
        {"principalArn": OPERATORS, "accessPolicies": [{"policyArn": f"{_POLICY}ClusterAdminPolicy"}]},
        {"principalArn": f"{_ROLE}/team/auditors"},
    ],
    "podIdentityAssociations": [_LEDGER, {**_LEDGER, "serviceAccount": "audit"}],
    "nodegroups": [
        _group("services", _ONE, labels={"tier": "web", "old": "yes"}),
        _group("late", _NONE, releaseVersion="1.35.3-20261023"),
        _group("hardened", _NONE, launchTemplate={"name": "hardened-nodes", "version": "1"}),
        _group("machines", _NONE),
        _group("surplus", _NONE),
    ],
    "tags": {"team": "platform", "goes": "soon"},
}
CHANGED: Final[Json] = {
    **LIVED,
    "deletionProtection": True,
    "resourcesVpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["198.51.100.0/24"]},
    "logging": {"clusterLogging": [{"types": ["audit"]}]},
    "upgradePolicy": {"supportType": "EXTENDED"},
    "zonalShiftConfig": {"enabled": True},
    "kubeApiServerConfig": {"eventTtl": "2h"},
    "addons": [
        {"addonName": "metrics-server", "configurationValues": {"replicas": 3}},
        {"addonName": "vpc-cni", "addonVersion": "v1.21.2-eksbuild.1"},
        {"addonName": "aws-efs-csi-driver"},
    ],
    "accessEntries": [
        {"principalArn": OPERATORS, "username": "charon", "accessPolicies": [{"policyArn": VIEW_POLICY}]},
        {"principalArn": f"{_ROLE}/team/payments", "kubernetesGroups": ["boatmen"]},
    ],
    "podIdentityAssociations": [
        {**_LEDGER, "roleArn": f"{_ROLE}/platform/ebs-csi"},
        {**_LEDGER, "serviceAccount": "more"},
    ],
    "nodegroups": [
        _group(
            "services",
            {"minSize": 1, "maxSize": 4, "desiredSize": 2},
            labels={"tier": "api"},
            taints=[_TAINT],
            updateConfig={"maxUnavailablePercentage": 33},
            nodeRepairConfig={"enabled": True},
            tags={"team": "web"},
        ),
        _group("late", _NONE, releaseVersion="1.35.3-20261109"),
        _group("hardened", _NONE, launchTemplate={"name": "hardened-nodes", "version": "2"}),
        _group("machines", _NONE),
        _group("more", _NONE),
    ],
    "tags": {"team": "other", "cost": "7"},
}
_LOGS: Final = [
    {"types": ["audit"], "enabled": True},
    {"types": ["api", "authenticator", "controllerManager", "scheduler"], "enabled": False},
]
AFTER: Final[dict[str, object]] = {
    "cluster|deletionProtection": True,
    "cluster|resourcesVpcConfig|publicAccessCidrs": ["198.51.100.0/24"],
    "cluster|logging|clusterLogging": _LOGS,
    "cluster|upgradePolicy|supportType": "EXTENDED",
    "cluster|zonalShiftConfig|enabled": True,
    "cluster|kubeApiServerConfig|eventTtl": "2h",
    "cluster|tags|team": "other",
    "cluster|tags|cost": "7",
    "cluster|tags|goes": None,
    "addons/aws-efs-csi-driver": True,
    "addons/snapshot-controller": False,
    "addons/metrics-server|configurationValues": '{"replicas":3}',
    "addons/vpc-cni|addonVersion": "v1.21.2-eksbuild.1",
    "addons/vpc-cni|tags|goes": None,
    "access/auditors": False,
    "access/payments": True,
    "access/operators|username": "charon",
    "access/operators|policies": ["AmazonEKSViewPolicy"],
    "pods/pay/audit": False,
    "pods/pay/more": True,
    "pods/pay/ledger|roleArn": f"{_ROLE}/platform/ebs-csi",
    "nodegroups/more": True,
    "nodegroups/surplus": False,
    "nodegroups/hardened|launchTemplate|version": "2",
    "nodegroups/late|releaseVersion": "1.35.3-20261109",
    "nodegroups/services|scalingConfig|maxSize": 4,
    "nodegroups/services|scalingConfig|desiredSize": 2,
    "nodegroups/services|labels|old": None,
    "nodegroups/services|labels|tier": "api",
    "nodegroups/services|taints": [_TAINT],
    "nodegroups/services|updateConfig|maxUnavailable": None,
    "nodegroups/services|updateConfig|maxUnavailablePercentage": 33,
    "nodegroups/services|nodeRepairConfig|enabled": True,
    "nodegroups/services|nodeRepairConfig|nodeRepairConfigOverrides": [],
    "nodegroups/services|tags|team": "web",
}
"""What EKS says afterwards of each path that differs: of what came or went as a whole whether it is there."""

CLIMBER: Final[Json] = {
    "name": "climber",
    "version": "1.33",
    "upgradePolicy": {"supportType": "EXTENDED"},
    "addons": [{"addonName": "metrics-server"}],
    "nodegroups": [_group("services", _ONE), _group("batch", _NONE), _group("windmill", _NONE)],
}
HURRIED: Final[Json] = {"name": "hurried"}
UNDONE: Final[Json] = {"name": "undone", "onFailure": "remove"}


def turned(turn: int) -> Json:
    """The one in a hurry, as it is to be next."""
    return {
        **HURRIED,
        "resourcesVpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": [f"203.0.113.{turn}/32"]},
    }


def member(items: list[Json], name: str) -> Json:
    """The node group of this name."""
    return next(it for it in items if it["nodegroupName"] == name)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where in the sandbox it is: two subnets and then others, and two security groups."""

    subnets: list[str]
    groups: list[str]

    @classmethod
    def of(cls, sandbox: RunningSandbox) -> Ground:
        """The default VPC's, with two security groups and a second version of the launch template."""
        ec2 = sandbox.client("ec2")
        subnets = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
        groups = [
            ec2.create_security_group(GroupName=f"lived-{name}", Description="-", VpcId=subnets[0]["VpcId"])["GroupId"]
            for name in ("one", "two")
        ]
        ec2.create_launch_template_version(
            LaunchTemplateName="hardened-nodes", SourceVersion="1", LaunchTemplateData={"EbsOptimized": True}
        )
        return cls(sorted(it["SubnetId"] for it in subnets), groups)

    def spec(self, spec: Json) -> Json:
        """The spec in this place: before the changes, or after them."""
        found = deepcopy(spec)
        late = spec["deletionProtection"]
        found["resourcesVpcConfig"]["subnetIds"] = self.subnets[late : 2 + late]
        found["resourcesVpcConfig"]["securityGroupIds"] = self.groups[late : 1 + late]
        return found

    @property
    def after(self) -> dict[str, object]:
        """What EKS says afterwards of the place."""
        return {
            "cluster|resourcesVpcConfig|subnetIds": self.subnets[1:3],
            "cluster|resourcesVpcConfig|securityGroupIds": self.groups[1:],
        }
