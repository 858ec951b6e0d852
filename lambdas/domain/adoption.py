"""The spec that describes a cluster as EKS reports it: the inverse of `lambdas.domain.requests`.

What EKS reports has the very members of a spec, beside many others. So most of this is choosing; and where EKS's own
default is not a spec's, what EKS leaves out is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, fields
from typing import Any, Final

from lambdas.domain.completion import completed
from lambdas.domain.frozen import dataclass
from lambdas.domain.names import OWNER_TAG, RUN_TAG
from lambdas.domain.paths import CLUSTER, addon_path, entry_path, nodegroup_path, pods_path
from lambdas.domain.rules.network import is_everywhere
from lambdas.domain.spec import (
    ALL_LOG_TYPES,
    DEFAULT_ADDON_NAMES,
    AccessEntry,
    Addon,
    ClusterSpec,
    Nodegroup,
    PodIdentityAssociation,
    decode,
)

Json = Mapping[str, Any]
_Document = dict[str, Any]

BROKEN: Final = frozenset({"CREATE_FAILED", "DELETE_FAILED"})
"""The statuses of node groups and add-ons that never worked, or are on their way out."""

_STANDARD: Final = "STANDARD"
_SERVICE_ROLE: Final = "role/aws-service-role/"
_USUAL_NAMESPACE: Final = {"namespace": "kube-system"}
_EKS_DEFAULTS: Final[Json] = {"upgradePolicy": {"supportType": "EXTENDED"}, "deletionProtection": False}
"""What EKS does where it reports nothing, and a spec would want otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What AWS reports of a cluster, in the words of EKS's Describe answers.

    ``policies`` are those of each access entry, by principal. ``associations`` are all pod identity associations, also
    those that add-ons have of their own. ``fargate_profiles``, ``identity_providers`` and ``scaling_groups`` (auto
    scaling groups of nodes that EKS does not manage) are names.
    """

    cluster: Json
    nodegroups: tuple[Json, ...] = ()
    addons: tuple[Json, ...] = ()
    entries: tuple[Json, ...] = ()
    policies: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    associations: tuple[Json, ...] = ()
    fargate_profiles: tuple[str, ...] = ()
    identity_providers: tuple[str, ...] = ()
    scaling_groups: tuple[str, ...] = ()


def spec_of(world: World) -> ClusterSpec:
    """The completed spec of which the plan is empty, but for tags that say whose things are.

    What EKS itself has made (entries of node roles, associations of add-ons) is not in it, nor what bears another
    owner's tag or never worked. Raises msgspec.ValidationError for a value that no spec can say.
    """
    cluster = world.cluster
    addons = [_addon(it, world.associations) for it in world.addons if is_described(it, cluster["name"])]
    groups = [_nodegroup(it, cluster) for it in world.nodegroups if is_described(it, cluster["name"])]
    document = {
        **_control_plane(cluster),
        "accessEntries": [_entry(it, world) for it in described_entries(world)],
        "addons": addons,
        "omitDefaultAddons": absent_addons(world),
        "podIdentityAssociations": [_association(it) for it in _own_associations(world)],
        "nodegroups": groups,
    }
    return completed(decode(document))


def to_adopt(spec: ClusterSpec) -> frozenset[str]:
    """The paths of what becomes ours with a spec: all that bears tags in EKS."""
    return frozenset(
        {
            CLUSTER,
            *map(nodegroup_path, spec.nodegroups),
            *map(addon_path, spec.addons),
            *map(entry_path, spec.accessEntries),
            *map(pods_path, spec.podIdentityAssociations),
        }
    )


def owner_of(actual: Json) -> dict[str, str]:
    """The tags by which a Slipway claims something."""
    return {key: value for key, value in (actual.get("tags") or {}).items() if key in {OWNER_TAG, RUN_TAG}}


def is_claimed(actual: Json, cluster: str) -> bool:
    """Whether it bears the tag of another cluster's Slipway than this cluster's."""
    owner = owner_of(actual)
    return bool(owner) and owner.get(OWNER_TAG) != cluster


def is_described(actual: Json, cluster: str) -> bool:
    """Whether a spec has it: it works, and nobody else claims it."""
    return actual.get("status") not in BROKEN and not is_claimed(actual, cluster)


def absent_addons(world: World) -> list[str]:
    """The default add-ons that the cluster does not have as EKS add-ons, or that somebody else claims."""
    there = {it["addonName"] for it in world.addons if is_described(it, world.cluster["name"])}
    return [name for name in DEFAULT_ADDON_NAMES if name not in there]


def described_entries(world: World) -> Iterator[Json]:
    """The access entries that people have made: EKS makes those of its own roles and of managed nodes."""
    nodes = {it.get("nodeRole") for it in world.nodegroups}
    for entry in world.entries:
        principal = entry["principalArn"]
        made_by_eks = principal in nodes or _SERVICE_ROLE in principal
        if not made_by_eks and not is_of_account(principal) and not is_claimed(entry, world.cluster["name"]):
            yield entry


def is_of_account(principal: str) -> bool:
    """Whether a principal is the account itself, which made the cluster: specs know roles and users."""
    return principal.endswith(":root")


def _own_associations(world: World) -> Iterator[Json]:
    claimed = (it for it in world.associations if not it.get("ownerArn"))
    return (it for it in claimed if not is_claimed(it, world.cluster["name"]))


def _control_plane(cluster: Json) -> _Document:
    said = {**_EKS_DEFAULTS, **_members(cluster, ClusterSpec)}
    kinds = {kind for it in _setups(cluster) if it.get("enabled") for kind in it.get("types", ())}
    known = [kind for kind in ALL_LOG_TYPES if kind in kinds]
    types = [*known, *sorted(kinds - set(known))]
    return {
        **said,
        "resourcesVpcConfig": _network(cluster["resourcesVpcConfig"]),
        "kubernetesNetworkConfig": _addresses(cluster.get("kubernetesNetworkConfig") or {}),
        "logging": {"clusterLogging": [{"types": types}] if types else []},
        "tags": _tags(cluster),
    }


def _setups(cluster: Json) -> Iterable[Json]:
    setups: Iterable[Json] = (cluster.get("logging") or {}).get("clusterLogging") or ()
    return setups


def _network(config: Json) -> _Document:
    """Who may come is only told of a public endpoint; the whole internet has to be said twice."""
    public = bool(config.get("endpointPublicAccess"))
    cidrs = list(config.get("publicAccessCidrs") or ()) if public else []
    said = {
        name: config[name] for name in ("subnetIds", "securityGroupIds", "controlPlaneEgressMode") if name in config
    }
    return {
        **said,
        "endpointPublicAccess": public,
        "endpointPrivateAccess": bool(config.get("endpointPrivateAccess")),
        "publicAccessCidrs": cidrs,
        "allowPublicAccessFromAnywhere": is_everywhere(cidrs),
    }


def _addresses(config: Json) -> _Document:
    family = config.get("ipFamily", "ipv4")
    services = config.get("serviceIpv4Cidr") if family == "ipv4" else None
    return {"ipFamily": family, **({"serviceIpv4Cidr": services} if services else {})}


def _nodegroup(actual: Json, cluster: Json) -> _Document:
    """Its version only where it is not the control plane's: else it goes with that. EKS chooses the release."""
    said = _members(actual, Nodegroup)
    for member in ("version", "releaseVersion", "remoteAccess", "launchTemplate", "warmPoolConfig"):
        said.pop(member, None)
    template = actual.get("launchTemplate")
    if template:
        said.pop("diskSize", None)
        said["launchTemplate"] = {name: template[name] for name in ("id", "version") if name in template}
    if actual.get("version") not in {None, cluster["version"]} and actual.get("amiType") != "CUSTOM":
        said["version"] = actual["version"]
    if not template and has_closed_access(actual):
        said["remoteAccess"] = actual["remoteAccess"]
    if (actual.get("warmPoolConfig") or {}).get("enabled"):
        said["warmPoolConfig"] = actual["warmPoolConfig"]
    return {**said, "tags": _tags(actual)}


