from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.domain.ec2_failures import QUOTAS
from lambdas.domain.names import OWNER_TAG, RUN_TAG
from lambdas.domain.pacing import BEING_DELETED, NOT_THERE_YET
from lambdas.domain.progress import Waiting, Word, word
from lambdas.steps.network import CONTRACT
from lambdas.steps.own_vpc_gateways import NAT_PACE
from lambdas.steps.own_vpc_view import PART_TAG
from tests.house import example
from tests.unit.steps.ground import Died, Site, Wire, changes, failure, ground, new_spec, owner, tags, undone
from tests.unit.steps.quick import quick_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_ec2.type_defs import TagTypeDef

    from lambdas.aws.clients import Aws
    from lambdas.domain.progress import Report

    Json = dict[str, Any]

ONE_OF_EACH = {
    "Vpcs": 1,
    "Subnets": 4,
    "InternetGateways": 1,
    "EgressOnlyInternetGateways": 0,
    "Addresses": 1,
    "NatGateways": 1,
    "RouteTables": 2,
}
FIRST_RUN, DEADLY_RUN = "run-1", "run-of-deaths"
_numbers = count(2)


@pytest.fixture(scope="module")
def _account() -> Iterator[tuple[Aws, Wire]]:
    with ground() as made:
        yield made


@pytest.fixture(scope="module")
def quiet(_account: tuple[Aws, Wire]) -> History:
    """A VPC made in a quiet hour, with the changes asked for and all that was reported."""
    aws, wire = _account
    wire.__init__()  # type: ignore[misc] # the clients keep this very object
    site = Site(aws, wire, new_spec("finished"), FIRST_RUN)
    reports = [site.look()]
    while "network" not in reports[-1]:
        reports.append(site.look())
    return History(site, wire.calls, reports)


@pytest.fixture(scope="module")
def hard(quiet: History) -> History:
    """An IPv6 VPC made while reads lagged and every change killed whoever asked for it, with all calls."""
    aws, wire = quiet.site.aws, quiet.site.wire
    wire.__init__(lag=1, deadly=True)  # type: ignore[misc] # as above
    site = Site(aws, wire, new_spec("survivor", ipv6=True), DEADLY_RUN)
    return History(site, wire.calls, [site.converge()])


@pytest.fixture
def wire(hard: History) -> Iterator[Wire]:
    """The wire without a fault and with empty notes; what is made over it is forgotten after the test."""
    wire = hard.site.wire
    wire.__init__()  # type: ignore[misc] # as above
    with undone():
        yield wire
    wire.__init__()  # type: ignore[misc] # as above


@pytest.fixture
def site(_account: tuple[Aws, Wire], wire: Wire) -> Site:
    """A cluster for which nothing is there yet."""
    return Site(_account[0], wire, new_spec("bank"), FIRST_RUN)


@pytest.fixture
def finished(quiet: History, wire: Wire) -> Site:
    """A cluster whose VPC is complete, in the hands of a later run."""
    site = quiet.site
    assert site.wire is wire
    return replace(site, run=f"run-{next(_numbers)}", observed=dict(site.observed))


@pytest.fixture
def survivor(hard: History, wire: Wire) -> Site:
    """The VPC made under difficulties, in the hands of a later run."""
    site = hard.site
    assert site.wire is wire
    return replace(site, run=f"run-{next(_numbers)}", observed=dict(site.observed))


@dataclass(frozen=True, slots=True)
class History:
    """How a VPC came to be: the calls and the reports of each look that came to its end."""

    site: Site
    calls: list[str]
    reports: list[dict[str, Report]]


def counts(site: Site) -> dict[str, int]:
    return {kind: len(found) for kind, found in site.things().items()}


def part(site: Site, kind: str, name: str) -> Json:
    (found,) = (it for it in site.things()[kind] if tags(it)[PART_TAG] == name)
    return found


