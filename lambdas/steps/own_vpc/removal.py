"""A VPC of the cluster's own on its way out: everything that bears our tags, in the order that EC2 demands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from lambdas.aws.errors import CALL_ERRORS, removal_progress_of
from lambdas.domain import pacing
from lambdas.domain.frozen import dataclass
from lambdas.domain.names import PART_TAG
from lambdas.domain.pacing import Part
from lambdas.domain.progress import Action, Progress, Report, Waiting
from lambdas.steps.own_vpc.view import Remains, View, path, tags_of
from lambdas.steps.removal import Settled, due, gone

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

    from lambdas.domain.spec.network import NewVpc
    from lambdas.steps.convergence import Removable
    from lambdas.steps.scope import Scope

Thing = Mapping[str, Any]


def removals(scope: Scope, wanted: NewVpc) -> Iterator[Removable]:
    """Each thing that bears our tags, then what earlier looks knew and is there no more, then ``network`` itself.

    What must wait for others waits until a look no longer finds those.
    """
    view = View(scope, wanted)
    try:
        there = [Departing(view, kind, thing) for kind in _KINDS for thing in kind.of(view.remains)]
    except CALL_ERRORS as error:
        yield Settled(Report(resource=str(Part.NETWORK), progress=removal_progress_of(error)))
        return
    yield from there
    paths = {thing.path for thing in there}
    known = (name for name in scope.observed if name.startswith(f"{Part.NETWORK}/") and name not in paths)
    yield from (Settled(gone(scope, name)) for name in known)
    if not there:
        yield Settled(gone(scope, str(Part.NETWORK)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One sort of thing: where it is seen, what its id is called, how it goes, and what must be gone before."""

    of: Callable[[Remains], list[Any]]
    key: str
    take_away: Callable[[EC2Client, Thing], object]
    after: Callable[[Remains], list[Any]] = field(default=lambda _: [])
    is_going: Callable[[Thing], bool] = field(default=lambda _: False)


def _gateway_goes(ec2: EC2Client, gateway: Thing) -> None:
    for attachment in gateway["Attachments"]:
        ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=attachment["VpcId"])
        return
    ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])


def _table_goes(ec2: EC2Client, table: Thing) -> None:
    for association in table["Associations"]:
        ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
        return
    ec2.delete_route_table(RouteTableId=table["RouteTableId"])


_KINDS: Final = (
    Kind(
        of=lambda seen: seen.nat_gateways,
        key="NatGatewayId",
        take_away=lambda ec2, it: ec2.delete_nat_gateway(NatGatewayId=it["NatGatewayId"]),
        is_going=lambda it: it["State"] == "deleting",
    ),
    Kind(
        of=lambda seen: seen.addresses,
        key="AllocationId",
        take_away=lambda ec2, it: ec2.release_address(AllocationId=it["AllocationId"]),
        after=lambda seen: seen.nat_gateways,
    ),
    Kind(
        of=lambda seen: seen.egress_only_gateways,
        key="EgressOnlyInternetGatewayId",
        take_away=lambda ec2, it: ec2.delete_egress_only_internet_gateway(
            EgressOnlyInternetGatewayId=it["EgressOnlyInternetGatewayId"]
        ),
    ),
    Kind(
        of=lambda seen: seen.internet_gateways,
        key="InternetGatewayId",
        take_away=_gateway_goes,
        after=lambda seen: [*seen.nat_gateways, *seen.addresses],
    ),
    Kind(of=lambda seen: seen.route_tables, key="RouteTableId", take_away=_table_goes),
    Kind(
        of=lambda seen: seen.subnets,
        key="SubnetId",
        take_away=lambda ec2, it: ec2.delete_subnet(SubnetId=it["SubnetId"]),
        after=lambda seen: [*seen.nat_gateways, *seen.route_tables],
    ),
    Kind(
        of=lambda seen: seen.vpcs,
        key="VpcId",
        take_away=lambda ec2, it: ec2.delete_vpc(VpcId=it["VpcId"]),
        after=lambda seen: [
            *seen.subnets,
            *seen.route_tables,
            *seen.internet_gateways,
            *seen.egress_only_gateways,
        ],
    ),
)


@dataclass(frozen=True, slots=True)
class Departing:
    """One thing on its way out."""

    view: View
    kind: Kind
    thing: Thing

    @property
    def path(self) -> str:
        """``network/private-1``."""
        return path(tags_of(self.thing)[PART_TAG])

    def look_for(self) -> Report:
        """It is there, as the one look at everything has shown."""
        facts = {"id": self.thing[self.kind.key]}
        if self.kind.is_going(self.thing):
            return Report(resource=self.path, progress=pacing.DELETING.wait("deleting"), facts=facts)
        if self.kind.after(self.view.remains):
            return Report(
                resource=self.path, progress=pacing.AFTER_OTHERS.wait("what needs it goes first"), facts=facts
            )
        return due(self.path, f"{facts['id']} goes", facts)

    def delete(self, _: Action) -> Progress:
        """The call that takes it away, or what holds it."""
        self.kind.take_away(self.view.ec2, self.thing)
        return _SOON


_SOON: Final[Waiting] = pacing.PACES[Part.NETWORK].wait("asked for")
