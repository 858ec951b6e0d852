"""New versions of a node group's nodes: a rollout, batch by batch, that pods or nodes may bring to a halt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.twin import catalogue, launch_templates, readiness, scaling
from sandbox.twin import nodegroup_checks as checks
from sandbox.twin.errors import invalid_parameter
from sandbox.twin.guards import guarded
from sandbox.twin.nodegroup_updates import finish, found
from sandbox.twin.state import Cluster, Instance, Nodegroup, NodegroupStatus, Update
from sandbox.twin.updates import open_update, view

if TYPE_CHECKING:
    from sandbox.twin.core import Call, Core, Handler
    from sandbox.twin.wire import Json

_CAUSE = "the node group is being updated"
NEVER_JOINED, NOT_EVICTED = "NodeCreationFailure", "PodEvictionFailure"
_SAID = {
    # terraform-aws-modules/terraform-aws-eks#3283
    NEVER_JOINED: "Couldn't proceed with upgrade process as new nodes are not joining node group",
    # aws/containers-roadmap#1282
    NOT_EVICTED: "Reached max retries while trying to evict pods from nodes in node group",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the nodes are to have: Kubernetes version, AMI release (a custom AMI has none) and launch template."""

    version: str
    release: str | None
    template: Json | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """An update on its way: `batches` are the instances that it found, in the order in which they are to go."""

    core: Core
    cluster: Cluster
    nodegroup: Nodegroup
    update: Update
    target: Target
    batches: list[list[Instance]]
    force: bool

    @property
    def old(self) -> list[Instance]:
        """The instances that it found and that are still there."""
        return [it for batch in self.batches for it in batch if it.staying]


def update_version(core: Core, call: Call) -> Json:
    """Answer UpdateNodegroupVersion: nodes are replaced a batch at a time, never by an older version."""
    cluster, nodegroup, names = found(core, call)
    target = _target(core, cluster, nodegroup, call.params, names)
    update = open_update(core, nodegroup.updates, nodegroup.arn, "VersionUpdate", _params(target, call.params))
    nodegroup.status, nodegroup.modified_at = NodegroupStatus.UPDATING, core.now
    rollout = Rollout(
        core=core,
        cluster=cluster,
        nodegroup=nodegroup,
        update=update,
        target=target,
        batches=[] if target == _present(nodegroup) else _batches(nodegroup),
        force=bool(call.params.get("force")),
    )
    seconds = core.draws.seconds(core.latencies.nodegroup_version_update_base, "version", nodegroup.arn)
    core.timeline.after(seconds, lambda: _next(rollout, 0))
    return {"update": view(update)}


def _present(nodegroup: Nodegroup) -> Target:
    return Target(
        version=nodegroup.version,
        release=nodegroup.release_version,
        template=nodegroup.settings.get("launchTemplate"),
    )


def _params(target: Target, asked: Json) -> list[tuple[str, str]]:
    said = [("Version", target.version), ("ReleaseVersion", target.release or "")]
    if "launchTemplate" in asked and target.template:
        said += [("LaunchTemplateName", target.template["name"]), ("LaunchTemplateVersion", target.template["version"])]
    return said


def _target(core: Core, cluster: Cluster, nodegroup: Nodegroup, params: Json, names: dict[str, str]) -> Target:
    """Return what the nodes are to have after the update, or refuse."""
    template, ami_type = _template(core, nodegroup, params, names), nodegroup.settings["amiType"]
    if ami_type == launch_templates.CUSTOM:
        return _custom(cluster, nodegroup, params, template, names)
    version = params.get("version", nodegroup.version)
    if not catalogue.minor(nodegroup.version) <= catalogue.minor(version) <= catalogue.minor(cluster.version):
        raise invalid_parameter(
            f"Requested kubernetes version {version} must lie between the node group's {nodegroup.version} and the"
            f" cluster's {cluster.version}",
            **names,
        )
    release = checks.release(version, ami_type, params.get("releaseVersion"), names)
    if version == nodegroup.version:
        checks.check_not_older(catalogue.ami_releases(version, ami_type), nodegroup.release_version, release, names)
    return Target(version=version, release=release, template=template)


def _custom(
    cluster: Cluster, nodegroup: Nodegroup, params: Json, template: Json | None, names: dict[str, str]
) -> Target:
    """What a custom AMI runs is not known to EKS: another version of the template is taken for the cluster's."""
    given = [member for member in ("version", "releaseVersion") if member in params]
    if given:
        raise invalid_parameter(f"{' and '.join(given)} cannot be given for a node group with a custom AMI", **names)
    same = template == nodegroup.settings.get("launchTemplate")
    return Target(version=nodegroup.version if same else cluster.version, release=None, template=template)


def _template(core: Core, nodegroup: Nodegroup, params: Json, names: dict[str, str]) -> Json | None:
    current: Json | None = nodegroup.settings.get("launchTemplate")
    asked = params.get("launchTemplate")
    if asked is None:
        return current
    known = launch_templates.find(core, asked, names)
    launch_templates.check_content(known, names)
    if current is None or known.template_id != current["id"]:
        raise invalid_parameter(
            "A node group can only be updated to another version of the launch template it was created with",
            **names,
        )
    return {"id": known.template_id, "name": known.name, "version": known.version}


