"""Managed node groups."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated

from lambdas.domain.constraints import Distinct, Doc, Length, Range
from lambdas.domain.frozen import dataclass
from lambdas.domain.spec.nodegroup_values import (
    AmiType,
    CapacityType,
    ConditionReason,
    Count,
    InstanceType,
    KeyPairName,
    LabelKey,
    LabelValue,
    LaunchTemplateId,
    LaunchTemplateName,
    LaunchTemplateVersion,
    NodeCondition,
    NodegroupName,
    Percentage,
    ReleaseVersion,
    RepairAction,
    TaintEffect,
    TaintKey,
    TaintValue,
    UpdateStrategy,
    WarmPoolState,
)
from lambdas.domain.spec.values import RoleArn, SecurityGroupId, SubnetId, Tags, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingConfig:
    """How many nodes. EKS takes all three sizes or none."""

    minSize: Annotated[int, Range(0), Doc("The least number of nodes.", 1)]
    maxSize: Annotated[int, Range(1), Doc("The greatest number of nodes; EKS refuses 0.", 3)]
    desiredSize: Annotated[
        int, Range(0), Doc("The number to start with; afterwards an autoscaler may move it between the two.", 2)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateConfig:
    """How nodes are replaced during a version update. Exactly one of the two limits is given."""

    maxUnavailable: Annotated[
        Annotated[int, Range(1, 100)] | None,
        Doc("How many nodes are replaced at once.", 1, absent="`maxUnavailablePercentage` is the limit"),
    ] = None
    maxUnavailablePercentage: Annotated[
        Percentage | None,
        Doc("The same as a share of the nodes in percent.", 33, absent="`maxUnavailable` is the limit"),
    ] = None
    updateStrategy: Annotated[
        UpdateStrategy,
        Doc("DEFAULT starts new nodes first; MINIMAL ends old ones first, for scarce instances.", "MINIMAL"),
    ] = "DEFAULT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taint:
    """A Kubernetes taint on every node of the group."""

    key: Annotated[TaintKey, Doc("Its key.", "dedicated")]
    value: Annotated[TaintValue, Doc("Its value.", "batch")] = ""
    effect: Annotated[TaintEffect, Doc("Its effect, in EKS's spelling.", "NO_SCHEDULE")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchTemplate:
    """An EC2 launch template of yours, by id or by name; EKS cannot change it for another one afterwards."""

    id: Annotated[LaunchTemplateId | None, Doc("Its id.", "lt-0a1b2c3d4e5f60718", absent="it is named")] = None
    name: Annotated[LaunchTemplateName | None, Doc("Its name.", "hardened-nodes", absent="it is given by id")] = None
    version: Annotated[
        LaunchTemplateVersion | None,
        Doc("The number of its version, as a string.", "7", absent="the template's default version"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAccess:
    """SSH (on Windows RDP) access to the nodes."""

    ec2SshKey: Annotated[KeyPairName, Doc("The name of an EC2 key pair.", "platform-2026")]
    sourceSecurityGroups: Annotated[
        tuple[SecurityGroupId, ...],
        Length(1),
        Distinct(),
        Doc(
            "Who may connect. Required: without it EKS would open the port to the whole internet.",
            ["sg-0a1b2c3d4e5f60718"],
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRepairOverride:
    """What is done about one particular condition of a node."""

    nodeMonitoringCondition: Annotated[
        NodeCondition, Doc("The condition that the node monitoring agent reports.", "AcceleratedHardwareReady")
    ]
    nodeUnhealthyReason: Annotated[ConditionReason, Doc("The reason that it reports.", "NvidiaXID64Error")]
    minRepairWaitTimeMins: Annotated[Count, Doc("How many minutes to wait before the repair.", 5)]
    repairAction: Annotated[RepairAction, Doc("What is done.", "Reboot")]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRepairConfig:
    """Automatic repair of unhealthy nodes. Each limit is a count or a percentage, not both."""

    enabled: Annotated[bool, Doc("Whether EKS repairs nodes.", example=True)] = False
    maxUnhealthyNodeThresholdCount: Annotated[
        Count | None, Doc("Above so many unhealthy nodes repair stops.", 3, absent="what EKS sets")
    ] = None
    maxUnhealthyNodeThresholdPercentage: Annotated[
        Percentage | None, Doc("The same as a share in percent.", 20, absent="what EKS sets")
    ] = None
    maxParallelNodesRepairedCount: Annotated[
        Count | None, Doc("So many nodes are repaired at once.", 1, absent="what EKS sets")
    ] = None
    maxParallelNodesRepairedPercentage: Annotated[
        Percentage | None, Doc("The same as a share in percent.", 10, absent="what EKS sets")
    ] = None
    nodeRepairConfigOverrides: Annotated[
        tuple[NodeRepairOverride, ...],
        Doc(
            "Exceptions for particular conditions.",
            [
                {
                    "nodeMonitoringCondition": "AcceleratedHardwareReady",
                    "nodeUnhealthyReason": "NvidiaXID64Error",
                    "minRepairWaitTimeMins": 5,
                    "repairAction": "Reboot",
                }
            ],
        ),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmPoolConfig:
    """Instances prepared in advance, which join faster."""

    enabled: Annotated[bool, Doc("Whether there is a warm pool.", example=True)] = True
    minSize: Annotated[int, Range(0), Doc("The least number of prepared instances.", 1)] = 0
    maxGroupPreparedCapacity: Annotated[
        Count | None,
        Doc("The greatest number of nodes and prepared instances together.", 6, absent="what EKS sets"),
    ] = None
    poolState: Annotated[
        WarmPoolState, Doc("What prepared instances do. HIBERNATED: not with Bottlerocket.", "RUNNING")
    ] = "STOPPED"
    reuseOnScaleIn: Annotated[
        bool, Doc("Whether nodes go back into the pool. Not with Bottlerocket.", example=True)
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodegroup:
    """One managed node group."""

    nodegroupName: Annotated[NodegroupName, Doc("Its name, unique in the cluster.", "general-purpose")]
    nodeRole: Annotated[
        RoleArn | None,
        Doc(
            "The IAM role of the nodes.",
            "arn:aws:iam::123456789012:role/platform/eks-node",
            absent="a role that Slipway makes, shared by the cluster's node groups",
        ),
    ] = None
    subnets: Annotated[
        tuple[SubnetId, ...],
        Distinct(),
        Doc("Where its nodes run.", ["subnet-0a1b2c3d4e5f60718"], absent="the cluster's subnets"),
    ] = ()
    instanceTypes: Annotated[
        tuple[InstanceType, ...],
        Length(0, 20),
        Distinct(),
        Doc(
            "Up to twenty instance types of one processor architecture; for SPOT name several.",
            ["m7i.large", "m7a.large"],
            absent="t3.medium (t4g.medium for an ARM image), or the launch template's",
        ),
    ] = ()
    amiType: Annotated[
        AmiType | None,
        Doc(
            "The machine image. CUSTOM only with a launch template.",
            "BOTTLEROCKET_x86_64",
            absent="the AL2023 image that suits the instance types; with a launch template what EKS takes",
        ),
    ] = None
    capacityType: Annotated[
        CapacityType, Doc("How the instances are bought. CAPACITY_BLOCK needs a launch template.", "SPOT")
    ] = "ON_DEMAND"
    diskSize: Annotated[
        Annotated[int, Range(1, 16384)] | None,
        Doc(
            "The root disk in GiB. Not with a launch template.",
            50,
            absent="20, on Windows 50; or the launch template's",
        ),
    ] = None
    scalingConfig: Annotated[ScalingConfig, Doc("How many nodes.", {"minSize": 1, "maxSize": 3, "desiredSize": 2})] = (
        field(default_factory=lambda: ScalingConfig(minSize=1, maxSize=2, desiredSize=2))
    )
    updateConfig: Annotated[UpdateConfig, Doc("How nodes are replaced.", {"maxUnavailablePercentage": 33})] = field(
        default_factory=lambda: UpdateConfig(maxUnavailable=1)
    )
    labels: Annotated[
        Mapping[LabelKey, LabelValue], Doc("Kubernetes labels of the nodes.", {"bank.example/tier": "batch"})
    ] = field(default_factory=dict)
    taints: Annotated[
        tuple[Taint, ...],
        Length(0, 50),
        Doc("Kubernetes taints of the nodes.", [{"key": "dedicated", "value": "batch", "effect": "NO_SCHEDULE"}]),
    ] = ()
    launchTemplate: Annotated[
        LaunchTemplate | None,
        Doc("A launch template of yours.", {"name": "hardened-nodes", "version": "7"}, absent="EKS makes one"),
    ] = None
    remoteAccess: Annotated[
        RemoteAccess | None,
        Doc(
            "SSH access. Not with a launch template.",
            {"ec2SshKey": "platform-2026", "sourceSecurityGroups": ["sg-0a1b2c3d4e5f60718"]},
            absent="none",
        ),
    ] = None
    version: Annotated[
        Version | None,
        Doc("The Kubernetes version of the nodes.", "1.35", absent="the cluster's version"),
    ] = None
    releaseVersion: Annotated[
        ReleaseVersion | None,
        Doc("The release of the machine image.", "1.35.0-20261101", absent="the newest when it is created or updated"),
    ] = None
    nodeRepairConfig: Annotated[NodeRepairConfig, Doc("Automatic repair of unhealthy nodes.", {"enabled": True})] = (
        field(default_factory=NodeRepairConfig)
    )
    warmPoolConfig: Annotated[
        WarmPoolConfig | None, Doc("Instances prepared in advance.", {"minSize": 1}, absent="no warm pool")
    ] = None
    tags: Annotated[Tags, Doc("Tags of the node group (not of its instances).", {"team": "payments"})] = field(
        default_factory=dict
    )
