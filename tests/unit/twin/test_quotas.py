"""Service Quotas: what the twin says that an account may have is what it lets it have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sandbox.front import TWIN_SERVICES
from sandbox.twin import HttpRequest, Twin
from sandbox.twin.authorization import permissions
from sandbox.twin.quotas import SIGNING_NAME, Quotas
from tests.unit.twin.house import NAME, REGION, refusal

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_service_quotas import ServiceQuotasClient

    from tests.unit.twin.house import House

FEW = Quotas(clusters=1, nodegroups=1, nodes=3)
CLUSTERS, NODEGROUPS, NODES = "L-1194D53C", "L-6D54EA21", "L-BD136A63"


@pytest.fixture(scope="module")
def client(session: boto3.session.Session) -> ServiceQuotasClient:
    return session.client("service-quotas")


@pytest.fixture
def poor(house: House) -> House:
    """A twin of an account that may have little."""
    house.twin = Twin(clock=house.clock, world=house.world, region=REGION, role_propagation_seconds=0, quotas=FEW)
    return house


def value(client: ServiceQuotasClient, code: str) -> float:
    quota = client.get_service_quota(ServiceCode="eks", QuotaCode=code)["Quota"]
    assert quota["QuotaCode"] == code
    assert quota["QuotaArn"].endswith(f":eks/{code}")
    return quota["Value"]


@pytest.mark.usefixtures("house")
def test_an_account_has_awss_defaults(client: ServiceQuotasClient) -> None:
    assert [value(client, code) for code in (CLUSTERS, NODEGROUPS, NODES)] == [100, 30, 450]


@pytest.mark.usefixtures("poor")
def test_an_account_may_have_less(client: ServiceQuotasClient) -> None:
    assert [value(client, code) for code in (CLUSTERS, NODEGROUPS, NODES)] == [1, 1, 3]


@pytest.mark.usefixtures("house")
def test_a_quota_that_nobody_knows_is_refused(client: ServiceQuotasClient) -> None:
    _, code, *_ = refusal(lambda: client.get_service_quota(ServiceCode="eks", QuotaCode="L-00000000"))
    assert code == "NoSuchResourceException"


def test_what_is_told_is_what_is_enforced(poor: House) -> None:
    poor.active_cluster(NAME)
    many = {"minSize": 0, "maxSize": 4, "desiredSize": 0}
    asked = [
        lambda: poor.cluster("one-more"),
        lambda: poor.nodegroup(scalingConfig=many),
        lambda: poor.nodegroup("one-more"),
    ]
    assert refusal(asked[0])[1] == refusal(asked[1])[1] == "ResourceLimitExceededException"
    poor.nodegroup()
    assert refusal(asked[2])[1] == "ResourceLimitExceededException"


def request(operation: str, body: bytes) -> HttpRequest:
    target = {"X-Amz-Target": f"ServiceQuotasV20190624.{operation}"}
    return HttpRequest(service=SIGNING_NAME, method="POST", path="/", headers=target, body=body)


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("ListServiceQuotas", b'{"ServiceCode": "eks"}'),
        ("GetServiceQuota", b'{"ServiceCode": "ec2", "QuotaCode": "L-1216C47A"}'),
        ("GetServiceQuota", b"{"),
        ("GetServiceQuota", b"[]"),
        ("GetServiceQuota", b""),
    ],
)
def test_what_is_not_about_eks_is_left_to_others(house: House, operation: str, body: bytes) -> None:
    assert house.twin.handle(request(operation, body)) is None


def test_iam_is_asked_for_the_operation() -> None:
    body = json.dumps({"ServiceCode": "eks", "QuotaCode": CLUSTERS}).encode()
    (needed,) = permissions(request("GetServiceQuota", body))
    assert (needed.action, needed.resource) == ("servicequotas:GetServiceQuota", "*")


def test_the_front_door_sends_such_requests_to_the_twin() -> None:
    assert SIGNING_NAME in TWIN_SERVICES
