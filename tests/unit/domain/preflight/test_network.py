from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lambdas.domain.placement import Subnet
from lambdas.domain.preflight.network import (
    chosen_errors,
    given_errors,
    named_subnets,
    nodegroup_errors,
    security_group_errors,
    vpcs_of,
)
from lambdas.domain.spec import ClusterSpec, KubernetesNetworkConfig, Nodegroup, Vpc, VpcConfig
from tests.unit.domain.preflight.judging import pointers

IPV6 = KubernetesNetworkConfig(ipFamily="ipv6")
A = Subnet(id="subnet-a", vpc="vpc-1", zone="a", zone_id="euc1-az2", free_addresses=6, public=False)
B = replace(A, id="subnet-b", zone="b", zone_id="euc1-az3")
SUBNETS = "/resourcesVpcConfig/subnetIds"


def given(*ids: str, **members: Any) -> ClusterSpec:  # noqa: ANN401 -- ClusterSpec's own members
    return ClusterSpec(name="bank", resourcesVpcConfig=VpcConfig(subnetIds=ids), **members)


def by_id(*subnets: Subnet) -> dict[str, Subnet]:
    return {subnet.id: subnet for subnet in subnets}


def test_every_named_subnet_is_asked_for_once() -> None:
    groups = tuple(Nodegroup(nodegroupName=name, subnets=("subnet-a", "subnet-c")) for name in "xy")
    assert named_subnets(given("subnet-a", "subnet-b", nodegroups=groups)) == ("subnet-a", "subnet-b", "subnet-c")


@pytest.mark.parametrize(
    ("there", "places"),
    [
        pytest.param([A, B], [], id="good"),
        pytest.param([], [f"{SUBNETS}/0", f"{SUBNETS}/1"], id="none there"),
        pytest.param([A], [f"{SUBNETS}/1"], id="one there, of which no zone is counted"),
        pytest.param([A, replace(B, vpc="vpc-2")], [SUBNETS], id="different VPCs"),
        pytest.param([A, replace(B, zone="a", zone_id=A.zone_id)], [SUBNETS], id="one zone"),
        pytest.param([A, replace(B, zone_id="use1-az3")], [SUBNETS], id="one zone with control planes"),
        pytest.param([A, replace(B, free_addresses=5)], [f"{SUBNETS}/1"], id="too few addresses"),
        pytest.param(
            [replace(A, free_addresses=0), replace(B, vpc="vpc-2")], [SUBNETS, f"{SUBNETS}/0"], id="several things"
        ),
    ],
)
def test_the_subnets_of_a_control_plane_are_as_eks_wants_them(there: list[Subnet], places: list[str]) -> None:
    assert pointers(given_errors(given("subnet-a", "subnet-b"), by_id(*there))) == places


def test_a_zone_without_control_planes_is_left_to_the_run_where_two_others_remain() -> None:
    barred = replace(A, id="subnet-c", zone="c", zone_id="use1-az3")
    assert pointers(given_errors(given("subnet-a", "subnet-b", "subnet-c"), by_id(A, B, barred))) == []


SIX = replace(A, ipv6=True, assigns_ipv6=True)
SIX_B = replace(B, ipv6=True, assigns_ipv6=True)
WORKERS = (Nodegroup(nodegroupName="workers"),)


@pytest.mark.parametrize(
    ("groups", "second", "places"),
    [
        pytest.param(WORKERS, SIX_B, [], id="good"),
        pytest.param((), B, [f"{SUBNETS}/1"], id="no block"),
        pytest.param((), replace(SIX_B, assigns_ipv6=False), [], id="nothing given out, and no nodes there"),
        pytest.param(WORKERS, replace(SIX_B, assigns_ipv6=False), [f"{SUBNETS}/1"], id="nothing given out to nodes"),
    ],
)
def test_an_ipv6_cluster_needs_ipv6_subnets(groups: tuple[Nodegroup, ...], second: Subnet, places: list[str]) -> None:
    spec = given("subnet-a", "subnet-b", kubernetesNetworkConfig=IPV6, nodegroups=groups)
    assert pointers(given_errors(spec, by_id(SIX, second))) == places


