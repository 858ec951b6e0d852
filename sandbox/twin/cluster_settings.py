"""What a cluster reads back: what was asked for, and EKS's defaults for everything that was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.twin.errors import invalid_parameter
from sandbox.twin.model import EKS, service_model
from sandbox.twin.network import ANYWHERE, check_endpoint, check_security_groups, service_range
from sandbox.twin.state import AuthenticationMode

if TYPE_CHECKING:
    from sandbox.twin.core import Core
    from sandbox.twin.wire import Json

_STORED = (
    "zonalShiftConfig",
    "remoteNetworkConfig",
    "computeConfig",
    "storageConfig",
    "kubeApiServerConfig",
    "kubeSchedulerConfig",
    "kubeControllerManagerConfig",
)


def initial_settings(core: Core, params: Json, vpc_id: str) -> Json:
    """Return the settings of a new cluster in `vpc_id`, or refuse those that contradict each other."""
    name = params["name"]
    settings = {
        "resourcesVpcConfig": _vpc_config(core, params, vpc_id),
        "kubernetesNetworkConfig": _network_config(core, params.get("kubernetesNetworkConfig", {}), vpc_id, name),
        "logging": merged_logging(set(), params.get("logging", {})),
        "accessConfig": _access_config(params.get("accessConfig", {}), name),
        "upgradePolicy": params.get("upgradePolicy") or {"supportType": "EXTENDED"},
        "deletionProtection": params.get("deletionProtection", False),
        "controlPlaneScalingConfig": params.get("controlPlaneScalingConfig") or {"tier": "standard"},
    }
    return settings | {member: params[member] for member in _STORED if member in params}


def _vpc_config(core: Core, params: Json, vpc_id: str) -> Json:
    asked = params["resourcesVpcConfig"]
    config = {
        "subnetIds": asked["subnetIds"],
        "securityGroupIds": asked.get("securityGroupIds", []),
        "clusterSecurityGroupId": "sg-" + core.draws.text("0123456789abcdef", 17, "sg", params["name"]),
        "vpcId": vpc_id,
        "endpointPublicAccess": asked.get("endpointPublicAccess", True),
        "endpointPrivateAccess": asked.get("endpointPrivateAccess", False),
        "controlPlaneEgressMode": asked.get("controlPlaneEgressMode", "AWS_MANAGED"),
    }
    config["publicAccessCidrs"] = public_cidrs(config, asked.get("publicAccessCidrs"))
    ipv6 = params.get("kubernetesNetworkConfig", {}).get("ipFamily") == "ipv6"
    check_endpoint(config, params["name"], ipv6=ipv6)
    check_security_groups(core, config["securityGroupIds"], vpc_id, params["name"])
    return config


def public_cidrs(config: Json, asked: list[str] | None) -> list[str]:
    """Return who may reach the public endpoint: nobody if it is off, anybody unless said otherwise."""
    return (asked or [ANYWHERE]) if config["endpointPublicAccess"] else []


def _network_config(core: Core, asked: Json, vpc_id: str, cluster_name: str) -> Json:
    family = asked.get("ipFamily", "ipv4")
    balancing = {"elasticLoadBalancing": {"enabled": False, **asked.get("elasticLoadBalancing", {})}}
    if family == "ipv6":
        if "serviceIpv4Cidr" in asked:
            raise invalid_parameter("serviceIpv4Cidr cannot be given with ipFamily ipv6", clusterName=cluster_name)
        return {"ipFamily": family, "serviceIpv6Cidr": _ipv6_range(core, cluster_name), **balancing}
    cidr = service_range(core, vpc_id, asked.get("serviceIpv4Cidr"), cluster_name)
    return {"ipFamily": family, "serviceIpv4Cidr": cidr, **balancing}


def _ipv6_range(core: Core, cluster_name: str) -> str:
    digits = core.draws.text("0123456789abcdef", 10, "ipv6", cluster_name)
    return f"fd{digits[:2]}:{digits[2:6]}:{digits[6:]}::/108"


def _access_config(asked: Json, cluster_name: str) -> Json:
    mode = AuthenticationMode(asked.get("authenticationMode", AuthenticationMode.CONFIG_MAP))
    admin = asked.get("bootstrapClusterCreatorAdminPermissions", True)
    if mode is AuthenticationMode.CONFIG_MAP and not admin:
        raise invalid_parameter(
            "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to CONFIG_MAP",
            clusterName=cluster_name,
        )
    return {"authenticationMode": str(mode), "bootstrapClusterCreatorAdminPermissions": admin}


def enabled_logs(logging: Json) -> set[str]:
    """Return the log types that a Logging structure enables."""
    return {kind for it in logging.get("clusterLogging", []) if it.get("enabled") for kind in it.get("types", [])}


def merged_logging(enabled: set[str], asked: Json) -> Json:
    """Return the Logging structure after `asked` was applied: one entry, or two if only some are enabled."""
    for setup in asked.get("clusterLogging", []):
        types = set(setup.get("types", []))
        enabled = enabled | types if setup.get("enabled") else enabled - types
    kinds: list[str] = list(service_model(EKS).shape_for("LogType").metadata["enum"])
    setups = [
        {"types": [kind for kind in kinds if (kind in enabled) is state], "enabled": state} for state in (True, False)
    ]
    return {"clusterLogging": [setup for setup in setups if setup["types"]]}
