"""What EC2's own error codes mean. Its codes are words with dots, and other than EKS's they say all there is to say."""

from typing import Final

from lambdas.domain import pacing
from lambdas.domain.failures import ApiError, explain
from lambdas.domain.progress import Failed, Progress

QUOTAS: Final[dict[str, str]] = {
    "VpcLimitExceeded": "VPCs per Region",
    "InternetGatewayLimitExceeded": "Internet gateways per Region",
    "AddressLimitExceeded": "EC2-VPC Elastic IPs",
    "NatGatewayLimitExceeded": "NAT gateways per Availability Zone",
    "SubnetLimitExceeded": "Subnets per VPC",
    "RouteTableLimitExceeded": "Route tables per VPC",
}
"""The quota's name in Service Quotas, by the code with which EC2 refuses."""

_NOT_CAUGHT_UP: Final = frozenset(
    {
        "NatGatewayNotFound",
        "Resource.AlreadyAssociated",
        "RouteAlreadyExists",
        "InvalidSubnet.Conflict",
        "IdempotentParameterMismatch",
        "InvalidIPAddress.InUse",
        "DependencyViolation",
    }
)
"""Refusals that a look would have spared us, had EC2 already shown what was done a moment ago.

EC2's reads lag behind its writes: https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
"""


def explain_ec2(error: ApiError) -> Progress | None:
    """The progress that an error of EC2 amounts to; None if nobody expected it."""
    return explain(error) or _not_caught_up(error) or _quota(error)


def _not_caught_up(error: ApiError) -> Progress | None:
    if error.code in _NOT_CAUGHT_UP or error.code.endswith(".NotFound"):
        return pacing.NOT_THERE_YET.wait(f"{error.operation} answered {error.code}: {error.message}")
    return None


def _quota(error: ApiError) -> Failed | None:
    if not error.code.endswith("LimitExceeded"):
        return None
    quota = QUOTAS.get(error.code)
    return Failed(
        error.code,
        f"{error.operation}: {error.message}",
        f"Raise the quota{f' {quota!r}' if quota else ''} in Service Quotas, or remove what is no longer needed; then "
        "send the same spec again: the run goes on from here.",
    )
