"""A stage for steps that need only EKS: the twin in a world of dictionaries, no moto, no server.

Everything asked of AWS is on tape, and the tape can answer in AWS's place.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ReadTimeoutError

from lambdas.domain.changes import dropped
from lambdas.domain.completion import completed
from lambdas.domain.names import Home, RoleKind, role_arn
from lambdas.domain.requests import create_cluster
from lambdas.domain.spec import ClusterSpec, Nodegroup, ScalingConfig
from lambdas.settings import Settings
from lambdas.steps.convergence import ensure, observe
from lambdas.steps.planning import RESOURCES, SURPLUS
from lambdas.steps.scope import Scope
from tests.unit.twin.house import ACCOUNT, REGION, SUBNETS, FakeWorld, new_twin, role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lambdas.aws.clients import Aws
    from lambdas.domain.pacing import Part
    from lambdas.domain.progress import Report
    from sandbox.clock import VirtualClock
    from sandbox.twin import Twin

    Json = dict[str, Any]

NAME = "bank"
RUN = "bank-provision-1-1"
HOME = Home(partition="aws", account=ACCOUNT, region=REGION)
CLUSTER_ROLE = role_arn(HOME, NAME, RoleKind.CLUSTER)
NODE_ROLE = role_arn(HOME, NAME, RoleKind.NODE)
ZONES = ("eu-central-1a", "eu-central-1b")
NETWORK = {"network": {"vpcId": "vpc-1", "subnets": dict(zip(SUBNETS, ZONES, strict=True))}}
SETTINGS = Settings(
    partition="aws",
    account=ACCOUNT,
    table="registry",
    boundary_arn=f"arn:aws:iam::{ACCOUNT}:policy/boundary",
    secrets_key_arn="",
    state_machine_prefix="",
    passable_roles="",
    usable_keys="",
    schedule_group="Slipway",
    scheduler_role_arn=f"arn:aws:iam::{ACCOUNT}:role/scheduler",
    dead_letter_arn=f"arn:aws:sqs:eu-central-1:{ACCOUNT}:undelivered",
    event_bus="Slipway",
)
CLUSTER_SECONDS = 700
"""The twin's slowest control plane is there by then."""


def world() -> FakeWorld:
    """A world that has the two roles of our cluster besides everybody else's."""
    made = FakeWorld()
    nodes = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy")
    made.roles[CLUSTER_ROLE] = role(CLUSTER_ROLE, "eks.amazonaws.com", "AmazonEKSClusterPolicy")
    made.roles[NODE_ROLE] = role(NODE_ROLE, "ec2.amazonaws.com", *nodes)
    return made


def spec(*, nodes: int | None = None, **members: Any) -> ClusterSpec:  # noqa: ANN401 -- ClusterSpec's own members
    """A spec with one node group of so many nodes, or with none."""
    sizes = ScalingConfig(minSize=0, maxSize=5, desiredSize=nodes or 0)
    groups = () if nodes is None else (Nodegroup(nodegroupName="workers", scalingConfig=sizes),)
    return completed(
        ClusterSpec(**({"name": NAME, "version": "1.35", "nodegroups": groups, "deletionProtection": False} | members))
    )


@dataclass
class Tape:
    """The calls, and what is said in AWS's place, by operation."""

    calls: list[tuple[str, Json]] = field(default_factory=list)
    refusals: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    edits: dict[str, Callable[[Json], object]] = field(default_factory=dict)

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc] # the clients keep this very object

    def note(self, params: Json, model: Any, **_: object) -> None:  # noqa: ANN401 -- botocore's own
        self.calls.append((model.name, deepcopy(params)))

    def refuse(self, model: Any, **_: object) -> tuple[SimpleNamespace, Json] | None:  # noqa: ANN401 -- botocore's own
        if model.name not in self.refusals:
            return None
        status, code, message = self.refusals[model.name]
        error = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
        return SimpleNamespace(status_code=status), error

    def edit(self, parsed: Json, model: Any, **_: object) -> None:  # noqa: ANN401 -- botocore's own
        if model.name in self.lost:
            raise ReadTimeoutError(endpoint_url="eks")
        if model.name in self.edits and "Error" not in parsed:
            self.edits[model.name](parsed)

    @property
    def changes(self) -> list[tuple[str, Json]]:
        """The calls that were meant to change something."""
        return [call for call in self.calls if not call[0].startswith(("Describe", "List", "Get"))]

    def report(self, operation: str, member: str, **values: Any) -> None:  # noqa: ANN401 -- members of any answer
        """Let an operation's answers tell something else of what they describe."""
        self.edits[operation] = lambda parsed: parsed[member].update(values)


@dataclass
class Stage:
    """One account with one cluster, and the steps that look at it."""

    aws: Aws
    tape: Tape
    twin: Twin
    world: FakeWorld
    clock: VirtualClock
    _wanted: ClusterSpec | None = None
    _dropped: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The tags that earlier specs had, as the registry keeps them."""

    def scope(
        self,
        wanted: ClusterSpec,
        *,
        run: str = RUN,
        observed: Mapping[str, object] | None = None,
        failed: frozenset[str] = frozenset(),
        replaceable: frozenset[str] = frozenset(),
    ) -> Scope:
        self._dropped = dropped(self._wanted or wanted, wanted, self._dropped)
        self._wanted = wanted
        return Scope(
            spec=wanted,
            run=run,
            observed={**NETWORK, **(observed or {})},
            failed=failed,
            replaceable=replaceable,
            dropped=self._dropped,
            aws=self.aws,
            home=HOME,
            settings=SETTINGS,
        )

    def ensure(self, wanted: ClusterSpec, part: Part, **more: Any) -> list[Report]:  # noqa: ANN401 -- scope's own
        scope = self.scope(wanted, **more)
        return ensure(RESOURCES[part](scope, part), SURPLUS[part](scope, part) if part in SURPLUS else ())

    def observe(self, wanted: ClusterSpec, part: Part, **more: Any) -> list[Report]:  # noqa: ANN401 -- scope's own
        scope = self.scope(wanted, **more)
        return observe(RESOURCES[part](scope, part), SURPLUS[part](scope, part) if part in SURPLUS else ())

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def cluster(self, **more: Any) -> None:  # noqa: ANN401 -- CreateCluster's members
        """An ACTIVE cluster of ours, and an empty tape."""
        wanted = create_cluster(spec(), role=CLUSTER_ROLE, subnets=SUBNETS, tags={"slipway/cluster": NAME})
        self.aws.eks.create_cluster(**(wanted | more))
        self.wait(CLUSTER_SECONDS)
        self.tape.calls.clear()


def new_stage(aws: Aws, tape: Tape, clock: VirtualClock, *, propagation: float = 0) -> Stage:
    around = world()
    return Stage(aws, tape, new_twin(around, clock, propagation=propagation), around, clock)
