"""How the spec covers EKS's requests: each member of a shape is a field of a class, or derived, or not offered.

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
        {
            "vpc",
            "accessEntries",
            "addons",
            "omitDefaultAddons",
            "podIdentityAssociations",
            "nodegroups",
            "ignoredInsights",
            "drift",
            "onFailure",
        }
    ),
    VpcConfig: frozenset({"allowPublicAccessFromAnywhere"}),
    AccessEntry: frozenset({"accessPolicies"}),
    Vpc: frozenset({"vpcId", "create"}),
    NewVpc: frozenset({"cidr", "availabilityZones"}),
}

_REPEATABLE = (
    "Slipway derives it from the cluster's name, the resource, the request's content and how often the resource was "
    "made anew, so that EKS recognises a repeated call"
)
_CLUSTER = "it is the cluster whose spec this stands in"
_AUTO_MODE = (
    "EKS Auto Mode is not offered: it starts and ends nodes of its own choosing, so that no spec could say how many "
    "there are"
)

# Members that every request has, or could have, and that Slipway fills in itself: each with what it follows from.
DERIVED: dict[str, dict[str, str]] = {
    "CreateClusterRequest": {
        "clientRequestToken": _REPEATABLE,
        "accessConfig": "every cluster uses access entries only (authenticationMode API), and its creator gets no "
        "access: accessEntries says who does",
        "bootstrapSelfManagedAddons": "it is always false, as the default add-ons are installed as EKS add-ons",
    },
    "CreateAccessConfigRequest": {
        "authenticationMode": "it is always API: access entries are the only way in",
        "bootstrapClusterCreatorAdminPermissions": "it is always false: the creator is a function of Slipway's",
    },
    "CreateNodegroupRequest": {"clusterName": _CLUSTER, "clientRequestToken": _REPEATABLE},
    "CreateAddonRequest": {"clusterName": _CLUSTER, "clientRequestToken": _REPEATABLE},
    "CreateAccessEntryRequest": {"clusterName": _CLUSTER, "clientRequestToken": _REPEATABLE},
    "AssociateAccessPolicyRequest": {
        "clusterName": _CLUSTER,
        "principalArn": "it is that of the access entry whose accessPolicies this stands in",
    },
    "CreatePodIdentityAssociationRequest": {"clusterName": _CLUSTER, "clientRequestToken": _REPEATABLE},
}

# Members that no request of Slipway's has, each with the reason. What is inside of them is not offered either.
NOT_OFFERED: dict[str, dict[str, str]] = {
    "CreateClusterRequest": {
        "computeConfig": _AUTO_MODE,
        "storageConfig": _AUTO_MODE,
        "outpostConfig": "local clusters on Outposts are not offered: they have no managed node groups",
    },
    "KubernetesNetworkConfigRequest": {"elasticLoadBalancing": _AUTO_MODE},
}


def why_not_given(cls: type, member: str) -> str | None:
    """Answer why a user cannot give a member that EKS knows; None if EKS does not know it either."""
    tables = (table.get(shape, {}) for shape in SHAPES.get(cls, ()) for table in (DERIVED, NOT_OFFERED))
    return next((reasons[member] for reasons in tables if member in reasons), None)