def _batches(nodegroup: Nodegroup) -> list[list[Instance]]:
    staying = nodegroup.group.staying if nodegroup.group else []
    config = nodegroup.settings["updateConfig"]
    share = math.ceil(len(staying) * config.get("maxUnavailablePercentage", 0) / 100)
    size = max(1, config.get("maxUnavailable", share))
    return [staying[start : start + size] for start in range(0, len(staying), size)]


def _next(rollout: Rollout, number: int) -> None:
    """Start new instances for the batch of this number, or end the update after the last one.

    An update whose end a fault rule decides goes no further.
    """
    core = rollout.core
    if _over(rollout) or rollout.update.held:
        return
    if number == len(rollout.batches):
        _updated(rollout)
        return
    for _ in [it for it in rollout.batches[number] if it.staying]:
        scaling.launch(core, rollout.cluster, rollout.nodegroup, _CAUSE)
    if readiness.admits(rollout.cluster, rollout.nodegroup):
        core.timeline.after(_boot(core), lambda: _evict(rollout, number))
    else:
        seconds = core.draws.seconds(core.latencies.nodegroup_join_deadline, "join", rollout.nodegroup.arn)
        core.timeline.after(seconds, lambda: _joined(rollout, number))


def _boot(core: Core) -> float:
    return core.latencies.instance_boot.high + core.latencies.node_ready.high


def _over(rollout: Rollout) -> bool:
    """Has a fault rule ended the update? Then what it started in excess goes again."""
    over = not rollout.update.in_progress
    if over:
        _scale_back(rollout)
    return over


def _joined(rollout: Rollout, number: int) -> None:
    """Go on if new nodes can be ready after all; otherwise give up."""
    if _over(rollout):
        return
    if readiness.admits(rollout.cluster, rollout.nodegroup):
        _evict(rollout, number)
    else:
        group = rollout.nodegroup.group
        _fail(rollout, NEVER_JOINED, [it for it in group.staying if not it.ready] if group else [])


def _evict(rollout: Rollout, number: int) -> None:
    """Drain the old instances of a batch; where pods do not leave, wait for them."""
    if _over(rollout):
        return
    stuck = _stuck(rollout, number)
    for old in rollout.batches[number]:
        if old.staying and old not in stuck:
            scaling.drain(rollout.core, rollout.cluster, rollout.nodegroup, old, _CAUSE)
    if stuck:
        core = rollout.core
        seconds = core.draws.seconds(core.latencies.pod_eviction_deadline, "evict", rollout.nodegroup.arn)
        core.timeline.after(seconds, lambda: _overdue(rollout, number))
    else:
        _go_on(rollout, number)


def _stuck(rollout: Rollout, number: int) -> list[Instance]:
    kept = guarded(rollout.core, rollout.cluster, rollout.nodegroup, rollout.old)
    return [it for it in rollout.batches[number] if it in kept]


def _overdue(rollout: Rollout, number: int) -> None:
    """Give up, or by force take the instances with all that is on them; the pods may also have left by now."""
    if _over(rollout):
        return
    stuck = _stuck(rollout, number)
    if stuck and not rollout.force:
        _fail(rollout, NOT_EVICTED, stuck)
        return
    for old in rollout.batches[number]:
        if old.staying:
            scaling.drain(rollout.core, rollout.cluster, rollout.nodegroup, old, _CAUSE)
    _go_on(rollout, number)


def _go_on(rollout: Rollout, number: int) -> None:
    core = rollout.core
    step = core.draws.seconds(core.latencies.nodegroup_version_update_step, "step", rollout.nodegroup.arn)
    core.timeline.after(max(0, step - _boot(core)), lambda: _next(rollout, number + 1))


def _fail(rollout: Rollout, code: str, concerned: list[Instance]) -> None:
    """End the update as failed. Nodes that were replaced stay so; the one on which it failed stays as it was."""
    _scale_back(rollout)
    error = {
        "errorCode": code,
        "errorMessage": f"{_SAID[code]} {rollout.nodegroup.name}",
        "resourceIds": [it.instance_id for it in concerned],
    }
    finish(rollout.core, rollout.nodegroup, rollout.update, NodegroupStatus.ACTIVE, error)


def _scale_back(rollout: Rollout) -> None:
    """Let the youngest instances go that are more than the group is to have."""
    group = rollout.nodegroup.group
    if group:
        for instance in group.staying[group.desired :]:
            scaling.drain(rollout.core, rollout.cluster, rollout.nodegroup, instance, _CAUSE)


def _updated(rollout: Rollout) -> None:
    nodegroup, target = rollout.nodegroup, rollout.target
    if rollout.update.may_end:
        nodegroup.version, nodegroup.release_version = target.version, target.release
        if target.template:
            nodegroup.settings["launchTemplate"] = target.template
        finish(rollout.core, nodegroup, rollout.update, NodegroupStatus.ACTIVE)


OPERATIONS: dict[str, Handler] = {"UpdateNodegroupVersion": update_version}
