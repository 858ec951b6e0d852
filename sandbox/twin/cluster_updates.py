"""Changes of a cluster that take time: configuration, version, encryption. One at a time."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.twin import access, catalogue, insights, readiness
from sandbox.twin.cluster_settings import enabled_logs, merged_logging, public_cidrs
from sandbox.twin.clusters import check_encryption, check_modelled, check_support_policy, write_logs
from sandbox.twin.core import not_active
from sandbox.twin.errors import NotModelled, invalid_parameter
from sandbox.twin.network import UPDATING, check_endpoint, check_security_groups, control_plane_subnets
from sandbox.twin.state import AuthenticationMode, Cluster, ClusterStatus, Update, UpdateStatus
from sandbox.twin.updates import check_no_update, close_update, open_update, view

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.twin.core import Call, Core, Handler
    from sandbox.twin.latencies import Triangular
    from sandbox.twin.wire import Json

ENDPOINT = "EndpointAccessUpdate"
LOGGING = "LoggingUpdate"
ACCESS = "AccessConfigUpdate"
NETWORK = "VpcConfigUpdate"
EGRESS = "ControlPlaneEgressUpdate"
_COMPONENTS = "ControlPlaneComponentConfigUpdate"
_AUTO_MODE = "AutoModeUpdate"
_VPC = "resourcesVpcConfig"
_TIER = "controlPlaneScalingConfig"
_VERSION = "VersionUpdate"
_ROLLBACK_WITHIN = timedelta(days=7)
"""https://docs.aws.amazon.com/eks/latest/userguide/rollback-cluster.html"""

KINDS: dict[tuple[str, ...], tuple[str, str]] = {
    (_VPC, "endpointPublicAccess"): (ENDPOINT, "EndpointPublicAccess"),
    (_VPC, "endpointPrivateAccess"): (ENDPOINT, "EndpointPrivateAccess"),
    (_VPC, "publicAccessCidrs"): (ENDPOINT, "PublicAccessCidrs"),
    (_VPC, "subnetIds"): (NETWORK, "Subnets"),
    (_VPC, "securityGroupIds"): (NETWORK, "SecurityGroups"),
    (_VPC, "controlPlaneEgressMode"): (EGRESS, "ControlPlaneEgressMode"),
    ("logging",): (LOGGING, "ClusterLogging"),
    ("accessConfig", "authenticationMode"): (ACCESS, "AuthenticationMode"),
    ("upgradePolicy",): ("UpgradePolicyUpdate", "UpgradePolicy"),
    ("zonalShiftConfig",): ("ZonalShiftConfigUpdate", "ZonalShiftConfig"),
    ("remoteNetworkConfig",): ("RemoteNetworkConfigUpdate", "RemoteNetworkConfig"),
    ("deletionProtection",): ("DeletionProtectionUpdate", "DeletionProtection"),
    (_TIER,): ("ControlPlaneScalingConfigUpdate", "UpdatedTier"),
    ("computeConfig",): (_AUTO_MODE, "ComputeConfig"),
    ("storageConfig",): (_AUTO_MODE, "StorageConfig"),
    ("kubernetesNetworkConfig",): (_AUTO_MODE, "KubernetesNetworkConfig"),
    ("kubeApiServerConfig",): (_COMPONENTS, "KubeApiServerConfig"),
    ("kubeSchedulerConfig",): (_COMPONENTS, "KubeSchedulerConfig"),
    ("kubeControllerManagerConfig",): (_COMPONENTS, "KubeControllerManagerConfig"),
}
"""What UpdateClusterConfig can change: where it stands in the request, and the update's and its param's type."""


def update_config(core: Core, call: Call) -> Json:
    """Answer UpdateClusterConfig."""
    cluster = core.cluster(call.params["name"])
    check_modelled(call.params)
    asked = {path: value for path in KINDS if (value := _at(call.params, path)) is not None}
    kinds = {KINDS[path][0] for path in asked}
    if not kinds:
        raise invalid_parameter("No updates were given", clusterName=cluster.name)
    if len(kinds) > 1:
        raise invalid_parameter("Only one type of update can be allowed.", clusterName=cluster.name)
    kind = kinds.pop()
    _check_up(cluster)
    check_no_update(cluster, kind)
    settings = _wanted(cluster, asked)
    _check_change(core, cluster, kind, settings)
    params = [(KINDS[path][1], _text(value)) for path, value in asked.items()]
    if _TIER in settings:
        params = [("UpdatedTier", settings[_TIER]["tier"]), ("PreviousTier", cluster.settings[_TIER]["tier"])]
    seconds = core.latencies.cluster_config_update
    return _begin(core, cluster, kind, params, seconds, lambda: _configured(core, cluster, settings))


