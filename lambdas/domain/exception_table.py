"""The table of AWS's error answers: each code of an exception, what it means, how long to wait, what to do.

``DECLARED`` are the codes that botocore's models declare for the operations that Slipway may call, and all of EKS's; a
test demands that none is missing and none is too many. ``UNDECLARED`` are those that are answered all the same. A code
stands once: where its text tells more there is a row in ``TEXTS``. docs/failures.md shows the tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Self

from lambdas.domain import pacing
from lambdas.domain.dispositions import Disposition, Meaning
from lambdas.domain.pacing import Patience

_AGAIN: Final = "then send the same spec again: the run goes on from here."


class Where(Enum):
    """What Slipway does when it gets an error, where that makes a difference."""

    ANYWHERE = "anywhere"
    OWN_VPC = "in making a VPC"
    REMOVAL = "in removing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Meaning):
    """What an error answer means.

    ``patience`` is how to wait; ``RETRY`` without it is an exception that nobody catches, so that Step Functions makes
    the step again. ``fails_as`` is the error of the run if it does not pass, ``removing`` what it means in a removal.
    """

    patience: Patience | None = None
    says: str = "{operation} answered {code}: {message}"
    fails_as: str = ""
    removing: Self | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that tells more than the code: a regular expression, the codes it was seen with (none: any), and where."""

    pattern: str
    seen: str
    means: Answer
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How codes end that have no row of their own: EC2's are too many to list, and say by their words what they are."""

    suffix: str
    means: Answer
    where: frozenset[Where] = frozenset(Where)


THROTTLED: Final = Answer(
    disposition=Disposition.RETRY,
    patience=pacing.THROTTLED,
    says="{operation} is throttled",
    words=f"Find in CloudTrail who makes so many calls in this account that Slipway gets no turn; {_AGAIN}",
)
EXPIRED: Final = Answer(
    disposition=Disposition.RETRY,
    patience=pacing.CREDENTIALS_EXPIRED,
    words=f"See why Lambda does not renew the credentials of Slipway's functions; {_AGAIN}",
)
SERVICE: Final = Answer(
    disposition=Disposition.RETRY,
    patience=pacing.SERVICE_TROUBLE,
    words=f"The fault is on AWS's side: see the AWS Health Dashboard and wait until it is over; {_AGAIN}",
)
RACE: Final = Answer(
    disposition=Disposition.RETRY,
    words="Somebody else was faster, or the request was out of date: the step is made again from its beginning. If "
    f"that does not help, the function's log has the details; {_AGAIN}",
)
ABSENT: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.NOT_THERE_YET,
    words=f"See in CloudTrail whether somebody deletes what the message names; {_AGAIN}",
)
LAGGING: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.NOT_THERE_YET,
    words="AWS's reads lag behind its writes; these did for minutes. See whether what the message names is there; "
    f"{_AGAIN}",
)
"""A look would have spared us these, had it shown what was done a moment ago.

https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
"""

_HELD: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.STILL_IN_USE,
    fails_as="{code}",
    words="Something that Slipway did not make still uses it, or a change of it does not end: remove what the message "
    "names; then delete the cluster again: the run goes on from here.",
)
IN_USE: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.NOT_THERE_YET,
    words=f"See who changes it, or has taken its name, without being shown by AWS; {_AGAIN}",
    removing=_HELD,
)
_CHANGING: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.UPDATE_IN_PROGRESS,
    words=f"See which update does not end, in the EKS console; {_AGAIN}",
    removing=_HELD,
)
_NOT_ACTIVE: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.CLUSTER_NOT_ACTIVE,
    words=f"See what keeps the cluster from becoming ACTIVE, in the EKS console; {_AGAIN}",
)
_GONE: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.NOT_THERE_YET,
    fails_as="ClusterGone",
    words="Somebody else deleted the cluster during the run. Send the same spec again to have it made anew; Slipway's "
    "roles and network are still there.",
    stays=Disposition.USER,
    removing=ABSENT,
)
_INVISIBLE: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.ROLE_NOT_VISIBLE,
    fails_as="RoleNotVisible",
    words="IAM shows the role as EKS demands it, so look for what keeps EKS from assuming it: a service control "
    f"policy, or a change of its trust policy meanwhile; {_AGAIN}",
)
REFUSED: Final = Answer(disposition=Disposition.USER, words="Correct what the message names in the spec.")
_ZONE: Final = Answer(
    disposition=Disposition.USER,
    words="Give resourcesVpcConfig.subnetIds with subnets in at least two of these zones: {zones}.",
)
_UNREADY: Final = Answer(
    disposition=Disposition.USER,
    words=f"Mend what EKS's readiness insights name, or name them in ignoredInsights to upgrade all the same; {_AGAIN}",
)
_PROTECTED: Final = Answer(
    disposition=Disposition.USER,
    words="Switch off the protection of what the message names; then delete the cluster again: the run goes on from "
    "here.",
)
DENIED: Final = Answer(
    disposition=Disposition.PAGE,
    words="Allow the action to the role that the message names, or look for a service control policy that denies it; "
    "then send the same spec again.",
)
_LINKED_ROLE: Final = Answer(
    disposition=Disposition.PAGE,
    words="Let the role of Slipway's function nodegroups call iam:GetRole on the service-linked role that the message "
    f"names: a service control policy seems to deny it; {_AGAIN}",
)
_TEMPLATE: Final = Answer(
    disposition=Disposition.PAGE,
    words="Look at what the launch template uses: its AMI must be shared with this account, its KMS key usable by EC2 "
    f"Auto Scaling, and no service control policy may deny ec2:RunInstances; {_AGAIN}",
)
_KEY: Final = Answer(
    disposition=Disposition.PAGE, words=f"Make the KMS key that the message names usable again; {_AGAIN}"
)
_STACK: Final = Answer(
    disposition=Disposition.PAGE, words=f"Deploy Slipway's stack again: a part of it is not there; {_AGAIN}"
)
_BUG: Final = Answer(
    disposition=Disposition.PAGE,
    words="Slipway has asked for what AWS does not take, which is a mistake of Slipway's: report it with this message.",
)


