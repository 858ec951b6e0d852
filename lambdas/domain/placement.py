"""Which subnets a cluster gets, out of those that there are."""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from typing import Final

from lambdas.domain.frozen import dataclass

UNSUPPORTED_ZONE_IDS: Final = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})
"""Zones in which EKS makes no control planes (eksctl keeps the same list)."""

_OUTSIDE: Final = re.compile("-.+-")
"""Ids of Local Zones and Wavelength Zones have two dashes (usw2-lax1-az1), those of the region's own one (usw2-az1)."""

MIN_ZONES: Final = 2
MIN_FREE_ADDRESSES: Final = 6
"""EKS needs six free addresses in each subnet and recommends sixteen."""

LEFT_OUT: Final = "leftOut"
"""The fact that names the subnets without which a control plane was asked for, as EKS had no room in their zones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """What matters of a subnet."""

    id: str
    vpc: str
    zone: str
    zone_id: str
    free_addresses: int
    public: bool
    ipv6: bool = False
    """Whether it has an IPv6 block."""
    assigns_ipv6: bool = False
    """Whether instances get an IPv6 address by themselves."""


class Unplaceable(Exception):  # noqa: N818 -- a finding about the subnets
    """No two zones are left. ``args[0]`` says what was looked at."""


def choose(subnets: Iterable[Subnet], ip_family: str = "ipv4") -> tuple[str, ...]:
    """The ids of the subnets to use, in a stable order: one for each zone, private ones first.

    For ``ipv6`` those are better in which instances get an IPv6 address by themselves, as nodes must.

    Raises Unplaceable if fewer than two zones have a subnet that EKS accepts.
    """
    usable = [subnet for subnet in supported(subnets) if subnet.free_addresses >= MIN_FREE_ADDRESSES]
    private = _by_zone(subnet for subnet in usable if not subnet.public)
    zones = private if len(private) >= MIN_ZONES else _by_zone(usable)
    if len(zones) < MIN_ZONES:
        raise Unplaceable(f"{len(zones)} zones have a subnet with {MIN_FREE_ADDRESSES} free addresses")

    def fitness(subnet: Subnet) -> tuple[bool, int, str]:
        return ip_family != "ipv6" or subnet.assigns_ipv6, subnet.free_addresses, subnet.id

    return tuple(max(zones[zone], key=fitness).id for zone in sorted(zones))


def within(zones_by_subnet: Mapping[str, str], valid_zones: Container[str]) -> tuple[str, ...]:
    """The subnets that lie in valid zones, in their order; none if those are fewer than two zones."""
    kept = [subnet for subnet, zone in zones_by_subnet.items() if zone in valid_zones]
    zones = {zones_by_subnet[subnet] for subnet in kept}
    return tuple(kept) if len(zones) >= MIN_ZONES else ()


def supported(subnets: Iterable[Subnet]) -> list[Subnet]:
    """The subnets in zones where EKS makes control planes: those of the region itself, but for a few."""
    return [
        subnet
        for subnet in subnets
        if not _OUTSIDE.search(subnet.zone_id) and subnet.zone_id not in UNSUPPORTED_ZONE_IDS
    ]


def of_family(subnets: Iterable[Subnet], ip_family: str) -> list[Subnet]:
    """The subnets that a cluster of an ``ipFamily`` can be in."""
    return [subnet for subnet in subnets if subnet.ipv6 or ip_family == "ipv4"]


def zones_of(subnets: Iterable[Subnet]) -> frozenset[str]:
    """The zones that the subnets lie in."""
    return frozenset(subnet.zone for subnet in subnets)


def _by_zone(subnets: Iterable[Subnet]) -> dict[str, list[Subnet]]:
    zones: defaultdict[str, list[Subnet]] = defaultdict(list)
    for subnet in subnets:
        zones[subnet.zone].append(subnet)
    return dict(zones)
