"""What the API shows: shapes that a Kubernetes user reads without a manual. Times are ISO 8601 in UTC."""

from dataclasses import dataclass
from typing import Final, Literal

from lambdas.domain.progress import Action
from lambdas.domain.runs import Problem, RunStatus, Step, Verb

PROBLEM_JSON: Final = "application/problem+json"
"""The content type of a ``ProblemDocument``."""

Truth = Literal["True", "False", "Unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run with its timeline."""

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
class ClusterStatus:
    """What runs have learnt about a cluster."""

    conditions: tuple[Condition, ...]
    arn: str | None
    version: str | None
    endpoint: str | None
    issuer: str | None
    nodegroups: tuple[NodegroupStatus, ...]
    addons: tuple[AddonStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterView:
    """A cluster: what is wanted, what is, and the last run."""

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
class Plan:
    """What a run would do, in order, and the spec with everything that was left out made concrete."""

    actions: tuple[Action, ...]
    spec: dict[str, object]


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
class ProblemDocument:
    """RFC 9457 ``application/problem+json``."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldProblem, ...] = ()
