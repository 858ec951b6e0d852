"""Forcing a status: upon what exists, or as the outcome of what has just begun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.twin import addon_health, readiness, scaling
from sandbox.twin.faults import finding
from sandbox.twin.faults.texts import text
from sandbox.twin.nodegroup_versions import NEVER_JOINED, NOT_EVICTED
from sandbox.twin.state import (
    Addon,
    AddonStatus,
    Cluster,
    ClusterStatus,
    Lack,
    Nodegroup,
    NodegroupStatus,
    Update,
    UpdateStatus,
)

if TYPE_CHECKING:
    from sandbox.twin.core import Core
    from sandbox.twin.faults.finding import Found
    from sandbox.twin.faults.rules import Force, Issue
    from sandbox.twin.latencies import Triangular
    from sandbox.twin.wire import Json

STATUSES: dict[str, Any] = {
    "cluster": ClusterStatus,
    "nodegroup": NodegroupStatus,
    "addon": AddonStatus,
    "update": UpdateStatus,
}
_WITHOUT_INSTANCES = {"AsgInstanceLaunchFailures", "InsufficientFreeAddresses", "InstanceLimitExceeded"}
_WITHOUT_GROUP = {
    "AmiIdNotFound",
    "AutoScalingGroupOptInRequired",
    "Ec2InstanceTypeDoesNotExist",
    "Ec2LaunchTemplateInvalidConfiguration",
    "Ec2LaunchTemplateMaxLimitExceeded",
    "Ec2SubnetListTooLong",
    "Ec2SubnetMissingIpv6Assignment",
    "Ec2SubnetNotFound",
    "IamInstanceProfileNotFound",
    "IamLimitExceeded",
    "IamNodeRoleNotFound",
    "IamThrottling",
}
"""Issues of node groups that failed before an auto scaling group was there: assumed from what the codes say."""


def force_now(core: Core, rule: Force) -> None:
    """Set the status of what exists at once.

    Raises:
        Refusal: it does not exist.
    """
    found = finding.named(core, rule)
    _hold(found, rule)
    _settle(core, found, rule)


def force_later(core: Core, found: Found, rule: Force) -> None:
    """Let the status be the outcome of what has just begun."""
    _hold(found, rule)
    seconds = rule.after if rule.after is not None else _usual(core, found, rule)
    core.timeline.after(seconds, lambda: _settle(core, found, rule))


def _hold(found: Found, rule: Force) -> None:
    if rule.resource == "update":
        if found.update:
            found.update.held = True
        if isinstance(found.thing, Addon):
            found.thing.held = True
        return
    found.thing.held = True
    if _fails_to_go(rule) and not isinstance(found.thing, Cluster):
        found.thing.deleting_since = None
    if isinstance(found.thing, Nodegroup) and rule.status == NodegroupStatus.CREATE_FAILED:
        found.thing.lack = _lack({issue.code for issue in rule.issues})


def _fails_to_go(rule: Force) -> bool:
    return rule.status == NodegroupStatus.DELETE_FAILED


def _lack(codes: set[str]) -> Lack | None:
    """How far does a node group get that fails with such issues?"""
    if codes & _WITHOUT_INSTANCES:
        return Lack.INSTANCES
    return Lack.GROUP if codes & _WITHOUT_GROUP else None


def _usual(core: Core, found: Found, rule: Force) -> float:
    """Draw how long it takes until such an outcome shows."""
    latencies = core.latencies
    thing = found.thing
    usual: Triangular
    if isinstance(thing, Nodegroup):
        usual = latencies.nodegroup_config_update if rule.resource == "update" else latencies.nodegroup_create
        if _fails_to_go(rule):
            usual = latencies.nodegroup_delete
        if NEVER_JOINED in {issue.code for issue in rule.issues}:
            usual = latencies.nodegroup_join_deadline
        if NOT_EVICTED in {issue.code for issue in rule.issues}:
            usual = latencies.pod_eviction_deadline
    elif isinstance(thing, Addon):
        degrades = rule.status == AddonStatus.DEGRADED
        usual = latencies.addon_degrades if degrades else latencies.addon_install(thing.name)
        if _fails_to_go(rule):
            usual = latencies.addon_delete
    else:
        usual = latencies.cluster_config_update if rule.resource == "update" else latencies.cluster_create
    return core.draws.seconds(usual, "forced", thing.arn)


def _settle(core: Core, found: Found, rule: Force) -> None:
    if not finding.present(core, found) or (_leaving(found) and not rule.now and not _fails_to_go(rule)):
        return
    if rule.resource == "update":
        if found.update and found.update.in_progress:
            _end_update(core, found, found.update, rule)
    else:
        _set(core, found, rule)
    if rule.lasts is not None:
        core.timeline.after(rule.lasts, lambda: _recover(core, found))


def _leaving(found: Found) -> bool:
    return str(found.thing.status) == ClusterStatus.DELETING


def _set(core: Core, found: Found, rule: Force) -> None:
    thing = found.thing
    thing.status = STATUSES[rule.resource](rule.status)
    thing.issues = [_issue(found, issue) for issue in rule.issues]
    _modified(core, found)
    if isinstance(thing, Addon) and thing.status is AddonStatus.ACTIVE:
        found.cluster.software.add(thing.name)
    if isinstance(thing, Nodegroup) and thing.group and thing.lack is Lack.INSTANCES:
        scaling.fail_to_launch(core, thing.group, thing.issues[0]["message"])
    readiness.refresh(core, found.cluster)


def _end_update(core: Core, found: Found, update: Update, rule: Force) -> None:
    update.status = UpdateStatus(rule.status)
    if update.in_progress:
        return
    update.errors = [
        {
            "errorCode": issue.code,
            "errorMessage": text(issue.code, issue.message),
            "resourceIds": list(issue.resources) or _concerned(found.thing),
        }
        for issue in rule.issues
    ]
    match found.thing:
        case Addon() as addon:
            failed = update.status is UpdateStatus.FAILED
            addon.status, addon.held = AddonStatus.UPDATE_FAILED if failed else AddonStatus.ACTIVE, False
        case Nodegroup() as nodegroup:
            nodegroup.status = NodegroupStatus.ACTIVE
        case Cluster() as cluster:
            cluster.status = ClusterStatus.ACTIVE
    _modified(core, found)


def _issue(found: Found, issue: Issue) -> Json:
    return {
        "code": issue.code,
        "message": text(issue.code, issue.message),
        "resourceIds": list(issue.resources) or _concerned(found.thing),
    }


def _concerned(thing: Cluster | Nodegroup | Addon) -> list[str]:
    """Name what an issue is about where the rule does not: a node group's instances or group, else the thing."""
    if isinstance(thing, Nodegroup) and thing.group:
        return [it.instance_id for it in thing.group.instances] or [thing.group.name]
    return [thing.name]


def _modified(core: Core, found: Found) -> None:
    if not isinstance(found.thing, Cluster):
        found.thing.modified_at = core.now


def _recover(core: Core, found: Found) -> None:
    """Let go of the thing: from now on it is as the twin would have it."""
    if not (finding.present(core, found) and found.thing.held) or _leaving(found):
        return
    found.thing.held, found.thing.issues = False, []
    match found.thing:
        case Cluster() as cluster:
            cluster.status = ClusterStatus.ACTIVE
        case Nodegroup() as nodegroup:
            nodegroup.status, nodegroup.lack = NodegroupStatus.ACTIVE, None
        case Addon() as addon:
            addon_health.healthy(core, found.cluster, addon)
    _modified(core, found)
    readiness.refresh(core, found.cluster)
