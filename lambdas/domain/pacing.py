"""When to look again, and for how long to keep looking: every interval and budget of the wait loops.

The first look comes just under the fastest duration seen in public logs, the others in short steps: the same
waste as polling every ten seconds from the start with a quarter of the calls.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Part(StrEnum):
    """The wait loops of ``provision``, in the order in which a person meets them in the console."""

    CLUSTER_ROLE = "clusterRole"
    NETWORK = "network"
    CLUSTER = "cluster"
    NODE_ROLE = "nodeRole"
    ACCESS = "access"
    NETWORKING_ADDONS = "networkingAddons"
    NODEGROUPS = "nodegroups"
    WORKLOAD_ADDONS = "workloadAddons"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds: the fastest that creation was ever seen, the interval after that, the budget of the loop."""

    fastest: int
    every: int
    budget: int


PACES: Final[dict[Part, Pace]] = {
    # IAM answers at once; what takes time is that other services believe it (usually 5-15 s, minutes at worst).
    Part.CLUSTER_ROLE: Pace(fastest=0, every=2, budget=180),
    Part.NODE_ROLE: Pace(fastest=0, every=2, budget=180),
    Part.NETWORK: Pace(fastest=0, every=5, budget=300),
    # 6 min 36 s to 11 min 23 s in logs of 2024-2026; EKS's own waiter gives up after 20 minutes.
    Part.CLUSTER: Pace(fastest=390, every=12, budget=2700),
    Part.ACCESS: Pace(fastest=0, every=3, budget=300),
    # 4 to 35 s for the add-ons that are DaemonSets.
    Part.NETWORKING_ADDONS: Pace(fastest=15, every=6, budget=1200),
    # 58 s with no instance, 88 s and more with; a group whose nodes cannot join fails by itself after 15-30 min.
    Part.NODEGROUPS: Pace(fastest=58, every=10, budget=2700),
    # Counted from the first node: the wait for it is part of the budget.
    Part.WORKLOAD_ADDONS: Pace(fastest=8, every=6, budget=3300),
}


def until_next_look(part: Part, created_at: datetime | None, observed_at: datetime) -> int:
    """Seconds to wait for something that was created at ``created_at`` and looked at just now.

    Both instants are the service's own, so that no clock of ours is compared with one of theirs.
    """
    pace = PACES[part]
    if created_at is None:
        return max(pace.fastest, pace.every)
    age = (observed_at - created_at).total_seconds()
    return max(pace.every, int(pace.fastest - age))
