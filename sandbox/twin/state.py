"""What the control plane remembers: clusters and what belongs to them, as plain values.

Members that EKS only stores and reads back stay in EKS's own words, in `settings`; what the twin decides upon is
a field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.twin.insights import Looked, Refresh
    from sandbox.twin.wire import Json
    from sandbox.world import Subnet

NETWORKING = "vpc-cni"
SELF_MANAGED = frozenset({NETWORKING, "kube-proxy", "coredns"})
"""What bootstrapSelfManagedAddons installs outside EKS's management."""


class ClusterStatus(StrEnum):
    """The statuses of a cluster. The twin comes to FAILED and PENDING by fault rules only."""

    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    UPDATING = "UPDATING"
    DELETING = "DELETING"
    FAILED = "FAILED"
    PENDING = "PENDING"


class NodegroupStatus(StrEnum):
    """The statuses of a node group. The twin comes to DEGRADED and DELETE_FAILED by fault rules only."""

    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    UPDATING = "UPDATING"
    DELETING = "DELETING"
    CREATE_FAILED = "CREATE_FAILED"
    DELETE_FAILED = "DELETE_FAILED"
    DEGRADED = "DEGRADED"


class AddonStatus(StrEnum):
    """The statuses of an add-on. The twin comes to CREATE_FAILED and DELETE_FAILED by fault rules only."""

    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    UPDATING = "UPDATING"
    DELETING = "DELETING"
    CREATE_FAILED = "CREATE_FAILED"
    DELETE_FAILED = "DELETE_FAILED"
    DEGRADED = "DEGRADED"
    UPDATE_FAILED = "UPDATE_FAILED"


class FargateProfileStatus(StrEnum):
    """The statuses of a Fargate profile. The twin comes to no failed ones."""

    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    DELETING = "DELETING"
    CREATE_FAILED = "CREATE_FAILED"
    DELETE_FAILED = "DELETE_FAILED"


class UpdateStatus(StrEnum):
    """The statuses of an update. The twin comes to Cancelled by fault rules only."""

    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    SUCCESSFUL = "Successful"
    CANCELLED = "Cancelled"


class Lack(StrEnum):
    """What a failing node group never gets."""

    GROUP = "an auto scaling group"
    INSTANCES = "instances"


class Lifecycle(StrEnum):
    """The lifecycle states of an instance in an auto scaling group that the twin uses."""

    PENDING = "Pending"
    IN_SERVICE = "InService"
    DRAINING = "Terminating:Wait"


class AuthenticationMode(StrEnum):
    """Where a cluster looks up who may do what."""

    API = "API"
    API_AND_CONFIG_MAP = "API_AND_CONFIG_MAP"
    CONFIG_MAP = "CONFIG_MAP"


@dataclass(slots=True, kw_only=True)
class Update:
    """A change in progress or done.

    Attributes:
        params: pairs of UpdateParamType and text.
        held: a fault rule decides how it ends.
    """

    id: str
    type: str
    created_at: datetime
    params: list[tuple[str, str]] = field(default_factory=list)
    status: UpdateStatus = UpdateStatus.IN_PROGRESS
    errors: list[Json] = field(default_factory=list)
    held: bool = False

    @property
    def in_progress(self) -> bool:
        """Is it still going on?"""
        return self.status is UpdateStatus.IN_PROGRESS

    @property
    def may_end(self) -> bool:
        """Is it going on, and the twin's to end?"""
        return self.in_progress and not self.held


def running(updates: dict[str, Update]) -> Update | None:
    """Return the update in progress among `updates`."""
    return next((update for update in updates.values() if update.in_progress), None)


@dataclass(slots=True, kw_only=True)
class Instance:
    """An EC2 instance of an auto scaling group and the Kubernetes node on it.

    Attributes:
        joined: its kubelet runs; the node is ready as soon as the cluster lets it be.
        ready: Kubernetes calls the node Ready.
    """

    instance_id: str
    instance_type: str
    subnet: Subnet
    launched_at: datetime
    lifecycle: Lifecycle = Lifecycle.PENDING
    joined: bool = False
    ready: bool = False

    @property
    def staying(self) -> bool:
        """Does it count towards the desired size?"""
        return self.lifecycle is not Lifecycle.DRAINING


@dataclass(slots=True, kw_only=True)
class Activity:
    """A launch or a termination, as the auto scaling group tells it; `failure` says why it came to nothing."""

    activity_id: str
    description: str
    cause: str
    started_at: datetime
    ended_at: datetime | None = None
    failure: str | None = None


@dataclass(slots=True, kw_only=True)
class AutoScalingGroup:
    """The auto scaling group behind a node group: the truth about its size.

    Attributes:
        refused: the health issue that comes of instances it wants and cannot have now.
        retrying: it will ask for them again.
    """

    name: str
    arn: str
    created_at: datetime
    template_id: str
    min_size: int
    max_size: int
    desired: int
    subnets: list[Subnet]
    refused: Json | None = None
    retrying: bool = False
    instances: list[Instance] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)

    @property
    def staying(self) -> list[Instance]:
        """The instances that count towards the desired size."""
        return [instance for instance in self.instances if instance.staying]


