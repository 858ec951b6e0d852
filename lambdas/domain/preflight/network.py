"""Subnets and security groups, against what EC2 says of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from lambdas.domain.placement import (
    MIN_FREE_ADDRESSES,
    MIN_ZONES,
    Subnet,
    Unplaceable,
    choose,
    of_family,
    supported,
    zones_of,
)
from lambdas.domain.preflight.words import listed
from lambdas.domain.refusal import FieldError, Path
from lambdas.domain.rules.common import wrong
from lambdas.domain.spec import ClusterSpec

_CLUSTER: Path = ("resourcesVpcConfig", "subnetIds")
_GROUPS: Path = ("resourcesVpcConfig", "securityGroupIds")
_ANOTHER_WAY = "give resourcesVpcConfig.subnetIds, or vpc.create for a VPC of the cluster's own"


def named_subnets(spec: ClusterSpec) -> tuple[str, ...]:
    """Answer every subnet that the spec names, each once."""
    groups = (subnet for group in spec.nodegroups for subnet in group.subnets)
    return tuple(dict.fromkeys((*spec.resourcesVpcConfig.subnetIds, *groups)))


def given_errors(spec: ClusterSpec, there: Mapping[str, Subnet]) -> Iterator[FieldError]:
    """Answer what is wrong with the control plane's subnets, where the spec names them; `there` are those that exist.

    EKS wants them in one VPC and two zones, six free addresses in each, and IPv6 blocks for an IPv6 cluster:
    https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
    """
    yield from _missing(_CLUSTER, spec.resourcesVpcConfig.subnetIds, there)
    found = [there[subnet] for subnet in spec.resourcesVpcConfig.subnetIds if subnet in there]
    vpcs = vpcs_of(found)
    if len(vpcs) > 1:
        where = listed(f"{subnet.id} in {subnet.vpc}" for subnet in found)
        yield wrong(
            _CLUSTER,
            f"subnetIds names subnets of different VPCs: {where}.",
            "Name subnets of one VPC, in at least two availability zones.",
        )
    elif len(found) == len(spec.resourcesVpcConfig.subnetIds):
        yield from _zone_errors(found)
    for place, subnet in enumerate(spec.resourcesVpcConfig.subnetIds):
        if subnet in there:
            yield from _unfit(spec, (*_CLUSTER, place), there[subnet])


def _zone_errors(found: Sequence[Subnet]) -> Iterator[FieldError]:
    zones = sorted(zones_of(found))
    usable = sorted(zones_of(supported(found)))
    if len(zones) < MIN_ZONES:
        yield wrong(
            _CLUSTER,
            f"subnetIds names subnets in one availability zone only, {zones[0]}; EKS wants at least two.",
            "Add a subnet of the same VPC in another availability zone.",
        )
    elif len(usable) < MIN_ZONES:
        barred = listed(sorted(set(zones) - set(usable)))
        yield wrong(
            _CLUSTER,
            f"subnetIds leaves fewer than two availability zones, as EKS makes no control planes in {barred}.",
            "Add a subnet of the same VPC in another availability zone.",
        )


def _unfit(spec: ClusterSpec, path: Path, subnet: Subnet) -> Iterator[FieldError]:
    if subnet.free_addresses < MIN_FREE_ADDRESSES:
        yield wrong(
            path,
            f"{subnet.id} has {subnet.free_addresses} free addresses; EKS needs {MIN_FREE_ADDRESSES} in each subnet "
            "of the control plane.",
            "Free addresses there, or name a larger subnet; EKS recommends sixteen.",
        )
    yield from _ipv6_errors(spec, path, subnet, nodes=any(not group.subnets for group in spec.nodegroups))


def _ipv6_errors(spec: ClusterSpec, path: Path, subnet: Subnet, *, nodes: bool) -> Iterator[FieldError]:
    """On an IPv6 cluster subnets have IPv6 blocks, and those with nodes give out addresses by themselves."""
    family = spec.kubernetesNetworkConfig.ipFamily
    if not of_family([subnet], family):
        yield wrong(
            path,
            f"{subnet.id} has no IPv6 block, but kubernetesNetworkConfig.ipFamily is ipv6.",
            "Give the subnet an IPv6 block, name another one, or set ipFamily to ipv4.",
        )
    elif family == "ipv6" and nodes and not subnet.assigns_ipv6:
        yield wrong(
            path,
            f"{subnet.id} does not give instances IPv6 addresses, without which EKS refuses nodes there.",
            "Turn on the subnet's automatic assignment of IPv6 addresses, or name another subnet.",
        )


def chosen_errors(spec: ClusterSpec, there: Sequence[Subnet], *, vpc_exists: bool) -> Iterator[FieldError]:
    """Answer why no subnets can be chosen, where the spec leaves that to Slipway; `there` are those to choose from."""
    family = spec.kubernetesNetworkConfig.ipFamily
    vpc = spec.vpc.vpcId if spec.vpc else None
    path: Path = ("vpc", "vpcId") if vpc else ("vpc",)
    name = vpc or "the default VPC"
    if not vpc_exists:
        detail = f"There is no VPC {vpc} in this region." if vpc else "vpc is missing, and there is no default VPC."
        yield wrong(path, detail, f"Give vpc.vpcId of a VPC that exists, or {_ANOTHER_WAY}.")
        return
    fitting = of_family(there, family)
    try:
        choose(fitting)
    except Unplaceable as unplaceable:
        kind = "IPv6 subnets" if family == "ipv6" else "subnets"
        yield wrong(
            path,
            f"EKS wants subnets in two availability zones, but in {name} only {unplaceable} ({len(fitting)} {kind}).",
            f"Add {kind} in another availability zone, or {_ANOTHER_WAY}.",
        )


def nodegroup_errors(spec: ClusterSpec, there: Mapping[str, Subnet], vpcs: Iterable[str]) -> Iterator[FieldError]:
    """Answer what is wrong with node groups' own subnets; `vpcs`: the cluster's, if that is one."""
    known = list(vpcs)
    for number, group in enumerate(spec.nodegroups):
        path = ("nodegroups", number, "subnets")
        yield from _missing(path, group.subnets, there)
        for place, subnet in enumerate(group.subnets):
            if subnet in there and len(known) == 1 and there[subnet].vpc != known[0]:
                yield wrong(
                    (*path, place),
                    f"{subnet} is in {there[subnet].vpc}, but the cluster is in {known[0]}.",
                    f"Name a subnet of {known[0]}, or leave subnets out for the cluster's.",
                )
            if subnet in there:
                yield from _ipv6_errors(spec, (*path, place), there[subnet], nodes=True)


def security_group_errors(
    spec: ClusterSpec, vpc_by_group: Mapping[str, str], vpcs: Iterable[str]
) -> Iterator[FieldError]:
    """Answer which of the control plane's security groups do not exist, or lie in another VPC than the cluster."""
    known = list(vpcs)
    for place, group in enumerate(spec.resourcesVpcConfig.securityGroupIds):
        if group not in vpc_by_group:
            yield wrong(
                (*_GROUPS, place),
                f"There is no security group {group} in this region.",
                "Correct the id, or leave it out: EKS makes a group for the cluster.",
            )
        elif len(known) == 1 and vpc_by_group[group] != known[0]:
            yield wrong(
                (*_GROUPS, place),
                f"{group} is in {vpc_by_group[group]}, but the cluster is in {known[0]}.",
                f"Name a security group of {known[0]}.",
            )


def vpcs_of(subnets: Iterable[Subnet]) -> tuple[str, ...]:
    """Answer the VPCs that the subnets lie in."""
    return tuple(sorted({subnet.vpc for subnet in subnets}))


def _missing(path: Path, wanted: Sequence[str], there: Mapping[str, Subnet]) -> Iterator[FieldError]:
    for place, subnet in enumerate(wanted):
        if subnet not in there:
            yield wrong(
                (*path, place),
                f"There is no subnet {subnet} in this region.",
                "Correct the id, or name a subnet that exists.",
            )
