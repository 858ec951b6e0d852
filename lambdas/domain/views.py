"""What the API shows: shapes that a Kubernetes user reads without a manual. Times are ISO 8601 in UTC."""

from collections.abc import Iterable
from typing import Final, Literal, Self

from lambdas.domain.adoption_notes import Undescribed
from lambdas.domain.calendar import Moment, Standing, State, Upcoming
from lambdas.domain.drift import Drift, Finding
from lambdas.domain.frozen import dataclass
from lambdas.domain.planner.differences import Difference
from lambdas.domain.progress import Action
from lambdas.domain.records import Power
from lambdas.domain.runs import Left, Problem, RunStatus, Step, Verb

PROBLEM_JSON: Final = "application/problem+json"
"""The content type of a ``ProblemDocument``."""

Truth = Literal["True", "False", "Unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run with its timeline; of one that deletes, what it has taken away, left and why, and looked for in vain."""

    id: str
    cluster: str
    verb: Verb
    generation: int
    status: RunStatus
    startedAt: str
    endedAt: str | None
    executionArn: str
    consoleUrl: str
    steps: tuple[Step, ...]
    error: Problem | None
    deleted: tuple[str, ...]
    left: tuple[Left, ...]
    lookedFor: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One statement about a cluster, as Kubernetes makes them."""

    type: str
    status: Truth
    reason: str
    message: str
    lastTransitionTime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodegroupStatus:
    """A node group at the last look."""

    nodegroupName: str
    status: str
    inService: int
    desiredSize: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddonStatus:
    """An add-on at the last look."""

    addonName: str
    status: str
    addonVersion: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredView:
    """What the cluster is to be now, why, and when that changes, if it is known."""

    state: State
    reason: str
    until: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleView:
    """A cluster's calendar with every default written out, its override while it holds, and what follows from both."""

    calendar: dict[str, object] | None
    override: Standing | None
    desired: DesiredView
    nextEvents: tuple[Upcoming, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodegroupSizes:
    """The sizes that a node group has when it is awake next."""

    nodegroupName: str
    minSize: int
    maxSize: int
    desiredSize: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeChange:
    """A change of a node group's sizes, as EKS took it: the update's id and status, the run that asked for it."""

    nodegroupName: str
    updateId: str
    status: str
    createdAt: str
    run: str
    minSize: int
    maxSize: int
    desiredSize: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NightStatus:
    """Whether a cluster is to be awake, why and until when; and what its nights have come to.

    ``power`` is what it is: ``awake``, ``asleep``, or ``partial`` on the way and where a run did not get all nodes.
    ``nodegroups`` has the groups that are not as they will be by day: with the sizes that they get back, or that were
    asked for. ``updates`` are the latest changes of sizes, newest first. ``savedNodeHours`` is for how long nodes were
    not there that would have been, all nodes together, up to now.
    """

    awake: bool
    why: str
    until: Moment | None
    power: Power
    nextEvents: tuple[Upcoming, ...]
    savedNodeHours: float
    nodegroups: tuple[NodegroupSizes, ...]
    updates: tuple[SizeChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterStatus:
    """What runs have learnt about a cluster."""

    conditions: tuple[Condition, ...]
    arn: str | None
    version: str | None
    endpoint: str | None
    issuer: str | None
    nodegroups: tuple[NodegroupStatus, ...]
    addons: tuple[AddonStatus, ...]
    night: NightStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterView:
    """A cluster: what is wanted, what is, and the last run of any verb."""

    name: str
    generation: int
    spec: dict[str, object]
    status: ClusterStatus
    run: RunView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The answer to whatever starts a run."""

    cluster: ClusterView
    run: RunView


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """The answer to whatever changes a cluster's nights or sizes; no run if nothing is left to do."""

    cluster: ClusterView
    run: RunView | None
    schedule: ScheduleView


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterList:
    """A page of clusters by name."""

    items: tuple[ClusterView, ...]
    nextToken: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunList:
    """A page of runs, newest first."""

    items: tuple[RunView, ...]
    nextToken: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAction:
    """One change: what is done to which resource, why, what comes of it, and the members that differ now."""

    verb: str
    resource: str
    reason: str
    consequence: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """Something that has happened to a cluster; ``detail`` is what the bus has, and docs/events.md has its schema."""

    id: str
    type: str
    at: str
    message: str
    publishedAt: str | None
    detail: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventList:
    """A page of events, newest first."""

    items: tuple[EventView, ...]
    nextToken: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would do, in order, and the spec with everything that was left out made concrete."""

    actions: tuple[PlannedAction, ...]
    spec: dict[str, object]

    @classmethod
    def of(cls, actions: Iterable[Action], spec: dict[str, object]) -> Self:
        """The plan of these actions."""
        return cls(actions=tuple(map(planned, actions)), spec=spec)


def planned(action: Action) -> PlannedAction:
    """An action as plans show it."""
    return PlannedAction(
        verb=action.verb,
        resource=action.resource,
        reason=action.reason,
        consequence=action.consequence,
        differences=action.differences,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """What is wrong with one field: an RFC 6901 pointer, the fault and what to do.

    The pointer is into the body; where a parameter of the path or of the query is wrong it names that, as in ``/name``.
    It is empty for the request as a whole.
    """

    pointer: str
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionView:
    """What adopting a cluster comes to: the spec that describes it, and what a run would do, which is to set tags.

    ``undescribed`` is what no spec says and what that means; ``hindrances`` are what has to be mended before ownership
    can be confirmed, with pointers into a body that has the spec.
    """

    spec: dict[str, object]
    actions: tuple[PlannedAction, ...]
    undescribed: tuple[Undescribed, ...]
    hindrances: tuple[FieldProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDocument:
    """RFC 9457 ``application/problem+json``."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftView:
    """What somebody changed behind Slipway's back, as the last look found it; ``lookedAt`` is null before the first."""

    policy: str
    lookedAt: str | None
    items: tuple[Finding, ...]

    @classmethod
    def of(cls, policy: str, drift: Drift | None) -> Self:
        """What a look found under a policy."""
        return cls(policy=policy, lookedAt=drift.lookedAt if drift else None, items=drift.findings if drift else ())
