"""What happens to clusters by itself, as others hear of it: one class for each kind of event, and no other kinds.

An event's ``id`` says which happening it is, so that whoever tells of the same happening twice makes one event of it.
Events reach the bus at least once: who consumes them drops an ``id`` that it has seen. Times are ISO 8601 in UTC.
docs/events.md has the JSON Schema of each, which is made of these classes.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from lambdas.domain.frozen import dataclass
from lambdas.domain.issues import Issue
from lambdas.domain.runs import Left, Problem, Verb

SOURCE: Final = "slipway"
"""The ``source`` of every event on the bus; its ``detail-type`` is the name of the class."""

KEPT: Final = timedelta(days=90)
"""How long an event can be read back, which is as long as Step Functions keeps executions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event says.

    ``message`` is for a person: what has happened, and what to do about it if there is something to do.
    """

    message: str
    id: str
    cluster: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterReady(Event):
    """A run has ended with nothing left that differs from this generation of the spec."""

    generation: int
    run: str
    version: str | None
    endpoint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAdopted(Event):
    """A cluster that somebody else made is this Slipway's from now on; ``resources`` are what bears its tags."""

    generation: int
    run: str
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterFailed(Event):
    """A run has given up making the cluster as its spec describes it or, as ``verb`` says, deleting it.

    Nobody tries again by himself.
    """

    generation: int
    run: str
    verb: Verb
    error: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAsleep(Event):
    """The last instances are gone of the node groups that sleep. ``until`` is when they are to be back, if known."""

    generation: int
    run: str
    until: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAwake(Event):
    """All node groups have their instances in service again. ``until`` is when they are to sleep, if known."""

    generation: int
    run: str
    until: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeFailed(Event):
    """The cluster is to be awake and is not, or not with all of its nodes.

    Every sweep tries again; that is told once for each time that the cluster is to be awake and each error code.
    ``until`` is when it is to sleep again, if known.
    """

    generation: int
    run: str
    until: str | None
    error: Problem


@dataclass(frozen=True, slots=True)
class Differing:
    """Something that is not as the spec says: a resource path, the member in EKS's words if it is one, and how."""

    resource: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFound(Event):
    """The cluster was as described, and differs now. With ``repair``, a run that mends it is started."""

    generation: int
    since: str
    repair: bool
    differs: tuple[Differing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRepaired(Event):
    """What was found to differ does so no more, by ``run`` if one has mended it."""

    generation: int
    since: str
    run: str | None
    differs: tuple[Differing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterDeleted(Event):
    """Nothing of the cluster's is left but what ``left`` says and why; ``deleted`` are the resources that went."""

    generation: int
    run: str
    deleted: tuple[str, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanFound(Event):
    """Something bears Slipway's tag and the name of a cluster that this Slipway does not know.

    ``resource`` is its ARN. It is told once, and nothing is done about it.
    """

    resource: str


@dataclass(frozen=True, slots=True)
class HealthIssue:
    """A health issue as EKS reports it."""

    code: str
    message: str
    resourceIds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodegroupDegraded(Event):
    """EKS says that a node group is not well, since ``since`` as far as Slipway knows."""

    generation: int
    nodegroup: str
    since: str
    issues: tuple[HealthIssue, ...]


EVENTS: Final[tuple[type[Event], ...]] = (
    ClusterReady,
    ClusterAdopted,
    ClusterFailed,
    ClusterAsleep,
    ClusterAwake,
    WakeFailed,
    DriftFound,
    DriftRepaired,
    ClusterDeleted,
    OrphanFound,
    NodegroupDegraded,
)
"""All kinds that there are."""

FOR_A_PERSON: Final[tuple[type[Event], ...]] = (ClusterFailed, WakeFailed, OrphanFound, NodegroupDegraded)
"""What goes to people as well: nobody but a person does anything about it. So does ``DriftFound`` without repair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An event as it is written down and sent; ``detail`` is its JSON text, ``published_at`` when the bus took it."""

    id: str
    type: str
    cluster: str
    at: str
    detail: str
    published_at: str | None = None

    @classmethod
    def of(cls, event: Event) -> "Notice":
        """The event, to be written down."""
        return cls(
            id=event.id,
            type=type(event).__name__,
            cluster=event.cluster,
            at=event.at,
            detail=msgspec.json.encode(event).decode(),
        )

    @property
    def expires_at(self) -> int:
        """When it may be forgotten, in seconds since 1970."""
        return int((datetime.fromisoformat(self.at) + KEPT).timestamp())


def event_id(kind: type[Event], *occasion: object) -> str:
    """``ClusterReady/simple-bank-provision-1-1``: a kind, and what makes this happening the only one of it."""
    return "/".join([kind.__name__, *map(str, occasion)])


def drift_found(
    cluster: str, generation: int, at: str, differs: Iterable[Differing], *, since: str, repair: bool
) -> DriftFound:
    """Told once for the same differences since the same time."""
    found = tuple(differs)
    return DriftFound(
        id=event_id(DriftFound, cluster, generation, since, _digest(found)),
        cluster=cluster,
        at=at,
        message=f"{cluster} is no longer as its spec describes it: {_listed(found)}. "
        + ("The hourly look has a run mend it." if repair else f"To mend it, PUT /clusters/{cluster} with its spec."),
        generation=generation,
        since=since,
        repair=repair,
        differs=found,
    )


def drift_repaired(
    cluster: str, generation: int, at: str, differs: Iterable[Differing], *, since: str, run: str | None
) -> DriftRepaired:
    """Told once for the same differences since the same time."""
    mended = tuple(differs)
    return DriftRepaired(
        id=event_id(DriftRepaired, cluster, generation, since, _digest(mended)),
        cluster=cluster,
        at=at,
        message=f"{cluster} is as its spec describes it again: {_listed(mended)}.",
        generation=generation,
        since=since,
        run=run,
        differs=mended,
    )


def nodegroup_degraded(
    cluster: str, generation: int, at: str, nodegroup: str, issues: Iterable[Issue], *, since: str
) -> NodegroupDegraded:
    """Told once for a node group that has been unwell since the same time."""
    found = tuple(HealthIssue(issue.code, issue.message, issue.resource_ids) for issue in issues)
    said = "; ".join(f"{issue.code}: {issue.message}" for issue in found) or "EKS does not say why"
    return NodegroupDegraded(
        id=event_id(NodegroupDegraded, cluster, generation, nodegroup, since),
        cluster=cluster,
        at=at,
        message=f"The node group {nodegroup} of {cluster} is degraded: {said}",
        generation=generation,
        nodegroup=nodegroup,
        since=since,
        issues=found,
    )


def orphan_found(cluster: str, at: str, resource: str) -> OrphanFound:
    """Told once for a resource."""
    return OrphanFound(
        id=event_id(OrphanFound, resource),
        cluster=cluster,
        at=at,
        message=f"{resource} belongs to a cluster {cluster} that this Slipway does not know. See whether anybody needs "
        "it, such as another Slipway in this account, and else delete it.",
        resource=resource,
    )


def _listed(differs: tuple[Differing, ...]) -> str:
    """Each reason once: it names all members of a resource that one change makes good."""
    return "; ".join(dict.fromkeys(f"{one.resource}: {one.reason}" for one in differs))


def _digest(differs: tuple[Differing, ...]) -> str:
    text = json.dumps(sorted((one.resource, one.field, one.reason) for one in differs))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
