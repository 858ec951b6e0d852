from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from lambdas.domain.names import OWNER_TAG, PART_TAG, RUN_TAG
from lambdas.domain.progress import Word, word
from tests.workflows.own_vpc.ground import (
    ONE_OF_EACH,
    changes,
    counts,
    followers,
    ids,
    part,
    routes,
    subnets,
    tags,
    zones,
)

if TYPE_CHECKING:
    from tests.workflows.own_vpc.ground import History, Site


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
        "subnets": zones(subnets(finished, "private")),
        "publicSubnets": zones(subnets(finished, "public")),
    }


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