@dataclass(slots=True, kw_only=True)
class Nodegroup:
    """A managed node group. Its size lives in its auto scaling group once that exists.

    Attributes:
        role_id: unique id of its role when it was created.
        held: a fault rule decides its status.
        lack: what a fault rule keeps it from ever getting.
        starved: its issues tell of instances that could not be had.
        deleting_since: when its deletion began that will come to an end; a fault rule may let none do so.
    """

    name: str
    arn: str
    created_at: datetime
    modified_at: datetime
    version: str
    release_version: str | None
    node_role: str
    subnets: list[Subnet]
    scaling: dict[str, int]
    settings: Json
    tags: dict[str, str]
    status: NodegroupStatus = NodegroupStatus.CREATING
    role_id: str | None = None
    group: AutoScalingGroup | None = None
    held: bool = False
    lack: Lack | None = None
    starved: bool = False
    deleting_since: datetime | None = None
    issues: list[Json] = field(default_factory=list)
    updates: dict[str, Update] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Addon:
    """An add-on that EKS manages.

    Attributes:
        needs_nodes: it is healthy only while a node is there to run it.
        turning: an event that will settle its health is already on its way.
        held: a fault rule decides its status.
        deleting_since: when its deletion began that will come to an end; a fault rule may let none do so.
    """

    name: str
    arn: str
    created_at: datetime
    modified_at: datetime
    version: str
    namespace: str
    needs_nodes: bool
    settings: Json
    tags: dict[str, str]
    status: AddonStatus = AddonStatus.CREATING
    turning: bool = False
    held: bool = False
    deleting_since: datetime | None = None
    issues: list[Json] = field(default_factory=list)
    updates: dict[str, Update] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class FargateProfile:
    """Which pods run on Fargate. `settings` are role, subnets and selectors, in EKS's own words."""

    name: str
    arn: str
    created_at: datetime
    settings: Json
    tags: dict[str, str]
    status: FargateProfileStatus = FargateProfileStatus.CREATING


@dataclass(slots=True, kw_only=True)
class AccessEntry:
    """Who may do what in the cluster.

    Attributes:
        made_by_eks: it came with a node group and goes with the last one that uses the role.
        principal_id: the role's unique id, to which the entry is bound; None for other principals.
        policies: associated access policies by ARN, in EKS's own words.
    """

    principal_arn: str
    arn: str
    created_at: datetime
    modified_at: datetime
    type: str
    username: str
    groups: list[str]
    tags: dict[str, str]
    principal_id: str | None = None
    made_by_eks: bool = False
    policies: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Association:
    """A pod identity association. `owner_arn` is the add-on that it belongs to."""

    id: str
    arn: str
    created_at: datetime
    modified_at: datetime
    namespace: str
    service_account: str
    settings: Json
    tags: dict[str, str]
    owner_arn: str | None = None


@dataclass(slots=True, kw_only=True)
class Cluster:
    """A cluster.

    Attributes:
        settings: the members of Cluster that EKS stores and reads back, in EKS's own words.
        software: names of the add-ons, managed or not, whose workloads are in the cluster.
        held: a fault rule decides its status.
        looked: what the checks behind its insights said when they were last made; None until it is up.
        refresh: the last refresh of its insights that somebody asked for.
    """

    name: str
    arn: str
    creator: str
    created_at: datetime
    version: str
    platform_version: str
    role_arn: str
    hash: str
    endpoint_domain: str
    settings: Json
    tags: dict[str, str]
    status: ClusterStatus = ClusterStatus.CREATING
    held: bool = False
    issues: list[Json] = field(default_factory=list)
    software: set[str] = field(default_factory=set)
    nodegroups: dict[str, Nodegroup] = field(default_factory=dict)
    fargate_profiles: dict[str, FargateProfile] = field(default_factory=dict)
    addons: dict[str, Addon] = field(default_factory=dict)
    access_entries: dict[str, AccessEntry] = field(default_factory=dict)
    associations: dict[str, Association] = field(default_factory=dict)
    updates: dict[str, Update] = field(default_factory=dict)
    looked: Looked | None = None
    refresh: Refresh | None = None

    @property
    def vpc_id(self) -> str:
        """The VPC that its subnets are in."""
        return str(self.settings["resourcesVpcConfig"]["vpcId"])

    @property
    def authentication_mode(self) -> AuthenticationMode:
        """Where it looks up who may do what."""
        return AuthenticationMode(self.settings["accessConfig"]["authenticationMode"])

    @property
    def is_ipv6(self) -> bool:
        """Do its pods and services have IPv6 addresses?"""
        return bool(self.settings["kubernetesNetworkConfig"]["ipFamily"] == "ipv6")

    @property
    def groups(self) -> list[AutoScalingGroup]:
        """The auto scaling groups behind its node groups."""
        return [nodegroup.group for nodegroup in self.nodegroups.values() if nodegroup.group]

    @property
    def ready_nodes(self) -> int:
        """How many nodes are ready and not being drained."""
        return sum(it.ready for group in self.groups for it in group.instances)
