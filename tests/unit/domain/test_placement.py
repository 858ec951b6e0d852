from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.placement import MIN_FREE_ADDRESSES, UNSUPPORTED_ZONE_IDS, Subnet, Unplaceable, choose, zones_of

ZONE_IDS = {"a": "use1-az1", "b": "use1-az2", "c": "use1-az4", "e": "use1-az3"}


def subnet(name: str, zone: str, *, free: int = 250, public: bool = False) -> Subnet:
    return Subnet(id=name, vpc="vpc-1", zone=zone, zone_id=ZONE_IDS[zone], free_addresses=free, public=public)


@st.composite
def networks(draw: st.DrawFn) -> list[Subnet]:
    places = draw(st.lists(st.tuples(st.sampled_from(sorted(ZONE_IDS)), st.integers(0, 12), st.booleans()), max_size=8))
    return [
        subnet(f"subnet-{number}", zone, free=free, public=public) for number, (zone, free, public) in enumerate(places)
    ]


def chosen_from(subnets: list[Subnet]) -> list[Subnet]:
    by_id = {it.id: it for it in subnets}
    return [by_id[name] for name in choose(subnets)]


def usable(it: Subnet) -> bool:
    return it.zone_id not in UNSUPPORTED_ZONE_IDS and it.free_addresses >= MIN_FREE_ADDRESSES


@pytest.mark.parametrize(
    ("subnets", "expected"),
    [
        pytest.param([subnet("1", "b"), subnet("2", "a")], ("2", "1"), id="one a zone, by zone"),
        pytest.param(
            [subnet("1", "a"), subnet("2", "b"), subnet("3", "c", public=True)], ("1", "2"), id="private is enough"
        ),
        pytest.param(
            [subnet("1", "a"), subnet("2", "b", public=True)], ("1", "2"), id="public where private is not enough"
        ),
        pytest.param([subnet("1", "a", free=9), subnet("2", "a", free=10), subnet("3", "b")], ("2", "3"), id="roomier"),
        pytest.param([subnet("1", "a"), subnet("2", "a"), subnet("3", "b")], ("2", "3"), id="the higher id of equals"),
        pytest.param(
            [subnet("1", "a"), subnet("2", "b"), subnet("3", "c", free=5)], ("1", "2"), id="without addresses"
        ),
        pytest.param([subnet("1", "a"), subnet("2", "b"), subnet("3", "e")], ("1", "2"), id="a zone without EKS"),
    ],
)
def test_choices(subnets: list[Subnet], expected: tuple[str, ...]) -> None:
    assert choose(subnets) == expected


@pytest.mark.parametrize(
    ("subnets", "zones"),
    [
        ([], 0),
        ([subnet("1", "a"), subnet("2", "a")], 1),
        ([subnet("1", "a"), subnet("2", "e")], 1),
        ([subnet("1", "a"), subnet("2", "b", free=5)], 1),
    ],
)
def test_fewer_than_two_zones_are_no_place(subnets: list[Subnet], zones: int) -> None:
    with pytest.raises(Unplaceable, match=f"^{zones} zones"):
        choose(subnets)


@settings(max_examples=25)
@given(networks())
def test_what_is_chosen_is_two_zones_of_usable_subnets_or_nothing(subnets: list[Subnet]) -> None:
    try:
        chosen = chosen_from(subnets)
    except Unplaceable:
        assert len(zones_of(filter(usable, subnets))) < 2
        return
    assert all(map(usable, chosen))
    assert len(zones_of(chosen)) == len(chosen) >= 2


@settings(max_examples=25)
@given(networks().flatmap(lambda subnets: st.tuples(st.just(subnets), st.permutations(subnets))))
def test_the_order_of_the_answer_does_not_matter(both: tuple[list[Subnet], list[Subnet]]) -> None:
    subnets, shuffled = both
    try:
        assert choose(subnets) == choose(shuffled)
    except Unplaceable:
        with pytest.raises(Unplaceable):
            choose(shuffled)


@settings(max_examples=25)
@given(networks())
def test_public_subnets_are_used_only_where_private_ones_do_not_reach_two_zones(subnets: list[Subnet]) -> None:
    try:
        chosen = chosen_from(subnets)
    except Unplaceable:
        return
    private = zones_of(it for it in subnets if usable(it) and not it.public)
    assert any(it.public for it in chosen) <= (len(private) < 2)


def test_a_local_zone_is_none_for_a_control_plane() -> None:
    far = Subnet(id="far", vpc="vpc-1", zone="use1-lax", zone_id="use1-lax1-az1", free_addresses=250, public=False)
    assert choose([far, subnet("1", "a"), subnet("2", "b")]) == ("1", "2")
    with pytest.raises(Unplaceable):
        choose([far, subnet("1", "a")])


@pytest.mark.parametrize(("family", "chosen"), [("ipv4", ("large", "2")), ("ipv6", ("small", "2"))])
def test_for_ipv6_a_subnet_that_assigns_addresses_is_better_than_a_larger_one(
    family: str, chosen: tuple[str, ...]
) -> None:
    small = replace(subnet("small", "a", free=20), ipv6=True, assigns_ipv6=True)
    large = replace(subnet("large", "a"), ipv6=True)
    assert choose([small, large, replace(subnet("2", "b"), ipv6=True)], family) == chosen
