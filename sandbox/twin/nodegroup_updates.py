"""Changes of a node group's configuration: sizes, labels, taints, how it is updated and repaired."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sandbox.twin import nodegroup_checks as checks
from sandbox.twin import scaling
from sandbox.twin.errors import in_use, invalid_parameter
from sandbox.twin.nodegroups import sizes
from sandbox.twin.state import Cluster, Nodegroup, NodegroupStatus, Update
from sandbox.twin.updates import close_update, open_update, view

if TYPE_CHECKING:
    from sandbox.twin.core import Call, Core, Handler
    from sandbox.twin.wire import Json

_READY = (NodegroupStatus.ACTIVE, NodegroupStatus.DEGRADED)
_SIZE_PARAMS = {"minSize": "MinSize", "maxSize": "MaxSize", "desiredSize": "DesiredSize"}
_CONFIG = ("labels", "taints", "scalingConfig", "updateConfig", "nodeRepairConfig", "warmPoolConfig")


def found(core: Core, call: Call) -> tuple[Cluster, Nodegroup, dict[str, str]]:
    """Return cluster, node group and their names, or refuse unless the node group can be updated now."""
    names = {member: call.params[member] for member in ("clusterName", "nodegroupName")}
    cluster, nodegroup = core.nodegroup(names["clusterName"], names["nodegroupName"])
    if nodegroup.status not in _READY:
        raise in_use("Nodegroup cannot be updated as it is currently not in Active State", **names)
    return cluster, nodegroup, names


def update_config(core: Core, call: Call) -> Json:
    """Answer UpdateNodegroupConfig. The node group is ACTIVE again long before its instances have followed."""
    cluster, nodegroup, names = found(core, call)
    params = call.params
    if not any(member in params for member in _CONFIG):
        raise invalid_parameter(f"At least one of {', '.join(_CONFIG)} must be given", **names)
    checks.check_modelled(params)
    checks.check_not_empty(params, names)
    checks.check_update_config(params.get("updateConfig", {}), names)
    checks.check_repair_config(params.get("nodeRepairConfig", {}), names)
    wanted = checks.checked_scaling(core.quotas, sizes(nodegroup) | params.get("scalingConfig", {}), names)
    after = nodegroup.status
    update = open_update(core, nodegroup.updates, nodegroup.arn, "ConfigUpdate", _config_params(params))
    nodegroup.status, nodegroup.modified_at = NodegroupStatus.UPDATING, core.now
    _apply(nodegroup, params)
    if "scalingConfig" in params:
        resize(core, cluster, nodegroup, wanted)
    seconds = core.draws.seconds(core.latencies.nodegroup_config_update, "update", nodegroup.arn)
    core.timeline.after(seconds, lambda: finish(core, nodegroup, update, after))
    return {"update": view(update)}


def _config_params(params: Json) -> list[tuple[str, str]]:
    labels, taints = params.get("labels", {}), params.get("taints", {})
    update, repair = params.get("updateConfig", {}), params.get("nodeRepairConfig", {})
    said: list[tuple[str, object]] = [
        *((_SIZE_PARAMS[size], value) for size, value in params.get("scalingConfig", {}).items()),
        ("LabelsToAdd", labels.get("addOrUpdateLabels")),
        ("LabelsToRemove", labels.get("removeLabels")),
        ("TaintsToAdd", taints.get("addOrUpdateTaints")),
        ("TaintsToRemove", taints.get("removeTaints")),
        ("MaxUnavailable", update.get("maxUnavailable")),
        ("MaxUnavailablePercentage", update.get("maxUnavailablePercentage")),
        ("UpdateStrategy", update.get("updateStrategy")),
        ("NodeRepairEnabled", repair.get("enabled")),
        ("NodeRepairConfig", {name: value for name, value in repair.items() if name != "enabled"} or None),
    ]
    return [(kind, json.dumps(value)) for kind, value in said if value is not None]


def _apply(nodegroup: Nodegroup, params: Json) -> None:
    settings = nodegroup.settings
    if "labels" in params:
        settings["labels"] = _labels(settings.get("labels", {}), params["labels"])
    if "taints" in params:
        settings["taints"] = _taints(settings.get("taints", []), params["taints"])
    for member in _CONFIG[3:]:
        if member in params:
            settings[member] = _merged(settings.get(member, {}), params[member])


def _merged(current: Json, change: Json) -> Json:
    """Return the settings after the change; what is counted one way from now on is no longer counted the other way."""
    rivals = {_other_way(name) for name in change}
    return {name: value for name, value in current.items() if name not in rivals} | change


def _other_way(name: str) -> str:
    """Return the member that says the same in per cent, or in numbers."""
    if name.startswith("maxUnavailable"):
        return "maxUnavailable" if name.endswith("Percentage") else "maxUnavailablePercentage"
    stem = name.removesuffix("Count").removesuffix("Percentage")
    return stem + ("Count" if name.endswith("Percentage") else "Percentage")


def _labels(current: dict[str, str], change: Json) -> dict[str, str]:
    removed = change.get("removeLabels", [])
    kept = {key: value for key, value in current.items() if key not in removed}
    return {**kept, **change.get("addOrUpdateLabels", {})}


def _taints(current: list[Json], change: Json) -> list[Json]:
    added, removed = change.get("addOrUpdateTaints", []), change.get("removeTaints", [])
    gone = {_taint(it) for it in (*added, *removed)}
    return [*(it for it in current if _taint(it) not in gone), *added]


def _taint(taint: Json) -> tuple[str, str]:
    """A taint is known by its key and its effect."""
    return taint.get("key", ""), taint.get("effect", "")


def resize(core: Core, cluster: Cluster, nodegroup: Nodegroup, wanted: dict[str, int]) -> None:
    """Let the auto scaling group have the sizes `wanted`."""
    nodegroup.scaling = wanted
    group = nodegroup.group
    if group:
        group.min_size, group.max_size, group.desired = (wanted[size] for size in checks.SIZES)
        scaling.reconcile(core, cluster, nodegroup, "a user request changed the desired capacity")


def finish(
    core: Core, nodegroup: Nodegroup, update: Update, status: NodegroupStatus, error: Json | None = None
) -> None:
    """End the update, failed if there is an error.

    A status that was forced upon the node group meanwhile stays, as does a lack of instances.
    """
    if update.may_end:
        close_update(update, error)
        nodegroup.modified_at = core.now
        if nodegroup.status is NodegroupStatus.UPDATING:
            nodegroup.status = NodegroupStatus.DEGRADED if nodegroup.starved else status


OPERATIONS: dict[str, Handler] = {"UpdateNodegroupConfig": update_config}
