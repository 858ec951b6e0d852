"""Who may do what: people and pipelines in Kubernetes, pods in AWS."""

from dataclasses import field
from typing import Annotated, Literal

from lambdas.domain.constraints import Distinct, Doc, JsonText, Length, Pattern
from lambdas.domain.frozen import dataclass
from lambdas.domain.spec.values import PARTITION, Namespace, RoleArn, ServiceAccountName, Tags

AccessEntryType = Literal[
    "STANDARD", "FARGATE_LINUX", "EC2_LINUX", "EC2_WINDOWS", "EC2", "HYBRID_LINUX", "HYPERPOD_LINUX"
]
AccessScopeType = Literal["cluster", "namespace"]

PrincipalArn = Annotated[
    str,
    Pattern(
        rf"arn:{PARTITION}:iam::[0-9]{{12}}:(?:role|user)/(?:[\x21-\x7E]{{1,510}}/)?[A-Za-z0-9+=,.@_-]{{1,64}}",
        "the ARN of an IAM role or user",
        "arn:aws:iam::123456789012:role/team/payments",
        "Keep the path. A session of a role (arn:aws:sts::...) is not a role.",
    ),
]
AccessPolicyArn = Annotated[
    str,
    Pattern(
        rf"arn:{PARTITION}:eks::aws:cluster-access-policy/[A-Za-z0-9]+",
        "the ARN of an EKS access policy",
        "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
        "`aws eks list-access-policies` lists them; IAM policies are something else.",
    ),
]
NamespacePattern = Annotated[
    str,
    Length(1, 63),
    Pattern(r"[a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?", "a namespace, or a pattern of namespaces", "payments-*"),
]
_RESERVED = "(?!(?:system|eks|aws|amazon|iam):)"
_VISIBLE = r"[^\s\x00-\x1F\x7F]"
Username = Annotated[
    str,
    Length(1, 256),
    Pattern(
        rf"{_RESERVED}{_VISIBLE}+",
        "a Kubernetes user name that is free to use",
        "payments-pipeline",
        "system:, eks:, aws:, amazon: and iam: are reserved. Best leave it out and let EKS name the user.",
    ),
]
GroupName = Annotated[
    str,
    Length(1, 256),
    Pattern(
        rf"{_RESERVED}{_VISIBLE}+",
        "a Kubernetes group name that is free to use",
        "payments-viewers",
        "system:, eks:, aws:, amazon: and iam: are reserved; for administrators use an access policy.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessScope:
    """Where an access policy holds."""

    type: Annotated[AccessScopeType, Doc("The whole cluster, or some namespaces.", "namespace")] = "cluster"
    namespaces: Annotated[
        tuple[NamespacePattern, ...],
        Distinct(),
        Doc("Which namespaces, when the type is namespace; * stands for any characters.", ["payments-*"]),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPolicy:
    """An EKS access policy given to a principal."""

    policyArn: Annotated[
        AccessPolicyArn,
        Doc("The access policy.", "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"),
    ]
    accessScope: Annotated[AccessScope, Doc("Where it holds.", {"type": "namespace", "namespaces": ["payments"]})] = (
        field(default_factory=AccessScope)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEntry:
    """What an IAM principal is in Kubernetes. Slipway gives nobody access by itself."""

    principalArn: Annotated[
        PrincipalArn,
        Doc("The IAM role or user, with its path.", "arn:aws:iam::123456789012:role/team/payments"),
    ]
    type: Annotated[
        AccessEntryType,
        Doc(
            "STANDARD for people and pipelines; the others are for nodes that are not managed node groups.", "STANDARD"
        ),
    ] = "STANDARD"
    username: Annotated[
        Username | None,
        Doc("The Kubernetes user name.", "payments-pipeline", absent="EKS derives it from the principal"),
    ] = None
    kubernetesGroups: Annotated[
        tuple[GroupName, ...], Distinct(), Doc("Groups that role bindings of yours refer to.", ["payments-viewers"])
    ] = ()
    accessPolicies: Annotated[
        tuple[AccessPolicy, ...],
        Doc(
            "What EKS itself authorises (AssociateAccessPolicy).",
            [{"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"}],
        ),
    ] = ()
    tags: Annotated[Tags, Doc("Tags of the access entry.", {"team": "payments"})] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PodIdentityAssociation:
    """An IAM role for the pods of one service account."""

    namespace: Annotated[Namespace, Doc("The service account's namespace.", "payments")]
    serviceAccount: Annotated[ServiceAccountName, Doc("The service account.", "ledger")]
    roleArn: Annotated[
        RoleArn,
        Doc("The role; it must trust pods.eks.amazonaws.com.", "arn:aws:iam::123456789012:role/team/ledger"),
    ]
    disableSessionTags: Annotated[
        bool, Doc("Whether the session goes without the tags that name cluster and pod.", example=True)
    ] = False
    targetRoleArn: Annotated[
        RoleArn | None,
        Doc(
            "A role, often of another account, that the first role assumes for the pod.",
            "arn:aws:iam::210987654321:role/ledger-data",
            absent="the pod works as roleArn",
        ),
    ] = None
    policy: Annotated[
        Annotated[str, Length(1), JsonText(json_only=True)] | None,
        Doc(
            "An IAM policy, as an object or as JSON text, that narrows what the role may do. It needs "
            "`disableSessionTags: true`.",
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
            },
            absent="the role's own permissions hold",
        ),
    ] = None
    tags: Annotated[Tags, Doc("Tags of the association.", {"team": "payments"})] = field(default_factory=dict)
