"""What there is of a cluster's own VPC: one look at all of it, and only at what carries our tags."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from lambdas.aws.clients import answered_at
from lambdas.domain.frozen import dataclass
from lambdas.domain.names import OWNER_TAG, PART_TAG
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.progress import Action, Report
from lambdas.domain.vpc_layout import Zone
from lambdas.steps.reading import is_ours

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.literals import ResourceTypeType
    from mypy_boto3_ec2.type_defs import (
        AddressTypeDef,
        EgressOnlyInternetGatewayTypeDef,
        FilterTypeDef,
        InternetGatewayTypeDef,
        NatGatewayTypeDef,
        RouteTableTypeDef,
        SubnetTypeDef,
        TagSpecificationTypeDef,
        TagTypeDef,
        VpcTypeDef,
    )

    from lambdas.domain.spec.network import NewVpc
    from lambdas.steps.scope import Scope


VPC: Final = "vpc"
PACE: Final = PACES[Part.NETWORK]

MADE_TWICE: Final = "EC2 made it twice: an answer was lost, or a call arrived late"

_OVER: Final = frozenset({"deleted", "failed"})
"""EC2 shows such NAT gateways for an hour; they hold nothing any more."""

Thing = TypeVar("Thing", bound="Mapping[str, Any]")


def path(part: str) -> str:
    """``network/nat-gateway``."""
    return f"{Part.NETWORK}/{part}"


def tags_of(thing: Mapping[str, Any]) -> dict[str, str]:
    """The tags of anything that EC2 describes."""
    tags: list[TagTypeDef] = thing.get("Tags") or []
    return {tag.get("Key", ""): tag.get("Value", "") for tag in tags}


def named(things: Iterable[Thing], part: str) -> list[Thing]:
    """Those that are this part."""
    return [thing for thing in things if tags_of(thing).get(PART_TAG) == part]


def due(part: str, verb: str, reason: str, consequence: str, facts: Mapping[str, object] | None = None) -> Report:
    """The report of a part for which something is to be done."""
    action = Action(verb=verb, resource=path(part), reason=reason, consequence=consequence)
    return Report(resource=path(part), progress=PACE.wait(reason), action=action, facts=facts or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that is ours, each list in the order of the ids. Without a VPC nothing else was looked for."""

    vpcs: list[VpcTypeDef]
    vpc: VpcTypeDef | None = None
    dns_support: bool = False
    dns_hostnames: bool = False
    zones: tuple[Zone, ...] = ()
    subnets: list[SubnetTypeDef]
    route_tables: list[RouteTableTypeDef]
    internet_gateways: list[InternetGatewayTypeDef]
    egress_only_gateways: list[EgressOnlyInternetGatewayTypeDef]
    addresses: list[AddressTypeDef]
    nat_gateways: list[NatGatewayTypeDef]
    at: datetime
    """EC2's own clock."""

    @property
    def vpc_id(self) -> str:
        """The VPC's id; only asked for when there is one."""
        assert self.vpc is not None
        return self.vpc["VpcId"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """All that is ours, in whichever VPC, and with or without one."""

    vpcs: list[VpcTypeDef]
    subnets: list[SubnetTypeDef]
    route_tables: list[RouteTableTypeDef]
    internet_gateways: list[InternetGatewayTypeDef]
    egress_only_gateways: list[EgressOnlyInternetGatewayTypeDef]
    addresses: list[AddressTypeDef]
    nat_gateways: list[NatGatewayTypeDef]
    """Without those that are gone and shown all the same."""


class View:
    """What all parts of one look share: its scope, and what EC2 showed when the first of them looked."""

    def __init__(self, scope: Scope, wanted: NewVpc) -> None:
        self.scope = scope
        self.wanted = wanted
        self.ipv6 = scope.spec.kubernetesNetworkConfig.ipFamily == "ipv6"

    @cached_property
    def seen(self) -> Seen:
        """Read once: no part sees another world than its neighbours."""
        return _Reader(self).read()

    @cached_property
    def remains(self) -> Remains:
        """Read once, for a removal."""
        return _Reader(self).remains()

    @property
    def ec2(self) -> EC2Client:
        """The way to EC2."""
        return self.scope.aws.ec2

    @property
    def settled(self) -> str | None:
        """The VPC that an earlier look settled on. Nothing is put into any other."""
        vpc = self.scope.facts(path(VPC)).get("vpcId")
        return str(vpc) if vpc else None

    def tagged(
        self, kind: ResourceTypeType, part: str, more: Mapping[str, str] | None = None
    ) -> list[TagSpecificationTypeDef]:
        """The tags of something new."""
        said = self.scope.tags(self.scope.spec.tags)
        tags = {**said, "Name": f"{self.scope.cluster}-{part}", PART_TAG: part, **(more or {})}
        return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]

    def token(self, part: str) -> str:
        """The ``ClientToken``, for those creations that know one: one thing of its kind in a VPC and a run."""
        return self.scope.token(path(part), {"vpc": self.seen.vpc_id, "run": self.scope.run})


