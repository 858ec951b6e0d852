"""The ways out of a cluster's own VPC: internet gateway, NAT gateway with its address, egress-only gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.domain import pacing
from lambdas.domain.dispositions import Disposition
from lambdas.domain.frozen import dataclass
from lambdas.domain.names import RUN_TAG
from lambdas.domain.pacing import Pace
from lambdas.domain.progress import Action, Failed, Progress, Ready, Report
from lambdas.domain.vpc_layout import plots
from lambdas.steps.own_vpc.view import MADE_TWICE, PACE, due, named, path, tags_of

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import (
        AddressTypeDef,
        EgressOnlyInternetGatewayTypeDef,
        InternetGatewayTypeDef,
        NatGatewayTypeDef,
    )

    from lambdas.steps.own_vpc.view import View

INTERNET_GATEWAY: Final = "internet-gateway"
EGRESS_ONLY_GATEWAY: Final = "egress-only-gateway"
ELASTIC_IP: Final = "elastic-ip"
NAT_GATEWAY: Final = "nat-gateway"

NAT_PACE: Final = Pace(first=80, every=10, budget=900, reason="NatGatewayPending")
"""1 min 25 s to 2 min 4 s in public Terraform logs, up to ten minutes in older reports (kubernetes/kops#944)."""


@dataclass(frozen=True, slots=True)
class InternetGateway:
    """The public subnets' way out. It is made, then attached; one that was made twice is taken away."""

    view: View

    @property
    def path(self) -> str:
        """``network/internet-gateway``."""
        return path(INTERNET_GATEWAY)

    def look(self) -> Report:
        """Missing, loose, doubled or attached."""
        gateway = internet_gateway(self.view)
        if gateway is None:
            return due(INTERNET_GATEWAY, "create", "not there", "an internet gateway for the public subnets")
        facts = {"internetGatewayId": gateway["InternetGatewayId"]}
        if not _attached_to(gateway, self.view.seen.vpc_id):
            return due(INTERNET_GATEWAY, "attach", "not attached", f"attached to {self.view.seen.vpc_id}", facts)
        if spare := self._spare():
            return due(INTERNET_GATEWAY, "delete", MADE_TWICE, f"{spare['InternetGatewayId']} is deleted", facts)
        return Report(resource=self.path, progress=Ready(), facts=facts)

    def change(self, action: Action) -> Progress:
        """CreateInternetGateway, AttachInternetGateway or DeleteInternetGateway."""
        ec2, gateway, spare = self.view.ec2, internet_gateway(self.view), self._spare()
        match action.verb:
            case "create":
                ec2.create_internet_gateway(TagSpecifications=self.view.tagged("internet-gateway", INTERNET_GATEWAY))
            case "attach" if gateway:
                ec2.attach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=self.view.seen.vpc_id)
            case "delete" if spare:
                ec2.delete_internet_gateway(InternetGatewayId=spare["InternetGatewayId"])
        return PACE.wait(f"{action.verb} is asked for")

    def _spare(self) -> InternetGatewayTypeDef | None:
        kept = internet_gateway(self.view)
        loose = [gateway for gateway in self.view.seen.internet_gateways if not gateway["Attachments"]]
        return next((gateway for gateway in loose if gateway != kept), None)


@dataclass(frozen=True, slots=True)
class ElasticIp:
    """The address from which the cluster's nodes are seen on the internet."""

    view: View

    @property
    def path(self) -> str:
        """``network/elastic-ip``."""
        return path(ELASTIC_IP)

    def look(self) -> Report:
        """Missing, doubled or there."""
        address = elastic_ip(self.view)
        if address is None:
            return due(ELASTIC_IP, "create", "not there", "a public IPv4 address, which costs by the hour")
        facts = {"allocationId": address["AllocationId"], "publicIp": address["PublicIp"]}
        if spare := self._spare():
            return due(ELASTIC_IP, "delete", MADE_TWICE, f"{spare['AllocationId']} is released", facts)
        return Report(resource=self.path, progress=Ready(), facts=facts)

    def change(self, action: Action) -> Progress:
        """AllocateAddress or ReleaseAddress."""
        ec2, spare = self.view.ec2, self._spare()
        match action.verb:
            case "create":
                ec2.allocate_address(Domain="vpc", TagSpecifications=self.view.tagged("elastic-ip", ELASTIC_IP))
            case "delete" if spare:
                ec2.release_address(AllocationId=spare["AllocationId"])
        return PACE.wait(f"{action.verb} is asked for")

    def _spare(self) -> AddressTypeDef | None:
        kept = elastic_ip(self.view)
        loose = [address for address in self.view.seen.addresses if "AssociationId" not in address]
        return next((address for address in loose if address != kept), None)


