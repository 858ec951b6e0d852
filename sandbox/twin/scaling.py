"""Auto scaling groups at work: instances boot when the desired size rises and drain when it falls."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sandbox.twin import capacity, readiness
from sandbox.twin.state import Activity, AutoScalingGroup, Cluster, Instance, Lifecycle, Nodegroup

if TYPE_CHECKING:
    from sandbox.twin.core import Core
    from sandbox.world import Subnet

_HEX = "0123456789abcdef"
_DIFFERENCE = "a difference between desired and actual capacity increased the capacity"


def reconcile(core: Core, cluster: Cluster, nodegroup: Nodegroup, cause: str, ready_after: float | None = None) -> None:
    """Launch or drain instances until as many stay as are desired, the oldest leaving first.

    New nodes join after `ready_after` seconds, or as soon as they can.
    """
    group = nodegroup.group
    if group is None:
        return
    staying = group.staying
    _grow(core, cluster, nodegroup, cause, ready_after)
    for instance in sorted(staying, key=lambda it: it.launched_at)[: max(0, len(staying) - group.desired)]:
        drain(core, cluster, nodegroup, instance, cause)


def _grow(core: Core, cluster: Cluster, nodegroup: Nodegroup, cause: str, ready_after: float | None) -> None:
    """Launch what is missing, as far as it can be had; what cannot is asked for again and again."""
    group = _group(nodegroup)
    missing = 0 if nodegroup.lack else max(0, group.desired - len(group.staying))
    lacking = capacity.scarcity(core, cluster, nodegroup)
    room = missing if lacking is None else max(0, lacking.instances - len(group.staying))
    for _ in range(min(missing, room)):
        launch(core, cluster, nodegroup, cause, ready_after)
    if lacking is None or missing <= room:
        group.refused = None
        return
    fail_to_launch(core, group, lacking.message)
    capacity.refuse(core, nodegroup, group, lacking)
    if not group.retrying:
        group.retrying = True
        seconds = core.draws.seconds(core.latencies.launch_retry, "retry", group.arn)
        core.timeline.after(seconds, lambda: _try_again(core, cluster, nodegroup, group))


def _try_again(core: Core, cluster: Cluster, nodegroup: Nodegroup, group: AutoScalingGroup) -> None:
    group.retrying = False
    if core.exists(cluster) and cluster.nodegroups.get(nodegroup.name) is nodegroup:
        reconcile(core, cluster, nodegroup, _DIFFERENCE)


def launch(
    core: Core, cluster: Cluster, nodegroup: Nodegroup, cause: str, ready_after: float | None = None
) -> Instance:
    """Start one instance, whatever may be scarce; its node joins after `ready_after` seconds, or as soon as it can."""
    group = _group(nodegroup)
    instance = Instance(
        instance_id="i-" + core.draws.text(_HEX, 17, "instance", group.arn),
        instance_type=(nodegroup.settings.get("instanceTypes") or ["t3.medium"])[0],
        subnet=_emptiest_subnet(group),
        launched_at=core.now,
    )
    group.instances.append(instance)
    activity = _note(core, group, f"Launching a new EC2 instance: {instance.instance_id}", cause)
    boot = core.draws.seconds(core.latencies.instance_boot, "boot", group.arn)
    settle = core.draws.seconds(core.latencies.node_ready, "ready", group.arn)
    join = boot + settle if ready_after is None else max(boot, ready_after)
    core.timeline.after(boot, lambda: _in_service(core, nodegroup, instance, activity))
    core.timeline.after(join, lambda: _joined(core, cluster, instance))
    return instance


def fail_to_launch(core: Core, group: AutoScalingGroup, reason: str) -> None:
    """Record that no instance could be had, in the words of `reason`."""
    activity = _note(core, group, "Launching a new EC2 instance.", _DIFFERENCE)
    activity.ended_at, activity.failure = core.now, reason


def _emptiest_subnet(group: AutoScalingGroup) -> Subnet:
    used = Counter(instance.subnet.subnet_id for instance in group.staying)
    return min(group.subnets, key=lambda subnet: used[subnet.subnet_id])


def _in_service(core: Core, nodegroup: Nodegroup, instance: Instance, activity: Activity) -> None:
    activity.ended_at = core.now
    if instance.staying:
        instance.lifecycle = Lifecycle.IN_SERVICE
        capacity.relieve(core, nodegroup)


def _joined(core: Core, cluster: Cluster, instance: Instance) -> None:
    instance.joined = True
    readiness.refresh(core, cluster)


def drain(core: Core, cluster: Cluster, nodegroup: Nodegroup, instance: Instance, cause: str) -> None:
    """Take one instance out: its pods are evicted for minutes, then it is gone."""
    group = _group(nodegroup)
    instance.lifecycle = Lifecycle.DRAINING
    instance.ready = False
    activity = _note(core, group, f"Terminating EC2 instance: {instance.instance_id}", cause)
    seconds = core.draws.seconds(core.latencies.instance_drain, "drain", group.arn)
    core.timeline.after(seconds, lambda: _gone(core, group, instance, activity))
    readiness.refresh(core, cluster)


def _gone(core: Core, group: AutoScalingGroup, instance: Instance, activity: Activity) -> None:
    activity.ended_at = core.now
    if instance in group.instances:
        group.instances.remove(instance)


def _note(core: Core, group: AutoScalingGroup, description: str, cause: str) -> Activity:
    activity = Activity(
        activity_id=core.draws.uuid("activity", group.arn),
        description=description,
        cause=f"At {core.now:%Y-%m-%dT%H:%M:%SZ} {cause}",
        started_at=core.now,
    )
    group.activities.insert(0, activity)
    return activity


def _group(nodegroup: Nodegroup) -> AutoScalingGroup:
    if nodegroup.group is None:
        raise LookupError(f"node group {nodegroup.name} has no auto scaling group yet")
    return nodegroup.group
