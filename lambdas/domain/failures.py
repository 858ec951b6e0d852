"""What an error of an AWS API means: wait, fail with a remedy, or nobody expected it.

AWS changes its texts: codes and structured members decide, and a text only where it is the only signal.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lambdas.domain import pacing
from lambdas.domain.progress import Failed, Progress, Waiting

THROTTLING_CODES: Final = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
    }
)
"""EKS declares one of these on seven operations and answers with any of them on all."""

NOT_FOUND_CODES: Final = frozenset({"ResourceNotFoundException", "NoSuchEntity", "NotFoundException"})
EXPIRED_CODES: Final = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
ACCESS_DENIED_CODES: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_LIMIT_CODES: Final = frozenset(
    {"ResourceLimitExceededException", "LimitExceeded", "LimitExceededException", "ServiceQuotaExceededException"}
)
_REFUSED_CODES: Final = frozenset(
    {
        "InvalidParameterException",
        "InvalidRequestException",
        "ClientException",
        "InvalidInput",
        "ValidationError",
        "ValidationException",
    }
)

_IN_USE_CODES: Final = frozenset(
    {
        "ResourceInUseException",
        "ResourceInUse",
        "VolumeInUse",
        "DeleteConflict",
        "DependencyViolation",
        "InvalidIPAddress.InUse",
        "InvalidNetworkInterface.InUse",
        "OperationAbortedException",
        "ConcurrentModification",
    }
)
"""With these AWS's services refuse to delete what others still use, or are changing."""

_NO_CLUSTER: Final = "No cluster found for name"

_AGAIN: Final = "then send the same spec again: the run goes on from here."
_WRONG_SPEC: Final = "Correct what the message names in the spec."
_LINKED_ROLE: Final = (
    "Let the role of Slipway's function nodegroups call iam:GetRole on the service-linked role that the message names: "
    f"a service control policy seems to deny it; {_AGAIN}"
)
_TEMPLATE: Final = (
    "Look at what the launch template uses: its AMI must be shared with this account, its KMS key usable by EC2 Auto "
    f"Scaling, and no service control policy may deny ec2:RunInstances; {_AGAIN}"
)
_REMEDIES: Final = {
    "Failed to validate if SLR": _LINKED_ROLE,  # terraform-aws-modules/terraform-aws-eks#823
    "not authorized to launch instances with this launch template": _TEMPLATE,  # scylladb/scylla-cluster-tests#12172
}
"""Refusals of which more can be said than that the spec is wrong, by a part of their text."""

_SECRET_BLOB: Final = re.compile(r"\s*Encoded authorization failure message: \S+")
"""What only sts:DecodeAuthorizationMessage can read: kilobytes that tell a person nothing."""

# The texts that say "IAM has not told me yet" (hashicorp/terraform-provider-aws#11127, aws/aws-cdk#16037,
# eksctl-io/eksctl#2182).
_ROLE_NOT_VISIBLE: Final = re.compile(
    r"could not be assumed|role with name .* cannot be found|Role provided in the request does not exist"
    r"|Error in role params|roleArn, .*does not exist"
    r"|trusted entity is not correct"
    r"|doesn't have the Amazon EKS Managed Policies|policy must include the ec2:DescribeSubnets",
)

# quickstart-amazon-eks-cluster-resource-provider#38, aws-controllers-k8s/community#1855.
_NOTHING_TO_CHANGE: Final = re.compile("No changes needed|already at the desired configuration")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """An error answer. ``operation`` is ``CreateCluster``-like; ``fields`` are the body's other members."""

    operation: str
    code: str
    message: str
    http_status: int
    fields: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_not_found(self) -> bool:
        """Whether the thing is absent; DescribeCluster has been seen to say so with a ``ClientException``."""
        return self.code in NOT_FOUND_CODES or _NO_CLUSTER in self.message

    @property
    def is_throttled(self) -> bool:
        """Whether it says nothing but that there were too many calls."""
        return self.http_status == 429 or self.code in THROTTLING_CODES  # noqa: PLR2004 -- HTTP's own number

    def names(self, member: str) -> tuple[str, ...]:
        """A member of the body that lists names; empty if the answer does not have it."""
        listed = self.fields.get(member)
        return tuple(map(str, listed)) if isinstance(listed, list) else ()


def explain(error: ApiError) -> Progress | None:
    """The progress that an error amounts to; None if nobody expected it (an exception, for a retry)."""
    return _passing(error) or _final(error)