def has_closed_access(nodegroup: Json) -> bool:
    """Whether somebody may log in to its nodes, and not everybody."""
    access = nodegroup.get("remoteAccess") or {}
    return bool(access.get("ec2SshKey") and access.get("sourceSecurityGroups"))


def _addon(actual: Json, associations: Iterable[Json]) -> _Document:
    arns = set(actual.get("podIdentityAssociations") or ())
    own = [it for it in associations if it.get("associationArn") in arns]
    pods = [{"serviceAccount": it["serviceAccount"], "roleArn": it["roleArn"]} for it in own]
    said = _members(actual, Addon)
    if said.get("namespaceConfig") == _USUAL_NAMESPACE:
        del said["namespaceConfig"]
    return {**said, "podIdentityAssociations": pods, "tags": _tags(actual)}


def _entry(actual: Json, world: World) -> _Document:
    """Of nodes' entries EKS says who they are; of people's it says so too, where nobody else has."""
    said: _Document = {"principalArn": actual["principalArn"], "type": actual.get("type", _STANDARD)}
    if said["type"] == _STANDARD:
        said["kubernetesGroups"] = list(actual.get("kubernetesGroups") or ())
        if actual.get("username") != _derived(actual["principalArn"]):
            said["username"] = actual.get("username")
    policies = [
        {"policyArn": it["policyArn"], "accessScope": _pruned(it.get("accessScope") or {"type": "cluster"})}
        for it in world.policies.get(actual["principalArn"], ())
    ]
    return {**said, "accessPolicies": policies, "tags": _tags(actual)}


def _derived(principal: str) -> str:
    """The user name that EKS gives: a user's own ARN, of a role that of its sessions."""
    head, mark, name = principal.partition(":role/")
    if not mark:
        return principal
    return f"{head.replace(':iam:', ':sts:', 1)}:assumed-role/{name.rpartition('/')[2]}/{{{{SessionName}}}}"


def _association(actual: Json) -> _Document:
    return {**_members(actual, PodIdentityAssociation), "tags": _tags(actual)}


def _tags(actual: Json) -> dict[str, str]:
    """The tags that a spec may have: AWS's own and Slipway's are not."""
    tags: Json = actual.get("tags") or {}
    owner = owner_of(actual)
    return {key: value for key, value in tags.items() if not key.lower().startswith("aws:") and key not in owner}


_Part = type[ClusterSpec] | type[Nodegroup] | type[Addon] | type[AccessEntry] | type[PodIdentityAssociation]


def _members(actual: Json, part: _Part) -> _Document:
    """The members that this part of a spec has too, without those in which EKS says nothing."""
    names = {it.name for it in fields(part)}
    document: _Document = _pruned({name: value for name, value in actual.items() if name in names and value != ""})
    return document


def _pruned(value: Any) -> Any:  # noqa: ANN401 -- JSON
    if isinstance(value, Mapping):
        members = {name: _pruned(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member not in (None, [], {})}
    return [_pruned(member) for member in value] if isinstance(value, (list, tuple)) else value
