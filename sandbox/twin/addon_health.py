"""Add-ons that need nodes: DEGRADED while there is none, healthy soon after one is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.twin.state import Addon, AddonStatus, Cluster, running
from sandbox.twin.updates import close_update

if TYPE_CHECKING:
    from sandbox.twin.core import Core
    from sandbox.twin.wire import Json

TOO_FEW = "InsufficientNumberOfReplicas"
_RECOVERS = (AddonStatus.CREATING, AddonStatus.DEGRADED, AddonStatus.UPDATING)
_DEGRADES = (AddonStatus.CREATING, AddonStatus.ACTIVE)


def present(core: Core, cluster: Cluster, addon: Addon) -> bool:
    """Is this very add-on still there?"""
    return core.exists(cluster) and cluster.addons.get(addon.name) is addon


def look(core: Core, cluster: Cluster, addon: Addon) -> None:
    """Set off what the number of ready nodes means for an add-on that needs them."""
    if not addon.needs_nodes or addon.turning:
        return
    if cluster.ready_nodes and addon.status in _RECOVERS:
        seconds = core.draws.seconds(core.latencies.addon_install(addon.name), "install", addon.arn)
    elif not cluster.ready_nodes and addon.status in _DEGRADES:
        seconds = core.draws.seconds(core.latencies.addon_degrades, "degrade", addon.arn)
    else:
        return
    addon.turning = True
    core.timeline.after(seconds, lambda: _turn(core, cluster, addon))


def _turn(core: Core, cluster: Cluster, addon: Addon) -> None:
    """Settle what `look` set off, as the nodes are by now, and look again."""
    addon.turning = False
    if addon.held or not present(core, cluster, addon):
        return
    if cluster.ready_nodes and addon.status in _RECOVERS:
        healthy(core, cluster, addon)
    elif not cluster.ready_nodes and addon.status in _DEGRADES:
        addon.status = AddonStatus.DEGRADED
        addon.issues = [_too_few(addon)]
        addon.modified_at = core.now
    look(core, cluster, addon)


def healthy(core: Core, cluster: Cluster, addon: Addon) -> None:
    """Record that the add-on runs, which ends its update if there is one."""
    addon.status = AddonStatus.ACTIVE
    addon.issues = []
    addon.modified_at = core.now
    cluster.software.add(addon.name)
    update = running(addon.updates)
    if update:
        close_update(update)


def fail_late_update(core: Core, cluster: Cluster, addon: Addon, update_id: str) -> None:
    """Give up an update that no node came to run."""
    update = addon.updates[update_id]
    if present(core, cluster, addon) and addon.status is AddonStatus.UPDATING and update.may_end:
        issue = _too_few(addon)
        close_update(
            update,
            {"errorCode": TOO_FEW, "errorMessage": issue["message"], "resourceIds": issue["resourceIds"]},
        )
        addon.status = AddonStatus.UPDATE_FAILED
        addon.issues = [issue]
        addon.modified_at = core.now


def _too_few(addon: Addon) -> Json:
    message = "The add-on is unhealthy because it doesn't have the desired number of replicas."
    return {"code": TOO_FEW, "message": message, "resourceIds": [addon.name]}
