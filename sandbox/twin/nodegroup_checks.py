"""The rules that a node group's parameters must keep."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.twin.catalogue import ami_releases
from sandbox.twin.errors import NotModelled, invalid_parameter, invalid_request, limit_exceeded
from sandbox.twin.launch_templates import CUSTOM
from sandbox.twin.machines import is_windows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.twin.quotas import Quotas
    from sandbox.twin.state import Cluster
    from sandbox.twin.wire import Json

MOST_INSTANCE_TYPES = 20
MOST_UNAVAILABLE = 100
SIZES = ("minSize", "maxSize", "desiredSize")
DEFAULT_SCALING = {"minSize": 1, "maxSize": 2, "desiredSize": 2}
_NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9\-_]{0,62}")

Names = dict[str, str]


def check_name(name: str, names: Names) -> None:
    """Refuse a name that EKS would not take."""
    if not _NAME.fullmatch(name):
        raise invalid_parameter(f"nodegroupName {name} must have at most 63 letters, digits, - and _", **names)


def check_modelled(params: Json) -> None:
    """Say so if what is asked for would need what the twin does not have."""
    if params.get("warmPoolConfig", {}).get("enabled"):
        raise NotModelled("warm pools (warmPoolConfig.enabled)")


def check_quota(quotas: Quotas, cluster: Cluster, names: Names) -> None:
    """Refuse a node group too many."""
    if len(cluster.nodegroups) >= quotas.nodegroups:
        raise limit_exceeded(f"Node group limit exceeded for cluster {cluster.name}.", **names)


def new_scaling(quotas: Quotas, asked: Mapping[str, int] | None, names: Names) -> dict[str, int]:
    """Return the sizes of a new node group: all three are given, or none."""
    if asked is None:
        return dict(DEFAULT_SCALING)
    missing = [size for size in SIZES if size not in asked]
    if missing:
        raise invalid_parameter(f"scalingConfig must contain {', '.join(missing)}", **names)
    return checked_scaling(quotas, dict(asked), names)


def checked_scaling(quotas: Quotas, scaling: dict[str, int], names: Names) -> dict[str, int]:
    """Return the sizes, or refuse those that contradict each other or are too many."""
    least, most, desired = (scaling[size] for size in SIZES)
    if least > most:
        raise invalid_parameter(f"Minimum capacity {least} can't be greater than maximum size {most}", **names)
    if least > desired:
        raise invalid_parameter(f"Minimum capacity {least} can't be greater than desired size {desired}", **names)
    if desired > most:
        raise invalid_parameter(f"Desired capacity {desired} can't be greater than max size {most}", **names)
    if most > quotas.nodes:
        raise limit_exceeded(f"Maximum size {most} exceeds the limit of {quotas.nodes} nodes", **names)
    return scaling


def check_instance_types(types: list[str], names: Names) -> None:
    """Refuse too many instance types, or words that are none."""
    if len(types) > MOST_INSTANCE_TYPES:
        raise invalid_parameter(f"At most {MOST_INSTANCE_TYPES} instance types can be given", **names)
    wrong = [it for it in types if not re.fullmatch(r"[a-z0-9\-]+\.[a-z0-9\-]+", it)]
    if wrong:
        raise invalid_parameter(f"The following instance types are not valid: {wrong}", **names)


def release(cluster_version: str, ami_type: str, wanted: str | None, names: Names) -> str | None:
    """Return the AMI release wanted, or the newest; None for a custom AMI, which has none."""
    if ami_type == CUSTOM:
        return None
    known = ami_releases(cluster_version, ami_type)
    if not known:
        raise invalid_parameter(
            f"AMI type {ami_type} is not supported for kubernetes version {cluster_version}", **names
        )
    if wanted is not None and wanted not in known:
        raise invalid_request(
            f"Requested release version {wanted} is not valid for kubernetes version {cluster_version}.", **names
        )
    return wanted or known[0]


def check_not_older(known: list[str], present: str | None, wanted: str | None, names: Names) -> None:
    """Refuse to go back to an earlier AMI release; `known` are those of the version, newest first."""
    if present in known and wanted in known and known.index(wanted) > known.index(present):
        raise invalid_parameter(f"A node group cannot be rolled back from {present} to {wanted}", **names)


def check_ip_family(cluster: Cluster, ami_type: str, names: Names) -> None:
    """Refuse Windows on an IPv6 cluster."""
    if cluster.is_ipv6 and is_windows(ami_type):
        raise invalid_parameter(f"AMI type {ami_type} is not supported with ipFamily ipv6", **names)


def check_update_config(config: Json, names: Names) -> None:
    """Refuse two ways of saying how many nodes may be away, and more than may ever be."""
    if "maxUnavailable" in config and "maxUnavailablePercentage" in config:
        raise invalid_parameter("Only one of maxUnavailable and maxUnavailablePercentage can be given", **names)
    if config.get("maxUnavailable", 0) > MOST_UNAVAILABLE:
        raise invalid_parameter(f"maxUnavailable must be at most {MOST_UNAVAILABLE}", **names)


def check_repair_config(config: Json, names: Names) -> None:
    """Refuse to count unhealthy nodes in two ways."""
    for stem in ("maxUnhealthyNodeThreshold", "maxParallelNodesRepaired"):
        if f"{stem}Count" in config and f"{stem}Percentage" in config:
            raise invalid_parameter(f"Only one of {stem}Count and {stem}Percentage can be given", **names)


_EMPTY = {
    "labels": "Both or either addOrUpdateLabels or removeLabels must not be empty",
    "taints": "Both or either addOrUpdateTaints or removeTaints must not be empty",
    "scalingConfig": "Either all or at least one of minSize, maxSize, desiredSize must be provided",
    "updateConfig": "Either maxUnavailable or maxUnavailablePercentage must be provided",
}
"""What an update must not be: crossplane-contrib/provider-aws#975 (labels), rancher/rancher#33302 (scalingConfig)."""


def check_not_empty(params: Json, names: Names) -> None:
    """Refuse an update that names what to change and does not say how."""
    for member, refusal in _EMPTY.items():
        if member in params and all(value in ([], {}) for value in params[member].values()):
            raise invalid_parameter(refusal, **names)
