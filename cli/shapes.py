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


class ClusterStatus(TypedDict):
    """What is known of the cluster itself."""

    conditions: list[Condition]
    endpoint: str | None
    version: str | None
    nodegroups: list[NodegroupStatus]
    addons: list[AddonStatus]


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


class Action(TypedDict):
    """One change that a run would make."""

    verb: str
    resource: str
    reason: str
    consequence: str


class Plan(TypedDict):
    """What a run would do, in order."""

    actions: list[Action]


class FieldError(TypedDict, total=False):
    """What is wrong with one field of a request; ``pointer`` is a JSON pointer into its body."""

    pointer: str
    detail: str
    remedy: str


class Problem(TypedDict, total=False):
    """An RFC 9457 problem."""

    title: str
    status: int
    detail: str
    errors: list[FieldError]
