"""How the spec covers EKS's requests: which class stands for which shape, and what of a shape is not offered and why.

A test holds the tables to botocore's model of EKS, so that a member that AWS adds is noticed and decided upon.
"""

from lambdas.domain.spec import (
    AccessEntry,
    AccessPolicy,
    AccessScope,
    Addon,
    AddonNamespaceConfig,
    AddonPodIdentityAssociation,
    ClusterSpec,
    ControlPlaneScalingConfig,
    EncryptionConfig,
    HorizontalPodAutoscalerControllerConfig,
    KubeApiServerConfig,
    KubeControllerManagerConfig,
    KubernetesNetworkConfig,
    KubeSchedulerConfig,
    LaunchTemplate,
    Logging,
    LogSetup,
    NewVpc,
    Nodegroup,
    NodeRepairConfig,
    NodeRepairOverride,
    NodeResourcesFit,
    PodGcControllerConfig,
    PodIdentityAssociation,
    Provider,
    RemoteAccess,
    RemoteNetwork,
    RemoteNetworkConfig,
    ResourceWeight,
    ScalingConfig,
    ScoringStrategy,
    ServiceNodePortRange,
    Taint,
    UpdateConfig,
    UpgradePolicy,
    Vpc,
    VpcConfig,
    WarmPoolConfig,
    ZonalShiftConfig,
)

# The shapes of botocore's EKS model that a class of the spec stands for. Its field names are their member names.
SHAPES: dict[type, tuple[str, ...]] = {
    ClusterSpec: ("CreateClusterRequest",),
    VpcConfig: ("VpcConfigRequest",),
    KubernetesNetworkConfig: ("KubernetesNetworkConfigRequest",),
    RemoteNetworkConfig: ("RemoteNetworkConfigRequest",),
    RemoteNetwork: ("RemoteNodeNetwork", "RemotePodNetwork"),
    EncryptionConfig: ("EncryptionConfig",),
    Provider: ("Provider",),
    Logging: ("Logging",),
    LogSetup: ("LogSetup",),
    UpgradePolicy: ("UpgradePolicyRequest",),
    ZonalShiftConfig: ("ZonalShiftConfigRequest",),
    ControlPlaneScalingConfig: ("ControlPlaneScalingConfig",),
    KubeApiServerConfig: ("KubeApiServerConfigRequest",),
    ServiceNodePortRange: ("ServiceNodePortRange",),
    KubeSchedulerConfig: ("KubeSchedulerConfigRequest",),
    NodeResourcesFit: ("NodeResourcesFitConfig",),
    ScoringStrategy: ("ScoringStrategy",),
    ResourceWeight: ("ResourceWeight",),
    KubeControllerManagerConfig: ("KubeControllerManagerConfigRequest",),
    PodGcControllerConfig: ("PodGcControllerConfigRequest",),
    HorizontalPodAutoscalerControllerConfig: ("HorizontalPodAutoscalerControllerConfigRequest",),
    AccessEntry: ("CreateAccessEntryRequest",),
    AccessPolicy: ("AssociateAccessPolicyRequest",),
    AccessScope: ("AccessScope",),
    Addon: ("CreateAddonRequest",),
    AddonPodIdentityAssociation: ("AddonPodIdentityAssociations",),
    AddonNamespaceConfig: ("AddonNamespaceConfigRequest",),
    PodIdentityAssociation: ("CreatePodIdentityAssociationRequest",),
    Nodegroup: ("CreateNodegroupRequest",),
    ScalingConfig: ("NodegroupScalingConfig",),
    UpdateConfig: ("NodegroupUpdateConfig",),
    Taint: ("Taint",),
    LaunchTemplate: ("LaunchTemplateSpecification",),
    RemoteAccess: ("RemoteAccessConfig",),
    NodeRepairConfig: ("NodeRepairConfig",),
    NodeRepairOverride: ("NodeRepairConfigOverrides",),
    WarmPoolConfig: ("WarmPoolConfig",),
}

# What the spec has and the shape has not, because EKS has it in another call or not at all.
OWN: dict[type, frozenset[str]] = {
    ClusterSpec: frozenset(
        {"vpc", "accessEntries", "addons", "omitDefaultAddons", "podIdentityAssociations", "nodegroups"}
    ),
    VpcConfig: frozenset({"allowPublicAccessFromAnywhere"}),
    AccessEntry: frozenset({"accessPolicies"}),
    Vpc: frozenset({"vpcId", "create"}),
    NewVpc: frozenset({"cidr", "availabilityZones"}),
}

_IDEMPOTENCE = "Slipway derives the token from what is asked for, so that a repeated call is recognised"
_PARENT = "it follows from where this stands in the spec"
_AUTO_MODE = "EKS Auto Mode is not offered: it runs nodes of its own, which cannot be put to sleep with the cluster"

# Members of the shapes that a user cannot give, each with the reason, which is also what a user who tries is told.
NOT_OFFERED: dict[str, dict[str, str]] = {
    "CreateClusterRequest": {
        "clientRequestToken": _IDEMPOTENCE,
        "accessConfig": "every cluster uses access entries only (authenticationMode API), and its creator gets no "
        "access: accessEntries says who does",
        "bootstrapSelfManagedAddons": "it is always false, as the default add-ons are installed as EKS add-ons",
        "computeConfig": _AUTO_MODE,
        "storageConfig": _AUTO_MODE,
        "outpostConfig": "local clusters on Outposts are not offered: they have no managed node groups",
    },
    "KubernetesNetworkConfigRequest": {"elasticLoadBalancing": _AUTO_MODE},
    "CreateNodegroupRequest": {"clusterName": _PARENT, "clientRequestToken": _IDEMPOTENCE},
    "CreateAddonRequest": {"clusterName": _PARENT, "clientRequestToken": _IDEMPOTENCE},
    "CreateAccessEntryRequest": {"clusterName": _PARENT, "clientRequestToken": _IDEMPOTENCE},
    "AssociateAccessPolicyRequest": {"clusterName": _PARENT, "principalArn": _PARENT},
    "CreatePodIdentityAssociationRequest": {"clusterName": _PARENT, "clientRequestToken": _IDEMPOTENCE},
}


def why_not_offered(cls: type, member: str) -> str | None:
    """Answer why a member that EKS knows cannot be given; None if EKS does not know it either."""
    reasons = (NOT_OFFERED.get(shape, {}).get(member) for shape in SHAPES.get(cls, ()))
    return next((reason for reason in reasons if reason is not None), None)
