"""When to look again, and for how long to keep looking: every interval and budget of the wait loops.

The first look comes where creations begin to be done, by public logs; the others in short steps: the same waste as
polling every ten seconds from the start with a quarter of the calls.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeGuard

from lambdas.domain.progress import Failed, Progress, Waiting


class Part(StrEnum):
    """The wait loops of the state machines, in the order in which a person meets them in the console."""

    CLUSTER_ROLE = "clusterRole"
    NETWORK = "network"
    CLUSTER = "cluster"
    NODE_ROLE = "nodeRole"
    ACCESS = "access"
    NETWORKING_ADDONS = "networkingAddons"
    NODEGROUPS = "nodegroups"
    WORKLOAD_ADDONS = "workloadAddons"
    SCHEDULES = "schedules"
    SIZES = "sizes"
    LEFTOVERS = "leftovers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds: the age at which to look first, as few creations are faster; the interval after that; the budget."""

    first: int
    every: int
    budget: int
    reason: str = "Creating"

    def wait(
        self,
        detail: str,
        *,
        created_at: datetime | None = None,
        now: datetime | None = None,
        overdue: Failed | None = None,
    ) -> Waiting:
        """Wait for something that is being created.

        Without ``created_at`` it was asked for just now. Both instants are the service's own, so that no clock
        of ours is compared with one of theirs.
        """
        age = (now - created_at).total_seconds() if created_at and now else 0
        return Waiting(self.reason, detail, max(self.every, int(self.first - age)), self.budget, overdue)


PACES: Final[dict[Part, Pace]] = {
    Part.CLUSTER_ROLE: Pace(first=0, every=1, budget=60),
    Part.NODE_ROLE: Pace(first=0, every=1, budget=60),
    Part.NETWORK: Pace(first=0, every=5, budget=300),
    # 6 min 36 s to 11 min 23 s in logs of 2024-2026, but seldom less than seven and a half; EKS's own waiter gives up
    # after 20.
    Part.CLUSTER: Pace(first=450, every=11, budget=2700),
    Part.ACCESS: Pace(first=0, every=2, budget=120),
    # 4 to 35 s for the add-ons that are DaemonSets: one look finds them all. Node groups take longer.
    Part.NETWORKING_ADDONS: Pace(first=36, every=10, budget=1200),
    # 85 to 200 s with instances; a group whose nodes cannot join fails by itself after 15 to 30 minutes. Add-ons that
    # need nodes are seldom done before, so that a run rarely waits for this loop in the end.
    Part.NODEGROUPS: Pace(first=138, every=12, budget=2700),
    # 8 to 56 s once there is a node; the slowest of several is seldom there before 22.
    Part.WORKLOAD_ADDONS: Pace(first=22, every=4, budget=1200),
    Part.SCHEDULES: Pace(first=0, every=1, budget=300, reason="SchedulesChanging"),
    # EKS takes a change of sizes in seconds; the instances follow. Hundreds of updates may be looked after at once, so
    # that one look at each is to be enough.
    Part.SIZES: Pace(first=10, every=5, budget=1800, reason="SizesChanging"),
    Part.LEFTOVERS: Pace(first=0, every=3, budget=300, reason="LeftoversGoing"),
}


@dataclass(frozen=True, slots=True)
class Patience:
    """An expected hindrance: its word, the interval between looks and how long it may last, in seconds."""

    reason: str
    every: int
    budget: int

    def wait(self, detail: str, overdue: Failed | None = None) -> Waiting:
        """Wait for the hindrance to pass; ``overdue`` is what it means if it does not."""
        return Waiting(self.reason, detail, self.every, self.budget, overdue)


ROLE_NOT_VISIBLE: Final = Patience("RoleNotVisible", every=3, budget=180)
"""IAM's changes reach other services after seconds; three minutes have been seen (aws/aws-cdk#16037)."""

THROTTLED: Final = Patience("Throttled", every=8, budget=1800)
THROTTLED_AT_MOST: Final = 60
"""Seconds: the longest wait between two looks that are both throttled."""

UPDATE_IN_PROGRESS: Final = Patience("UpdateInProgress", every=15, budget=5400)
INSIGHTS_REFRESHING: Final = Patience("InsightsRefreshing", every=20, budget=1800)
"""EKS makes the checks behind its upgrade insights once more; they are shown with the time at which they were made."""

