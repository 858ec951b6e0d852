"""What AWS answers, in its own words, and what each answer amounts to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain import pacing
from lambdas.domain.failures import ACCESS_DENIED_CODES, NOT_FOUND_CODES, THROTTLING_CODES, ApiError, explain
from lambdas.domain.progress import Failed, Waiting

if TYPE_CHECKING:
    from lambdas.domain.pacing import Patience

OPERATIONS = st.sampled_from(["CreateCluster", "DescribeAddon", "CreateNodegroup", "CreateRole"])
ROLE = "arn:aws:iam::123456789012:role/slipway/slipway-simple-bank-cluster"


def error(code: str, message: str = "", status: int = 400, operation: str = "CreateCluster") -> ApiError:
    return ApiError(operation=operation, code=code, message=message, http_status=status)


PASSING: dict[str, tuple[ApiError, Patience]] = {
    "role not assumable": (
        error(
            "InvalidParameterException",
            f"Role with arn: {ROLE}, could not be assumed because it does not exist or the trusted entity is not "
            "correct",
        ),
        pacing.ROLE_NOT_VISIBLE,
    ),
    "trust policy not visible": (
        error("InvalidParameterException", "Role is not valid: the trusted entity is not correct"),
        pacing.ROLE_NOT_VISIBLE,
    ),
    "node role not found": (
        error("InvalidParameterException", "The role with name slipway-simple-bank-node cannot be found."),
        pacing.ROLE_NOT_VISIBLE,
    ),
    "error in role params": (error("InvalidRequestException", "Error in role params"), pacing.ROLE_NOT_VISIBLE),
    "role ARN does not exist": (
        error("InvalidParameterException", f"roleArn, {ROLE}, does not exist"),
        pacing.ROLE_NOT_VISIBLE,
    ),
    "policies not visible": (
        error(
            "InvalidParameterException",
            "The provided role doesn't have the Amazon EKS Managed Policies associated with it.",
        ),
        pacing.ROLE_NOT_VISIBLE,
    ),
    "subnet policy not visible": (
        error("InvalidParameterException", "The cluster role policy must include the ec2:DescribeSubnets permission."),
        pacing.ROLE_NOT_VISIBLE,
    ),
    "throttled where EKS declares it": (error("ThrottlingException", "Rate exceeded", 429), pacing.THROTTLED),
    "throttled where it does not": (error("TooManyRequestsException", "Slow", 429, "CreateAddon"), pacing.THROTTLED),
    "IAM throttles by 400": (error("Throttling", "Rate exceeded", 400, "CreateRole"), pacing.THROTTLED),
    "throttled without a known code": (error("Unknown", "", 429), pacing.THROTTLED),
    "the service fails": (error("ServerException", "Internal error", 500), pacing.SERVICE_TROUBLE),
    "the service is away": (error("ServiceUnavailableException", "Away", 503), pacing.SERVICE_TROUBLE),
    "a gateway fails": (error("504", "Gateway Timeout", 504), pacing.SERVICE_TROUBLE),
    "an expired token": (
        error("ExpiredTokenException", "The security token included in the request is expired", 403),
        pacing.CREDENTIALS_EXPIRED,
    ),
    "another update runs": (
        error(
            "ResourceInUseException",
            "Cannot update because there is another update in progress",
            409,
            "UpdateNodegroupConfig",
        ),
        pacing.UPDATE_IN_PROGRESS,
    ),
    "the cluster exists": (
        error("ResourceInUseException", "Cluster already exists with name: simple-bank", 409),
        pacing.NOT_THERE_YET,
    ),
    "somebody wrote these logs already": (
        error(
            "InvalidParameterException", "No changes needed for the logging config provided", 400, "UpdateClusterConfig"
        ),
        pacing.NOT_THERE_YET,
    ),
    "somebody opened the endpoint already": (
        error(
            "InvalidParameterException",
            "Cluster is already at the desired configuration with endpointPrivateAccess: true",
            operation="UpdateClusterConfig",
        ),
        pacing.NOT_THERE_YET,
    ),
    "the node group exists": (
        error("ResourceInUseException", "NodeGroup already exists with name a", 409, "CreateNodegroup"),
        pacing.NOT_THERE_YET,
    ),
    "the cluster is being made": (
        error("InvalidRequestException", "Cluster 'simple-bank' is not in ACTIVE status", operation="CreateNodegroup"),
        pacing.CLUSTER_NOT_ACTIVE,
    ),
    "a read lags behind a write": (
        error("ResourceNotFoundException", "No cluster found for name: simple-bank.", 404, "CreateNodegroup"),
        pacing.NOT_THERE_YET,
    ),
    "not found by another name": (
        error("ClientException", "No cluster found for name: simple-bank.", 400, "DescribeCluster"),
        pacing.NOT_THERE_YET,
    ),
    "IAM's not found": (
        error("NoSuchEntity", "The role with name a cannot be found.", 404, "AttachRolePolicy"),
        pacing.NOT_THERE_YET,
    ),
}

FINAL: dict[str, tuple[ApiError, str]] = {
    "EKS denies": (
        error("AccessDeniedException", "User: x is not authorized to perform: eks:CreateCluster", 403),
        "Allow the action",
    ),
    "IAM denies": (error("AccessDenied", "not authorized to perform: iam:CreateRole", 403, "CreateRole"), "Allow"),
    "EC2 denies": (error("UnauthorizedOperation", "You are not authorized", 403, "DescribeSubnets"), "Allow"),
    "too many clusters": (
        error("ResourceLimitExceededException", "Cluster count per region exceeded"),
        "Service Quotas",
    ),
    "too many roles": (error("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000", 409), "Service Quotas"),
    "a zone without control planes": (
        error("UnsupportedAvailabilityZoneException", "us-east-1e does not have sufficient capacity"),
        "those that the message names",
    ),
    "the service-linked role cannot be looked at": (
        error(
            "InvalidRequestException",
            "Failed to validate if SLR: AWSServiceRoleForAmazonEKSNodegroup already exists due to missing permissions "
            "for 'iam:GetRole'",
            operation="CreateNodegroup",
        ),
        "call iam:GetRole on the service-linked role",
    ),
    "a launch template that may not be used": (
        error(
            "InvalidRequestException",
            "You are not authorized to launch instances with this launch template.",
            operation="CreateNodegroup",
        ),
        "deny ec2:RunInstances",
    ),
    "a wrong parameter": (error("InvalidParameterException", "unsupported Kubernetes version"), "Correct"),
    "nothing to change by another code": (error("InvalidRequestException", "No changes needed"), "Correct"),
    "a wrong request": (error("InvalidRequestException", "Addon already exists in another form"), "Correct"),
    "a wrong input to IAM": (error("ValidationError", "1 validation error detected", 400, "CreateRole"), "Correct"),
}

UNEXPECTED: dict[str, ApiError] = {
    "a code of tomorrow": error("SomethingNewException", "?"),
    "a serialisation error": error("SerializationException", "?"),
    "an IAM race": error("EntityAlreadyExists", "Role with name a already exists.", 409, "CreateRole"),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_waited_for(name: str) -> None:
    said, patience = PASSING[name]
    progress = explain(said)
    assert isinstance(progress, Waiting)
    assert (progress.reason, progress.retry_after_seconds, progress.budget_seconds) == (
        patience.reason, patience.every, patience.budget,
    )  # fmt: skip
    assert said.operation in progress.detail


@pytest.mark.parametrize("name", FINAL)
def test_what_is_final_has_its_code_its_cause_and_a_remedy(name: str) -> None:
    said, remedy = FINAL[name]
    progress = explain(said)
    assert isinstance(progress, Failed)
    assert (progress.error, progress.cause) == (said.code, f"{said.operation}: {said.message}")
    assert remedy in progress.remedy


@pytest.mark.parametrize("name", UNEXPECTED)
def test_what_nobody_expected_is_left_to_a_retry(name: str) -> None:
    assert explain(UNEXPECTED[name]) is None


def test_a_zone_that_cannot_be_used_names_those_that_can() -> None:
    said = ApiError(
        operation="CreateCluster",
        code="UnsupportedAvailabilityZoneException",
        message="us-east-1e, the targeted availability zone, does not have sufficient capacity",
        http_status=400,
        fields={"validZones": ["us-east-1a", "us-east-1b"]},
    )
    progress = explain(said)
    assert isinstance(progress, Failed)
    assert "us-east-1a, us-east-1b" in progress.remedy


@settings(max_examples=25)
@given(OPERATIONS, st.sampled_from(sorted(THROTTLING_CODES)), st.sampled_from([400, 429, 503]), st.text(max_size=9))
def test_throttling_is_waited_for_on_every_operation(operation: str, code: str, status: int, message: str) -> None:
    progress = explain(error(code, message, status, operation))
    assert isinstance(progress, Waiting)
    assert progress.reason == "Throttled"


@settings(max_examples=25)
@given(OPERATIONS, st.text(max_size=20), st.text(max_size=20), st.integers(500, 599))
def test_a_5xx_never_fails_a_run(operation: str, code: str, message: str, status: int) -> None:
    assert isinstance(explain(error(code, message, status, operation)), Waiting)


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        *((code, "", True) for code in sorted(NOT_FOUND_CODES)),
        ("ClientException", "No cluster found for name: bank.", True),
        ("ClientException", "No such luck", False),
        *((code, "", False) for code in sorted(ACCESS_DENIED_CODES | THROTTLING_CODES)),
    ],
)
def test_absence(code: str, message: str, expected: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert error(code, message).is_not_found is expected
