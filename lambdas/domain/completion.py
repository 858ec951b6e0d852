"""What a user left out and the spec itself can tell, written out so that plans show it.

What has to be asked of AWS (the newest version, an add-on's default version) is not decided here.
"""

from dataclasses import replace
from typing import cast

from lambdas.domain.rules.machines import ami_architecture, default_ami_type
from lambdas.domain.spec import DEFAULT_ADDONS, Addon, AmiType, ClusterSpec, Nodegroup

DEFAULT_INSTANCE_TYPE = "t3.medium"  # EKS's own
DEFAULT_ARM_INSTANCE_TYPE = "t4g.medium"
DISK_GIB = 20
WINDOWS_DISK_GIB = 50


def completed(spec: ClusterSpec) -> ClusterSpec:
    """Answer the spec with its default add-ons and its node groups' defaults; the same again for what it answers."""
    return replace(spec, addons=_all_addons(spec), nodegroups=tuple(_completed_group(g) for g in spec.nodegroups))


def _all_addons(spec: ClusterSpec) -> tuple[Addon, ...]:
    """Answer the default add-ons that are not omitted, as the user set them, then the others in the user's order."""
    given = {addon.addonName: addon for addon in spec.addons}
    kept = [addon.addonName for addon in DEFAULT_ADDONS if addon.addonName not in spec.omitDefaultAddons]
    defaults = {addon.addonName: addon for addon in DEFAULT_ADDONS}
    others = [addon for addon in spec.addons if addon.addonName not in defaults]
    return (*(given.get(name, defaults[name]) for name in kept), *others)


def _completed_group(group: Nodegroup) -> Nodegroup:
    """Answer the group with EKS's defaults; with a launch template the template decides and nothing is added."""
    if group.launchTemplate is not None:
        return group
    types = group.instanceTypes or (_default_instance_type(group.amiType),)
    ami_type = group.amiType or cast("AmiType | None", default_ami_type(types))
    windows = ami_type is not None and ami_type.startswith("WINDOWS")
    disk = group.diskSize or (WINDOWS_DISK_GIB if windows else DISK_GIB)
    return replace(group, instanceTypes=types, amiType=ami_type, diskSize=disk)


def _default_instance_type(ami_type: AmiType | None) -> str:
    arm = ami_type is not None and ami_architecture(ami_type) == "arm64"
    return DEFAULT_ARM_INSTANCE_TYPE if arm else DEFAULT_INSTANCE_TYPE