NODES_ROLLING: Final = Patience("NodesRolling", every=30, budget=43200)
"""Nodes are replaced a few at a time, each drained first: minutes for each of what can be hundreds."""
ROLLING_AT_MOST: Final = 120
"""Seconds: the longest wait between two looks at nodes that are being replaced. An execution's history takes 25,000
events and a look nine, so that every half minute would fill it in less than a day."""

SERVICE_TROUBLE: Final = Patience("ServiceTrouble", every=8, budget=1800)
"""A 5xx: the effect may or may not have happened, so the next look decides."""

CREDENTIALS_EXPIRED: Final = Patience("CredentialsExpired", every=5, budget=600)
"""Lambda renews a function's credentials; the next look is made with new ones."""

OF_THE_CALL: Final = frozenset({THROTTLED.reason, SERVICE_TROUBLE.reason, CREDENTIALS_EXPIRED.reason})
"""Hindrances of a call: they say nothing of the resource, so the time that they take is not counted against it."""


def is_hindered(progress: Progress) -> TypeGuard[Waiting]:
    """Whether all that was heard is that a call could not be made."""
    return isinstance(progress, Waiting) and progress.reason in OF_THE_CALL


def is_throttled(progress: Progress) -> TypeGuard[Waiting]:
    """Whether AWS said that it was called too often."""
    return isinstance(progress, Waiting) and progress.reason == THROTTLED.reason


NO_ROOM: Final = Patience("NoRoomInZone", every=1, budget=120)
"""It is written down which subnets are left out; the next look goes on without them."""

NOT_THERE_YET: Final = Patience("NotThereYet", every=3, budget=120)
"""A read that has not caught up with a write of a moment ago."""

CLUSTER_NOT_ACTIVE: Final = Patience("ClusterNotActive", every=10, budget=2700)
EMPTY_NODEGROUP: Final = Pace(first=55, every=10, budget=2700)
"""A node group without instances is there after about 58 s."""

FIRST_NODE: Final = Pace(first=95, every=8, budget=2700, reason="WaitingForNode")
"""How long what runs on nodes waits for the first one, counted from its node group's creation."""

INSTANCES_STARTING: Final = Patience("InstancesStarting", every=10, budget=1800)
BEING_DELETED: Final = Patience("BeingDeleted", every=15, budget=1800)

STILL_IN_USE: Final = Patience("StillInUse", every=15, budget=1800)
"""A deletion that waits for what uses the thing: it is going too, or somebody has to take it away."""

DELETING: Final = Patience("Deleting", every=15, budget=3600)
STILL_CREATING: Final = Patience("StillCreating", every=15, budget=2700)
"""EKS refuses to delete what it has not finished making."""

REMOVING: Final = Patience("Removing", every=1, budget=300)
"""One of the short steps of a removal is done; the next look makes the next one."""

LAST_LOG_LINES: Final = Patience("LastLogLines", every=60, budget=1800)
"""A control plane's last lines come in minutes after its end and make its log group anew
(terraform-aws-modules/terraform-aws-eks#2763)."""

SIZES_NOTED: Final = Patience("SizesNoted", every=1, budget=120)
"""The sizes of a node group are written down; the next look may change them."""

INSTANCES_LEAVING: Final = Patience("InstancesLeaving", every=30, budget=1800)
"""Each node is drained first; pods that may not be evicted hold it for up to 15 minutes."""

NODES_MISSING: Final = Patience("NodesMissing", every=15, budget=900)
NODEGROUP_UNHEALTHY: Final = Patience("NodegroupUnhealthy", every=30, budget=900)
"""Health issues outlast their cause for a while (aws/containers-roadmap#2326)."""

AFTER_OTHERS: Final = Patience("AfterOthers", every=10, budget=18000)
"""For as long as others may wait themselves: who waits after them has nothing of its own to complain of."""

TURN: Final = Patience("AwaitingTurn", every=1, budget=18000)
"""Others call EKS first; how long it takes depends on how many they are, and passes by itself."""

LAUNCHES_THROTTLED: Final = Patience("LaunchesThrottled", every=60, budget=18000)
"""EC2 gives an account 1,000 instances at once and then two a second, whoever asks: 10,000 take 75 minutes."""

SWEEP_MINUTES: Final = 15
"""How often somebody looks at every cluster: how late a night can begin or end that no schedule has told of."""