def routes(site: Site, table: str) -> dict[str, str]:
    """Where a table's routes lead, but for the one inside the VPC."""
    found = part(site, "RouteTables", table)["Routes"]
    targets = ("NatGatewayId", "EgressOnlyInternetGatewayId", "GatewayId")
    return {
        route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"]: next(
            route[target] for target in targets if target in route
        )
        for route in found
        if route.get("GatewayId") != "local"
    }


def followers(site: Site, table: str) -> set[str]:
    associations = part(site, "RouteTables", table)["Associations"]
    return {entry["SubnetId"] for entry in associations if "SubnetId" in entry}


def subnets(site: Site, kind: str) -> list[Json]:
    found = [it for it in site.things()["Subnets"] if tags(it)[PART_TAG].startswith(kind)]
    return sorted(found, key=lambda subnet: tags(subnet)[PART_TAG])


def ids(things: list[Json]) -> list[str]:
    return [thing["SubnetId"] for thing in things]


# -- what is made


def test_the_example_becomes_a_cluster_in_private_subnets() -> None:
    with quick_house() as home:
        execution = home.provision(example("own-vpc"))
        assert (execution.status, execution.cause) == ("SUCCEEDED", "")
        record = home.around.registry.cluster("own-vpc")
        assert record is not None
        network, cluster = (record.observed[name] for name in ("network", "cluster"))
        assert isinstance(network, dict)
        assert isinstance(cluster, dict)
        assert cluster["subnetIds"] == network["subnetIds"]
        assert cluster["vpcId"] == network["vpcId"]


def test_one_of_each_is_made_and_asked_for_once(finished: Site, quiet: History) -> None:
    assert counts(finished) == ONE_OF_EACH
    assert len(quiet.reports) <= 9
    assert Counter(changes(quiet.calls)) == {
        "CreateVpc": 1, "ModifyVpcAttribute": 1, "CreateInternetGateway": 1, "AttachInternetGateway": 1,
        "AllocateAddress": 1, "CreateNatGateway": 1, "CreateSubnet": 4, "ModifySubnetAttribute": 2,
        "CreateRouteTable": 2, "AssociateRouteTable": 4, "CreateRoute": 2,
    }  # fmt: skip


def test_the_network_is_told_when_all_of_it_is_ready(finished: Site, quiet: History) -> None:
    *before, last = quiet.reports
    assert all("network" not in reports for reports in before)
    assert {word(report.progress) for report in last.values()} == {Word.READY}
    assert last["network"].facts == {
        "vpcId": part(finished, "Vpcs", "vpc")["VpcId"],
        "subnetIds": ids(subnets(finished, "private")),
        "publicSubnetIds": ids(subnets(finished, "public")),
    }


def test_nothing_is_built_into_a_vpc_that_is_not_yet_remembered(finished: Site, wire: Wire) -> None:
    finished.observed = {}
    (report,) = finished.look().values()
    assert (report.resource, word(report.progress)) == ("network/vpc", Word.WAITING)
    assert finished.observed["network/vpc"] == {"vpcId": part(finished, "Vpcs", "vpc")["VpcId"]}
    assert changes(wire.calls) == []


def test_a_nat_gateway_is_asked_for_when_the_internet_can_be_reached(finished: Site, wire: Wire) -> None:
    wire.edits["DescribeNatGateways"] = lambda parsed: parsed["NatGateways"].clear()
    wire.edits["DescribeInternetGateways"] = lambda parsed: [
        it.update(Attachments=[]) for it in parsed["InternetGateways"]
    ]
    wire.refusals["AttachInternetGateway"] = "Resource.AlreadyAssociated"
    finished.look()
    assert changes(wire.calls) == ["AttachInternetGateway"]


def test_the_vpc_has_dns(finished: Site) -> None:
    vpc = part(finished, "Vpcs", "vpc")
    assert vpc["CidrBlock"] == "10.64.0.0/16"
    support = finished.ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsSupport")
    hostnames = finished.ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsHostnames")
    assert (support["EnableDnsSupport"], hostnames["EnableDnsHostnames"]) == ({"Value": True}, {"Value": True})


