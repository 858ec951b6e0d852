"""Managed node groups: create, describe, list, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.twin import access, capacity, launch_templates, machines, scaling
from sandbox.twin import nodegroup_checks as checks
from sandbox.twin.core import not_active
from sandbox.twin.errors import in_use, invalid_parameter
from sandbox.twin.network import check_ipv6_blocks, existing_subnets
from sandbox.twin.paging import page
from sandbox.twin.roles import check_node_role
from sandbox.twin.state import AutoScalingGroup, Cluster, ClusterStatus, Lack, Nodegroup, NodegroupStatus

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.twin.core import Call, Core, Handler
    from sandbox.twin.wire import Json
    from sandbox.world import Subnet

DEFAULT_AMI_TYPE = "AL2023_x86_64_STANDARD"
DEFAULT_INSTANCE_TYPE = "t3.medium"
_STORED = ("labels", "taints", "remoteAccess", "nodeRepairConfig", "warmPoolConfig")
_DISK_SIZES = {"WINDOWS": 50}
_LINUX_DISK_SIZE = 20
_DRAINED_LOOK_SECONDS = 10.0
_BUSY = (NodegroupStatus.CREATING, NodegroupStatus.UPDATING)


def view(cluster: Cluster, nodegroup: Nodegroup) -> Json:
    """Return the node group as EKS shows it. Its sizes are those of its auto scaling group."""
    group = nodegroup.group
    return {
        "nodegroupName": nodegroup.name,
        "nodegroupArn": nodegroup.arn,
        "clusterName": cluster.name,
        "version": nodegroup.version,
        "releaseVersion": nodegroup.release_version,
        "createdAt": nodegroup.created_at,
        "modifiedAt": nodegroup.modified_at,
        "status": str(nodegroup.status),
        "scalingConfig": sizes(nodegroup),
        "subnets": [subnet.subnet_id for subnet in nodegroup.subnets],
        "nodeRole": nodegroup.node_role,
        "resources": {"autoScalingGroups": [{"name": group.name}]} if group else None,
        "health": {"issues": nodegroup.issues},
        "tags": nodegroup.tags,
        **nodegroup.settings,
    }


def sizes(nodegroup: Nodegroup) -> dict[str, int]:
    """Return minSize, maxSize and desiredSize as they are now."""
    group = nodegroup.group
    if group is None:
        return nodegroup.scaling
    return {"minSize": group.min_size, "maxSize": group.max_size, "desiredSize": group.desired}


def create(core: Core, call: Call) -> Json:
    """Answer CreateNodegroup."""
    params = call.params
    cluster, name = core.cluster(params["clusterName"]), params["nodegroupName"]
    names = {"clusterName": cluster.name, "nodegroupName": name}
    if cluster.status is not ClusterStatus.ACTIVE:
        raise not_active(cluster)
    if name in cluster.nodegroups:
        raise in_use(
            f"NodeGroup already exists with name {name} and cluster name {cluster.name}",
            **names,
        )
    checks.check_modelled(params)
    checks.check_name(name, names)
    checks.check_quota(core.quotas, cluster, names)
    sizes_wanted = checks.new_scaling(core.quotas, params.get("scalingConfig"), names)
    settings = _settings(core, params, names)
    checks.check_ip_family(cluster, settings["amiType"], names)
    version, release = _version(cluster, params, settings, names)
    role = check_node_role(core, params["nodeRole"], cluster.name, name)
    _check_role_is_free(core, params["nodeRole"], names)
    path = f"nodegroup/{cluster.name}/{name}"
    nodegroup = Nodegroup(
        name=name,
        arn=core.scope.eks(f"{path}/{core.draws.uuid(path)}"),
        created_at=core.now,
        modified_at=core.now,
        version=version,
        release_version=release,
        node_role=params["nodeRole"],
        role_id=role.role_id,
        subnets=_subnets(core, cluster, params, names),
        scaling=sizes_wanted,
        settings=settings,
        tags=dict(params.get("tags", {})),
    )
    cluster.nodegroups[name] = nodegroup
    access.let_nodes_in(core, cluster, nodegroup, role.role_id)
    _build(core, cluster, nodegroup)
    return {"nodegroup": view(cluster, nodegroup)}


def _settings(core: Core, params: Json, names: dict[str, str]) -> Json:
    """Return the settings of a new node group in EKS's own words, its defaults included."""
    launch_templates.check_exclusions(params, names)
    checks.check_instance_types(params.get("instanceTypes", []), names)
    checks.check_update_config(params.get("updateConfig", {}), names)
    ami_type = params.get("amiType", DEFAULT_AMI_TYPE)
    settings = {
        "capacityType": params.get("capacityType", "ON_DEMAND"),
        "updateConfig": params.get("updateConfig") or {"maxUnavailable": 1},
        **{member: params[member] for member in _STORED if member in params},
    }
    if "launchTemplate" not in params:
        disk = _DISK_SIZES.get(ami_type.partition("_")[0], _LINUX_DISK_SIZE)
        types = params.get("instanceTypes") or [DEFAULT_INSTANCE_TYPE]
        machines.check_processors(ami_type, types, names)
        return settings | {"amiType": ami_type, "diskSize": params.get("diskSize", disk), "instanceTypes": types}
    found = launch_templates.find(core, params["launchTemplate"], names)
    launch_templates.check_content(found, names)
    launch_templates.check_conflicts(found, params, names)
    types = params.get("instanceTypes") or ([] if found.instance_type else [DEFAULT_INSTANCE_TYPE])
    if not found.image_id:
        machines.check_processors(ami_type, types or [str(found.instance_type)], names)
    return settings | {
        "amiType": launch_templates.CUSTOM if found.image_id else ami_type,
        "launchTemplate": {"id": found.template_id, "name": found.name, "version": found.version},
        **({"instanceTypes": types} if types else {}),
    }


