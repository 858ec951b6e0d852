from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lambdas.domain.pacing import NOT_THERE_YET
from lambdas.domain.progress import Waiting, Word, word
from lambdas.steps.network import CONTRACT
from tests.workflows.own_vpc.ground import (
    ONE_OF_EACH,
    Died,
    changes,
    counts,
    lose_the_nat_gateway,
    new_spec,
    part,
    routes,
)

if TYPE_CHECKING:
    from tests.workflows.own_vpc.ground import History, Site, Wire


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


def test_ipv6_traffic_leaves_untranslated(survivor: Site) -> None:
    egress = part(survivor, "EgressOnlyInternetGateways", "egress-only-gateway")["EgressOnlyInternetGatewayId"]
    internet = part(survivor, "InternetGateways", "internet-gateway")["InternetGatewayId"]
    assert routes(survivor, "public-routes")["::/0"] == internet
    assert routes(survivor, "private-routes")["::/0"] == egress
    assert "0.0.0.0/0" in routes(survivor, "private-routes"), "IPv4 is reached all the same"
    for subnet in survivor.things()["Subnets"]:
        assert subnet["AssignIpv6AddressOnCreation"]
        assert subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].endswith("::/64")


def test_the_contract_is_what_is_asked_for(survivor: Site, site: Site, wire: Wire, hard: History) -> None:
    wire.edits["DescribeRouteTables"] = lose_the_nat_gateway
    _another_route_table(survivor)
    survivor.look()
    wire.edits.clear()
    site.spec = new_spec("bank", ipv6=True)
    site.converge()
    site.demolish()
    asked = {f"ec2:{call}" for call in (*hard.calls, *wire.calls)}
    assert asked == {call for call in CONTRACT.calls() if call.startswith("ec2:")}


def test_a_plan_needs_only_what_reads(finished: Site, wire: Wire) -> None:
    finished.observe()
    reads = {action for permission in CONTRACT.reads() for action in permission.actions}
    assert wire.calls
    assert {f"ec2:{call}" for call in wire.calls} <= reads


def test_nothing_is_built_into_a_vpc_that_is_not_yet_remembered(finished: Site, wire: Wire) -> None:
    finished.observed = {}
    (report,) = finished.look().values()
    assert (report.resource, word(report.progress)) == ("network/vpc", Word.WAITING)
    assert finished.observed["network/vpc"] == {"vpcId": part(finished, "Vpcs", "vpc")["VpcId"]}
    assert changes(wire.calls) == []


def test_of_two_vpcs_the_remembered_one_is_kept(finished: Site, wire: Wire) -> None:
    kept = part(finished, "Vpcs", "vpc")["VpcId"]
    wire.edits["DescribeVpcs"] = lambda parsed: parsed["Vpcs"].insert(0, {**parsed["Vpcs"][0], "VpcId": "vpc-0"})
    wire.refusals["DeleteVpc"] = "DependencyViolation"
    (report,) = finished.look().values()
    assert report.facts == {"vpcId": kept}
    assert report.action is not None
    assert report.action.consequence == "vpc-0 is deleted"
    assert isinstance(report.progress, Waiting), "EC2 deletes no VPC that has something in it"


def test_of_two_route_tables_the_one_with_followers_is_kept(finished: Site, wire: Wire) -> None:
    kept = part(finished, "RouteTables", "public-routes")
    spare = {**kept, "RouteTableId": "rtb-0", "Associations": []}
    wire.edits["DescribeRouteTables"] = lambda parsed: parsed["RouteTables"].append(spare)
    report = finished.observe()["network/public-routes"]
    assert report.facts == {"routeTableId": kept["RouteTableId"]}
    assert report.action is not None
    assert report.action.consequence == "rtb-0 is deleted"


def _another_route_table(site: Site) -> None:
    """What a call leaves that arrives when another run has made the same one."""
    there = part(site, "RouteTables", "public-routes")
    tags: Any = [{"ResourceType": "route-table", "Tags": there["Tags"]}]
    site.ec2.create_route_table(VpcId=there["VpcId"], TagSpecifications=tags)
