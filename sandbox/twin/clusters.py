"""Clusters: create, describe, list, delete."""

from __future__ import annotations

import base64
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from sandbox.twin import access, insights, leavings
from sandbox.twin.catalogue import EXTENDED, supported_version
from sandbox.twin.cluster_settings import enabled_logs, initial_settings
from sandbox.twin.errors import NotModelled, in_use, invalid_parameter, invalid_request, limit_exceeded
from sandbox.twin.network import CREATING, check_ipv6_blocks, control_plane_subnets
from sandbox.twin.paging import page
from sandbox.twin.roles import check_cluster_role
from sandbox.twin.state import SELF_MANAGED, Cluster, ClusterStatus, running

if TYPE_CHECKING:
    from sandbox.twin.core import Call, Core, Handler
    from sandbox.twin.wire import Json

_HASH_DIGITS = "0123456789ABCDEF"
_UNPROTECTED = (ClusterStatus.CREATING, ClusterStatus.FAILED)
"""https://docs.aws.amazon.com/eks/latest/userguide/deletion-protection.html"""
_ENDPOINT_DOMAINS = ("gr7", "sk1", "yl4")


def view(core: Core, cluster: Cluster) -> Json:
    """Return the cluster as EKS shows it; its endpoint and authority appear when it is up."""
    up = cluster.status is not ClusterStatus.CREATING
    region = core.scope.region
    return {
        "name": cluster.name,
        "arn": cluster.arn,
        "createdAt": cluster.created_at,
        "version": cluster.version,
        "platformVersion": cluster.platform_version,
        "roleArn": cluster.role_arn,
        "status": str(cluster.status),
        "endpoint": f"https://{cluster.hash}.{cluster.endpoint_domain}.{region}.eks.amazonaws.com" if up else None,
        "certificateAuthority": {"data": certificate_authority()} if up else {},
        "identity": {"oidc": {"issuer": f"https://oidc.eks.{region}.amazonaws.com/id/{cluster.hash}"}},
        "health": {"issues": cluster.issues},
        "tags": cluster.tags,
        **cluster.settings,
    }


@cache
def certificate_authority() -> str:
    """Return a real, self-signed certificate in base64; every cluster of the twin shows the same."""
    return base64.b64encode(files("sandbox.twin").joinpath("data", "certificate_authority.pem").read_bytes()).decode()


def create(core: Core, call: Call) -> Json:
    """Answer CreateCluster."""
    params, name = call.params, call.params["name"]
    if name in core.clusters:
        raise in_use(f"Cluster already exists with name: {name}", clusterName=name)
    if len(core.clusters) >= core.quotas.clusters:
        raise limit_exceeded("Cluster limit exceeded for account.", clusterName=name)
    check_modelled(params)
    version = supported_version(params.get("version"), core.now)
    check_support_policy(params.get("upgradePolicy", {}), version["versionStatus"], name)
    check_cluster_role(core, params["roleArn"], name)
    vpc_id = _vpc(core, params)
    encryption = params.get("encryptionConfig")
    if encryption:
        check_encryption(core, encryption, name)
    cluster = Cluster(
        name=name,
        arn=core.scope.eks(f"cluster/{name}"),
        creator=call.caller,
        created_at=core.now,
        version=version["clusterVersion"],
        platform_version=version["defaultPlatformVersion"],
        role_arn=params["roleArn"],
        hash=core.draws.text(_HASH_DIGITS, 32, "hash", name),
        endpoint_domain=_ENDPOINT_DOMAINS[len(name) % len(_ENDPOINT_DOMAINS)],
        settings=initial_settings(core, params, vpc_id) | ({"encryptionConfig": encryption} if encryption else {}),
        tags=dict(params.get("tags", {})),
    )
    leavings.make_security_group(core, cluster)
    core.clusters[name] = cluster
    access.make_admin(core, cluster)
    seconds = core.draws.seconds(core.latencies.cluster_create, "create", cluster.arn)
    self_managed = params.get("bootstrapSelfManagedAddons", True)
    core.timeline.after(seconds, lambda: _created(core, cluster, self_managed=self_managed))
    return {"cluster": view(core, cluster)}


def _vpc(core: Core, params: Json) -> str:
    """Return the VPC of the subnets asked for, or refuse the subnets."""
    name, subnet_ids = params["name"], params["resourcesVpcConfig"].get("subnetIds", [])
    if not subnet_ids:
        raise invalid_parameter("subnetIds must not be empty", clusterName=name)
    subnets = control_plane_subnets(core, subnet_ids, name, CREATING)
    if params.get("kubernetesNetworkConfig", {}).get("ipFamily") == "ipv6":
        check_ipv6_blocks(subnets, clusterName=name)
    return subnets[0].vpc_id