def _version(cluster: Cluster, params: Json, settings: Json, names: dict[str, str]) -> tuple[str, str | None]:
    """Return Kubernetes version and AMI release; a new node group has the cluster's version, no other."""
    if params.get("version", cluster.version) != cluster.version:
        raise invalid_parameter(
            f"Requested kubernetes version {params['version']} must be the cluster's version {cluster.version}",
            **names,
        )
    wanted = params.get("releaseVersion")
    return cluster.version, checks.release(cluster.version, settings["amiType"], wanted, names)


def _check_role_is_free(core: Core, role_arn: str, names: dict[str, str]) -> None:
    if any(cluster.role_arn == role_arn for cluster in core.clusters.values()):
        raise invalid_parameter(f"nodeRole {role_arn} is a cluster's role and cannot be a node role too", **names)


def _subnets(core: Core, cluster: Cluster, params: Json, names: dict[str, str]) -> list[Subnet]:
    if not params["subnets"]:
        raise invalid_parameter("subnets must not be empty", **names)
    subnets = existing_subnets(core, params["subnets"], **names)
    if subnets[0].vpc_id != cluster.vpc_id:
        raise invalid_parameter(f"Subnets must be in the cluster's VPC {cluster.vpc_id}", **names)
    if cluster.is_ipv6:
        check_ipv6_blocks(subnets, **names)
    return subnets


def _build(core: Core, cluster: Cluster, nodegroup: Nodegroup) -> None:
    """Let the auto scaling group appear, its instances boot, and the node group become ACTIVE or fail."""
    latencies, draws = core.latencies, core.draws
    appears = draws.seconds(latencies.group_appears, "group", nodegroup.arn)
    empty = nodegroup.scaling["desiredSize"] == 0
    whole = latencies.nodegroup_create_empty if empty else latencies.nodegroup_create
    done = draws.seconds(whole, "create", nodegroup.arn)
    core.timeline.after(appears, lambda: _group_appears(core, cluster, nodegroup, done - appears))
    if empty:
        core.timeline.after(done, lambda: _created(core, nodegroup))
    deadline = draws.seconds(latencies.nodegroup_join_deadline, "deadline", nodegroup.arn)
    core.timeline.after(deadline, lambda: _give_up(core, nodegroup))


