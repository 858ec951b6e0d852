"""The network: which subnets the control plane and the nodes are placed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.domain.frozen import dataclass
from lambdas.domain.pacing import Part
from lambdas.domain.paths import NETWORK
from lambdas.domain.placement import MIN_ZONES, Subnet, Unplaceable, choose, of_family, zones_of
from lambdas.domain.progress import Action, Failed, Progress, Ready, Report
from lambdas.steps.contract import LEDGER, Permission, StepContract
from lambdas.steps.own_vpc import permissions as own_vpc_permissions
from lambdas.steps.own_vpc import removal as own_vpc_removal
from lambdas.steps.own_vpc import whole as own_vpc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_ec2.type_defs import FilterTypeDef, SubnetIpv6CidrBlockAssociationTypeDef

    from lambdas.aws.clients import Aws
    from lambdas.domain.spec import ClusterSpec
    from lambdas.steps.convergence import Removable, Resource
    from lambdas.steps.scope import Scope

CONTRACT: Final = StepContract(
    name="network",
    purpose="Finds the subnets that a cluster is placed in, or makes a VPC for it",
    parts=(Part.NETWORK,),
    permissions=(
        LEDGER,
        Permission(
            actions=("ec2:DescribeSubnets",),
            resources=("*",),
            reads=True,
            why_wildcard="EC2's Describe actions know no narrower resource.",
        ),
        *own_vpc_permissions.PERMISSIONS,
    ),
)


def resources(scope: Scope, _: Part) -> Iterator[Resource]:
    """The subnets given, else a VPC of its own if asked for, else subnets of the VPC given or of the default one."""
    vpc = scope.spec.vpc
    if scope.spec.resourcesVpcConfig.subnetIds:
        yield GivenSubnets(scope)
    elif vpc and vpc.create:
        yield from own_vpc.resources(scope, vpc.create)
    else:
        yield ChosenSubnets(scope)


def removals(scope: Scope, _: Part) -> Iterator[Removable]:
    """A VPC of its own with all its parts; subnets that were there before are somebody else's and not looked at."""
    vpc = scope.spec.vpc
    if vpc and vpc.create:
        yield from own_vpc_removal.removals(scope, vpc.create)


def subnets(scope: Scope) -> list[str]:
    """The subnets that this step settled on."""
    return list(subnet_zones(scope))


def subnet_zones(scope: Scope) -> dict[str, str]:
    """The zone of each subnet that this step settled on, in their order."""
    chosen = scope.facts(NETWORK).get("subnets")
    return dict(chosen) if isinstance(chosen, dict) else {}


@dataclass(frozen=True, slots=True)
class GivenSubnets:
    """The subnets that the spec names: they must be there, in one VPC and in two zones."""

    scope: Scope

    @property
    def path(self) -> str:
        """``network``."""
        return NETWORK

    def look(self) -> Report:
        """Whether EKS would take them."""
        wanted = self.scope.spec.resourcesVpcConfig.subnetIds
        there = described(self.scope.aws, [{"Name": "subnet-id", "Values": list(wanted)}])
        missing = sorted(set(wanted) - {subnet.id for subnet in there})
        if missing:
            return _refused("SubnetNotFound", f"There is no subnet {', '.join(missing)} in this region.")
        vpcs = sorted({subnet.vpc for subnet in there})
        if len(vpcs) > 1:
            return _refused("SubnetsInSeveralVpcs", f"The subnets lie in {', '.join(vpcs)}.")
        if len(zones_of(there)) < MIN_ZONES:
            return _refused("SubnetsInOneZone", f"All subnets lie in {', '.join(zones_of(there))}.")
        zones = {subnet.id: subnet.zone for subnet in there}
        return _settled(vpcs[0], {subnet: zones[subnet] for subnet in wanted})

    def change(self, _: Action) -> Progress:
        """Nothing is ever due."""
        return Ready()


@dataclass(frozen=True, slots=True)
class ChosenSubnets:
    """One subnet a zone out of the VPC's; what was chosen once stays chosen."""

    scope: Scope

    @property
    def path(self) -> str:
        """``network``."""
        return NETWORK

    def look(self) -> Report:
        """Settle on subnets, unless an earlier look has."""
        if settled := subnet_zones(self.scope):
            return _settled(str(self.scope.facts(NETWORK)["vpcId"]), settled)
        family = self.scope.spec.kubernetesNetworkConfig.ipFamily
        there = of_family(described(self.scope.aws, [choice(self.scope.spec)]), family)
        if not there:
            return _refused("NoSubnets", f"There are no subnets for {family} in {self._vpc()}.")
        try:
            chosen = choose(there, family)
        except Unplaceable as unplaceable:
            return _refused("TooFewZones", f"In {self._vpc()} only {unplaceable}.")
        zones = {subnet.id: subnet.zone for subnet in there}
        return _settled(there[0].vpc, {subnet: zones[subnet] for subnet in chosen})

    def change(self, _: Action) -> Progress:
        """Nothing is ever due."""
        return Ready()

    def _vpc(self) -> str:
        vpc = self.scope.spec.vpc
        return vpc.vpcId if vpc and vpc.vpcId else "the default VPC"


def choice(spec: ClusterSpec) -> FilterTypeDef:
    """Which subnets there are to choose from, where the spec names none: those of its VPC, or the default ones."""
    if spec.vpc and spec.vpc.vpcId:
        return {"Name": "vpc-id", "Values": [spec.vpc.vpcId]}
    return {"Name": "default-for-az", "Values": ["true"]}


def described(aws: Aws, filters: Sequence[FilterTypeDef]) -> list[Subnet]:
    """The subnets that the filters let through."""
    pages = aws.ec2.get_paginator("describe_subnets").paginate(Filters=list(filters))
    return [
        Subnet(
            id=subnet["SubnetId"],
            vpc=subnet["VpcId"],
            zone=subnet["AvailabilityZone"],
            zone_id=subnet.get("AvailabilityZoneId", ""),
            free_addresses=subnet["AvailableIpAddressCount"],
            public=subnet.get("MapPublicIpOnLaunch", False),
            ipv6=any(_is_associated(block) for block in subnet.get("Ipv6CidrBlockAssociationSet", ())),
            assigns_ipv6=subnet.get("AssignIpv6AddressOnCreation", False),
        )
        for page in pages
        for subnet in page["Subnets"]
    ]


def _is_associated(block: SubnetIpv6CidrBlockAssociationTypeDef) -> bool:
    return block.get("Ipv6CidrBlockState", {}).get("State") == "associated"


def _settled(vpc: str, zones: Mapping[str, str]) -> Report:
    return Report(resource=NETWORK, progress=Ready(), facts={"vpcId": vpc, "subnets": dict(zones)})


def _refused(error: str, cause: str) -> Report:
    remedy = "Give resourcesVpcConfig.subnetIds: subnets of one VPC in at least two availability zones."
    return Report(resource=NETWORK, progress=Failed(error, cause, remedy))
