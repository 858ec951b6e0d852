"""EKS add-ons."""

from dataclasses import field
from typing import Annotated, Literal

from lambdas.domain.constraints import Doc, JsonText, Length, Pattern
from lambdas.domain.frozen import dataclass
from lambdas.domain.spec.values import Namespace, RoleArn, ServiceAccountName, Tags

ResolveConflicts = Literal["OVERWRITE", "NONE", "PRESERVE"]
DefaultAddonName = Literal["vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent"]

# A cluster without the first three cannot run pods that reach each other; the fourth gives pods their IAM roles.
DEFAULT_ADDON_NAMES: tuple[DefaultAddonName, ...] = (
    "vpc-cni",
    "kube-proxy",
    "coredns",
    "eks-pod-identity-agent",
)

AddonName = Annotated[
    str, Length(1, 100), Pattern("[a-z0-9][a-z0-9_-]*", "the name of an EKS add-on", "aws-ebs-csi-driver")
]
AddonVersion = Annotated[
    str,
    Length(1, 100),
    Pattern(
        r"v?[0-9]+(?:\.[0-9]+){1,3}(?:[-+.][0-9A-Za-z.+-]+)?",
        "the version of an EKS add-on",
        "v1.20.4-eksbuild.2",
        "Leave it out for the version that EKS calls default.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddonPodIdentityAssociation:
    """An IAM role for one of the add-on's service accounts."""

    serviceAccount: Annotated[ServiceAccountName, Doc("The add-on's service account.", "ebs-csi-controller-sa")]
    roleArn: Annotated[
        RoleArn,
        Doc("The role; it must trust pods.eks.amazonaws.com.", "arn:aws:iam::123456789012:role/ebs-csi"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddonNamespaceConfig:
    """Where the add-on lives in the cluster."""

    namespace: Annotated[Namespace, Doc("The namespace it is installed in.", "monitoring")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Addon:
    """One EKS add-on."""

    addonName: Annotated[AddonName, Doc("Its name in EKS.", "aws-ebs-csi-driver")]
    addonVersion: Annotated[
        AddonVersion | None,
        Doc(
            "Its version.",
            "v1.20.4-eksbuild.2",
            absent="the version that EKS calls default for the cluster's Kubernetes version",
        ),
    ] = None
    configurationValues: Annotated[
        Annotated[str, Length(1), JsonText()] | None,
        Doc(
            "Settings by the add-on's own schema, as an object or as a text of JSON or YAML.",
            {"env": {"ENABLE_PREFIX_DELEGATION": "true"}},
            absent="the add-on's own settings",
        ),
    ] = None
    resolveConflicts: Annotated[
        ResolveConflicts | None,
        Doc(
            "Who wins where the cluster's objects differ from the add-on's. EKS takes PRESERVE for updates only.",
            "OVERWRITE",
            absent="OVERWRITE when the add-on is created, PRESERVE when it is updated",
        ),
    ] = None
    podIdentityAssociations: Annotated[
        tuple[AddonPodIdentityAssociation, ...],
        Doc(
            "IAM roles for the add-on's service accounts, by EKS Pod Identity.",
            [
                {
                    "serviceAccount": "ebs-csi-controller-sa",
                    "roleArn": "arn:aws:iam::123456789012:role/ebs-csi",
                }
            ],
        ),
    ] = ()
    serviceAccountRoleArn: Annotated[
        Annotated[RoleArn, Length(1, 255)] | None,
        Doc(
            "An IAM role for the add-on's service account, by OIDC (IRSA). Not with podIdentityAssociations.",
            "arn:aws:iam::123456789012:role/ebs-csi",
            absent="the add-on works with podIdentityAssociations, or with the node role",
        ),
    ] = None
    namespaceConfig: Annotated[
        AddonNamespaceConfig | None,
        Doc("The namespace it is installed in.", {"namespace": "monitoring"}, absent="the add-on's own"),
    ] = None
    tags: Annotated[Tags, Doc("Tags of the add-on.", {"team": "platform"})] = field(default_factory=dict)


DEFAULT_ADDONS = tuple(Addon(addonName=name) for name in DEFAULT_ADDON_NAMES)
