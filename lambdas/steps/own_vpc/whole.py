"""A VPC of the cluster's own: its parts, in the order in which they can be made.

EC2 chooses all ids itself and most of its creations take no client token. So each part is found again by its tags, and
a part is made at the earliest in the look after the one that saw what it needs. What was made twice all the same,
because an answer was lost while EC2's reads lagged behind, is taken away again.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from lambdas.aws.errors import api_error
from lambdas.domain.failures import explain_ec2
from lambdas.domain.frozen import dataclass
from lambdas.domain.pacing import NOT_THERE_YET, Part
from lambdas.domain.progress import Action, Progress, Ready, Report
from lambdas.domain.vpc_layout import plots
from lambdas.steps.own_vpc.gateways import EgressOnlyGateway, ElasticIp, InternetGateway, NatGateway
from lambdas.steps.own_vpc.routes import (
    ANYWHERE,
    ANYWHERE_IPV6,
    PRIVATE_ROUTES,
    PUBLIC_ROUTES,
    DefaultRoute,
    RouteTable,
)
from lambdas.steps.own_vpc.subnets import OwnVpc, Subnet, zones_by_subnet
from lambdas.steps.own_vpc.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.spec.network import NewVpc
    from lambdas.steps.convergence import Changed, Resource
    from lambdas.steps.scope import Scope

_ASKED_BY: Final = "askedBy"
"""The fact that names the run which asked EC2 for a thing; gone once the thing shows."""


def resources(scope: Scope, wanted: NewVpc) -> Iterator[Resource]:
    """The parts that can be looked at by now, and ``network`` itself once all of them are Ready.

    To be walked lazily, as ``ensure`` and ``observe`` do: which parts follow depends on how the last ones looked.
    """
    view = View(scope, wanted)
    parts = _parts(view)
    for part in parts:
        if all(need.ready for need in part.needs):
            yield part
    if all(part.ready for part in parts):
        yield Whole(view)


def _parts(view: View) -> tuple[Linked, ...]:
    linked = partial(Linked, view.scope)
    lots = plots(view.wanted.cidr, view.wanted.availabilityZones)
    vpc = linked(OwnVpc(view))
    internet, address = linked(InternetGateway(view), vpc), linked(ElasticIp(view), vpc)
    public = [linked(Subnet(view, plot), vpc) for plot in lots if plot.public]
    private = [linked(Subnet(view, plot), vpc) for plot in lots if not plot.public]
    nat = linked(NatGateway(view), internet, address, public[0])
    out = linked(RouteTable(view, PUBLIC_ROUTES, tuple(p for p in lots if p.public)), *public)
    inside = linked(RouteTable(view, PRIVATE_ROUTES, tuple(p for p in lots if not p.public)), *private)
    ipv4 = (
        linked(DefaultRoute(view, "internet-route", PUBLIC_ROUTES, ANYWHERE), out, internet),
        linked(DefaultRoute(view, "nat-route", PRIVATE_ROUTES, ANYWHERE), inside, nat),
    )
    egress = linked(EgressOnlyGateway(view), vpc)
    ipv6 = (
        egress,
        linked(DefaultRoute(view, "internet-route-ipv6", PUBLIC_ROUTES, ANYWHERE_IPV6), out, internet),
        linked(DefaultRoute(view, "egress-only-route", PRIVATE_ROUTES, ANYWHERE_IPV6), inside, egress),
    )
    return (vpc, internet, address, *public, *private, nat, out, inside, *ipv4, *(ipv6 if view.ipv6 else ()))


class Linked:
    """A part with those that it needs, and whether this look found it Ready.

    A run asks once for each thing. What it asked for and does not see, EC2 does not show yet.
    """

    def __init__(self, scope: Scope, part: Resource, *needs: Linked) -> None:
        self._scope = scope
        self._part = part
        self._asked: dict[str, object] = {}
        self.needs = needs
        self.ready = False

    @property
    def path(self) -> str:
        """The part's own."""
        return self._part.path

    def look(self) -> Report:
        """The part's look, remembered for those that need it."""
        try:
            report = self._part.look()
        except ClientError as error:
            return Report(resource=self.path, progress=_explained(error))
        self.ready = isinstance(report.progress, Ready)
        if report.action is None or report.action.verb != "create":
            return report
        if self._scope.facts(self.path).get(_ASKED_BY) == self._scope.run:
            return Report(resource=self.path, progress=NOT_THERE_YET.wait("asked for, but EC2 does not show it yet"))
        # These very facts go into the registry after the change, which may add to them.
        return replace(report, facts=self._asked)

    def change(self, action: Action) -> Progress | Changed:
        """The part's change; a creation that EC2 accepted is remembered."""
        try:
            progress = self._part.change(action)
        except ClientError as error:
            return _explained(error)
        self._asked[_ASKED_BY] = self._scope.run
        return progress


def _explained(error: ClientError) -> Progress:
    """What EC2's refusal means. Raises it again if nobody expected it."""
    progress = explain_ec2(api_error(error))
    if progress is None:
        raise error
    return progress


@dataclass(frozen=True, slots=True)
class Whole:
    """The network as later steps know it: control plane and nodes are placed in the private subnets."""

    view: View

    @property
    def path(self) -> str:
        """``network``."""
        return str(Part.NETWORK)

    def look(self) -> Report:
        """Ready, as all parts are."""
        lots = plots(self.view.wanted.cidr, self.view.wanted.availabilityZones)
        facts = {
            "vpcId": self.view.seen.vpc_id,
            "subnets": zones_by_subnet(self.view, (plot for plot in lots if not plot.public)),
            "publicSubnets": zones_by_subnet(self.view, (plot for plot in lots if plot.public)),
        }
        return Report(resource=self.path, progress=Ready(), facts=facts)

    def change(self, _: Action) -> Progress:
        """Nothing is ever due."""
        return Ready()
