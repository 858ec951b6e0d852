"""The cluster spec: frozen values in EKS's own words, and their stored form.

Nothing here imports pydantic: steps decode a stored spec with msgspec. `lambdas.domain.admission`
judges what users send.
"""

from lambdas.domain.spec.access import (
    AccessEntry,
    AccessPolicy,
    AccessScope,
    PodIdentityAssociation,
)
from lambdas.domain.spec.addon import (
    DEFAULT_ADDON_NAMES,
    DEFAULT_ADDONS,
    Addon,
    AddonNamespaceConfig,
    AddonPodIdentityAssociation,
    ResolveConflicts,
)
from lambdas.domain.spec.cluster import ClusterSpec, with_version
from lambdas.domain.spec.codec import decode, to_json
from lambdas.domain.spec.control_plane import (
    ALL_LOG_TYPES,
    ControlPlaneScalingConfig,
    EncryptionConfig,
    HorizontalPodAutoscalerControllerConfig,
    KubeApiServerConfig,
    KubeControllerManagerConfig,
    KubeSchedulerConfig,
    Logging,
    LogSetup,
    LogType,
    NodeResourcesFit,
    PodGcControllerConfig,
    Provider,
    ResourceWeight,
    ScoringStrategy,
    ServiceNodePortRange,
    UpgradePolicy,
    ZonalShiftConfig,
)
from lambdas.domain.spec.network import (
    KubernetesNetworkConfig,
    NewVpc,
    RemoteNetwork,
    RemoteNetworkConfig,
    Vpc,
    VpcConfig,
)
from lambdas.domain.spec.nodegroup import (
    LaunchTemplate,
    Nodegroup,
    NodeRepairConfig,
    NodeRepairOverride,
    RemoteAccess,
    ScalingConfig,
    Taint,
    UpdateConfig,
    WarmPoolConfig,
)
from lambdas.domain.spec.nodegroup_values import AmiType, CapacityType

__all__ = [
    "ALL_LOG_TYPES",
    "DEFAULT_ADDONS",
    "DEFAULT_ADDON_NAMES",
    "AccessEntry",
    "AccessPolicy",
    "AccessScope",
    "Addon",
    "AddonNamespaceConfig",
    "AddonPodIdentityAssociation",
    "AmiType",
    "CapacityType",
    "ClusterSpec",
    "ControlPlaneScalingConfig",
    "EncryptionConfig",
    "HorizontalPodAutoscalerControllerConfig",
    "KubeApiServerConfig",
    "KubeControllerManagerConfig",
    "KubeSchedulerConfig",
    "KubernetesNetworkConfig",
    "LaunchTemplate",
    "LogSetup",
    "LogType",
    "Logging",
    "NewVpc",
    "NodeRepairConfig",
    "NodeRepairOverride",
    "NodeResourcesFit",
    "Nodegroup",
    "PodGcControllerConfig",
    "PodIdentityAssociation",
    "Provider",
    "RemoteAccess",
    "RemoteNetwork",
    "RemoteNetworkConfig",
    "ResolveConflicts",
    "ResourceWeight",
    "ScalingConfig",
    "ScoringStrategy",
    "ServiceNodePortRange",
    "Taint",
    "UpdateConfig",
    "UpgradePolicy",
    "Vpc",
    "VpcConfig",
    "WarmPoolConfig",
    "ZonalShiftConfig",
    "decode",
    "to_json",
    "with_version",
]
