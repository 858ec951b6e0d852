"""The Auto Scaling API on the groups behind node groups, for those who look at them or change them directly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.twin import scaling
from sandbox.twin.errors import Refusal
from sandbox.twin.paging import page
from sandbox.twin.state import Activity, AutoScalingGroup, Cluster, Instance, Nodegroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.twin.core import Core
    from sandbox.twin.wire import Json

Owned = tuple[Cluster, Nodegroup, AutoScalingGroup]
_ANSWERED_PAGE = {"NextToken": "nextToken", "MaxRecords": "maxResults"}


def owned(core: Core) -> dict[str, Owned]:
    """Return every group of the twin by name, with its cluster and node group."""
    return {
        nodegroup.group.name: (cluster, nodegroup, nodegroup.group)
        for cluster in core.clusters.values()
        for nodegroup in cluster.nodegroups.values()
        if nodegroup.group
    }


def concerns(core: Core, operation: str, params: Json) -> bool:
    """Is this request the twin's to answer: an operation it models, on no groups but its own?"""
    if operation not in OPERATIONS:
        return False
    groups = owned(core)
    if "InstanceIds" in params:
        known = {it.instance_id for *_, group in groups.values() for it in group.instances}
        return set(params["InstanceIds"]) <= known
    name = params.get("AutoScalingGroupName")
    names = params.get("AutoScalingGroupNames", [name] if name else [])
    return set(names) <= set(groups)


def _page(params: Json, member: str, items: list[Json]) -> Json:
    asked = {_ANSWERED_PAGE[name]: params[name] for name in _ANSWERED_PAGE if name in params}
    answer = page(asked, member, items)
    return {{"nextToken": "NextToken"}.get(name, name): value for name, value in answer.items()}


def describe_groups(core: Core, params: Json) -> Json:
    """Answer DescribeAutoScalingGroups."""
    names = params.get("AutoScalingGroupNames")
    found = [_group(*it) for name, it in owned(core).items() if not names or name in names]
    wanted = [group for group in found if all(_matches(group, it) for it in params.get("Filters", []))]
    if not params.get("IncludeInstances", True):
        wanted = [group | {"Instances": []} for group in wanted]
    return _page(params, "AutoScalingGroups", wanted)


def _matches(group: Json, condition: Json) -> bool:
    """Does the group match a filter on its tags (`tag:KEY`, `tag-key`, `tag-value`)?"""
    name, values = condition["Name"], condition["Values"]
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    if name.startswith("tag:"):
        return tags.get(name.removeprefix("tag:")) in values
    return bool(set(values) & set(tags if name == "tag-key" else tags.values()))


def _group(cluster: Cluster, nodegroup: Nodegroup, group: AutoScalingGroup) -> Json:
    return {
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "MixedInstancesPolicy": {
            "LaunchTemplate": {
                "LaunchTemplateSpecification": _template(group),
                "Overrides": [{"InstanceType": it} for it in nodegroup.settings.get("instanceTypes", [])],
            }
        },
        "MinSize": group.min_size,
        "MaxSize": group.max_size,
        "DesiredCapacity": group.desired,
        "DefaultCooldown": 300,
        "AvailabilityZones": sorted({subnet.zone for subnet in group.subnets}),
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 15,
        "Instances": [_instance(group, instance) for instance in group.instances],
        "CreatedTime": group.created_at,
        "VPCZoneIdentifier": ",".join(subnet.subnet_id for subnet in group.subnets),
        "Tags": [_tag(group, key, value) for key, value in _tags(cluster, nodegroup).items()],
        "NewInstancesProtectedFromScaleIn": False,
    }


def _template(group: AutoScalingGroup) -> Json:
    name = group.name.rpartition("eks-")[1] + group.template_id.removeprefix("lt-")
    return {"LaunchTemplateId": group.template_id, "LaunchTemplateName": name, "Version": "1"}


def _tags(cluster: Cluster, nodegroup: Nodegroup) -> dict[str, str]:
    return {
        "eks:cluster-name": cluster.name,
        "eks:nodegroup-name": nodegroup.name,
        "k8s.io/cluster-autoscaler/enabled": "true",
        f"k8s.io/cluster-autoscaler/{cluster.name}": "owned",
        f"kubernetes.io/cluster/{cluster.name}": "owned",
    }


