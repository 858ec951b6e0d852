"""The table of AWS's error answers: each code of an exception, what it means, how long to wait, what to do.

``DECLARED`` are the codes that botocore's models declare for the operations that Slipway may call, and all of EKS's; a
test demands that none is missing and none is too many. ``UNDECLARED`` are those that are answered all the same. A code
stands once: where its text tells more there is a row in ``TEXTS``. docs/failures.md shows the tables.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from lambdas.domain.exception_meanings import (
    ABSENT,
    BUG,
    CHANGING,
    DENIED,
    EXPIRED,
    GONE,
    IN_USE,
    INVISIBLE,
    KEY,
    LAGGING,
    LIMIT,
    LINKED_ROLE,
    NOT_ACTIVE,
    PROTECTED,
    RACE,
    REFUSED,
    SERVICE,
    STACK,
    TEMPLATE,
    THROTTLED,
    UNREADY,
    ZONE,
    Answer,
    quota,
)
from lambdas.domain.frozen import dataclass


class Where(Enum):
    """What Slipway does when it gets an error, where that makes a difference."""

    ANYWHERE = "anywhere"
    OWN_VPC = "in making a VPC"
    REMOVAL = "in removing"


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
    "DisabledException": KEY,
    "DryRunOperationException": BUG,
    "EntityAlreadyExists": RACE,
    "ExecutionAlreadyExists": RACE,
    "ExecutionDoesNotExist": RACE,
    "ExecutionLimitExceeded": LIMIT,
    "IllegalArgumentException": BUG,
    "InternalException": SERVICE,
    "InternalServerError": SERVICE,
    "InternalServerException": SERVICE,
    "InvalidArn": BUG,
    "InvalidArnException": REFUSED,
    "InvalidExecutionInput": BUG,
    "InvalidGrantTokenException": RACE,
    "InvalidInput": REFUSED,
    "InvalidName": BUG,
    "InvalidNextToken": RACE,
    "InvalidParameterException": REFUSED,
    "InvalidRequestException": REFUSED,
    "InvalidStateException": UNREADY,
    "ItemCollectionSizeLimitExceededException": BUG,
    "KMSInternalException": SERVICE,
    "KMSInvalidStateException": KEY,
    "KmsAccessDeniedException": DENIED,
    "KmsInvalidStateException": KEY,
    "KmsThrottlingException": THROTTLED,
    "LimitExceeded": LIMIT,
    "LimitExceededException": LIMIT,
    "ListenerNotFound": LAGGING,
    "LoadBalancerAttributeNotFound": LAGGING,
    "LoadBalancerNotFound": LAGGING,
    "MalformedPolicyDocument": BUG,
    "NoSuchEntity": ABSENT,
    "NoSuchResourceException": BUG,
    "NotFoundException": ABSENT,
    "OperationAbortedException": IN_USE,
    "OperationNotPermitted": PROTECTED,
    "PolicyNotAttachable": BUG,
    "ProvisionedThroughputExceededException": THROTTLED,
    "ReplicatedWriteConflictException": RACE,
    "RequestLimitExceeded": THROTTLED,
    "ResourceContention": SERVICE,
    "ResourceInUse": IN_USE,
    "ResourceInUseException": IN_USE,
    "ResourceLimitExceededException": LIMIT,
    "ResourceNotFoundException": ABSENT,
    "ResourcePropagationDelayException": INVISIBLE,
    "RuleNotFound": LAGGING,
    "ServerException": SERVICE,
    "ServiceException": SERVICE,
    "ServiceFailure": SERVICE,
    "ServiceQuotaExceededException": LIMIT,
    "ServiceUnavailableException": SERVICE,
    "StateMachineDeleting": STACK,
    "StateMachineDoesNotExist": STACK,
    "TargetGroupNotFound": LAGGING,
    "ThrottlingException": THROTTLED,
    "TooManyRequestsException": THROTTLED,
    "TransactionConflictException": RACE,
    "TrustStoreNotFound": LAGGING,
    "UnmodifiableEntity": BUG,
    "UnsupportedAvailabilityZoneException": ZONE,
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
    **{code: quota(name) for code, name in QUOTAS.items()},
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
        means=INVISIBLE,
    ),
    Text(
        codes=("ResourceInUseException",),
        pattern=r"in progress|not in Active State",
        seen="aws-controllers-k8s/community#1192, aws/aws-cdk#33452",
        means=CHANGING,
    ),
    Text(
        codes=("InvalidRequestException",),
        pattern=r"is not in ACTIVE status",
        seen="eksctl-io/eksctl#2248",
        means=NOT_ACTIVE,
    ),
    Text(
        pattern=NO_CLUSTER,
        seen="hashicorp/terraform-provider-aws: internal/service/eks/cluster.go",
        means=GONE,
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
        means=LINKED_ROLE,
    ),
    Text(
        codes=_REFUSALS,
        pattern=r"not authorized to launch instances with this launch template",
        seen="scylladb/scylla-cluster-tests#12172",
        means=TEMPLATE,
    ),
)
