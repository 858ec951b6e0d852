"""Fargate profiles: create, describe, list, delete. One at a time, as EKS has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.twin.core import not_active
from sandbox.twin.errors import in_use, invalid_parameter
from sandbox.twin.network import existing_subnets
from sandbox.twin.paging import page
from sandbox.twin.roles import check_fargate_role
from sandbox.twin.state import Cluster, ClusterStatus, FargateProfile, FargateProfileStatus

if TYPE_CHECKING:
    from sandbox.twin.core import Call, Core, Handler
    from sandbox.twin.wire import Json

_SETTINGS = ("podExecutionRoleArn", "subnets", "selectors")
_BUSY = (FargateProfileStatus.CREATING, FargateProfileStatus.DELETING)


def view(cluster: Cluster, profile: FargateProfile) -> Json:
    """Return the profile as EKS shows it."""
    return {
        "fargateProfileName": profile.name,
        "fargateProfileArn": profile.arn,
        "clusterName": cluster.name,
        "createdAt": profile.created_at,
        "status": str(profile.status),
        "tags": profile.tags,
        "health": {"issues": []},
        **profile.settings,
    }


def create(core: Core, call: Call) -> Json:
    """Answer CreateFargateProfile."""
    params = call.params
    cluster, name = core.cluster(params["clusterName"]), params["fargateProfileName"]
    names = {"clusterName": cluster.name, "fargateProfileName": name}
    if cluster.status is not ClusterStatus.ACTIVE:
        raise not_active(cluster)
    if name in cluster.fargate_profiles:
        raise in_use(f"Fargate Profile already exists with name: {name}", **names)
    _check_alone(cluster, f"Cannot create Fargate Profile {name}", names)
    if not params.get("selectors"):
        raise invalid_parameter("selectors must not be empty", **names)
    check_fargate_role(core, params["podExecutionRoleArn"], cluster.name)
    existing_subnets(core, params.get("subnets", []), **names)
    path = f"fargateprofile/{cluster.name}/{name}"
    profile = FargateProfile(
        name=name,
        arn=core.scope.eks(f"{path}/{core.draws.uuid(path)}"),
        created_at=core.now,
        settings={"subnets": cluster.settings["resourcesVpcConfig"]["subnetIds"]}
        | {member: params[member] for member in _SETTINGS if member in params},
        tags=dict(params.get("tags", {})),
    )
    cluster.fargate_profiles[name] = profile
    seconds = core.draws.seconds(core.latencies.fargate_create, "create", profile.arn)
    core.timeline.after(seconds, lambda: _created(profile))
    return {"fargateProfile": view(cluster, profile)}


def _check_alone(cluster: Cluster, refused: str, names: dict[str, str]) -> None:
    """Refuse while another profile comes or goes, in the words that eksctl's code knows."""
    for other in cluster.fargate_profiles.values():
        if other.status in _BUSY:
            raise in_use(
                f"{refused} because cluster {cluster.name} currently has Fargate profile {other.name} in status"
                f" {other.status}",
                **names,
            )


def _created(profile: FargateProfile) -> None:
    if profile.status is FargateProfileStatus.CREATING:
        profile.status = FargateProfileStatus.ACTIVE


def describe(core: Core, call: Call) -> Json:
    """Answer DescribeFargateProfile."""
    return {"fargateProfile": view(*_found(core, call))}


def _found(core: Core, call: Call) -> tuple[Cluster, FargateProfile]:
    return core.fargate_profile(call.params["clusterName"], call.params["fargateProfileName"])


def list_all(core: Core, call: Call) -> Json:
    """Answer ListFargateProfiles."""
    cluster = core.cluster(call.params["clusterName"])
    return page(call.params, "fargateProfileNames", sorted(cluster.fargate_profiles))


def delete(core: Core, call: Call) -> Json:
    """Answer DeleteFargateProfile. The answer to a second call is the first one's."""
    cluster, profile = _found(core, call)
    if profile.status is not FargateProfileStatus.DELETING:
        names = {"clusterName": cluster.name, "fargateProfileName": profile.name}
        _check_alone(cluster, f"Cannot delete Fargate Profile {profile.name}", names)
        profile.status = FargateProfileStatus.DELETING
        seconds = core.draws.seconds(core.latencies.fargate_delete, "delete", profile.arn)
        core.timeline.after(seconds, lambda: _deleted(cluster, profile))
    return {"fargateProfile": view(cluster, profile)}


def _deleted(cluster: Cluster, profile: FargateProfile) -> None:
    if cluster.fargate_profiles.get(profile.name) is profile:
        del cluster.fargate_profiles[profile.name]


OPERATIONS: dict[str, Handler] = {
    "CreateFargateProfile": create,
    "DeleteFargateProfile": delete,
    "DescribeFargateProfile": describe,
    "ListFargateProfiles": list_all,
}
