from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.domain.exception_table import QUOTAS
from lambdas.domain.pacing import BEING_DELETED
from lambdas.domain.progress import Waiting
from lambdas.steps.own_vpc.gateways import NAT_PACE
from tests.workflows.own_vpc.ground import changes, failure

if TYPE_CHECKING:
    from tests.workflows.own_vpc.ground import Site, Wire

    Json = dict[str, Any]


def test_a_nat_gateway_is_asked_for_when_the_internet_can_be_reached(finished: Site, wire: Wire) -> None:
    wire.edits["DescribeNatGateways"] = lambda parsed: parsed["NatGateways"].clear()
    wire.edits["DescribeInternetGateways"] = lambda parsed: [
        it.update(Attachments=[]) for it in parsed["InternetGateways"]
    ]
    wire.refusals["AttachInternetGateway"] = "Resource.AlreadyAssociated"
    finished.look()
    assert changes(wire.calls) == ["AttachInternetGateway"]


def test_a_nat_gateway_is_waited_for_at_its_own_pace(finished: Site, wire: Wire) -> None:
    wire.edits["DescribeNatGateways"] = lambda parsed: become(parsed, State="pending", CreateTime=datetime.now(UTC))
    reports = finished.look()
    progress = reports["network/nat-gateway"].progress
    assert isinstance(progress, Waiting)
    assert (progress.reason, progress.budget_seconds) == (NAT_PACE.reason, NAT_PACE.budget)
    assert NAT_PACE.first - 10 < progress.retry_after_seconds <= NAT_PACE.first + 1
    assert "network" not in reports
    assert changes(wire.calls) == []


def test_a_nat_gateway_that_failed_is_made_anew_by_the_next_run(finished: Site, wire: Wire) -> None:
    wire.edits["DescribeNatGateways"] = lambda parsed: become(
        parsed, State="failed", FailureCode="InsufficientFreeAddressesInSubnet", FailureMessage="none free"
    )
    failed = failure(replace(finished, run="run-1").look())
    assert failed is not None
    assert (failed.error, "none free" in failed.cause) == ("InsufficientFreeAddressesInSubnet", True)
    assert changes(wire.calls) == []
    wire.refusals["CreateNatGateway"] = "Resource.AlreadyAssociated"
    progress = finished.look()["network/nat-gateway"].progress
    assert changes(wire.calls) == ["CreateNatGateway"]
    assert isinstance(progress, Waiting), "EC2 gives the address back after a while"


def test_a_nat_gateway_that_is_being_deleted_is_waited_for(finished: Site, wire: Wire) -> None:
    wire.edits["DescribeNatGateways"] = lambda parsed: become(parsed, State="deleting")
    assert finished.look()["network/nat-gateway"].progress == BEING_DELETED.wait("deleting")
    assert changes(wire.calls) == []


def become(parsed: Json, **members: object) -> None:
    for gateway in parsed["NatGateways"]:
        gateway.update(members)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("CreateVpc", "VpcLimitExceeded"),
        ("CreateInternetGateway", "InternetGatewayLimitExceeded"),
        ("AllocateAddress", "AddressLimitExceeded"),
        ("CreateSubnet", "SubnetLimitExceeded"),
        ("CreateRouteTable", "RouteTableLimitExceeded"),
        ("CreateNatGateway", "NatGatewayLimitExceeded"),
        ("CreateInternetGateway", "SomeNewLimitExceeded"),
    ],
)
def test_a_quota_ends_the_run_with_its_name(site: Site, wire: Wire, operation: str, code: str) -> None:
    wire.refusals[operation] = code
    failed = failure(site.converge())
    assert failed is not None
    assert failed.error == code
    assert "Service Quotas" in failed.remedy
    assert QUOTAS.get(code, "") in failed.remedy
    wire.refusals.clear()
    wire.calls.clear()
    site.look()
    assert operation in changes(wire.calls), "once the quota is raised, it goes on from there"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("RequestLimitExceeded", "Throttled"),
        ("InvalidVpcID.NotFound", "NotThereYet"),
        ("InvalidSubnet.Conflict", "NotThereYet"),
    ],
)
def test_an_expected_refusal_is_waited_out_and_asked_again(site: Site, wire: Wire, code: str, reason: str) -> None:
    site.look(), site.look()
    wire.refusals["CreateSubnet"] = code
    progress = site.look()["network/private-1"].progress
    assert isinstance(progress, Waiting)
    assert progress.reason == reason
    wire.refusals.clear()
    wire.calls.clear()
    site.look()
    assert Counter(changes(wire.calls))["CreateSubnet"] == 4


def test_a_refusal_that_nobody_expected_is_raised(site: Site, wire: Wire) -> None:
    wire.refusals["CreateVpc"] = "InvalidParameterCombination"
    with pytest.raises(ClientError, match="InvalidParameterCombination"):
        site.look()


def test_a_read_that_is_throttled_hinders_everything_else_only(finished: Site, wire: Wire) -> None:
    wire.refusals["DescribeSubnets"] = "RequestLimitExceeded"
    (report,) = finished.look().values()
    assert report.resource == "network/vpc"
    assert isinstance(report.progress, Waiting)
    assert Counter(wire.calls)["DescribeSubnets"] <= 3, "the SDK's own attempts"


def test_a_region_with_too_few_zones_is_named(site: Site, wire: Wire) -> None:
    def two_ordinary_ones(parsed: Json) -> None:
        zones = parsed["AvailabilityZones"]
        zones[0] |= {"ZoneType": "local-zone", "OptInStatus": "opted-in"}
        zones[1] |= {"State": "impaired"}

    wire.edits["DescribeAvailabilityZones"] = two_ordinary_ones
    failed = failure(site.converge())
    assert failed is not None
    assert failed.error == "TooFewZones"
    assert len(site.things()["Subnets"]) == 2
