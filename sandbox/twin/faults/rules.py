"""What can go wrong, as plain values: each rule says which calls it concerns and what becomes of them.

`operation` is one or more names of operations, separated by spaces; each may be a shell pattern: `CreateCluster`,
`Describe*`, `CreateNodegroup CreateAddon`, `*`. `cluster` and `name` narrow a rule to one cluster, and to one thing in
it: a node group, an add-on, a principal's ARN, an association's id, an auto scaling group.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Resource = Literal["cluster", "nodegroup", "addon", "update"]
How = Literal["dropped", "error"]
Moment = Literal["before", "after"]
Origin = Literal["nodes", "controlPlane"]


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Which of the calls that a rule concerns it acts upon. Retries of an AWS SDK are calls of their own.

    Attributes:
        first: number of the first one, counted from 1.
        times: how many at most; None for no end.
        every: from the first on each `every`th.
        probability: of acting upon one that counts, drawn with the seed of the faults.
    """

    first: int = 1
    times: int | None = 1
    every: int = 1
    probability: float = 1.0


def nth(number: int, times: int = 1) -> When:
    """The call of this number and as many as `times` says from there on."""
    return When(first=number, times=times)


def first(times: int) -> When:
    """The first calls."""
    return When(times=times)


def each(every: int) -> When:
    """Each `every`th call, without an end."""
    return When(first=every, every=every, times=None)


def some(probability: float) -> When:
    """Calls drawn by lot, without an end."""
    return When(probability=probability, times=None)


ONCE = When()
ALWAYS = When(times=None)


@dataclass(frozen=True, slots=True)
class Replace:
    """Answer by an error, and do nothing of what was asked.

    Attributes:
        code: an error of the service's model, or one that every AWS service may answer with.
        status: HTTP status; by default the code's own.
        fields: further members of the error, such as `validZones`.
    """

    operation: str
    code: str
    message: str = ""
    _: KW_ONLY
    status: int | None = None
    fields: Json = field(default_factory=dict)
    cluster: str | None = None
    name: str | None = None
    when: When = ONCE


@dataclass(frozen=True, slots=True)
class Lose:
    """Do what was asked and lose the answer: the connection ends without one, or an error comes in its place."""

    operation: str
    how: How = "dropped"
    _: KW_ONLY
    code: str = "ServerException"
    message: str = ""
    cluster: str | None = None
    name: str | None = None
    when: When = ONCE


@dataclass(frozen=True, slots=True)
class Issue:
    """One health issue of a cluster, node group or add-on, or one error of an update.

    Attributes:
        code: a word of EKS's enum for it.
        resources: ids of what it is about; by default the instances of a node group, else the thing itself.
    """

    code: str
    message: str = ""
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Force:
    """Force a status upon a resource, which then stays so whatever the twin would do with it by itself.

    Attributes:
        resource: what it is about; `update` means an update of the cluster, or of the node group or add-on `name`.
        status: a word of EKS's enum for it.
        now: force it upon what exists. Otherwise it becomes the outcome of the next creations (or updates, or with
            DELETE_FAILED deletions) that `when` counts.
        after: seconds from the beginning to the outcome; by default as long as it usually takes.
        lasts: seconds after which the resource recovers by itself; None for never.
    """

    resource: Resource
    status: str
    issues: tuple[Issue, ...] = ()
    _: KW_ONLY
    cluster: str | None = None
    name: str | None = None
    now: bool = False
    after: float | None = None
    lasts: float | None = None
    when: When = ONCE