def _at(params: Json, path: tuple[str, ...]) -> object:
    value: object = params
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _wanted(cluster: Cluster, asked: dict[tuple[str, ...], object]) -> Json:
    """Return the top-level settings as they will be after the change."""
    wanted: Json = {}
    for path, value in asked.items():
        member = path[0]
        current = wanted.get(member, cluster.settings.get(member))
        if member == "logging" and isinstance(value, dict):
            wanted[member] = merged_logging(enabled_logs(current or {}), value)
        elif len(path) > 1:
            wanted[member] = {**(current or {}), path[1]: value}
        else:
            wanted[member] = {**(current or {}), **value} if isinstance(value, dict) else value
    if _VPC in wanted:
        config = wanted[_VPC]
        config["publicAccessCidrs"] = public_cidrs(config, config.get("publicAccessCidrs"))
    return wanted


def _check_up(cluster: Cluster) -> None:
    if cluster.status not in (ClusterStatus.ACTIVE, ClusterStatus.UPDATING):
        raise not_active(cluster)


def _check_change(core: Core, cluster: Cluster, kind: str, wanted: Json) -> None:
    """Refuse a change that changes nothing, or that EKS would not make."""
    if all(_same(cluster.settings.get(member), value) for member, value in wanted.items()):
        raise invalid_parameter(_nothing_to_do(cluster, kind), clusterName=cluster.name)
    if kind == ENDPOINT:
        check_endpoint(wanted[_VPC], cluster.name, ipv6=cluster.is_ipv6)
    if kind == NETWORK:
        _check_network(core, cluster, wanted[_VPC])
    if kind == EGRESS:
        _check_egress(cluster, wanted[_VPC])
    if kind == ACCESS:
        _check_mode(cluster, AuthenticationMode(wanted["accessConfig"]["authenticationMode"]))
    if "upgradePolicy" in wanted:
        status = catalogue.supported_version(cluster.version, core.now)["versionStatus"]
        check_support_policy(wanted["upgradePolicy"], status, cluster.name)


def _same(current: object, wanted: object) -> bool:
    """Are the two settings the same? Subnets, security groups and CIDRs are sets, whatever their order."""
    if isinstance(current, dict) and isinstance(wanted, dict):
        return current.keys() == wanted.keys() and all(_same(current[name], wanted[name]) for name in wanted)
    if isinstance(current, list) and isinstance(wanted, list):
        return sorted(map(_text, current)) == sorted(map(_text, wanted))
    return current == wanted


def _nothing_to_do(cluster: Cluster, kind: str) -> str:
    if kind == LOGGING:
        return "No changes needed for the logging config provided"
    if kind == ENDPOINT:
        config = cluster.settings[_VPC]
        private, public = _text(config["endpointPrivateAccess"]), _text(config["endpointPublicAccess"])
        return (
            f"Cluster is already at the desired configuration with endpointPrivateAccess: {private} ,"
            f" endpointPublicAccess: {public}, and Public Endpoint Restrictions:"
            f" [{', '.join(config['publicAccessCidrs'])}]"
        )
    return f"No changes needed for the {kind} provided"


def _check_network(core: Core, cluster: Cluster, config: Json) -> None:
    subnets = control_plane_subnets(core, config["subnetIds"], cluster.name, UPDATING)
    if subnets[0].vpc_id != cluster.vpc_id:
        raise invalid_parameter(f"Subnets must be in the cluster's VPC {cluster.vpc_id}", clusterName=cluster.name)
    check_security_groups(core, config["securityGroupIds"], cluster.vpc_id, cluster.name)


def _check_egress(cluster: Cluster, wanted: Json) -> None:
    current = cluster.settings[_VPC]["controlPlaneEgressMode"]
    if wanted["controlPlaneEgressMode"] == "AWS_MANAGED":
        raise invalid_parameter(
            f"controlPlaneEgressMode {current} cannot be changed back to AWS_MANAGED", clusterName=cluster.name
        )


def _check_mode(cluster: Cluster, wanted: AuthenticationMode) -> None:
    """The mode moves one step at a time and never back."""
    steps = [AuthenticationMode.CONFIG_MAP, AuthenticationMode.API_AND_CONFIG_MAP, AuthenticationMode.API]
    current = cluster.authentication_mode
    if steps.index(wanted) != steps.index(current) + 1:
        raise invalid_parameter(
            f"Unsupported authentication mode update from {current} to {wanted}", clusterName=cluster.name
        )


def _configured(core: Core, cluster: Cluster, settings: Json) -> None:
    cluster.settings |= settings
    if "logging" in settings:
        write_logs(core, cluster)
    if "accessConfig" in settings:
        access.make_admin(core, cluster)
        for nodegroup in cluster.nodegroups.values():
            access.let_nodes_in(core, cluster, nodegroup, None)
        readiness.refresh(core, cluster)