def _group_appears(core: Core, cluster: Cluster, nodegroup: Nodegroup, ready_after: float) -> None:
    if nodegroup.status is not NodegroupStatus.CREATING or nodegroup.lack is Lack.GROUP:
        return
    uuid = core.draws.uuid("group", nodegroup.arn)
    name = f"eks-{nodegroup.name}-{uuid}"
    nodegroup.group = AutoScalingGroup(
        name=name,
        arn=core.scope.group(core.draws.uuid("groupArn", nodegroup.arn), name),
        created_at=core.now,
        template_id="lt-" + core.draws.text("0123456789abcdef", 17, "template", nodegroup.arn),
        min_size=nodegroup.scaling["minSize"],
        max_size=nodegroup.scaling["maxSize"],
        desired=nodegroup.scaling["desiredSize"],
        subnets=nodegroup.subnets,
    )
    scaling.reconcile(core, cluster, nodegroup, "an instance was started for a new group", ready_after)


def _created(core: Core, nodegroup: Nodegroup) -> None:
    if nodegroup.status is NodegroupStatus.CREATING and not nodegroup.held:
        nodegroup.status, nodegroup.modified_at = NodegroupStatus.ACTIVE, core.now


def _give_up(core: Core, nodegroup: Nodegroup) -> None:
    if nodegroup.status is not NodegroupStatus.CREATING or nodegroup.held:
        return
    instances = nodegroup.group.instances if nodegroup.group else []
    never_joined = {
        "code": "NodeCreationFailure",
        "message": "Instances failed to join the kubernetes cluster",
        "resourceIds": [instance.instance_id for instance in instances],
    }
    nodegroup.status, nodegroup.modified_at = NodegroupStatus.CREATE_FAILED, core.now
    nodegroup.issues = [capacity.refusal(nodegroup) or never_joined]


def describe(core: Core, call: Call) -> Json:
    """Answer DescribeNodegroup."""
    return {"nodegroup": view(*core.nodegroup(call.params["clusterName"], call.params["nodegroupName"]))}


def list_all(core: Core, call: Call) -> Json:
    """Answer ListNodegroups."""
    return page(call.params, "nodegroups", sorted(core.cluster(call.params["clusterName"]).nodegroups))


def delete(core: Core, call: Call) -> Json:
    """Answer DeleteNodegroup. The answer to a second call is the first one's."""
    cluster, nodegroup = core.nodegroup(call.params["clusterName"], call.params["nodegroupName"])
    if nodegroup.status in _BUSY:
        raise in_use(
            f"Nodegroup {nodegroup.name} cannot be deleted as it is currently in {nodegroup.status} state",
            clusterName=cluster.name,
            nodegroupName=nodegroup.name,
        )
    if nodegroup.status is not NodegroupStatus.DELETING:
        nodegroup.status, nodegroup.modified_at = NodegroupStatus.DELETING, core.now
        nodegroup.held, nodegroup.deleting_since, nodegroup.issues = False, core.now, []
        if nodegroup.group:
            nodegroup.group.min_size = nodegroup.group.desired = 0
            scaling.reconcile(core, cluster, nodegroup, "the node group is being deleted")
        seconds = core.draws.seconds(core.latencies.nodegroup_delete, "delete", nodegroup.arn)
        since = core.now
        core.timeline.after(seconds, lambda: _deleted(core, cluster, nodegroup, since))
    return {"nodegroup": view(cluster, nodegroup)}


def _deleted(core: Core, cluster: Cluster, nodegroup: Nodegroup, since: datetime) -> None:
    """Let the node group go, or wait for the last of its instances to be drained."""
    if nodegroup.deleting_since != since:
        return
    if nodegroup.group and nodegroup.group.instances:
        core.timeline.after(_DRAINED_LOOK_SECONDS, lambda: _deleted(core, cluster, nodegroup, since))
    else:
        gone(cluster, nodegroup)


def gone(cluster: Cluster, nodegroup: Nodegroup) -> None:
    """Forget the node group, and the access entry that came with it unless another one uses the role."""
    if cluster.nodegroups.get(nodegroup.name) is not nodegroup:
        return
    del cluster.nodegroups[nodegroup.name]
    entry = cluster.access_entries.get(nodegroup.node_role)
    others = {other.node_role for other in cluster.nodegroups.values()}
    if entry and entry.made_by_eks and nodegroup.node_role not in others:
        del cluster.access_entries[nodegroup.node_role]


OPERATIONS: dict[str, Handler] = {
    "CreateNodegroup": create,
    "DeleteNodegroup": delete,
    "DescribeNodegroup": describe,
    "ListNodegroups": list_all,
}