@dataclass(frozen=True, slots=True)
class Change:
    """Let somebody else call an operation, let something be gone at once, or let a group be resized past EKS.

    Attributes:
        does: an operation that the twin models; or `VanishCluster`, `VanishNodegroup` or `VanishAddon`, at once; or
            `ResizeGroup`, which moves sizes in a node group's auto scaling group as an autoscaler or a person would;
            or `AlterCluster`, `AlterNodegroup`, `AlterAddon`, `AlterAccessEntry` or `AlterPodIdentityAssociation`,
            which sets members of what Describe shows, without an update that tells of it. Null takes away.
        params: the parameters. Those that are missing are taken from the call that set it off, tags and token never.
        on: the operation that sets it off; by default it happens when the rule is added.
        moment: before or after that call is served.
        cluster, name: of the call that sets it off.
    """

    does: str
    params: Json = field(default_factory=dict)
    _: KW_ONLY
    on: str | None = None
    moment: Moment = "before"
    cluster: str | None = None
    name: str | None = None
    when: When = ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """Refuse calls that come faster than a token bucket fills, on the twin's clock.

    Attributes:
        capacity: how many calls may come at once.
        refill: tokens a second.
    """

    operation: str = "*"
    capacity: int
    refill: float
    code: str = "TooManyRequestsException"
    message: str = "Too Many Requests"
    cluster: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Delay:
    """Let time pass on the twin's clock before a call is served, so that the answer shows a later instant."""

    operation: str
    seconds: float
    _: KW_ONLY
    cluster: str | None = None
    name: str | None = None
    when: When = ONCE


@dataclass(frozen=True, slots=True)
class Stale:
    """Answer reads by the oldest earlier answer to the same request that is at most `seconds` old."""

    operation: str
    seconds: float
    _: KW_ONLY
    cluster: str | None = None
    name: str | None = None
    when: When = ALWAYS


@dataclass(frozen=True, slots=True)
class Stretch:
    """Multiply a latency of the twin, for what begins while the rule stands; `latency` is a name in `Latencies`."""

    latency: str
    factor: float


@dataclass(frozen=True, slots=True)
class NoRoom:
    """Let there be no room for control planes in these zones, by name, while the rule stands."""

    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scarce:
    """Let auto scaling groups get no more than so many instances while the rule stands; those that are there stay.

    Attributes:
        instances: how many a group can have.
        code: of the health issue that the node group tells of.
        message: of the issue, and of the launches that fail; by default EKS's usual one.
        cluster, name: of the node group; by default of all.
    """

    instances: int
    code: str = "AsgInstanceLaunchFailures"
    message: str = ""
    _: KW_ONLY
    cluster: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """Let clusters that go while the rule stands leave something behind outside EKS.

    Attributes:
        interfaces: so many network interfaces, available, which keep the cluster's security group from going too.
        of: whose they were: the network plugin's on nodes, which carry tags, or the control plane's, which carry none.
        log_group: the last log lines come minutes late, and make the log group anew if somebody has deleted it.
        cluster: by name; by default all.
    """

    interfaces: int = 0
    _: KW_ONLY
    of: Origin = "nodes"
    log_group: bool = False
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Advise:
    """Let insights say something, while the rule stands, that the twin's own state is no reason for.

    It shows at once, and stands in the place of a finding of the twin's that has its name and version.

    Attributes:
        name: of the insight, as in `Deprecated APIs removed in Kubernetes v1.35`.
        status: PASSING, WARNING, ERROR or UNKNOWN. An ERROR of UPGRADE_READINESS stops the upgrade to `version`.
        version: the Kubernetes version that it is about.
        resources: ARNs, or URIs in Kubernetes, of what is not as it should be.
        usages: deprecated APIs that are in use, as URIs.
        cluster: by name; by default all.
    """

    name: str
    status: str
    version: str
    reason: str = ""
    _: KW_ONLY
    category: str = "UPGRADE_READINESS"
    recommendation: str = ""
    resources: tuple[str, ...] = ()
    usages: tuple[str, ...] = ()
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """Let pods not leave so many nodes of a group while the rule stands, as a disruption budget would have it.

    A version update meets these nodes last. It fails there after 15 minutes, or takes them by `force`.
    """

    nodes: int = 1
    _: KW_ONLY
    cluster: str | None = None
    name: str | None = None


Condition = Stretch | NoRoom | Scarce | Leave | Advise | Guard
"""Rules that wait for no call."""

Rule = Replace | Lose | Force | Change | Throttle | Delay | Stale | Condition
