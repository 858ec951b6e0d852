"""Ground for VPCs: moto's EC2 with the habits that matter here, which moto lacks.

Its reads can lag behind its writes, an answer can kill whoever hears it, and client tokens are honoured.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from copy import copy, deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from lambdas.aws.clients import Aws
from lambdas.domain.names import PART_TAG
from lambdas.domain.pacing import Part
from lambdas.domain.progress import Failed, Ready
from lambdas.domain.spec import ClusterSpec, KubernetesNetworkConfig, NewVpc, Vpc
from lambdas.steps.convergence import ensure, observe, remove
from lambdas.steps.network import removals, resources
from lambdas.steps.scope import Scope
from tests.house import REGION
from tests.quick import new_session
from tests.unit.steps.stage import HOME, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_ec2 import EC2Client

    from lambdas.domain.progress import Report

    Json = dict[str, Any]

MOST_LOOKS = 80
ONE_OF_EACH = {
    "Vpcs": 1,
    "Subnets": 4,
    "InternetGateways": 1,
    "EgressOnlyInternetGateways": 0,
    "Addresses": 1,
    "NatGateways": 1,
    "RouteTables": 2,
}
# -- waiting and failing
KINDS = {
    "Vpcs": "VpcId",
    "Subnets": "SubnetId",
    "InternetGateways": "InternetGatewayId",
    "EgressOnlyInternetGateways": "EgressOnlyInternetGatewayId",
    "Addresses": "AllocationId",
    "NatGateways": "NatGatewayId",
    "RouteTables": "RouteTableId",
}


class Died(Exception):  # noqa: N818 -- what happened
    """The function ended in the middle of its work."""


@dataclass
class Wire:
    """What happens between us and EC2. ``lag`` counts looks: for so many, reads do not show what is new."""

    lag: int = 0
    deadly: bool = False
    edits: dict[str, Callable[[Json], object]] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    looks: int = 0
    born: dict[str, int] = field(default_factory=dict)
    answered: dict[tuple[str, str], Json] = field(default_factory=dict)

    def ask(self, model: Any, params: Json, **_: object) -> tuple[Any, Json] | None:  # noqa: ANN401 -- botocore's own
        self.calls.append(model.name)
        if code := self.refusals.get(model.name):
            return _answer(400), {"Error": {"Code": code, "Message": "no"}, **_metadata(400)}
        known = self.answered.get((model.name, params["body"].get("ClientToken", "")))
        return (_answer(200), deepcopy(known)) if known else None

    def hear(self, parsed: Json, model: Any, context: Json, **_: object) -> None:  # noqa: ANN401 -- botocore's own
        if "Error" in parsed:
            return
        if model.name.startswith("Describe"):
            self._forget_the_new(parsed)
            if edit := self.edits.get(model.name):
                edit(parsed)
        else:
            self._note(model.name, parsed, context)

    def _note(self, operation: str, parsed: Json, context: Json) -> None:
        if operation.startswith(("Create", "Allocate")):
            self.answered[operation, context.get("token", "")] = deepcopy(parsed)
            self.answered.pop((operation, ""), None)
            made = [parsed, *(thing for thing in parsed.values() if isinstance(thing, dict))]
            new = {thing[key]: self.looks for thing in made for key in _ids(operation) if key in thing}
            self.born = new | self.born
        if self.deadly:
            raise Died(operation)

    def _forget_the_new(self, parsed: Json) -> None:
        for kind, key in KINDS.items():
            if kind in parsed:
                parsed[kind] = [it for it in parsed[kind] if self.born.get(it[key], -99) + self.lag < self.looks]


@dataclass
class Site:
    """One cluster that wants a VPC of its own, with what the registry would remember."""

    aws: Aws
    wire: Wire
    spec: ClusterSpec
    run: str = "run-1"
    observed: dict[str, object] = field(default_factory=dict)

    @property
    def ec2(self) -> EC2Client:
        return self.aws.ec2

    def scope(self) -> Scope:
        return Scope(spec=self.spec, run=self.run, observed=self.observed, aws=self.aws, home=HOME, settings=SETTINGS)

    def observe(self) -> dict[str, Report]:
        return {report.resource: report for report in observe(resources(self.scope(), Part.NETWORK))}

    def look(self) -> dict[str, Report]:
        """One look, whose facts are remembered unless it dies on the way."""
        self.wire.looks += 1
        reports = ensure(resources(self.scope(), Part.NETWORK))
        self.observed |= {report.resource: dict(report.facts) for report in reports if report.facts}
        return {report.resource: report for report in reports}

    def converge(self) -> dict[str, Report]:
        """Look until all is ready, or something has failed."""
        for _ in range(MOST_LOOKS):
            with suppress(Died):
                reports = self.look()
                if all(isinstance(it.progress, Ready) for it in reports.values()) or failure(reports):
                    return reports
        raise AssertionError(f"{MOST_LOOKS} looks were not enough")

    def remove(self) -> dict[str, Report]:
        """One look at what is to go, whose facts are remembered unless it dies on the way."""
        self.wire.looks += 1
        reports = remove(removals(self.scope(), Part.NETWORK))
        self.observed |= {report.resource: dict(report.facts) for report in reports if report.facts}
        return {report.resource: report for report in reports}

    def demolish(self) -> dict[str, Report]:
        """Look until nothing is to go any more."""
        for _ in range(MOST_LOOKS):
            with suppress(Died):
                reports = self.remove()
                if all(isinstance(it.progress, Ready) for it in reports.values()):
                    return reports
        raise AssertionError(f"{MOST_LOOKS} looks were not enough")

    def things(self) -> dict[str, list[Json]]:
        """What EC2 really has of this cluster, whatever it shows."""
        return {kind: [it for it in found if owner(it) == self.spec.name] for kind, found in self.everything().items()}

    def everything(self) -> dict[str, list[Json]]:
        """What EC2 really has."""
        lag, self.wire.lag = self.wire.lag, -1
        ec2: Any = self.ec2
        found = {
            "Vpcs": ec2.describe_vpcs(),
            "Subnets": ec2.describe_subnets(),
            "InternetGateways": ec2.describe_internet_gateways(),
            "EgressOnlyInternetGateways": ec2.describe_egress_only_internet_gateways(),
            "Addresses": ec2.describe_addresses(),
            "NatGateways": ec2.describe_nat_gateways(),
            "RouteTables": ec2.describe_route_tables(),
        }
        self.wire.lag = lag
        return {kind: answer[kind] for kind, answer in found.items()}


@dataclass(frozen=True, slots=True)
class History:
    """How a VPC came to be: the calls and the reports of each look that came to its end."""

    site: Site
    calls: list[str]
    reports: list[dict[str, Report]]


@contextmanager
def ground() -> Iterator[tuple[Aws, Wire]]:
    """An account, and the wire to it."""
    with mock_aws():
        session = new_session(REGION)
        wire = Wire()
        session.events.register("provide-client-params.ec2", lambda params, context, **_: _keep(params, context))
        session.events.register("before-call.ec2", wire.ask)  # type: ignore[arg-type] # the stubs know no answers
        session.events.register("after-call.ec2", wire.hear)
        yield Aws(session), wire


@contextmanager
def undone(account: str = DEFAULT_ACCOUNT_ID) -> Iterator[None]:
    """Forget what is made meanwhile: moto gets slow with every VPC that it has to remember."""
    state = vars(ec2_backends[account][REGION])
    before = {name: _by_kind(value) for name, value in state.items() if isinstance(value, dict)}
    try:
        yield
    finally:
        state.update(before)


def new_spec(name: str, *, zones: int = 2, cidr: str = "10.64.0.0/16", ipv6: bool = False) -> ClusterSpec:
    return ClusterSpec(
        name=name,
        vpc=Vpc(create=NewVpc(cidr=cidr, availabilityZones=zones)),
        kubernetesNetworkConfig=KubernetesNetworkConfig(ipFamily="ipv6" if ipv6 else "ipv4"),
        tags={"team": "platform"},
    )


def changes(calls: list[str]) -> list[str]:
    """The calls that were meant to change something."""
    return [call for call in calls if not call.startswith("Describe")]


def tags(thing: Json) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags") or []}


def owner(thing: Json) -> str | None:
    return tags(thing).get("slipway/cluster")


def failure(reports: dict[str, Report]) -> Failed | None:
    """The first failure, if any."""
    return next((it.progress for it in reports.values() if isinstance(it.progress, Failed)), None)


def counts(site: Site) -> dict[str, int]:
    return {kind: len(found) for kind, found in site.things().items()}


def part(site: Site, kind: str, name: str) -> Json:
    (found,) = (it for it in site.things()[kind] if tags(it)[PART_TAG] == name)
    return found


def routes(site: Site, table: str) -> dict[str, str]:
    """Where a table's routes lead, but for the one inside the VPC."""
    found = part(site, "RouteTables", table)["Routes"]
    targets = ("NatGatewayId", "EgressOnlyInternetGatewayId", "GatewayId")
    return {
        route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"]: next(
            route[target] for target in targets if target in route
        )
        for route in found
        if route.get("GatewayId") != "local"
    }


