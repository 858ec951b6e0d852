from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.placement import UNSUPPORTED_ZONE_IDS
from lambdas.domain.vpc_layout import MAX_ZONES, Zone, plots, zones_by_slot

EC2_SMALLEST_PREFIX = 28
VPCS = st.builds(
    lambda number, prefix: str(ip_network((int(IPv4Network("10.0.0.0/8")[0]) + (number << 8), prefix), strict=False)),
    st.integers(0, 2**16 - 1),
    st.integers(16, 24),
)
VPCS_IPV6 = st.integers(0, 2**20 - 1).map(lambda n: str(IPv6Network(((0x2A05 << 112) + (n << 72), 56))))
ZONES = st.integers(2, MAX_ZONES)
NAMES = st.lists(st.sampled_from("abcdef"), unique=True, max_size=6)


@settings(max_examples=40)
@given(VPCS, ZONES)
def test_subnets_lie_in_the_vpc_and_apart(vpc: str, zones: int) -> None:
    blocks = [IPv4Network(plot.cidr) for plot in plots(vpc, zones)]
    assert len(blocks) == 2 * zones
    assert all(block.subnet_of(IPv4Network(vpc)) for block in blocks)
    assert not any(one.overlaps(other) for one, other in combinations(blocks, 2))
    assert all(block.prefixlen <= EC2_SMALLEST_PREFIX for block in blocks)


@settings(max_examples=20)
@given(VPCS, ZONES)
def test_each_private_subnet_has_a_quarter_of_the_vpc(vpc: str, zones: int) -> None:
    sizes = {IPv4Network(plot.cidr).num_addresses for plot in plots(vpc, zones) if not plot.public}
    assert sizes == {IPv4Network(vpc).num_addresses // 4}


@settings(max_examples=20)
@given(VPCS)
def test_another_zone_moves_nothing(vpc: str) -> None:
    assert set(plots(vpc, 2)) < set(plots(vpc, 3))


@settings(max_examples=20)
@given(VPCS_IPV6)
def test_every_subnet_has_its_own_64(vpc: str) -> None:
    blocks = [IPv6Network(plot.ipv6_cidr(vpc)) for plot in plots("10.0.0.0/16", MAX_ZONES)]
    assert len(set(blocks)) == 2 * MAX_ZONES
    assert all(block.prefixlen == 64 and block.subnet_of(IPv6Network(vpc)) for block in blocks)


def test_names_and_tags_say_what_a_subnet_is_for() -> None:
    assert [(plot.name, plot.role_tag) for plot in plots("10.0.0.0/16", 2)] == [
        ("public-1", "kubernetes.io/role/elb"),
        ("public-2", "kubernetes.io/role/elb"),
        ("private-1", "kubernetes.io/role/internal-elb"),
        ("private-2", "kubernetes.io/role/internal-elb"),
    ]


@settings(max_examples=60)
@given(NAMES, st.dictionaries(st.integers(0, 2), st.sampled_from("abcdef"), max_size=2), ZONES)
def test_zones_are_given_once_and_kept(offered: list[str], taken: dict[int, str], wanted: int) -> None:
    zones = [Zone(name, f"id-{name}") for name in offered]
    given_out = zones_by_slot(zones, taken, wanted)
    new = {slot: name for slot, name in given_out.items() if slot not in taken}
    assert taken.items() <= given_out.items()
    assert set(new.values()) <= set(offered) - set(taken.values())
    assert len(set(new.values())) == len(new)
    assert given_out == zones_by_slot(reversed(zones), taken, wanted), "the order of EC2's answer means nothing"
    assert zones_by_slot(zones, given_out, wanted) == given_out


@pytest.mark.parametrize("unsupported", sorted(UNSUPPORTED_ZONE_IDS))
def test_zones_without_control_planes_are_passed_over(unsupported: str) -> None:
    zones = [Zone("a", unsupported), Zone("c", "id-c"), Zone("b", "id-b")]
    assert zones_by_slot(zones, {}, 2) == {0: "b", 1: "c"}
    assert zones_by_slot(zones, {}, 3) == {0: "b", 1: "c"}, "the third slot has none"
