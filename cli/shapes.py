"""The API's JSON as this client reads it: the members it uses, and no others.

They are ``lambdas.domain.views`` seen from outside: a client knows plain JSON, and is not installed with what the API
is made of; a test holds the two together. An answer may have more members; they are kept for ``-o json``.
"""

from typing import Any, TypedDict

Json = dict[str, Any]


class Step(TypedDict):
    """One line of a run's timeline. ``since`` is ISO 8601 in UTC."""

    name: str
    status: str
    reason: str
    since: str


class RunError(TypedDict):
    """Why a run failed."""

    code: str
    cause: str
    remedy: str
    exists: list[str]


class Left(TypedDict):
    """Something that was found and not taken away."""

    resource: str
    why: str


class Run(TypedDict):
    """One execution of a state machine on one cluster. Times are ISO 8601 in UTC."""

    id: str
    cluster: str
    verb: str
    generation: int
    status: str
    startedAt: str
    endedAt: str | None
    consoleUrl: str | None
    steps: list[Step]
    error: RunError | None
    deleted: list[str]
    left: list[Left]
    lookedFor: list[str]


class Event(TypedDict):
    """Something that has happened to a cluster. ``at`` is ISO 8601 in UTC."""

    id: str
    type: str
    at: str
    message: str


class Condition(TypedDict):
    """One statement about a cluster, as Kubernetes writes them."""

    type: str
    status: str
    reason: str
    message: str
    lastTransitionTime: str


class NodegroupStatus(TypedDict):
    """A node group at the last look."""

    nodegroupName: str
    status: str
    inService: int
    desiredSize: int


class AddonStatus(TypedDict):
    """An add-on at the last look."""

    addonName: str
    status: str
    addonVersion: str | None


class Moment(TypedDict):
    """An instant: in UTC, and as a clock on the wall shows it."""

    utc: str
    local: str


class Upcoming(TypedDict):
    """What happens to a cluster, when and why."""

    at: Moment
    what: str
    why: str


class NodegroupSizes(TypedDict):
    """The sizes that a node group has when it is awake next."""

    nodegroupName: str
    minSize: int
    maxSize: int
    desiredSize: int


class SizeChange(TypedDict):
    """A change of a node group's sizes, as EKS took it."""

    nodegroupName: str
    updateId: str
    status: str
    createdAt: str
    minSize: int
    maxSize: int
    desiredSize: int


class NightStatus(TypedDict):
    """Whether a cluster is to be awake, why and until when; ``power`` is what it is."""

    awake: bool
    why: str
    until: Moment | None
    power: str
    nextEvents: list[Upcoming]
    savedNodeHours: float
    nodegroups: list[NodegroupSizes]
    updates: list[SizeChange]


class ClusterStatus(TypedDict):
    """What is known of the cluster itself."""

    conditions: list[Condition]
    endpoint: str | None
    version: str | None
    nodegroups: list[NodegroupStatus]
    addons: list[AddonStatus]
    night: NightStatus


class Cluster(TypedDict):
    """A cluster: what is wanted and how it stands."""

    name: str
    generation: int
    spec: Json
    status: ClusterStatus
    run: Run | None


class Accepted(TypedDict):
    """The answer to a change that was accepted."""

    cluster: Cluster
    run: Run


class Standing(TypedDict):
    """What was asked for by hand, while it holds."""

    state: str
    until: Moment | None


class Desired(TypedDict):
    """What a cluster is to be now."""

    state: str
    reason: str
    until: Moment | None


class Schedule(TypedDict):
    """A cluster's calendar, and what follows from it."""

    calendar: Json | None
    override: Standing | None
    desired: Desired
    nextEvents: list[Upcoming]


class Arranged(TypedDict):
    """The answer to whatever changes a cluster's nights or sizes; no run if nothing is left to do."""

    cluster: Cluster
    run: Run | None
    schedule: Schedule


class Difference(TypedDict):
    """A member that is not as the spec says; ``actual`` and ``wanted`` are JSON."""

    field: str
    actual: object
    wanted: object


class Action(TypedDict):
    """One change that a run would make."""

    verb: str
    resource: str
    reason: str
    consequence: str
    differences: list[Difference]


class Finding(TypedDict):
    """Something that somebody changed behind Slipway's back."""

    resource: str
    field: str
    actual: object
    wanted: object
    reason: str
    repairable: bool
    since: str


class Drift(TypedDict):
    """What the last look for drift found."""

    policy: str
    lookedAt: str | None
    items: list[Finding]


class Plan(TypedDict):
    """What a run would do, in order."""

    actions: list[Action]


class FieldError(TypedDict, total=False):
    """What is wrong with one field of a request; ``pointer`` is a JSON pointer into its body."""

    pointer: str
    detail: str
    remedy: str


class Undescribed(TypedDict):
    """Something of a cluster that no spec says."""

    what: str
    meaning: str


class Adoption(TypedDict):
    """What adopting a cluster comes to."""

    spec: Json
    actions: list[Action]
    undescribed: list[Undescribed]
    hindrances: list[FieldError]


class Problem(TypedDict, total=False):
    """An RFC 9457 problem."""

    title: str
    status: int
    detail: str
    errors: list[FieldError]
