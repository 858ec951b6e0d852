"""Pods that do not leave their node: what a disruption budget, or a pod that tolerates every taint, comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.twin.core import Core
    from sandbox.twin.state import Cluster, Instance, Nodegroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Pods cannot be evicted from so many nodes of these node groups; None stands for any name."""

    nodes: int
    cluster: str | None
    nodegroup: str | None


def guarded(core: Core, cluster: Cluster, nodegroup: Nodegroup, old: list[Instance]) -> list[Instance]:
    """Return those of the `old` instances that pods do not leave: the last ones that an update comes to."""
    counts = [
        it.nodes for it in core.guards if it.cluster in (None, cluster.name) and it.nodegroup in (None, nodegroup.name)
    ]
    return old[max(0, len(old) - max(counts, default=0)) :]