def test_each_zone_has_a_public_and_a_private_subnet(finished: Site) -> None:
    public, private = subnets(finished, "public"), subnets(finished, "private")
    zones = [it["AvailabilityZone"] for it in private]
    assert zones == [it["AvailabilityZone"] for it in public] == ["eu-central-1a", "eu-central-1b"]
    assert [it["MapPublicIpOnLaunch"] for it in (*public, *private)] == [True, True, False, False]
    assert {tags(it).get("kubernetes.io/role/elb") for it in public} == {"1"}
    assert {tags(it).get("kubernetes.io/role/internal-elb") for it in private} == {"1"}


def test_traffic_leaves_public_subnets_directly_and_private_ones_through_nat(finished: Site) -> None:
    internet, nat = part(finished, "InternetGateways", "internet-gateway"), part(finished, "NatGateways", "nat-gateway")
    assert [it["VpcId"] for it in internet["Attachments"]] == [part(finished, "Vpcs", "vpc")["VpcId"]]
    assert nat["SubnetId"] == ids(subnets(finished, "public"))[0]
    assert routes(finished, "public-routes") == {"0.0.0.0/0": internet["InternetGatewayId"]}
    assert routes(finished, "private-routes") == {"0.0.0.0/0": nat["NatGatewayId"]}
    assert followers(finished, "public-routes") == set(ids(subnets(finished, "public")))
    assert followers(finished, "private-routes") == set(ids(subnets(finished, "private")))


def test_everything_says_whose_it_is(finished: Site) -> None:
    for things in finished.things().values():
        for thing in things:
            said = tags(thing)
            assert (said[OWNER_TAG], said[RUN_TAG], said["team"]) == ("finished", "run-1", "platform")
            assert said["Name"] == f"finished-{said[PART_TAG]}"


def test_ipv6_traffic_leaves_untranslated(survivor: Site) -> None:
    egress = part(survivor, "EgressOnlyInternetGateways", "egress-only-gateway")["EgressOnlyInternetGatewayId"]
    internet = part(survivor, "InternetGateways", "internet-gateway")["InternetGatewayId"]
    assert routes(survivor, "public-routes")["::/0"] == internet
    assert routes(survivor, "private-routes")["::/0"] == egress
    assert "0.0.0.0/0" in routes(survivor, "private-routes"), "IPv4 is reached all the same"
    for subnet in survivor.things()["Subnets"]:
        assert subnet["AssignIpv6AddressOnCreation"]
        assert subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].endswith("::/64")


# -- interruptions


def test_a_death_after_every_change_leaves_one_of_each(site: Site, wire: Wire) -> None:
    wire.deadly = True
    for _ in range(11):
        with suppress(Died):
            site.look()
    site.run, site.observed = "run-2", {}
    site.converge()
    assert counts(site) == ONE_OF_EACH
    assert max(Counter(changes(wire.calls)).values()) == 4, "subnets and their routes; nothing was made twice"


def test_reads_that_lag_lead_to_waiting_and_to_no_second_creation(site: Site, wire: Wire, quiet: History) -> None:
    wire.lag = 2
    site.look()
    (report,) = site.look().values()
    assert report.progress == NOT_THERE_YET.wait("asked for, but EC2 does not show it yet")
    site.converge()
    assert Counter(changes(wire.calls)) == Counter(changes(quiet.calls))


def test_deaths_while_reads_lag_leave_one_of_each(survivor: Site, hard: History) -> None:
    asked = Counter(hard.calls)
    assert counts(survivor) == ONE_OF_EACH | {"EgressOnlyInternetGateways": 1}
    assert min(asked[call] for call in ("CreateVpc", "AllocateAddress", "CreateInternetGateway")) > 1
    assert part(survivor, "Vpcs", "vpc")["VpcId"] == part(survivor, "NatGateways", "nat-gateway")["VpcId"]


