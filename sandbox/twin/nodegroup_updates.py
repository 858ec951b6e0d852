"""Changes of a node group that take time: sizes, labels and taints, and the version of its nodes."""

from __future__ import annotations

import json
import math
from functools import partial
from typing import TYPE_CHECKING

from sandbox.twin import catalogue, launch_templates, scaling
from sandbox.twin import nodegroup_checks as checks
from sandbox.twin.errors import in_use, invalid_parameter
from sandbox.twin.nodegroups import sizes
from sandbox.twin.state import Cluster, Instance, Nodegroup, NodegroupStatus, Update
from sandbox.twin.updates import close_update, open_update, view

if TYPE_CHECKING:
    from sandbox.twin.core import Call, Core, Handler
    from sandbox.twin.wire import Json

_READY = (NodegroupStatus.ACTIVE, NodegroupStatus.DEGRADED)
_SIZE_PARAMS = {"minSize": "MinSize", "maxSize": "MaxSize", "desiredSize": "DesiredSize"}
_CONFIG = ("labels", "taints", "scalingConfig", "updateConfig", "nodeRepairConfig", "warmPoolConfig")


def _found(core: Core, call: Call) -> tuple[Cluster, Nodegroup, dict[str, str]]:
    """Return cluster, node group and their names, or refuse unless the node group can be updated now."""
    names = {member: call.params[member] for member in ("clusterName", "nodegroupName")}
    cluster, nodegroup = core.nodegroup(names["clusterName"], names["nodegroupName"])
    if nodegroup.status not in _READY:
        raise in_use("Nodegroup cannot be updated as it is currently not in Active State", **names)
    return cluster, nodegroup, names


def update_config(core: Core, call: Call) -> Json:
    """Answer UpdateNodegroupConfig. The node group is ACTIVE again long before its instances have followed."""
    cluster, nodegroup, names = _found(core, call)
    params = call.params
    if not any(member in params for member in _CONFIG):
        raise invalid_parameter(f"At least one of {', '.join(_CONFIG)} must be given", **names)
    checks.check_modelled(params)
    checks.check_update_config(params.get("updateConfig", {}), names)
    wanted = checks.checked_scaling(core.quotas, sizes(nodegroup) | params.get("scalingConfig", {}), names)
    after = nodegroup.status
    update = open_update(core, nodegroup.updates, nodegroup.arn, "ConfigUpdate", _config_params(params))
    nodegroup.status, nodegroup.modified_at = NodegroupStatus.UPDATING, core.now
    _apply(nodegroup, params)
    if "scalingConfig" in params:
        _resize(core, cluster, nodegroup, wanted)
    seconds = core.draws.seconds(core.latencies.nodegroup_config_update, "update", nodegroup.arn)
    core.timeline.after(seconds, lambda: _finish(core, nodegroup, update, after))
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
    ]
    return [(kind, json.dumps(value)) for kind, value in said if value is not None]


def _apply(nodegroup: Nodegroup, params: Json) -> None:
    settings = nodegroup.settings
    if "labels" in params:
        settings["labels"] = _labels(settings.get("labels", {}), params["labels"])
    if "taints" in params:
        settings["taints"] = _taints(settings.get("taints", []), params["taints"])
    settings |= {member: params[member] for member in _CONFIG[3:] if member in params}


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


def _resize(core: Core, cluster: Cluster, nodegroup: Nodegroup, wanted: dict[str, int]) -> None:
    nodegroup.scaling = wanted
    group = nodegroup.group
    if group:
        group.min_size, group.max_size, group.desired = (wanted[size] for size in checks.SIZES)
        scaling.reconcile(core, cluster, nodegroup, "a user request changed the desired capacity")


def _finish(core: Core, nodegroup: Nodegroup, update: Update, status: NodegroupStatus) -> None:
    """End the update; a status that was forced upon the node group meanwhile stays, as does a lack of instances."""
    if update.may_end:
        close_update(update)
        nodegroup.modified_at = core.now
        if nodegroup.status is NodegroupStatus.UPDATING:
            nodegroup.status = NodegroupStatus.DEGRADED if nodegroup.starved else status


