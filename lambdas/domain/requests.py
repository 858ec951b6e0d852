"""EKS's Create requests, made of a spec. Specs use EKS's member names, so most of this is leaving out."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec

from lambdas.domain.spec import AccessEntry, Addon, ClusterSpec, Nodegroup, PodIdentityAssociation

Request = dict[str, Any]

_CLUSTER: Final = (
    "name",
    "version",
    "resourcesVpcConfig",
    "kubernetesNetworkConfig",
    "remoteNetworkConfig",
    "encryptionConfig",
    "logging",
    "upgradePolicy",
    "zonalShiftConfig",
    "deletionProtection",
    "controlPlaneScalingConfig",
    "kubeApiServerConfig",
    "kubeSchedulerConfig",
    "kubeControllerManagerConfig",
)
_OURS: Final = frozenset({"allowPublicAccessFromAnywhere"})
"""Members of a spec's resourcesVpcConfig that EKS does not know."""


def create_cluster(spec: ClusterSpec, *, role: str, subnets: Sequence[str], tags: Mapping[str, str]) -> Request:
    """The request without its token. What EKS would do by default and we do not want is said explicitly."""
    said = _members(spec)
    vpc = {name: value for name, value in said["resourcesVpcConfig"].items() if name not in _OURS}
    return {
        **{name: said[name] for name in _CLUSTER if name in said},
        "resourcesVpcConfig": {**vpc, "subnetIds": list(subnets)},
        "roleArn": role,
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "bootstrapSelfManagedAddons": False,
        "tags": dict(tags),
    }


def wanted_cluster(spec: ClusterSpec, *, role: str, left_out: Collection[str] = ()) -> Request:
    """What the spec says of the control plane: the creation's request, but for subnets that Slipway chooses.

    ``left_out`` are subnets that it was made without, although the spec names them.
    """
    given = [subnet for subnet in spec.resourcesVpcConfig.subnetIds if subnet not in left_out]
    request = create_cluster(spec, role=role, subnets=given, tags={})
    vpc = {name: value for name, value in request["resourcesVpcConfig"].items() if value or name != "subnetIds"}
    return {**request, "resourcesVpcConfig": vpc}


def create_nodegroup(
    spec: ClusterSpec, group: Nodegroup, *, role: str, subnets: Sequence[str], tags: Mapping[str, str]
) -> Request:
    """The request without its token."""
    return {
        "clusterName": spec.name,
        **_members(group),
        "subnets": list(group.subnets or subnets),
        "nodeRole": role,
        "tags": dict(tags),
    }


def create_addon(spec: ClusterSpec, addon: Addon, *, version: str, tags: Mapping[str, str]) -> Request:
    """The request without its token.

    On a new cluster nobody's settings can be lost, so the add-on's own win; EKS knows PRESERVE for updates only.
    """
    said = _members(addon)
    return {
        "clusterName": spec.name,
        **said,
        "resolveConflicts": "NONE" if said.get("resolveConflicts") == "NONE" else "OVERWRITE",
        "addonVersion": version,
        "tags": dict(tags),
    }


def create_access_entry(spec: ClusterSpec, entry: AccessEntry, *, tags: Mapping[str, str]) -> Request:
    """The request without its token; the entry's policies are associated one by one."""
    said = {name: value for name, value in _members(entry).items() if name != "accessPolicies"}
    return {"clusterName": spec.name, **said, "tags": dict(tags)}


def create_pod_identity_association(
    spec: ClusterSpec, association: PodIdentityAssociation, *, tags: Mapping[str, str]
) -> Request:
    """The request without its token."""
    return {"clusterName": spec.name, **_members(association), "tags": dict(tags)}


def _members(value: object) -> Request:
    """A part of the spec as JSON, without what was left empty: EKS's own defaults say that better."""
    pruned: Request = _pruned(msgspec.to_builtins(value))
    return pruned


def _pruned(value: Any) -> Any:  # noqa: ANN401 -- JSON
    if isinstance(value, dict):
        members = {name: _pruned(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member not in (None, "", [], {})}
    if isinstance(value, (list, tuple)):
        return [_pruned(member) for member in value]
    return value
