"""Can a control plane or nodes live in these subnets, behind these security groups, with these addresses?"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from sandbox.twin.errors import Refusal, invalid_parameter, invalid_request

if TYPE_CHECKING:
    from sandbox.twin.core import Core
    from sandbox.twin.wire import Json
    from sandbox.world import Subnet

LEAST_ZONES = 2
CREATING, UPDATING = "create cluster", "update cluster"
LEAST_FREE_ADDRESSES = {CREATING: 6, UPDATING: 5}
ANYWHERE = "0.0.0.0/0"
ZONES_WITHOUT_CONTROL_PLANES = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})
_SERVICE_RANGES = ("10.100.0.0/16", "172.20.0.0/16")
_PRIVATE_RANGES = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_WIDEST_SERVICE_RANGE, _NARROWEST_SERVICE_RANGE = 12, 24


def existing_subnets(core: Core, subnet_ids: list[str], **names: str) -> list[Subnet]:
    """Return the subnets, all of one VPC, or refuse."""
    subnets = core.world.subnets(subnet_ids)
    missing = set(subnet_ids) - {subnet.subnet_id for subnet in subnets}
    if missing:
        raise invalid_parameter(f"The subnet ID '{min(missing)}' does not exist", **names)
    if len({subnet.vpc_id for subnet in subnets}) > 1:
        raise invalid_parameter("Subnets specified must all be in the same VPC", **names)
    return subnets


def control_plane_subnets(core: Core, subnet_ids: list[str], cluster_name: str, doing: str) -> list[Subnet]:
    """Return the subnets if a control plane can be in them, or refuse as EKS does when `doing` this."""
    subnets = existing_subnets(core, subnet_ids, clusterName=cluster_name)
    if len({subnet.zone for subnet in subnets}) < LEAST_ZONES:
        raise invalid_parameter("Subnets specified must be in at least two different AZs", clusterName=cluster_name)
    _check_zones(core, subnets, cluster_name, doing)
    _check_addresses(subnets, cluster_name, LEAST_FREE_ADDRESSES[doing])
    return subnets


def check_ipv6_blocks(subnets: list[Subnet], **names: str) -> None:
    """Refuse subnets without an IPv6 block, which those of an IPv6 cluster need.

    Source: https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html; how EKS words it is not known.
    """
    without = [subnet.subnet_id for subnet in subnets if not subnet.ipv6]
    if without:
        raise invalid_parameter(f"Subnets {', '.join(without)} must have an IPv6 CIDR block for ipFamily ipv6", **names)


def _check_addresses(subnets: list[Subnet], cluster_name: str, least: int) -> None:
    full = [subnet for subnet in subnets if subnet.free_addresses < least]
    if full:
        raise invalid_request(
            f"Provided subnets {', '.join(subnet.subnet_id for subnet in full)} Free IPs: {full[0].free_addresses} ,"
            f" need at least {least} IPs in each subnet to be free for this operation",
            clusterName=cluster_name,
        )


def _check_zones(core: Core, subnets: list[Subnet], cluster_name: str, doing: str) -> None:
    bad = next((it for it in subnets if not _has_room(core, it.zone, it.zone_id)), None)
    if bad is None:
        return
    valid = sorted(name for name, zone_id in core.world.zones().items() if _has_room(core, name, zone_id))
    raise Refusal(
        "UnsupportedAvailabilityZoneException",
        f"Cannot {doing} '{cluster_name}' because EKS does not support creating control plane instances in"
        f" {bad.zone}, the targeted availability zone. Retry cluster creation using control plane subnets that"
        f" span at least two of these availability zones: {', '.join(valid)}.",
        clusterName=cluster_name,
        validZones=valid,
    )


def _has_room(core: Core, zone: str, zone_id: str) -> bool:
    return zone_id not in ZONES_WITHOUT_CONTROL_PLANES and zone not in core.full_zones


def check_security_groups(core: Core, group_ids: list[str], vpc_id: str, cluster_name: str) -> None:
    """Refuse security groups that do not exist or are in another VPC."""
    vpcs = core.world.security_groups(group_ids)
    for group_id in group_ids:
        if vpcs.get(group_id) != vpc_id:
            raise invalid_parameter(
                f"The security group '{group_id}' does not exist in VPC '{vpc_id}'", clusterName=cluster_name
            )


def check_endpoint(config: Json, cluster_name: str, *, ipv6: bool) -> None:
    """Refuse an API server that nobody could reach, or public CIDRs that are none; `ipv6` is about the cluster."""
    if not config["endpointPublicAccess"] and not config["endpointPrivateAccess"]:
        raise invalid_parameter("Private and public endpoint access cannot both be false", clusterName=cluster_name)
    for cidr in config.get("publicAccessCidrs", []):
        if not _is_public(cidr) and not (ipv6 and _is_ipv6(cidr)):
            raise invalid_parameter(
                f"The following CIDRs are invalid in publicAccessCidrs: [{cidr}]", clusterName=cluster_name
            )


def _network(cidr: str) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(cidr, strict=False)
    except ValueError:
        return None


def _is_public(cidr: str) -> bool:
    network = _network(cidr)
    return network is not None and not any(network.subnet_of(private) for private in _PRIVATE_RANGES)


def _is_ipv6(cidr: str) -> bool:
    try:
        ipaddress.IPv6Network(cidr, strict=False)
    except ValueError:
        return False
    return True


def service_range(core: Core, vpc_id: str, wanted: str | None, cluster_name: str) -> str:
    """Return the IPv4 range of services: the one wanted, or the first usual one that the VPC does not overlap."""
    taken = [ipaddress.IPv4Network(cidr) for cidr in core.world.vpc_cidrs(vpc_id)]
    if wanted is not None:
        _check_service_range(wanted, taken, cluster_name)
        return wanted
    free = [it for it in _SERVICE_RANGES if not _overlaps(ipaddress.IPv4Network(it), taken)]
    return (free or list(_SERVICE_RANGES))[0]


def _overlaps(network: ipaddress.IPv4Network, others: list[ipaddress.IPv4Network]) -> bool:
    return any(network.overlaps(other) for other in others)


def _check_service_range(wanted: str, taken: list[ipaddress.IPv4Network], cluster_name: str) -> None:
    network = _network(wanted)
    if (
        network is None
        or not _WIDEST_SERVICE_RANGE <= network.prefixlen <= _NARROWEST_SERVICE_RANGE
        or not any(network.subnet_of(private) for private in _PRIVATE_RANGES)
        or _overlaps(network, taken)
    ):
        raise invalid_parameter(
            f"The serviceIpv4Cidr {wanted} must be a private range between /24 and /12 that does not overlap the VPC",
            clusterName=cluster_name,
        )
