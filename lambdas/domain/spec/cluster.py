"""The whole spec: what a user wants, in EKS's own words."""

import re
from dataclasses import field, replace
from typing import Annotated, Literal

from lambdas.domain.constraints import Distinct, Doc, Length, Pattern
from lambdas.domain.frozen import dataclass
from lambdas.domain.spec.access import AccessEntry, PodIdentityAssociation
from lambdas.domain.spec.addon import DEFAULT_ADDONS, Addon, DefaultAddonName
from lambdas.domain.spec.control_plane import (
    ALL_LOG_TYPES,
    ControlPlaneScalingConfig,
    EncryptionConfig,
    KubeApiServerConfig,
    KubeControllerManagerConfig,
    KubeSchedulerConfig,
    Logging,
    LogSetup,
    UpgradePolicy,
    ZonalShiftConfig,
)
from lambdas.domain.spec.network import KubernetesNetworkConfig, RemoteNetworkConfig, Vpc, VpcConfig
from lambdas.domain.spec.nodegroup import Nodegroup
from lambdas.domain.spec.values import RoleArn, Tags, Version

_NAME_LENGTH = 100
_NAME = Pattern(
    "[0-9A-Za-z][A-Za-z0-9_-]*",
    "a cluster name",
    "simple-bank",
    "It starts with a letter or digit; hyphens and underscores may follow.",
)
ClusterName = Annotated[str, Length(1, _NAME_LENGTH), _NAME]
InsightName = Annotated[str, Length(1, 256)]
DriftPolicy = Literal["report", "repair", "off"]
OnFailure = Literal["keep", "remove"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSpec:
    """A cluster as a user wants it. Only the name is required."""

    name: Annotated[ClusterName, Doc("The cluster's name, in Slipway and in EKS. It cannot change.", "simple-bank")]
    version: Annotated[
        Version | None,
        Doc(
            "The Kubernetes version. A higher one than the cluster has is reached minor by minor.",
            "1.35",
            absent="the newest version in standard support, asked of EKS when the spec is accepted",
        ),
    ] = None
    roleArn: Annotated[
        RoleArn | None,
        Doc(
            "The IAM role of the control plane. It cannot change.",
            "arn:aws:iam::123456789012:role/platform/eks-cluster",
            absent="a role that Slipway makes",
        ),
    ] = None
    vpc: Annotated[
        Vpc | None,
        Doc(
            "The VPC, when the subnets are not named. Not a member of EKS.",
            {"create": {"cidr": "10.64.0.0/16"}},
            absent="the subnets named in `resourcesVpcConfig`; without them the default VPC",
        ),
    ] = None
    resourcesVpcConfig: Annotated[
        VpcConfig,
        Doc(
            "Subnets, security groups and endpoints.",
            {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]},
        ),
    ] = field(default_factory=VpcConfig)
    kubernetesNetworkConfig: Annotated[
        KubernetesNetworkConfig, Doc("Addresses of pods and services.", {"serviceIpv4Cidr": "172.20.0.0/16"})
    ] = field(default_factory=KubernetesNetworkConfig)
    remoteNetworkConfig: Annotated[
        RemoteNetworkConfig | None,
        Doc(
            "Networks of EKS hybrid nodes.",
            {"remoteNodeNetworks": [{"cidrs": ["10.80.0.0/16"]}]},
            absent="no hybrid nodes",
        ),
    ] = None
    encryptionConfig: Annotated[
        tuple[EncryptionConfig, ...],
        Length(0, 1),
        Doc(
            "Envelope encryption with a KMS key of yours: at most one entry. It cannot change.",
            [
                {
                    "provider": {
                        "keyArn": "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
                    }
                }
            ],
            absent="Slipway's own KMS key",
        ),
    ] = ()
    logging: Annotated[Logging, Doc("Control plane logs.", {"clusterLogging": [{"types": ["audit", "api"]}]})] = field(
        default_factory=lambda: Logging(clusterLogging=(LogSetup(types=ALL_LOG_TYPES),))
    )
    upgradePolicy: Annotated[
        UpgradePolicy, Doc("What happens when standard support ends.", {"supportType": "EXTENDED"})
    ] = field(default_factory=UpgradePolicy)
    zonalShiftConfig: Annotated[
        ZonalShiftConfig, Doc("Moving traffic away from an impaired zone.", {"enabled": True})
    ] = field(default_factory=ZonalShiftConfig)
    deletionProtection: Annotated[
        bool,
        Doc(
            "Whether the cluster cannot be deleted before this is set to false. EKS's own default is false.",
            example=False,
        ),
    ] = True
    controlPlaneScalingConfig: Annotated[
        ControlPlaneScalingConfig, Doc("How much control plane is provisioned.", {"tier": "tier-xl"})
    ] = field(default_factory=ControlPlaneScalingConfig)
    kubeApiServerConfig: Annotated[
        KubeApiServerConfig | None,
        Doc("Settings of the API server.", {"eventTtl": "1h"}, absent="what EKS sets"),
    ] = None
    kubeSchedulerConfig: Annotated[
        KubeSchedulerConfig | None,
        Doc(
            "Settings of the scheduler.",
            {"nodeResourcesFit": {"scoringStrategy": {"type": "MostAllocated"}}},
            absent="what EKS sets",
        ),
    ] = None
    kubeControllerManagerConfig: Annotated[
        KubeControllerManagerConfig | None,
        Doc(
            "Settings of the controller manager.",
            {"podGcControllerConfig": {"terminatedPodGcThreshold": 1000}},
            absent="what EKS sets",
        ),
    ] = None
    accessEntries: Annotated[
        tuple[AccessEntry, ...],
        Doc(
            "Who may use the Kubernetes API.",
            [
                {
                    "principalArn": "arn:aws:iam::123456789012:role/team/payments",
                    "accessPolicies": [
                        {"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"}
                    ],
                }
            ],
            absent="nobody; the creator gets no access either",
        ),
    ] = ()
    addons: Annotated[
        tuple[Addon, ...],
        Doc(
            "Add-ons besides the default ones, or settings for those. The default ones are vpc-cni, kube-proxy, "
            "coredns and eks-pod-identity-agent; they are installed whether named here or not.",
            [{"addonName": "aws-ebs-csi-driver"}],
            absent="the default ones",
        ),
    ] = DEFAULT_ADDONS
    omitDefaultAddons: Annotated[
        tuple[DefaultAddonName, ...],
        Distinct(),
        Doc("Default add-ons that are not wanted. Not a member of EKS.", ["vpc-cni"]),
    ] = ()
    podIdentityAssociations: Annotated[
        tuple[PodIdentityAssociation, ...],
        Doc(
            "IAM roles for service accounts.",
            [
                {
                    "namespace": "payments",
                    "serviceAccount": "ledger",
                    "roleArn": "arn:aws:iam::123456789012:role/team/ledger",
                }
            ],
        ),
    ] = ()
    nodegroups: Annotated[
        tuple[Nodegroup, ...],
        Length(0, 30),
        Doc("Managed node groups, at most 30.", [{"nodegroupName": "general-purpose", "instanceTypes": ["m7i.large"]}]),
    ] = ()
    ignoredInsights: Annotated[
        tuple[InsightName, ...],
        Distinct(),
        Doc(
            "Names of EKS's upgrade readiness insights whose errors do not stop an upgrade. Not a member of EKS.",
            ["Deprecated APIs removed in Kubernetes v1.32"],
            absent="every error stops an upgrade before it begins",
        ),
    ] = ()
    drift: Annotated[
        DriftPolicy,
        Doc(
            "What is done about what somebody changed behind Slipway's back: it is reported, or also repaired, or not "
            "looked for. Not a member of EKS.",
            "repair",
        ),
    ] = "report"
    onFailure: Annotated[
        OnFailure,
        Doc(
            "What becomes of a cluster whose first creation fails for good: what exists is kept for a look and another "
            "try, or taken away again. Not a member of EKS.",
            "remove",
        ),
    ] = "keep"
    tags: Annotated[Tags, Doc("Tags of the cluster. EKS does not pass them on.", {"team": "platform"})] = field(
        default_factory=dict
    )


def could_be_name(text: str) -> bool:
    """Answer whether a cluster, or a run of one, could be called so."""
    return len(text) <= _NAME_LENGTH and re.fullmatch(_NAME.regex, text) is not None


def with_version(spec: ClusterSpec, version: str) -> ClusterSpec:
    """Answer the spec with its Kubernetes version made concrete, as it is stored."""
    return replace(spec, version=version)