def test_the_contract_is_what_is_asked_for(survivor: Site, wire: Wire, hard: History) -> None:
    wire.edits["DescribeRouteTables"] = lose_the_nat_gateway
    survivor.look()
    asked = {f"ec2:{call}" for call in (*hard.calls, *wire.calls)}
    assert asked == {call for call in CONTRACT.calls() if call.startswith("ec2:")}


def test_a_plan_needs_only_what_reads(finished: Site, wire: Wire) -> None:
    finished.observe()
    reads = {action for permission in CONTRACT.reads() for action in permission.actions}
    assert wire.calls
    assert {f"ec2:{call}" for call in wire.calls} <= reads


# -- other people's things


def test_nothing_foreign_is_adopted_or_touched(site: Site) -> None:
    ec2 = site.ec2
    marks: list[TagTypeDef] = [{"Key": OWNER_TAG, "Value": "another"}, {"Key": PART_TAG, "Value": "vpc"}]
    vpc = ec2.create_vpc(
        CidrBlock="10.64.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": marks}]
    )["Vpc"]["VpcId"]  # fmt: skip
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.64.0.0/24")["Subnet"]["SubnetId"]
    ec2.create_internet_gateway()
    ec2.create_egress_only_internet_gateway(VpcId=vpc)
    ec2.create_nat_gateway(SubnetId=subnet, AllocationId=ec2.allocate_address(Domain="vpc")["AllocationId"])
    ec2.allocate_address(Domain="vpc")
    before = foreign(site)
    site.converge()
    assert counts(site) == ONE_OF_EACH
    assert foreign(site) == {kind: before[kind] for kind in before}


def test_what_lost_our_tag_is_no_longer_ours(finished: Site, wire: Wire) -> None:
    def give_away(parsed: Json) -> None:
        for gateway in parsed["NatGateways"]:
            gateway["Tags"] = [tag for tag in gateway["Tags"] if tag["Key"] != OWNER_TAG]

    wire.edits["DescribeNatGateways"] = give_away
    wire.refusals["CreateNatGateway"] = "NatGatewayLimitExceeded"
    finished.look()
    assert changes(wire.calls) == ["CreateNatGateway"]


def test_of_two_vpcs_the_remembered_one_is_kept(finished: Site, wire: Wire) -> None:
    kept = part(finished, "Vpcs", "vpc")["VpcId"]
    wire.edits["DescribeVpcs"] = lambda parsed: parsed["Vpcs"].insert(0, {**parsed["Vpcs"][0], "VpcId": "vpc-0"})
    wire.refusals["DeleteVpc"] = "DependencyViolation"
    (report,) = finished.look().values()
    assert report.facts == {"vpcId": kept}
    assert report.action is not None
    assert report.action.consequence == "vpc-0 is deleted"
    assert isinstance(report.progress, Waiting), "EC2 deletes no VPC that has something in it"


def foreign(site: Site) -> dict[str, list[Json]]:
    """The others' things; a VPC's main route table comes with it and has no tags."""
    everything = site.everything()
    ours = {vpc["VpcId"] for vpc in everything["Vpcs"] if owner(vpc) == site.spec.name}
    return {
        kind: [it for it in found if owner(it) != site.spec.name and it.get("VpcId") not in ours]
        for kind, found in everything.items()
    }


def test_a_vpc_other_than_the_spec_says_is_left_alone(finished: Site, wire: Wire) -> None:
    spec = finished.spec
    for other, said in (
        (new_spec("finished", cidr="10.65.0.0/16"), "10.65"),
        (new_spec("finished", ipv6=True), "IPv6"),
    ):
        failed = failure(replace(finished, spec=other).look())
        assert failed is not None
        assert failed.error == "VpcDiffers"
        assert said in failed.cause
    assert changes(wire.calls) == []
    assert finished.spec == spec


# -- drift


