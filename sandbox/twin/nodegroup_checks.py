"""The rules that a node group's parameters must keep."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.twin.catalogue import ami_releases
from sandbox.twin.errors import NotModelled, invalid_parameter, invalid_request, limit_exceeded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.twin.core import Core
    from sandbox.twin.state import Cluster
    from sandbox.twin.wire import Json
    from sandbox.world import LaunchTemplate

MOST_NODEGROUPS = 30
MOST_NODES = 450
MOST_INSTANCE_TYPES = 20
SIZES = ("minSize", "maxSize", "desiredSize")
DEFAULT_SCALING = {"minSize": 1, "maxSize": 2, "desiredSize": 2}
CUSTOM = "CUSTOM"
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


def check_quota(cluster: Cluster, names: Names) -> None:
    """Refuse a node group too many."""
    if len(cluster.nodegroups) >= MOST_NODEGROUPS:
        raise limit_exceeded(f"Node group limit exceeded for cluster {cluster.name}.", **names)


def new_scaling(asked: Mapping[str, int] | None, names: Names) -> dict[str, int]:
    """Return the sizes of a new node group: all three are given, or none."""
    if asked is None:
        return dict(DEFAULT_SCALING)
    missing = [size for size in SIZES if size not in asked]
    if missing:
        raise invalid_parameter(f"scalingConfig must contain {', '.join(missing)}", **names)
    return checked_scaling(dict(asked), names)


def checked_scaling(scaling: dict[str, int], names: Names) -> dict[str, int]:
    """Return the sizes, or refuse those that contradict each other."""
    least, most, desired = (scaling[size] for size in SIZES)
    if least > most:
        raise invalid_parameter(f"Minimum capacity {least} can't be greater than maximum size {most}", **names)
    if least > desired:
        raise invalid_parameter(f"Minimum capacity {least} can't be greater than desired size {desired}", **names)
    if desired > most:
        raise invalid_parameter(f"Desired capacity {desired} can't be greater than max size {most}", **names)
    if most > MOST_NODES:
        raise limit_exceeded(f"Maximum size {most} exceeds the limit of {MOST_NODES} nodes", **names)
    return scaling


def check_template_exclusions(params: Json, names: Names) -> None:
    """Refuse what a launch template must say instead."""
    if "launchTemplate" not in params:
        return
    if "diskSize" in params:
        raise invalid_parameter("Disk size must be specified within the launch template.", **names)
    if "remoteAccess" in params:
        raise invalid_parameter("Remote access configuration cannot be specified with a launch template.", **names)


def template(core: Core, asked: Json, names: Names) -> LaunchTemplate:
    """Return the launch template that `asked` names by id or by name, or refuse."""
    if ("id" in asked) == ("name" in asked):
        raise invalid_parameter("Either the id or the name of the launch template must be given, not both", **names)
    which = asked.get("id") or asked["name"]
    found = core.world.launch_template(
        template_id=asked.get("id"), name=asked.get("name"), version=asked.get("version", "$Default")
    )
    if found is None:
        raise invalid_parameter(f"Launch template {which} with the version given does not exist", **names)
    return found


def check_template(found: LaunchTemplate, params: Json, names: Names) -> None:
    """Refuse parameters that the launch template already decides."""
    if found.instance_type and params.get("instanceTypes"):
        raise invalid_parameter("Instance types cannot be given when the launch template has an instance type", **names)
    if found.image_id:
        given = [member for member in ("amiType", "version", "releaseVersion") if member in params]
        if given:
            raise invalid_parameter(
                f"{', '.join(given)} cannot be given when the launch template has a custom AMI", **names
            )


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


def check_update_config(config: Json, names: Names) -> None:
    """Refuse two ways of saying how many nodes may be away."""
    if "maxUnavailable" in config and "maxUnavailablePercentage" in config:
        raise invalid_parameter("Only one of maxUnavailable and maxUnavailablePercentage can be given", **names)