class _Reader:
    """EC2's Describe calls. The filters spare us the others' things; the tags are looked at again all the same."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._ec2 = view.ec2
        self._filters: list[FilterTypeDef] = [
            {"Name": f"tag:{OWNER_TAG}", "Values": [view.scope.cluster]},
            {"Name": "tag-key", "Values": [PART_TAG]},
        ]

    def read(self) -> Seen:
        answer = self._ec2.describe_vpcs(Filters=self._filters)
        vpcs = self._ours(answer["Vpcs"], "VpcId")
        at = answered_at(answer)
        if not vpcs:
            return Seen(
                vpcs=[],
                subnets=[],
                route_tables=[],
                internet_gateways=[],
                egress_only_gateways=[],
                addresses=[],
                nat_gateways=[],
                at=at,
            )
        vpc = next((vpc for vpc in vpcs if vpc["VpcId"] == self._view.settled), vpcs[0])
        inside = vpc["VpcId"]
        return Seen(
            vpcs=vpcs,
            vpc=vpc,
            dns_support=self._ec2.describe_vpc_attribute(VpcId=inside, Attribute="enableDnsSupport")[
                "EnableDnsSupport"
            ].get("Value", False),
            dns_hostnames=self._ec2.describe_vpc_attribute(VpcId=inside, Attribute="enableDnsHostnames")[
                "EnableDnsHostnames"
            ].get("Value", False),
            zones=self._zones(),
            subnets=self._subnets(inside),
            route_tables=self._route_tables(inside),
            internet_gateways=self._ours(
                self._ec2.describe_internet_gateways(Filters=self._filters)["InternetGateways"], "InternetGatewayId"
            ),
            egress_only_gateways=self._egress_only_gateways(inside),
            addresses=self._ours(self._ec2.describe_addresses(Filters=self._filters)["Addresses"], "AllocationId"),
            nat_gateways=self._nat_gateways(inside),
            at=at,
        )

    def remains(self) -> Remains:
        ec2, filters = self._ec2, self._filters
        gateways = self._ours(ec2.describe_nat_gateways(Filters=filters)["NatGateways"], "NatGatewayId")
        return Remains(
            vpcs=self._ours(ec2.describe_vpcs(Filters=filters)["Vpcs"], "VpcId"),
            subnets=self._ours(ec2.describe_subnets(Filters=filters)["Subnets"], "SubnetId"),
            route_tables=self._ours(ec2.describe_route_tables(Filters=filters)["RouteTables"], "RouteTableId"),
            internet_gateways=self._ours(
                ec2.describe_internet_gateways(Filters=filters)["InternetGateways"], "InternetGatewayId"
            ),
            egress_only_gateways=self._all_egress_only_gateways(),
            addresses=self._ours(ec2.describe_addresses(Filters=filters)["Addresses"], "AllocationId"),
            nat_gateways=[gateway for gateway in gateways if gateway["State"] not in _OVER],
        )

    def _ours(self, things: Iterable[Thing], key: str) -> list[Thing]:
        ours = [thing for thing in things if is_ours(self._view.scope, tags_of(thing)) and PART_TAG in tags_of(thing)]
        return sorted(ours, key=lambda thing: str(thing[key]))

    def _zones(self) -> tuple[Zone, ...]:
        """The ordinary zones that work: no local ones, none that an account must ask for first."""
        return tuple(
            Zone(zone["ZoneName"], zone.get("ZoneId", ""))
            for zone in self._ec2.describe_availability_zones()["AvailabilityZones"]
            if zone.get("State") == "available"
            and zone.get("ZoneType", "availability-zone") == "availability-zone"
            and zone.get("OptInStatus", "opt-in-not-required") == "opt-in-not-required"
        )

    def _subnets(self, vpc: str) -> list[SubnetTypeDef]:
        ours = self._ours(self._ec2.describe_subnets(Filters=self._filters)["Subnets"], "SubnetId")
        return [subnet for subnet in ours if subnet["VpcId"] == vpc]

    def _route_tables(self, vpc: str) -> list[RouteTableTypeDef]:
        ours = self._ours(self._ec2.describe_route_tables(Filters=self._filters)["RouteTables"], "RouteTableId")
        return [table for table in ours if table["VpcId"] == vpc]

    def _nat_gateways(self, vpc: str) -> list[NatGatewayTypeDef]:
        ours = self._ours(self._ec2.describe_nat_gateways(Filters=self._filters)["NatGateways"], "NatGatewayId")
        return [gateway for gateway in ours if gateway["VpcId"] == vpc]

    def _egress_only_gateways(self, vpc: str) -> list[EgressOnlyInternetGatewayTypeDef]:
        ours = self._all_egress_only_gateways()
        return [gateway for gateway in ours if any(held.get("VpcId") == vpc for held in gateway["Attachments"])]

    def _all_egress_only_gateways(self) -> list[EgressOnlyInternetGatewayTypeDef]:
        if not self._view.ipv6:
            return []
        answer = self._ec2.describe_egress_only_internet_gateways(Filters=self._filters)
        return self._ours(answer["EgressOnlyInternetGateways"], "EgressOnlyInternetGatewayId")