def _tag(group: AutoScalingGroup, key: str, value: str) -> Json:
    return {
        "ResourceId": group.name,
        "ResourceType": "auto-scaling-group",
        "Key": key,
        "Value": value,
        "PropagateAtLaunch": True,
    }


def _instance(group: AutoScalingGroup, instance: Instance) -> Json:
    return {
        "InstanceId": instance.instance_id,
        "InstanceType": instance.instance_type,
        "AvailabilityZone": instance.subnet.zone,
        "LifecycleState": str(instance.lifecycle),
        "HealthStatus": "Healthy",
        "LaunchTemplate": _template(group),
        "ProtectedFromScaleIn": False,
    }


def describe_instances(core: Core, params: Json) -> Json:
    """Answer DescribeAutoScalingInstances."""
    wanted = params.get("InstanceIds")
    found = [
        _instance(group, instance) | {"AutoScalingGroupName": group.name, "HealthStatus": "HEALTHY"}
        for *_, group in owned(core).values()
        for instance in group.instances
        if not wanted or instance.instance_id in wanted
    ]
    return _page(params, "AutoScalingInstances", found)


def describe_activities(core: Core, params: Json) -> Json:
    """Answer DescribeScalingActivities, newest first."""
    name = params.get("AutoScalingGroupName")
    found = [
        _activity(group, activity)
        for *_, group in owned(core).values()
        for activity in group.activities
        if name in (None, group.name)
    ]
    return _page(params, "Activities", found)


def _activity(group: AutoScalingGroup, activity: Activity) -> Json:
    over = activity.ended_at is not None
    status = "Failed" if activity.failure else "Successful" if over else "InProgress"
    return {
        "ActivityId": activity.activity_id,
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": activity.description,
        "Cause": activity.cause,
        "StartTime": activity.started_at,
        "EndTime": activity.ended_at,
        "StatusCode": status,
        "StatusMessage": activity.failure,
        "Progress": 100 if over else 50,
    }


def set_desired_capacity(core: Core, params: Json) -> Json:
    """Answer SetDesiredCapacity."""
    return _resize(core, params, {})


def update_group(core: Core, params: Json) -> Json:
    """Answer UpdateAutoScalingGroup, sizes only."""
    sizes = {"MinSize": "min_size", "MaxSize": "max_size"}
    return _resize(core, params, {field: params[name] for name, field in sizes.items() if name in params})


def _resize(core: Core, params: Json, bounds: dict[str, int]) -> Json:
    """Set bounds and desired size; new bounds drag a desired size along that lies outside of them."""
    cluster, nodegroup, group = owned(core)[params["AutoScalingGroupName"]]
    least, most = bounds.get("min_size", group.min_size), bounds.get("max_size", group.max_size)
    if least > most:
        raise Refusal("ValidationError", "Max bound must be greater than or equal to min bound")
    desired = params.get("DesiredCapacity")
    if desired is None:
        desired = min(max(group.desired, least), most)
    _check_within(desired, least, most, group)
    group.min_size, group.max_size, group.desired = least, most, desired
    scaling.reconcile(core, cluster, nodegroup, "a user request changed the desired capacity")
    return {}


def _check_within(desired: int, least: int, most: int, group: AutoScalingGroup) -> None:
    if not least <= desired <= most:
        side, bound = ("above max", most) if desired > most else ("below min", least)
        raise Refusal(
            "ValidationError",
            f"New SetDesiredCapacity value {desired} is {side} value {bound} for the AutoScalingGroup {group.name}.",
        )


OPERATIONS: dict[str, Callable[[Core, Json], Json]] = {
    "DescribeAutoScalingGroups": describe_groups,
    "DescribeAutoScalingInstances": describe_instances,
    "DescribeScalingActivities": describe_activities,
    "SetDesiredCapacity": set_desired_capacity,
    "UpdateAutoScalingGroup": update_group,
}
