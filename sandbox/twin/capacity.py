"""Instances that cannot be had: what an auto scaling group is refused, and how its node group tells of it.

A node group that could not scale out is DEGRADED until a scale-out succeeds, and stays so at zero instances too
(aws/containers-roadmap#2326). It can be updated all the same, as an ACTIVE one can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.twin.state import AutoScalingGroup, Cluster, Lifecycle, Nodegroup, NodegroupStatus

if TYPE_CHECKING:
    from sandbox.twin.core import Core
    from sandbox.twin.wire import Json

_BORN = (NodegroupStatus.ACTIVE, NodegroupStatus.UPDATING, NodegroupStatus.DEGRADED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scarcity:
    """No more than so many instances for a group of these node groups; None stands for any name.

    Attributes:
        code, message: of the health issue that this becomes.
    """

    instances: int
    code: str
    message: str
    cluster: str | None
    nodegroup: str | None


def scarcity(core: Core, cluster: Cluster, nodegroup: Nodegroup) -> Scarcity | None:
    """Return the scarcity that the node group suffers most from, if from any."""
    suffered = [
        it for it in core.scarcities if it.cluster in (None, cluster.name) and it.nodegroup in (None, nodegroup.name)
    ]
    return min(suffered, key=lambda it: it.instances, default=None)


def refuse(core: Core, nodegroup: Nodegroup, group: AutoScalingGroup, lacking: Scarcity) -> None:
    """Remember why the group gets no more instances, and let the node group tell of it after a while."""
    ids = [instance.instance_id for instance in group.staying] or [group.name]
    told = group.refused is not None
    group.refused = {"code": lacking.code, "message": lacking.message, "resourceIds": ids}
    if not told:
        seconds = core.draws.seconds(core.latencies.nodegroup_degrades, "degrades", group.arn)
        core.timeline.after(seconds, lambda: _degrade(core, nodegroup))


def _degrade(core: Core, nodegroup: Nodegroup) -> None:
    issue = refusal(nodegroup)
    if issue is None or nodegroup.held or nodegroup.status not in _BORN:
        return
    nodegroup.starved, nodegroup.issues, nodegroup.modified_at = True, [issue], core.now
    if nodegroup.status is NodegroupStatus.ACTIVE:
        nodegroup.status = NodegroupStatus.DEGRADED


def refusal(nodegroup: Nodegroup) -> Json | None:
    """Return the issue of a group that is being refused instances."""
    return nodegroup.group.refused if nodegroup.group else None


def relieve(core: Core, nodegroup: Nodegroup) -> None:
    """Let the node group become healthy in a while if all its instances have come."""
    if nodegroup.starved and _complete(nodegroup):
        seconds = core.draws.seconds(core.latencies.nodegroup_recovers, "recovers", nodegroup.arn)
        core.timeline.after(seconds, lambda: _recover(core, nodegroup))


def _complete(nodegroup: Nodegroup) -> bool:
    group = nodegroup.group
    if group is None or not group.desired or len(group.staying) < group.desired:
        return False
    return all(instance.lifecycle is Lifecycle.IN_SERVICE for instance in group.staying)


def _recover(core: Core, nodegroup: Nodegroup) -> None:
    if not nodegroup.starved or nodegroup.held or not _complete(nodegroup):
        return
    nodegroup.starved, nodegroup.issues, nodegroup.modified_at = False, [], core.now
    if nodegroup.status is NodegroupStatus.DEGRADED:
        nodegroup.status = NodegroupStatus.ACTIVE