@dataclass(frozen=True, slots=True)
class NatGateway:
    """The private subnets' way out: one, in the first public subnet, as it costs by the hour."""

    view: View

    @property
    def path(self) -> str:
        """``network/nat-gateway``."""
        return path(NAT_GATEWAY)

    def look(self) -> Report:
        """DescribeNatGateways shows failed and deleted ones for an hour. A failure of an earlier run is history."""
        gateway = nat_gateway(self.view)
        if gateway is None:
            return due(NAT_GATEWAY, "create", "not there", "a NAT gateway, in one to two minutes; it costs by the hour")
        facts = {"natGatewayId": gateway["NatGatewayId"]}
        return Report(resource=self.path, progress=self._progress(gateway), facts=facts)

    def change(self, _: Action) -> Progress:
        """CreateNatGateway, which takes a client token: whoever asks twice gets one."""
        first = plots(self.view.wanted.cidr, 1)[0]
        (subnet, *_rest), address = named(self.view.seen.subnets, first.name), elastic_ip(self.view)
        assert address is not None, "a NAT gateway needs its address first"
        self.view.ec2.create_nat_gateway(
            SubnetId=subnet["SubnetId"],
            AllocationId=address["AllocationId"],
            ConnectivityType="public",
            ClientToken=self.view.token(NAT_GATEWAY),
            TagSpecifications=self.view.tagged("natgateway", NAT_GATEWAY),
        )
        return PACE.wait("create is asked for")

    def _progress(self, gateway: NatGatewayTypeDef) -> Progress:
        match gateway["State"]:
            case "available":
                return Ready()
            case "pending":
                return NAT_PACE.wait("pending", created_at=gateway["CreateTime"], now=self.view.seen.at)
            case "deleting":
                return pacing.BEING_DELETED.wait("deleting")
            case _:
                return Failed(
                    gateway.get("FailureCode", "NatGatewayFailed"),
                    f"{gateway['NatGatewayId']}: {gateway.get('FailureMessage', 'EC2 gives no reason.')}",
                    "Mend what the message names; then send the same spec again: another NAT gateway is made.",
                    Disposition.PAGE,
                )


@dataclass(frozen=True, slots=True)
class EgressOnlyGateway:
    """The private subnets' way out over IPv6, where addresses are not translated. It costs nothing."""

    view: View

    @property
    def path(self) -> str:
        """``network/egress-only-gateway``."""
        return path(EGRESS_ONLY_GATEWAY)

    def look(self) -> Report:
        """Missing or there."""
        gateway = egress_only_gateway(self.view)
        if gateway is None:
            return due(EGRESS_ONLY_GATEWAY, "create", "not there", "IPv6 traffic out of the private subnets")
        facts = {"egressOnlyInternetGatewayId": gateway["EgressOnlyInternetGatewayId"]}
        return Report(resource=self.path, progress=Ready(), facts=facts)

    def change(self, _: Action) -> Progress:
        """CreateEgressOnlyInternetGateway, which takes a client token."""
        self.view.ec2.create_egress_only_internet_gateway(
            VpcId=self.view.seen.vpc_id,
            ClientToken=self.view.token(EGRESS_ONLY_GATEWAY),
            TagSpecifications=self.view.tagged("egress-only-internet-gateway", EGRESS_ONLY_GATEWAY),
        )
        return PACE.wait("create is asked for")


def internet_gateway(view: View) -> InternetGatewayTypeDef | None:
    """The one that is attached to the VPC, else one that could be."""
    ours = named(view.seen.internet_gateways, INTERNET_GATEWAY)
    attached = [gateway for gateway in ours if _attached_to(gateway, view.seen.vpc_id)]
    return next(iter([*attached, *(gateway for gateway in ours if not gateway["Attachments"])]), None)


def egress_only_gateway(view: View) -> EgressOnlyInternetGatewayTypeDef | None:
    """The VPC's one."""
    return next(iter(named(view.seen.egress_only_gateways, EGRESS_ONLY_GATEWAY)), None)


def elastic_ip(view: View) -> AddressTypeDef | None:
    """The one that the NAT gateway has, else the first."""
    ours = named(view.seen.addresses, ELASTIC_IP)
    gateway = nat_gateway(view)
    held = [entry.get("AllocationId") for entry in gateway["NatGatewayAddresses"]] if gateway else []
    return next(iter([*(a for a in ours if a["AllocationId"] in held), *ours]), None)


def nat_gateway(view: View) -> NatGatewayTypeDef | None:
    """The one that works or will; else one on its way out, or one that failed in this very run."""
    ours = named(view.seen.nat_gateways, NAT_GATEWAY)
    failed_now = [g for g in ours if g["State"] == "failed" and tags_of(g).get(RUN_TAG) == view.scope.run]
    by_state = {state: [g for g in ours if g["State"] == state] for state in ("available", "pending", "deleting")}
    return next(iter([*by_state["available"], *by_state["pending"], *by_state["deleting"], *failed_now]), None)


def _attached_to(gateway: InternetGatewayTypeDef, vpc: str) -> bool:
    return any(attachment["VpcId"] == vpc for attachment in gateway["Attachments"])