def check_modelled(params: Json) -> None:
    """Say so if what is asked for would need what the twin does not have."""
    if "outpostConfig" in params:
        raise NotModelled("clusters on Outposts (outpostConfig)")
    if params.get("computeConfig", {}).get("enabled"):
        raise NotModelled("EKS Auto Mode (computeConfig.enabled)")


def check_support_policy(asked: Json, version_status: str, cluster_name: str) -> None:
    """Refuse to leave extended support while the version is in it."""
    if asked.get("supportType") == "STANDARD" and version_status == EXTENDED:
        raise invalid_parameter(
            "supportType STANDARD is not possible for a Kubernetes version in extended support",
            clusterName=cluster_name,
        )


def check_encryption(core: Core, config: list[Json], cluster_name: str) -> None:
    """Refuse a key that is not there or not usable, or anything but secrets to encrypt."""
    first = config[0] if config else {}
    key = first.get("provider", {}).get("keyArn", "")
    if first.get("resources") != ["secrets"]:
        raise invalid_parameter("encryptionConfig must name the resource secrets", clusterName=cluster_name)
    if not key or core.world.key_state(key) != "Enabled":
        raise invalid_parameter("The keyArn in encryptionConfig provider is invalid", clusterName=cluster_name)


def _created(core: Core, cluster: Cluster, *, self_managed: bool) -> None:
    if core.exists(cluster):
        cluster.status = cluster.status if cluster.held else ClusterStatus.ACTIVE
        cluster.software = set(SELF_MANAGED) if self_managed else set()
        write_logs(core, cluster)
        insights.look(core, cluster)


def write_logs(core: Core, cluster: Cluster) -> None:
    """Let the control plane write into its log group, which makes it if it is not there."""
    if core.estate and enabled_logs(cluster.settings["logging"]):
        core.estate.make_log_group(leavings.log_group(cluster))


def describe(core: Core, call: Call) -> Json:
    """Answer DescribeCluster."""
    return {"cluster": view(core, core.cluster(call.params["name"]))}


def list_all(core: Core, call: Call) -> Json:
    """Answer ListClusters."""
    return page(call.params, "clusters", sorted(core.clusters))


def delete(core: Core, call: Call) -> Json:
    """Answer DeleteCluster. The answer to a second call is the first one's."""
    cluster = core.cluster(call.params["name"])
    if cluster.status is ClusterStatus.DELETING:
        return {"cluster": view(core, cluster)}
    _check_deletable(cluster)
    cluster.status = ClusterStatus.DELETING
    seconds = core.draws.seconds(core.latencies.cluster_delete, "delete", cluster.arn)
    core.timeline.after(seconds, lambda: _deleted(core, cluster))
    return {"cluster": view(core, cluster)}


def _check_deletable(cluster: Cluster) -> None:
    if cluster.settings["deletionProtection"] and cluster.status not in _UNPROTECTED:
        raise invalid_request(
            f"Cluster {cluster.name} cannot be deleted because deletion protection is enabled. Disable deletion"
            " protection first.",
            clusterName=cluster.name,
        )
    if cluster.nodegroups:
        raise in_use(
            "Cluster has nodegroups attached",
            clusterName=cluster.name,
            nodegroupName=min(cluster.nodegroups),
        )
    if cluster.fargate_profiles:
        raise in_use("Cluster has Fargate profiles attached", clusterName=cluster.name)
    if cluster.status is ClusterStatus.CREATING or running(cluster.updates):
        raise in_use(
            f"Cannot delete because cluster {cluster.name} currently has an update in progress",
            clusterName=cluster.name,
        )


def _deleted(core: Core, cluster: Cluster) -> None:
    if core.exists(cluster):
        gone(core, cluster)


def gone(core: Core, cluster: Cluster) -> None:
    """Forget the cluster and its tokens; what it made outside EKS goes with it, but for what is left behind."""
    write_logs(core, cluster)
    del core.clusters[cluster.name]
    core.tokens.forget(cluster.name)
    leavings.leave(core, cluster)


OPERATIONS: dict[str, Handler] = {
    "CreateCluster": create,
    "DeleteCluster": delete,
    "DescribeCluster": describe,
    "ListClusters": list_all,
}
