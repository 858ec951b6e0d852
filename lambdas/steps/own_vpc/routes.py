"""Where the traffic of a cluster's own VPC goes: a route table for its public subnets and one for the private ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Required, TypedDict

from lambdas.domain.frozen import dataclass
from lambdas.domain.progress import Action, Progress, Ready, Report
from lambdas.steps.own_vpc.gateways import egress_only_gateway, internet_gateway, nat_gateway
from lambdas.steps.own_vpc.subnets import zones_by_subnet
from lambdas.steps.own_vpc.view import MADE_TWICE, PACE, due, named, path

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import RouteTableTypeDef

    from lambdas.domain.vpc_layout import Plot
    from lambdas.steps.own_vpc.view import View

PUBLIC_ROUTES: Final = "public-routes"
PRIVATE_ROUTES: Final = "private-routes"
ANYWHERE: Final = "0.0.0.0/0"
ANYWHERE_IPV6: Final = "::/0"


class _Route(TypedDict, total=False):
    """What CreateRoute and ReplaceRoute both take."""

    RouteTableId: Required[str]
    DestinationCidrBlock: str
    DestinationIpv6CidrBlock: str
    GatewayId: str
    NatGatewayId: str
    EgressOnlyInternetGatewayId: str


@dataclass(frozen=True, slots=True)
class RouteTable:
    """The routes of the public or of the private subnets, and that those follow it."""

    view: View
    name: str
    plots: tuple[Plot, ...]

    @property
    def path(self) -> str:
        """``network/private-routes``."""
        return path(self.name)

    def look(self) -> Report:
        """Missing, not followed by one of the subnets, doubled, or followed by all."""
        table = _table(self.view, self.name)
        if table is None:
            return due(self.name, "create", "not there", "a route table")
        facts = {"routeTableId": table["RouteTableId"]}
        if loose := self._loose():
            return due(self.name, "associate", f"{loose[0]} does not follow it", f"{loose[0]} follows it", facts)
        if spare := self._spare():
            return due(self.name, "delete", MADE_TWICE, f"{spare} is deleted", facts)
        return Report(resource=self.path, progress=Ready(), facts=facts)

    def change(self, action: Action) -> Progress:
        """CreateRouteTable, AssociateRouteTable, which a subnet takes once, or DeleteRouteTable."""
        ec2, table, spare = self.view.ec2, _table(self.view, self.name), self._spare()
        match action.verb:
            case "create":
                ec2.create_route_table(
                    VpcId=self.view.seen.vpc_id,
                    ClientToken=self.view.token(self.name),
                    TagSpecifications=self.view.tagged("route-table", self.name),
                )
            case "associate" if table:
                ec2.associate_route_table(RouteTableId=table["RouteTableId"], SubnetId=self._loose()[0])
            case "delete" if spare:
                ec2.delete_route_table(RouteTableId=spare)
        return PACE.wait(f"{action.verb} is asked for")

    def _spare(self) -> str | None:
        """A table that no subnet follows: the client token spares us a second one of the same run, but not of two."""
        kept = _table(self.view, self.name)
        there = named(self.view.seen.route_tables, self.name)
        return next((it["RouteTableId"] for it in there if it != kept and not it["Associations"]), None)

    def _loose(self) -> list[str]:
        table = _table(self.view, self.name)
        following = {entry.get("SubnetId") for entry in table["Associations"]} if table else set()
        return [subnet for subnet in zones_by_subnet(self.view, self.plots) if subnet not in following]


@dataclass(frozen=True, slots=True)
class DefaultRoute:
    """Where traffic to anywhere goes. A route that works is left alone, whoever made it and wherever it leads."""

    view: View
    name: str
    table: str
    destination: str

    @property
    def path(self) -> str:
        """``network/nat-route``."""
        return path(self.name)

    def look(self) -> Report:
        """Missing, leading to something that is gone, or active."""
        table = _table(self.view, self.table)
        routes = [
            route
            for route in (table["Routes"] if table else ())
            if self.destination in (route.get("DestinationCidrBlock"), route.get("DestinationIpv6CidrBlock"))
        ]
        if not routes:
            return due(self.name, "create", "not there", f"{self.destination} is reached")
        if routes[0].get("State") == "blackhole":
            return due(self.name, "replace", "its target is gone", f"{self.destination} is reached")
        return Report(resource=self.path, progress=Ready(), facts={"destination": self.destination})

    def change(self, action: Action) -> Progress:
        """CreateRoute or ReplaceRoute."""
        if action.verb == "create":
            self.view.ec2.create_route(**self._route())
        else:
            self.view.ec2.replace_route(**self._route())
        return PACE.wait(f"{action.verb} is asked for")

    def _route(self) -> _Route:
        """The route; the parts that it needs were Ready, so that they are there."""
        view, table = self.view, _table(self.view, self.table)
        assert table is not None
        route = _Route(RouteTableId=table["RouteTableId"])
        if self.destination == ANYWHERE_IPV6:
            route["DestinationIpv6CidrBlock"] = self.destination
        else:
            route["DestinationCidrBlock"] = self.destination
        if self.table == PUBLIC_ROUTES and (internet := internet_gateway(view)):
            route["GatewayId"] = internet["InternetGatewayId"]
        elif self.destination == ANYWHERE and (nat := nat_gateway(view)):
            route["NatGatewayId"] = nat["NatGatewayId"]
        elif egress := egress_only_gateway(view):
            route["EgressOnlyInternetGatewayId"] = egress["EgressOnlyInternetGatewayId"]
        return route


def _table(view: View, name: str) -> RouteTableTypeDef | None:
    """The one that subnets follow, else the first."""
    return max(named(view.seen.route_tables, name), key=lambda table: len(table["Associations"]), default=None)
