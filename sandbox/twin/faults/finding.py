"""What a call, or a rule, is about: a cluster, a node group or an add-on, and the update of it that is going on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.twin.errors import Refusal, not_found
from sandbox.twin.state import Addon, Cluster, ClusterStatus, Nodegroup, NodegroupStatus, Update, running

if TYPE_CHECKING:
    from sandbox.twin.core import Core
    from sandbox.twin.faults.calls import Asked
    from sandbox.twin.faults.rules import Force


@dataclass(frozen=True, slots=True)
class Found:
    """The cluster, the thing in it (or itself) that a status is forced upon, and the update that is going on.

    Attributes:
        leaving: it was being deleted when it was found.
    """

    cluster: Cluster
    thing: Cluster | Nodegroup | Addon
    update: Update | None
    leaving: bool


def find(core: Core, asked: Asked) -> Found | None:
    """Return what the call is about, as far as it is there."""
    kind = "nodegroup" if "nodegroupName" in asked.params else "addon" if "addonName" in asked.params else "cluster"
    try:
        return _find(core, kind, asked.cluster or "", asked.name or "")
    except Refusal:
        return None


def _find(core: Core, kind: str, cluster_name: str, name: str) -> Found:
    cluster = core.cluster(cluster_name)
    thing: Cluster | Nodegroup | Addon = cluster
    if kind == "nodegroup":
        thing = core.nodegroup(cluster_name, name)[1]
    elif kind == "addon":
        thing = core.addon(cluster_name, name)[1]
    return Found(cluster, thing, running(thing.updates), str(thing.status) == ClusterStatus.DELETING)


def begun(core: Core, asked: Asked, before: Found | None, rule: Force) -> Found | None:
    """Return what is there now and was not there before the call: the thing, an update of it, or its deletion."""
    found = find(core, asked)
    if found is None:
        return None
    if rule.resource == "update":
        return found if found.update and found.update is not (before and before.update) else None
    if rule.status == NodegroupStatus.DELETE_FAILED:
        return found if found.leaving and not (before and before.leaving) else None
    return found if before is None or found.thing is not before.thing else None


def named(core: Core, rule: Force) -> Found:
    """Return what the rule names; an update is of the add-on or the node group of that name, or of the cluster.

    Raises:
        Refusal: it is not there.
    """
    cluster_name, name = rule.cluster or "", rule.name or ""
    if rule.resource != "update":
        return _find(core, rule.resource, cluster_name, name)
    addon = core.cluster(cluster_name).addons.get(name)
    kind = "cluster" if not name else "addon" if addon and running(addon.updates) else "nodegroup"
    found = _find(core, kind, cluster_name, name)
    if found.update is None:
        raise not_found(f"No update of {name or cluster_name} is going on", clusterName=cluster_name)
    return found


def present(core: Core, found: Found) -> bool:
    """Is this very thing still there, not only one of its name?"""
    cluster, thing = found.cluster, found.thing
    things = (cluster, *cluster.nodegroups.values(), *cluster.addons.values())
    return core.exists(cluster) and any(it is thing for it in things)