def _begin(
    core: Core,
    cluster: Cluster,
    kind: str,
    params: list[tuple[str, str]],
    duration: Triangular,
    effect: Callable[[], None],
) -> Json:
    """Open an update that has its effect when its time is over; the cluster's status follows with a lag."""
    update = open_update(core, cluster.updates, cluster.arn, kind, params)
    seconds = core.draws.seconds(duration, kind, cluster.arn)
    lag = min(seconds, core.draws.seconds(core.latencies.cluster_status_lag, "lag", cluster.arn))
    core.timeline.after(lag, lambda: _show_updating(core, cluster, update))
    core.timeline.after(seconds, lambda: _finish(core, cluster, update, effect))
    return {"update": view(update)}


def _show_updating(core: Core, cluster: Cluster, update: Update) -> None:
    if core.exists(cluster) and update.in_progress:
        cluster.status = ClusterStatus.UPDATING


def _finish(core: Core, cluster: Cluster, update: Update, effect: Callable[[], None]) -> None:
    if core.exists(cluster) and update.may_end:
        close_update(update)
        cluster.status = ClusterStatus.ACTIVE
        effect()


def update_version(core: Core, call: Call) -> Json:
    """Answer UpdateClusterVersion: one minor version up, once node groups have the present one and nothing is amiss."""
    cluster, wanted = core.cluster(call.params["name"]), call.params["version"]
    if "rollbackConfig" in call.params:
        raise NotModelled("the rollback of a cluster's version (rollbackConfig)")
    _check_up(cluster)
    check_no_update(cluster, _VERSION)
    entry = catalogue.supported_version(wanted, core.now)
    _check_step(core, cluster, wanted)
    late = sorted(it.name for it in cluster.nodegroups.values() if it.version != cluster.version)
    if late:
        raise invalid_parameter(
            f"Nodegroups {', '.join(late)} must be updated to match cluster version {cluster.version} before"
            " updating cluster version",
            clusterName=cluster.name,
        )
    if not call.params.get("force"):
        insights.check_ready(core, cluster, wanted)
    platform = entry["defaultPlatformVersion"]
    params = [("Version", wanted), ("PlatformVersion", platform)]
    duration = core.latencies.cluster_version_update
    return _begin(core, cluster, _VERSION, params, duration, lambda: _set_version(core, cluster, wanted, platform))


def _check_step(core: Core, cluster: Cluster, wanted: str) -> None:
    """Refuse any step but to the next minor version; back to the last one is a rollback, within a week."""
    step = catalogue.minor(wanted) - catalogue.minor(cluster.version)
    if step == -1 and _upgraded_since(cluster, core.now - _ROLLBACK_WITHIN):
        raise NotModelled("the rollback of a cluster's version")
    if step == 0:
        message = f"unsupported Kubernetes version update from the current version, {cluster.version}, to {wanted}"
        raise invalid_parameter(message, clusterName=cluster.name)
    if step != 1:
        raise invalid_parameter(
            f"Unsupported Kubernetes minor version update from {cluster.version} to {wanted}",
            clusterName=cluster.name,
        )


def _upgraded_since(cluster: Cluster, instant: datetime) -> bool:
    return any(
        it.type == _VERSION and it.status is UpdateStatus.SUCCESSFUL and it.created_at >= instant
        for it in cluster.updates.values()
    )


def _set_version(core: Core, cluster: Cluster, version: str, platform: str) -> None:
    cluster.version, cluster.platform_version = version, platform
    insights.look(core, cluster)


def associate_encryption(core: Core, call: Call) -> Json:
    """Answer AssociateEncryptionConfig, which works once and cannot be taken back."""
    cluster = core.cluster(call.params["clusterName"])
    config = call.params["encryptionConfig"]
    _check_up(cluster)
    kind = "AssociateEncryptionConfig"
    check_no_update(cluster, kind)
    if "encryptionConfig" in cluster.settings:
        raise invalid_parameter(
            "Encryption is already enabled on the cluster and cannot be changed", clusterName=cluster.name
        )
    check_encryption(core, config, cluster.name)
    params = [("EncryptionConfig", _text(config))]
    duration = core.latencies.cluster_config_update
    effect = {"encryptionConfig": config}
    return _begin(core, cluster, kind, params, duration, lambda: _configured(core, cluster, effect))


OPERATIONS: dict[str, Handler] = {
    "AssociateEncryptionConfig": associate_encryption,
    "UpdateClusterConfig": update_config,
    "UpdateClusterVersion": update_version,
}
