"""A cluster's own VPC and its subnets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.domain.frozen import dataclass
from lambdas.domain.progress import Action, Failed, Progress, Ready, Report
from lambdas.domain.vpc_layout import plots, zones_by_slot
from lambdas.steps.own_vpc.view import MADE_TWICE, PACE, VPC, due, named, path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_ec2.type_defs import CreateSubnetRequestTypeDef, SubnetTypeDef, VpcTypeDef

    from lambdas.domain.vpc_layout import Plot
    from lambdas.steps.own_vpc.view import View


@dataclass(frozen=True, slots=True)
class OwnVpc:
    """The VPC. It is not Ready before its id is in the registry: everything else goes into that one."""

    view: View

    @property
    def path(self) -> str:
        """``network/vpc``."""
        return path(VPC)

    def look(self) -> Report:
        """Missing, other than the spec says, without DNS, not yet remembered, doubled or ready."""
        seen = self.view.seen
        if seen.vpc is None:
            return self._missing()
        facts = {"vpcId": seen.vpc_id}
        if failed := self._differs(seen.vpc):
            return Report(resource=self.path, progress=failed, facts=facts)
        if not (seen.dns_support and seen.dns_hostnames):
            return due(VPC, "modify", "no DNS", "EKS nodes find the control plane by DNS names", facts)
        if self.view.settled != seen.vpc_id or not _is_there(seen.vpc, ipv6=self.view.ipv6):
            return Report(resource=self.path, progress=PACE.wait("found"), facts=facts)
        if len(seen.vpcs) > 1:
            spare = self._spare()
            return due(VPC, "delete", MADE_TWICE, f"{spare} is deleted", facts)
        return Report(resource=self.path, progress=Ready(), facts=facts)

    def change(self, action: Action) -> Progress:
        """CreateVpc, ModifyVpcAttribute for one attribute, or DeleteVpc, which takes only an empty one."""
        ec2, seen = self.view.ec2, self.view.seen
        match action.verb:
            case "create":
                ec2.create_vpc(
                    CidrBlock=self.view.wanted.cidr,
                    AmazonProvidedIpv6CidrBlock=self.view.ipv6,
                    TagSpecifications=self.view.tagged("vpc", VPC),
                )
            case "modify" if not seen.dns_support:
                ec2.modify_vpc_attribute(VpcId=seen.vpc_id, EnableDnsSupport={"Value": True})
            case "modify":
                ec2.modify_vpc_attribute(VpcId=seen.vpc_id, EnableDnsHostnames={"Value": True})
            case "delete":
                ec2.delete_vpc(VpcId=self._spare())
        return PACE.wait(f"{action.verb} is asked for")

    def _missing(self) -> Report:
        wanted = self.view.wanted
        return due(
            VPC,
            "create",
            "the cluster has no VPC of its own",
            f"a VPC {wanted.cidr} with a public and a private subnet in {wanted.availabilityZones} availability zones, "
            "an internet gateway, and a NAT gateway with a public address, which both cost by the hour",
        )

    def _differs(self, vpc: VpcTypeDef) -> Failed | None:
        remedy = "Put the spec back as it was, or delete that VPC and send the spec again."
        if vpc["CidrBlock"] != self.view.wanted.cidr:
            said = f"{vpc['VpcId']} has {vpc['CidrBlock']}, but the spec says {self.view.wanted.cidr}"
            return Failed("VpcDiffers", f"{said}, and EC2 cannot change that.", remedy)
        if self.view.ipv6 and not vpc.get("Ipv6CidrBlockAssociationSet"):
            return Failed("VpcDiffers", f"{vpc['VpcId']} was made for ipFamily ipv4: it has no IPv6 block.", remedy)
        return None

    def _spare(self) -> str:
        return next(vpc["VpcId"] for vpc in self.view.seen.vpcs if vpc["VpcId"] != self.view.seen.vpc_id)


@dataclass(frozen=True, slots=True)
class Subnet:
    """One subnet. Two looks at the same time cannot make it twice: its block is taken."""

    view: View
    plot: Plot

    @property
    def path(self) -> str:
        """``network/private-1``."""
        return path(self.plot.name)

    def look(self) -> Report:
        """Missing, without automatic addresses, or ready."""
        there = self._there()
        if there is None:
            return self._missing()
        facts = {"subnetId": there["SubnetId"], "availabilityZone": there["AvailabilityZone"]}
        if unset := self._unset(there):
            return due(self.plot.name, "modify", f"{unset} is off", "instances get their addresses at launch", facts)
        if there["State"] != "available":
            return Report(resource=self.path, progress=PACE.wait(there["State"]), facts=facts)
        return Report(resource=self.path, progress=Ready(), facts=facts)

    def change(self, action: Action) -> Progress:
        """CreateSubnet, or ModifySubnetAttribute, which takes one attribute a call."""
        there = self._there()
        if there is None:
            self._create()
        elif self._unset(there) == "MapPublicIpOnLaunch":
            self.view.ec2.modify_subnet_attribute(SubnetId=there["SubnetId"], MapPublicIpOnLaunch={"Value": True})
        else:
            self.view.ec2.modify_subnet_attribute(
                SubnetId=there["SubnetId"], AssignIpv6AddressOnCreation={"Value": True}
            )
        return PACE.wait(f"{action.verb} is asked for")

    def _missing(self) -> Report:
        zone = self._zone()
        if zone:
            return due(self.plot.name, "create", "not there", f"a subnet {self.plot.cidr} in {zone}")
        wanted = self.view.wanted.availabilityZones
        failed = Failed(
            "TooFewZones",
            f"The region has fewer than {wanted} availability zones in which EKS makes control planes.",
            "Set vpc.create.availabilityZones to 2, or use another region.",
        )
        return Report(resource=self.path, progress=failed)

    def _create(self) -> None:
        vpc = self.view.seen.vpc
        request: CreateSubnetRequestTypeDef = {
            "VpcId": self.view.seen.vpc_id,
            "CidrBlock": self.plot.cidr,
            "AvailabilityZone": self._zone() or "",
            "TagSpecifications": self.view.tagged("subnet", self.plot.name, {self.plot.role_tag: "1"}),
        }
        if self.view.ipv6 and vpc and (block := _ipv6_block(vpc)):
            request["Ipv6CidrBlock"] = self.plot.ipv6_cidr(block)
        self.view.ec2.create_subnet(**request)

    def _there(self) -> SubnetTypeDef | None:
        return next(iter(named(self.view.seen.subnets, self.plot.name)), None)

    def _unset(self, there: SubnetTypeDef) -> str:
        """The attribute that is off and should be on, if any."""
        if self.plot.public and not there.get("MapPublicIpOnLaunch"):
            return "MapPublicIpOnLaunch"
        if self.view.ipv6 and not there.get("AssignIpv6AddressOnCreation"):
            return "AssignIpv6AddressOnCreation"
        return ""

    def _zone(self) -> str | None:
        seen, wanted = self.view.seen, self.view.wanted
        taken = {
            plot.slot: subnet["AvailabilityZone"]
            for plot in plots(wanted.cidr, wanted.availabilityZones)
            for subnet in named(seen.subnets, plot.name)
        }
        return zones_by_slot(seen.zones, taken, wanted.availabilityZones).get(self.plot.slot)


def zones_by_subnet(view: View, wanted: Iterable[Plot]) -> dict[str, str]:
    """The zone of each of those subnets that are there, in the order of the zones."""
    there = [subnet for plot in wanted for subnet in named(view.seen.subnets, plot.name)]
    return {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in there}


def _is_there(vpc: VpcTypeDef, *, ipv6: bool) -> bool:
    return vpc["State"] == "available" and (not ipv6 or _ipv6_block(vpc) is not None)


def _ipv6_block(vpc: VpcTypeDef) -> str | None:
    """The VPC's IPv6 block once EC2 has given it."""
    blocks = vpc.get("Ipv6CidrBlockAssociationSet", [])
    given = (block["Ipv6CidrBlock"] for block in blocks if block["Ipv6CidrBlockState"]["State"] == "associated")
    return next(given, None)