def _passing(error: ApiError) -> Waiting | None:
    said = f"{error.operation} answered {error.code}: {error.message}"
    if error.is_throttled:
        return pacing.THROTTLED.wait(f"{error.operation} is throttled")
    if error.code in EXPIRED_CODES:
        return pacing.CREDENTIALS_EXPIRED.wait(said)
    if error.http_status >= 500:  # noqa: PLR2004 -- HTTP's own number
        return pacing.SERVICE_TROUBLE.wait(said)
    if error.code in _REFUSED_CODES and _ROLE_NOT_VISIBLE.search(error.message):
        return pacing.ROLE_NOT_VISIBLE.wait(said, overdue=_role_never_seen(error))
    if error.code == "ResourceInUseException":
        return _in_use(error, said)
    if error.code == "InvalidRequestException" and "is not in ACTIVE status" in error.message:
        return pacing.CLUSTER_NOT_ACTIVE.wait(said)
    if error.is_not_found or _is_done_already(error):
        return pacing.NOT_THERE_YET.wait(said, overdue=_never_there(error) if _NO_CLUSTER in error.message else None)
    return None


def _is_done_already(error: ApiError) -> bool:
    """Whether somebody made the same change first, as the next look shows."""
    return error.code == "InvalidParameterException" and bool(_NOTHING_TO_CHANGE.search(error.message))


def explain_removal(error: ApiError) -> Progress | None:
    """The progress that the refusal of a removal amounts to; None if nobody expected it.

    What still uses a thing may be on its way out itself; and what is not found is gone, as the next look shows.
    """
    said = f"{error.operation} answered {error.code}: {error.message}"
    if error.is_not_found or error.code.endswith((".NotFound", "NotFound")):
        return pacing.NOT_THERE_YET.wait(said)
    if error.code in _IN_USE_CODES:
        return pacing.STILL_IN_USE.wait(said, overdue=_blocked(error))
    return explain(error)


def _blocked(error: ApiError) -> Failed:
    return Failed(
        error.code,
        f"{error.operation}: {error.message}",
        "Something that Slipway did not make still uses it, or a change of it does not end: remove what the message "
        "names; then delete the cluster again: the run goes on from here.",
    )


def _role_never_seen(error: ApiError) -> Failed:
    """What it means that EKS does not see a role whose trust and policies IAM has shown us to be right."""
    return Failed(
        "RoleNotVisible",
        f"{error.operation} answered {error.code} for three minutes: {error.message}",
        "IAM shows the role as EKS demands it, so look for what keeps EKS from assuming it: a service control policy, "
        "or a change of its trust policy meanwhile; then send the same spec again: the run goes on from here.",
    )


def _never_there(error: ApiError) -> Failed:
    """What it means that EKS goes on denying a cluster that the run has seen ACTIVE."""
    return Failed(
        "ClusterGone",
        f"{error.operation} answered {error.code}: {error.message} Somebody else deleted the cluster during the run.",
        "Send the same spec again to have it made anew; Slipway's roles and network are still there.",
    )


def _in_use(error: ApiError, said: str) -> Waiting:
    """Somebody was faster: either an update runs, or the thing exists and the next look shows whose it is."""
    if "in progress" in error.message or "not in Active State" in error.message:
        return pacing.UPDATE_IN_PROGRESS.wait(said)
    return pacing.NOT_THERE_YET.wait(said)


def _final(error: ApiError) -> Failed | None:
    if error.code in ACCESS_DENIED_CODES:
        return Failed(
            error.code,
            f"{error.operation}: {error.message}",
            "Allow the action to the role that the message names, or look for a service control policy that denies "
            "it; then send the same spec again.",
        )
    if error.code in _LIMIT_CODES:
        return Failed(
            error.code,
            f"{error.operation}: {error.message}",
            "Raise the quota in Service Quotas or remove what is no longer needed; then send the same spec again.",
        )
    if error.code == "UnsupportedAvailabilityZoneException":
        offered = ", ".join(error.names("validZones")) or "those that the message names"
        return Failed(
            error.code,
            f"{error.operation}: {error.message}",
            f"Give resourcesVpcConfig.subnetIds with subnets in at least two of these zones: {offered}.",
        )
    if error.code in _REFUSED_CODES:
        remedy = next((said for text, said in _REMEDIES.items() if text in error.message), _WRONG_SPEC)
        return Failed(error.code, _SECRET_BLOB.sub("", f"{error.operation}: {error.message}"), remedy)
    return None