def _quota(name: str = "") -> Answer:
    named = f" {name!r}" if name else ""
    return Answer(
        disposition=Disposition.PAGE,
        words=f"Raise the quota{named} in Service Quotas or remove what is no longer needed; {_AGAIN}",
    )


LIMIT: Final = _quota()

DECLARED: Final[Mapping[str, Answer]] = {
    "AccessDeniedException": DENIED,
    "BadRequestException": REFUSED,
    "ClientException": REFUSED,
    "ConcurrentModification": IN_USE,
    "ConditionalCheckFailedException": RACE,
    "ConflictException": RACE,
    "DeleteConflict": IN_USE,
    "DependencyThrottle": THROTTLED,
    "DependencyTimeoutException": SERVICE,
    "DisabledException": _KEY,
    "DryRunOperationException": _BUG,
    "EntityAlreadyExists": RACE,
    "ExecutionAlreadyExists": RACE,
    "ExecutionDoesNotExist": RACE,
    "ExecutionLimitExceeded": LIMIT,
    "IllegalArgumentException": _BUG,
    "InternalException": SERVICE,
    "InternalServerError": SERVICE,
    "InternalServerException": SERVICE,
    "InvalidArn": _BUG,
    "InvalidArnException": REFUSED,
    "InvalidExecutionInput": _BUG,
    "InvalidGrantTokenException": RACE,
    "InvalidInput": REFUSED,
    "InvalidName": _BUG,
    "InvalidNextToken": RACE,
    "InvalidParameterException": REFUSED,
    "InvalidRequestException": REFUSED,
    "InvalidStateException": _UNREADY,
    "ItemCollectionSizeLimitExceededException": _BUG,
    "KMSInternalException": SERVICE,
    "KMSInvalidStateException": _KEY,
    "KmsAccessDeniedException": DENIED,
    "KmsInvalidStateException": _KEY,
    "KmsThrottlingException": THROTTLED,
    "LimitExceeded": LIMIT,
    "LimitExceededException": LIMIT,
    "ListenerNotFound": LAGGING,
    "LoadBalancerAttributeNotFound": LAGGING,
    "LoadBalancerNotFound": LAGGING,
    "MalformedPolicyDocument": _BUG,
    "NoSuchEntity": ABSENT,
    "NoSuchResourceException": _BUG,
    "NotFoundException": ABSENT,
    "OperationAbortedException": IN_USE,
    "OperationNotPermitted": _PROTECTED,
    "PolicyNotAttachable": _BUG,
    "ProvisionedThroughputExceededException": THROTTLED,
    "ReplicatedWriteConflictException": RACE,
    "RequestLimitExceeded": THROTTLED,
    "ResourceContention": SERVICE,
    "ResourceInUse": IN_USE,
    "ResourceInUseException": IN_USE,
    "ResourceLimitExceededException": LIMIT,
    "ResourceNotFoundException": ABSENT,
    "ResourcePropagationDelayException": _INVISIBLE,
    "RuleNotFound": LAGGING,
    "ServerException": SERVICE,
    "ServiceException": SERVICE,
    "ServiceFailure": SERVICE,
    "ServiceQuotaExceededException": LIMIT,
    "ServiceUnavailableException": SERVICE,
    "StateMachineDeleting": _STACK,
    "StateMachineDoesNotExist": _STACK,
    "TargetGroupNotFound": LAGGING,
    "ThrottlingException": THROTTLED,
    "TooManyRequestsException": THROTTLED,
    "TransactionConflictException": RACE,
    "TrustStoreNotFound": LAGGING,
    "UnmodifiableEntity": _BUG,
    "UnsupportedAvailabilityZoneException": _ZONE,
    "ValidationException": REFUSED,
}