DEFAULT = ClusterSpec(name="bank")
OWN = ClusterSpec(name="bank", vpc=Vpc(vpcId="vpc-1"))


@pytest.mark.parametrize(
    ("spec", "there", "vpc_exists", "places"),
    [
        pytest.param(DEFAULT, [A, B], True, [], id="default VPC"),
        pytest.param(OWN, [A, B], True, [], id="a VPC"),
        pytest.param(DEFAULT, [], False, ["/vpc"], id="no default VPC"),
        pytest.param(OWN, [], False, ["/vpc/vpcId"], id="no such VPC"),
        pytest.param(DEFAULT, [], True, ["/vpc"], id="default VPC without subnets"),
        pytest.param(OWN, [A], True, ["/vpc/vpcId"], id="one zone"),
        pytest.param(OWN, [A, replace(B, free_addresses=0)], True, ["/vpc/vpcId"], id="one zone with addresses"),
        pytest.param(replace(OWN, kubernetesNetworkConfig=IPV6), [SIX, B], True, ["/vpc/vpcId"], id="one IPv6 zone"),
        pytest.param(replace(OWN, kubernetesNetworkConfig=IPV6), [SIX, SIX_B], True, [], id="two IPv6 zones"),
    ],
)
def test_there_is_something_to_choose_from(
    spec: ClusterSpec,
    there: list[Subnet],
    vpc_exists: bool,  # noqa: FBT001 -- a column of the table
    places: list[str],
) -> None:
    assert pointers(chosen_errors(spec, there, vpc_exists=vpc_exists)) == places


@pytest.mark.parametrize(
    ("there", "vpcs", "family", "places"),
    [
        pytest.param([A], ["vpc-1"], "ipv4", [], id="good"),
        pytest.param([], ["vpc-1"], "ipv4", ["/nodegroups/1/subnets/0"], id="not there"),
        pytest.param([A], ["vpc-2"], "ipv4", ["/nodegroups/1/subnets/0"], id="in another VPC"),
        pytest.param([A], ["vpc-1", "vpc-2"], "ipv4", [], id="nobody knows which VPC"),
        pytest.param([A], [], "ipv4", [], id="no VPC"),
        pytest.param([A], ["vpc-1"], "ipv6", ["/nodegroups/1/subnets/0"], id="without IPv6"),
        pytest.param([replace(A, ipv6=True)], ["vpc-1"], "ipv6", ["/nodegroups/1/subnets/0"], id="giving none out"),
    ],
)
def test_nodes_are_in_the_clusters_vpc(there: list[Subnet], vpcs: list[str], family: Any, places: list[str]) -> None:  # noqa: ANN401 -- a literal
    spec = ClusterSpec(
        name="bank",
        kubernetesNetworkConfig=KubernetesNetworkConfig(ipFamily=family),
        nodegroups=(Nodegroup(nodegroupName="a"), Nodegroup(nodegroupName="b", subnets=("subnet-a",))),
    )
    assert pointers(nodegroup_errors(spec, by_id(*there), vpcs)) == places


@pytest.mark.parametrize(
    ("there", "vpcs", "places"),
    [
        ({"sg-1": "vpc-1", "sg-2": "vpc-1"}, ["vpc-1"], []),
        ({"sg-1": "vpc-1"}, ["vpc-1"], ["/resourcesVpcConfig/securityGroupIds/1"]),
        ({"sg-1": "vpc-1", "sg-2": "vpc-2"}, ["vpc-1"], ["/resourcesVpcConfig/securityGroupIds/1"]),
        ({"sg-1": "vpc-1", "sg-2": "vpc-2"}, [], []),
    ],
)
def test_security_groups_are_in_the_clusters_vpc(there: dict[str, str], vpcs: list[str], places: list[str]) -> None:
    spec = ClusterSpec(name="bank", resourcesVpcConfig=VpcConfig(securityGroupIds=("sg-1", "sg-2")))
    assert pointers(security_group_errors(spec, there, vpcs)) == places


def test_the_vpcs_of_subnets_are_told_once() -> None:
    assert vpcs_of([replace(A, vpc="vpc-2"), A, B]) == ("vpc-1", "vpc-2")