def followers(site: Site, table: str) -> set[str]:
    associations = part(site, "RouteTables", table)["Associations"]
    return {entry["SubnetId"] for entry in associations if "SubnetId" in entry}


def subnets(site: Site, kind: str) -> list[Json]:
    found = [it for it in site.things()["Subnets"] if tags(it)[PART_TAG].startswith(kind)]
    return sorted(found, key=lambda subnet: tags(subnet)[PART_TAG])


def ids(things: list[Json]) -> list[str]:
    return [thing["SubnetId"] for thing in things]


def zones(things: list[Json]) -> Json:
    return {thing["SubnetId"]: thing["AvailabilityZone"] for thing in things}


def lose_the_nat_gateway(parsed: Json) -> None:
    """EC2 calls a route a blackhole when its target is gone; moto does not."""
    for table in parsed["RouteTables"]:
        for route in table["Routes"]:
            if "NatGatewayId" in route:
                route["State"] = "blackhole"


def _by_kind(things: Json) -> Json:
    """A copy of a store; some of moto's have another store for each id or kind."""
    made = copy(things)
    made.update({name: copy(value) for name, value in things.items() if isinstance(value, dict)})
    return made


def _keep(params: Json, context: Json) -> None:
    context["token"] = params.get("ClientToken", "")


def _ids(operation: str) -> list[str]:
    kind = operation.removeprefix("Create").removeprefix("Allocate")
    return ["AllocationId"] if kind == "Address" else [f"{kind}Id"]


def _answer(status: int) -> Any:  # noqa: ANN401 -- as much of a response as botocore looks at
    return type("Answer", (), {"status_code": status})()


def _metadata(status: int) -> Json:
    return {"ResponseMetadata": {"HTTPStatusCode": status}}