QUOTAS: Final[Mapping[str, str]] = {
    "VpcLimitExceeded": "VPCs per Region",
    "InternetGatewayLimitExceeded": "Internet gateways per Region",
    "AddressLimitExceeded": "EC2-VPC Elastic IPs",
    "NatGatewayLimitExceeded": "NAT gateways per Availability Zone",
    "SubnetLimitExceeded": "Subnets per VPC",
    "RouteTableLimitExceeded": "Route tables per VPC",
}
"""The quota's name in Service Quotas, by the code with which EC2 refuses."""

UNDECLARED: Final[Mapping[str, Answer]] = {
    "AccessDenied": DENIED,
    "DependencyViolation": IN_USE,
    "ExpiredToken": EXPIRED,
    "ExpiredTokenException": EXPIRED,
    "IdempotentParameterMismatch": LAGGING,
    "InvalidIPAddress.InUse": IN_USE,
    "InvalidNetworkInterface.InUse": IN_USE,
    "InvalidSubnet.Conflict": LAGGING,
    "NatGatewayNotFound": LAGGING,
    "RequestExpired": EXPIRED,
    "RequestThrottled": THROTTLED,
    "Resource.AlreadyAssociated": LAGGING,
    "RouteAlreadyExists": LAGGING,
    "ThrottledException": THROTTLED,
    "Throttling": THROTTLED,
    "TransactionCanceledException": RACE,
    "UnauthorizedOperation": DENIED,
    "ValidationError": REFUSED,
    "VolumeInUse": IN_USE,
    **{code: _quota(name) for code, name in QUOTAS.items()},
}
"""EC2's model declares no exceptions at all, and what every service can answer stands in no model."""

EXCEPTIONS: Final[Mapping[str, Answer]] = {**DECLARED, **UNDECLARED}

STATUSES: Final[Mapping[range, Answer]] = {range(429, 430): THROTTLED, range(500, 600): SERVICE}
"""What an HTTP status means, whatever the code is: EKS throttles with codes that it does not declare."""

ENDINGS: Final = (
    Ending(suffix=".NotFound", means=LAGGING, where=frozenset({Where.OWN_VPC, Where.REMOVAL})),
    Ending(suffix="NotFound", means=LAGGING, where=frozenset({Where.REMOVAL})),
    Ending(suffix="LimitExceeded", means=LIMIT),
)

NO_CLUSTER: Final = "No cluster found for name"
"""DescribeCluster has been seen to say so with a ``ClientException``."""

_REFUSALS: Final = ("ClientException", "InvalidParameterException", "InvalidRequestException")

TEXTS: Final = (
    Text(
        codes=_REFUSALS,
        pattern=r"could not be assumed|role with name .* cannot be found|Role provided in the request does not exist"
        r"|Error in role params|roleArn, .*does not exist|trusted entity is not correct"
        r"|doesn't have the Amazon EKS Managed Policies|policy must include the ec2:DescribeSubnets",
        seen="hashicorp/terraform-provider-aws#11127, aws/aws-cdk#16037, eksctl-io/eksctl#2182",
        means=_INVISIBLE,
    ),
    Text(
        codes=("ResourceInUseException",),
        pattern=r"in progress|not in Active State",
        seen="aws-controllers-k8s/community#1192, aws/aws-cdk#33452",
        means=_CHANGING,
    ),
    Text(
        codes=("InvalidRequestException",),
        pattern=r"is not in ACTIVE status",
        seen="eksctl-io/eksctl#2248",
        means=_NOT_ACTIVE,
    ),
    Text(
        pattern=NO_CLUSTER,
        seen="hashicorp/terraform-provider-aws: internal/service/eks/cluster.go",
        means=_GONE,
    ),
    Text(
        codes=("InvalidParameterException",),
        pattern=r"No changes needed|already at the desired configuration",
        seen="aws-quickstart/quickstart-amazon-eks-cluster-resource-provider#38, aws-controllers-k8s/community#1855",
        means=LAGGING,
    ),
    Text(
        codes=_REFUSALS,
        pattern=r"Failed to validate if SLR",
        seen="terraform-aws-modules/terraform-aws-eks#823",
        means=_LINKED_ROLE,
    ),
    Text(
        codes=_REFUSALS,
        pattern=r"not authorized to launch instances with this launch template",
        seen="scylladb/scylla-cluster-tests#12172",
        means=_TEMPLATE,
    ),
)
