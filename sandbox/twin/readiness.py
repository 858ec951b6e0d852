"""When nodes become ready, and what waits for that: new node groups and add-ons that need a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.twin import addon_health
from sandbox.twin.state import (
    NETWORKING,
    AuthenticationMode,
    Cluster,
    Lifecycle,
    Nodegroup,
    NodegroupStatus,
)

if TYPE_CHECKING:
    from sandbox.twin.core import Core

_NOT_BORN = (NodegroupStatus.CREATING, NodegroupStatus.CREATE_FAILED)
_NODE_TYPES = ("EC2_LINUX", "EC2_WINDOWS")


def refresh(core: Core, cluster: Cluster) -> None:
    """Look at everything in the cluster that waits for nodes. To be called whenever something may have moved."""
    if not core.exists(cluster):
        return
    for nodegroup in cluster.nodegroups.values():
        _nodes_become_ready(cluster, nodegroup)
        _nodegroup_becomes_active(core, nodegroup)
    for addon in cluster.addons.values():
        addon_health.look(core, cluster, addon)


def _nodes_become_ready(cluster: Cluster, nodegroup: Nodegroup) -> None:
    if nodegroup.group and admits(cluster, nodegroup):
        for instance in nodegroup.group.instances:
            if instance.joined and instance.lifecycle is Lifecycle.IN_SERVICE:
                instance.ready = True


def admits(cluster: Cluster, nodegroup: Nodegroup) -> bool:
    """Can nodes of this group become ready: is there a network plugin, and is their role let in?

    An access entry is bound to the role's unique id and does nothing for a later role of the same name
    (terraform-aws-modules/terraform-aws-eks#3329). A group whose creation a fault rule lets fail admits none.
    """
    if nodegroup.held and nodegroup.status in _NOT_BORN:
        return False
    entry = cluster.access_entries.get(nodegroup.node_role)
    let_in = cluster.authentication_mode is not AuthenticationMode.API or (
        entry is not None and entry.type in _NODE_TYPES and entry.principal_id in (None, nodegroup.role_id)
    )
    return NETWORKING in cluster.software and let_in


def _nodegroup_becomes_active(core: Core, nodegroup: Nodegroup) -> None:
    group = nodegroup.group
    if nodegroup.status is not NodegroupStatus.CREATING or group is None or not group.desired:
        return
    staying = group.staying
    if len(staying) >= group.desired and all(instance.ready for instance in staying):
        nodegroup.status = NodegroupStatus.ACTIVE
        nodegroup.modified_at = core.now