def test_what_was_undone_by_hand_is_done_again(finished: Site) -> None:
    ec2 = finished.ec2
    internet = part(finished, "InternetGateways", "internet-gateway")
    vpc = internet["Attachments"][0]["VpcId"]
    (association,) = (
        it["RouteTableAssociationId"]
        for it in part(finished, "RouteTables", "private-routes")["Associations"]
        if it.get("SubnetId") == ids(subnets(finished, "private"))[1]
    )
    ec2.detach_internet_gateway(InternetGatewayId=internet["InternetGatewayId"], VpcId=vpc)
    ec2.disassociate_route_table(AssociationId=association)
    ec2.modify_subnet_attribute(SubnetId=ids(subnets(finished, "public"))[1], MapPublicIpOnLaunch={"Value": False})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})
    finished.converge()
    assert part(finished, "InternetGateways", "internet-gateway")["Attachments"]
    assert followers(finished, "private-routes") == set(ids(subnets(finished, "private")))
    assert subnets(finished, "public")[1]["MapPublicIpOnLaunch"]
    assert ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport")["EnableDnsSupport"]["Value"]


def test_a_route_whose_target_is_gone_is_replaced(finished: Site, wire: Wire) -> None:
    wire.edits["DescribeRouteTables"] = lose_the_nat_gateway
    finished.look()
    assert changes(wire.calls) == ["ReplaceRoute"]
    nat = part(finished, "NatGateways", "nat-gateway")["NatGatewayId"]
    assert routes(finished, "private-routes") == {"0.0.0.0/0": nat}


def test_a_route_that_leads_elsewhere_and_works_is_left_alone(finished: Site, wire: Wire) -> None:
    def lead_elsewhere(parsed: Json) -> None:
        for table in parsed["RouteTables"]:
            for route in table["Routes"]:
                if route.pop("NatGatewayId", None):
                    route["TransitGatewayId"] = "tgw-1"

    wire.edits["DescribeRouteTables"] = lead_elsewhere
    assert "network" in finished.look()
    assert changes(wire.calls) == []


def lose_the_nat_gateway(parsed: Json) -> None:
    """EC2 calls a route a blackhole when its target is gone; moto does not."""
    for table in parsed["RouteTables"]:
        for route in table["Routes"]:
            if "NatGatewayId" in route:
                route["State"] = "blackhole"


def test_a_third_zone_is_added_and_moves_nothing(finished: Site, wire: Wire) -> None:
    before = finished.things()["Subnets"]
    finished.spec = new_spec("finished", zones=3)
    finished.look()
    after = finished.things()["Subnets"]
    assert changes(wire.calls) == ["CreateSubnet", "CreateSubnet"]
    assert all(subnet in after for subnet in before)
    new = [subnet for subnet in after if subnet not in before]
    assert {subnet["AvailabilityZone"] for subnet in new} == {"eu-central-1c"}


# -- waiting and failing


def test_a_nat_gateway_is_waited_for_at_its_own_pace(finished: Site, wire: Wire) -> None:
    wire.edits["DescribeNatGateways"] = lambda parsed: become(parsed, State="pending", CreateTime=datetime.now(UTC))
    reports = finished.look()
    progress = reports["network/nat-gateway"].progress
    assert isinstance(progress, Waiting)
    assert (progress.reason, progress.budget_seconds) == (NAT_PACE.reason, NAT_PACE.budget)
    assert NAT_PACE.fastest - 10 < progress.retry_after_seconds <= NAT_PACE.fastest + 1
    assert "network" not in reports
    assert changes(wire.calls) == []


def test_a_nat_gateway_that_failed_is_made_anew_by_the_next_run(finished: Site, wire: Wire) -> None:
    wire.edits["DescribeNatGateways"] = lambda parsed: become(
        parsed, State="failed", FailureCode="InsufficientFreeAddressesInSubnet", FailureMessage="none free"
    )
    failed = failure(replace(finished, run=FIRST_RUN).look())
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
