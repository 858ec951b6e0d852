from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lambdas.domain.names import OWNER_TAG, PART_TAG
from tests.workflows.own_vpc.ground import (
    ONE_OF_EACH,
    changes,
    counts,
    failure,
    followers,
    ids,
    lose_the_nat_gateway,
    new_spec,
    owner,
    part,
    routes,
    subnets,
)

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import TagTypeDef

    from tests.workflows.own_vpc.ground import Site, Wire

    Json = dict[str, Any]


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


def foreign(site: Site) -> dict[str, list[Json]]:
    """The others' things; a VPC's main route table comes with it and has no tags."""
    everything = site.everything()
    ours = {vpc["VpcId"] for vpc in everything["Vpcs"] if owner(vpc) == site.spec.name}
    return {
        kind: [it for it in found if owner(it) != site.spec.name and it.get("VpcId") not in ours]
        for kind, found in everything.items()
    }


def test_what_lost_our_tag_is_no_longer_ours(finished: Site, wire: Wire) -> None:
    def give_away(parsed: Json) -> None:
        for gateway in parsed["NatGateways"]:
            gateway["Tags"] = [tag for tag in gateway["Tags"] if tag["Key"] != OWNER_TAG]

    wire.edits["DescribeNatGateways"] = give_away
    wire.refusals["CreateNatGateway"] = "NatGatewayLimitExceeded"
    finished.look()
    assert changes(wire.calls) == ["CreateNatGateway"]


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


def test_a_third_zone_is_added_and_moves_nothing(finished: Site, wire: Wire) -> None:
    before = finished.things()["Subnets"]
    finished.spec = new_spec("finished", zones=3)
    finished.look()
    after = finished.things()["Subnets"]
    assert changes(wire.calls) == ["CreateSubnet", "CreateSubnet"]
    assert all(subnet in after for subnet in before)
    new = [subnet for subnet in after if subnet not in before]
    assert {subnet["AvailabilityZone"] for subnet in new} == {"eu-central-1c"}