def update_version(core: Core, call: Call) -> Json:
    """Answer UpdateNodegroupVersion: nodes are replaced a batch at a time, never by an older version."""
    cluster, nodegroup, names = _found(core, call)
    version, release, template = _target(core, cluster, nodegroup, call.params, names)
    same = (version, release, template) == (
        nodegroup.version,
        nodegroup.release_version,
        nodegroup.settings.get("launchTemplate"),
    )
    params = [("Version", version), ("ReleaseVersion", release or "")]
    update = open_update(core, nodegroup.updates, nodegroup.arn, "VersionUpdate", params)
    nodegroup.status, nodegroup.modified_at = NodegroupStatus.UPDATING, core.now
    done = core.draws.seconds(core.latencies.nodegroup_version_update_base, "version", nodegroup.arn)
    for batch in [] if same else _batches(nodegroup):
        core.timeline.after(done, partial(_replace, core, cluster, nodegroup, batch))
        done += core.draws.seconds(core.latencies.nodegroup_version_update_step, "step", nodegroup.arn)
    core.timeline.after(done, lambda: _updated(core, nodegroup, update, version, release, template))
    return {"update": view(update)}


def _target(
    core: Core, cluster: Cluster, nodegroup: Nodegroup, params: Json, names: dict[str, str]
) -> tuple[str, str | None, Json | None]:
    """Return version, AMI release and launch template after the update, or refuse."""
    version = params.get("version", nodegroup.version)
    if not catalogue.minor(nodegroup.version) <= catalogue.minor(version) <= catalogue.minor(cluster.version):
        raise invalid_parameter(
            f"Requested kubernetes version {version} must lie between the node group's {nodegroup.version} and the"
            f" cluster's {cluster.version}",
            **names,
        )
    template = _template(core, nodegroup, params, names)
    return (
        version,
        checks.release(version, nodegroup.settings["amiType"], params.get("releaseVersion"), names),
        template,
    )


def _template(core: Core, nodegroup: Nodegroup, params: Json, names: dict[str, str]) -> Json | None:
    current: Json | None = nodegroup.settings.get("launchTemplate")
    asked = params.get("launchTemplate")
    if asked is None:
        return current
    found = launch_templates.find(core, asked, names)
    launch_templates.check_content(found, names)
    if current is None or found.template_id != current["id"]:
        raise invalid_parameter(
            "A node group can only be updated to another version of the launch template it was created with",
            **names,
        )
    return {"id": found.template_id, "name": found.name, "version": found.version}


def _batches(nodegroup: Nodegroup) -> list[list[Instance]]:
    staying = nodegroup.group.staying if nodegroup.group else []
    config = nodegroup.settings["updateConfig"]
    share = math.ceil(len(staying) * config.get("maxUnavailablePercentage", 0) / 100)
    size = max(1, config.get("maxUnavailable", share))
    return [staying[start : start + size] for start in range(0, len(staying), size)]


def _replace(core: Core, cluster: Cluster, nodegroup: Nodegroup, batch: list[Instance]) -> None:
    """Start new instances and drain the old ones once the new ones had time to boot."""
    cause = "the node group is being updated"
    for old in [instance for instance in batch if instance.staying]:
        scaling.launch(core, cluster, nodegroup, cause)
        boot = core.latencies.instance_boot.high + core.latencies.node_ready.high
        core.timeline.after(boot, partial(_retire, core, cluster, nodegroup, old, cause))


def _retire(core: Core, cluster: Cluster, nodegroup: Nodegroup, old: Instance, cause: str) -> None:
    if old.staying:
        scaling.drain(core, cluster, nodegroup, old, cause)


def _updated(
    core: Core, nodegroup: Nodegroup, update: Update, version: str, release: str | None, template: Json | None
) -> None:
    if update.may_end:
        nodegroup.version, nodegroup.release_version = version, release
        if template:
            nodegroup.settings["launchTemplate"] = template
        _finish(core, nodegroup, update, NodegroupStatus.ACTIVE)


OPERATIONS: dict[str, Handler] = {
    "UpdateNodegroupConfig": update_config,
    "UpdateNodegroupVersion": update_version,
}
