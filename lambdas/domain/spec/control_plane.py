"""Logs, encryption, support and tuning of the control plane."""

from typing import Annotated, Literal

from lambdas.domain.constraints import Distinct, Doc, Length, Pattern, Range
from lambdas.domain.frozen import dataclass
from lambdas.domain.spec.values import PARTITION, Duration

LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]
SupportType = Literal["STANDARD", "EXTENDED"]
ControlPlaneTier = Literal["standard", "tier-xl", "tier-2xl", "tier-4xl", "tier-8xl"]
ScoringStrategyType = Literal["LeastAllocated", "MostAllocated"]

ALL_LOG_TYPES: tuple[LogType, ...] = ("api", "audit", "authenticator", "controllerManager", "scheduler")

KeyArn = Annotated[
    str,
    Pattern(
        rf"arn:{PARTITION}:kms:[a-z0-9-]+:[0-9]{{12}}:(?:key/[A-Za-z0-9-]+|alias/[A-Za-z0-9/_-]+)",
        "the ARN of a KMS key or alias",
        "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ),
]
ResourceName = Annotated[
    str,
    Length(1, 253),
    Pattern("[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?", "the name of a Kubernetes resource", "nvidia.com/gpu"),
]
Port = Annotated[int, Range(1, 65535)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSetup:
    """Some log types, on or off."""

    types: Annotated[
        tuple[LogType, ...], Length(1), Distinct(), Doc("The log types this entry is about.", ["audit", "api"])
    ]
    enabled: Annotated[bool, Doc("Whether they are sent to CloudWatch Logs.", example=True)] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """Which control plane logs go to CloudWatch Logs."""

    clusterLogging: Annotated[
        tuple[LogSetup, ...],
        Doc(
            "Log types named nowhere in the list are off, as in EKS, whose own default is none.",
            [{"types": ["audit"], "enabled": True}],
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The key that encrypts."""

    keyArn: Annotated[
        KeyArn,
        Doc(
            "A symmetric KMS key in the cluster's region. EKS cannot change it afterwards.",
            "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionConfig:
    """Envelope encryption of Kubernetes data."""

    provider: Annotated[
        Provider,
        Doc(
            "The key.",
            {"keyArn": "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
        ),
    ]
    resources: Annotated[
        tuple[Literal["secrets"], ...],
        Length(1, 1),
        Doc("The only value EKS knows is secrets; since 1.28 all API data is encrypted.", ["secrets"]),
    ] = ("secrets",)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradePolicy:
    """What happens when standard support of the version ends."""

    supportType: Annotated[
        SupportType,
        Doc(
            "STANDARD: EKS upgrades the cluster by itself. EXTENDED: it stays and costs more for each hour. EKS's own "
            "default is EXTENDED.",
            "EXTENDED",
        ),
    ] = "STANDARD"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonalShiftConfig:
    """Moving traffic away from an impaired zone (Application Recovery Controller)."""

    enabled: Annotated[bool, Doc("Whether AWS may shift traffic out of a zone.", example=True)] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlaneScalingConfig:
    """How much control plane is provisioned at least."""

    tier: Annotated[ControlPlaneTier, Doc("The tier; those above standard cost more for each hour.", "tier-xl")] = (
        "standard"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNodePortRange:
    """The ports of services of type NodePort."""

    minPort: Annotated[Port, Doc("The first port.", 30000)]
    maxPort: Annotated[Port, Doc("The last port, not below the first.", 32767)]


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeApiServerConfig:
    """Settings of the API server."""

    eventTtl: Annotated[
        Duration | None, Doc("How long events are kept, in a single unit.", "1h", absent="what EKS sets")
    ] = None
    serviceNodePortRange: Annotated[
        ServiceNodePortRange | None,
        Doc("The NodePort range.", {"minPort": 30000, "maxPort": 32767}, absent="what EKS sets"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceWeight:
    """How much one resource counts when nodes are scored."""

    name: Annotated[ResourceName, Doc("The resource's name.", "cpu")]
    weight: Annotated[int, Range(1, 100), Doc("Its weight.", 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringStrategy:
    """Whether pods are spread or packed."""

    type: Annotated[ScoringStrategyType, Doc("Spread (LeastAllocated) or pack (MostAllocated).", "MostAllocated")]
    resources: Annotated[
        tuple[ResourceWeight, ...],
        Length(0, 100),
        Doc("The weights.", [{"name": "cpu", "weight": 1}], absent="what EKS sets"),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeResourcesFit:
    """How nodes are scored by what is free on them."""

    scoringStrategy: Annotated[ScoringStrategy, Doc("The strategy.", {"type": "MostAllocated"})]


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeSchedulerConfig:
    """Settings of the scheduler."""

    nodeResourcesFit: Annotated[
        NodeResourcesFit,
        Doc("The scoring of nodes by their free resources.", {"scoringStrategy": {"type": "MostAllocated"}}),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PodGcControllerConfig:
    """When finished pods are cleared away."""

    terminatedPodGcThreshold: Annotated[
        int, Range(1, 1000000), Doc("How many terminated pods may exist before they are deleted.", 1000)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizontalPodAutoscalerControllerConfig:
    """How often horizontal autoscaling looks."""

    horizontalPodAutoscalerSyncPeriod: Annotated[Duration, Doc("The time between two looks, in a single unit.", "15s")]


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeControllerManagerConfig:
    """Settings of the controller manager."""

    podGcControllerConfig: Annotated[
        PodGcControllerConfig | None,
        Doc("Clearing away finished pods.", {"terminatedPodGcThreshold": 1000}, absent="what EKS sets"),
    ] = None
    horizontalPodAutoscalerControllerConfig: Annotated[
        HorizontalPodAutoscalerControllerConfig | None,
        Doc(
            "Horizontal pod autoscaling.",
            {"horizontalPodAutoscalerSyncPeriod": "15s"},
            absent="what EKS sets",
        ),
    ] = None
