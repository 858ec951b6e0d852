"""What a new spec may change: whatever is not there yet, and sizes. What is there cannot change otherwise yet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final, TypeVar

from lambdas.domain.paths import ADDONS, CLUSTER, NETWORK, OWN_VPC, addon_path, entry_path, nodegroup_path, pods_path
from lambdas.domain.preflight.sent import Sent
from lambdas.domain.preflight.sent import addon_path as place_of_addon
from lambdas.domain.refusal import FieldError, Path, pointer
from lambdas.domain.spec import AccessEntry, Addon, ClusterSpec, Nodegroup, PodIdentityAssociation, ScalingConfig

Part = TypeVar("Part", Nodegroup, Addon, AccessEntry, PodIdentityAssociation)

PARTS: Final = ("nodegroups", "addons", "accessEntries", "podIdentityAssociations")
"""The fields whose entries are resources by themselves."""

NEVER_WORKED: Final = frozenset({"CREATE_FAILED", "FAILED"})
"""EKS's statuses of what could not be created: it has to be made anew, so it may become something else."""

_NOT_THE_CLUSTERS: Final = frozenset({*PARTS, "omitDefaultAddons", "deletionProtection"})
"""Deletion protection is kept at the door; that of EKS, which is asked for at creation, goes when the cluster goes."""


@dataclass(frozen=True, slots=True)
class Change:
    """A resource of the old spec that the new one wants otherwise, or (``kept`` false) no longer has."""

    resource: str
    path: Path
    what: str
    kept: bool = True


def changes(old: ClusterSpec, new: ClusterSpec, sent: Sent) -> Iterator[Change]:
    """Everything of the old spec that the new one does not leave alone; what is only added is none of it.

    Nor are the sizes of node groups, which can be changed at any time.
    Paths lead into ``sent``, the new spec before anything was filled in.
    """
    for member in _cluster_members(old, new):
        yield Change(CLUSTER, (member,), f"{member} of the cluster")
    if old.vpc and old.vpc.create:
        yield from (Change(OWN_VPC, path, "the VPC that was made for the cluster") for path in _network(old, new))
    yield from _parts("nodegroups", old.nodegroups, _with_sizes_of(old, new.nodegroups), nodegroup_path)
    for addon in _parts("addons", old.addons, new.addons, addon_path):
        name = addon.resource.removeprefix(ADDONS)
        yield replace(addon, path=place_of_addon(sent, name))
    yield from _parts("accessEntries", old.accessEntries, new.accessEntries, entry_path)
    yield from _parts("podIdentityAssociations", old.podIdentityAssociations, new.podIdentityAssociations, pods_path)


def unchangeable(old: ClusterSpec, new: ClusterSpec, standing: Mapping[str, str], sent: Sent) -> Iterator[FieldError]:
    """The changes of what is there, each pointing into ``sent``.

    ``standing`` are the resources of the old spec that are there and ours, each with its status.
    """
    refused: set[Path] = set()
    for change in changes(old, new, sent):
        status = standing.get(change.resource)
        if status is None or change.path in refused or (change.kept and status in NEVER_WORKED):
            continue
        if change.kept:
            refused.add(change.path)
            yield _stays(change)
        else:
            yield _left_over(change, status)


def forgotten(old: ClusterSpec, new: ClusterSpec, observed: Mapping[str, object]) -> frozenset[str]:
    """The facts of earlier looks that followed from the old spec, and do not follow from the new one.

    Not those of node groups, add-ons and the like: how often they were made decides the token of the next creation.
    """
    gone = {f"roles/{_name(arn)}" for arn in _given_roles(old) - _given_roles(new)}
    if any(_network(old, new)):
        gone |= {name for name in observed if name == NETWORK or name.startswith(f"{NETWORK}/")}
    return frozenset(gone & observed.keys())


def resized(old: ClusterSpec, new: ClusterSpec) -> dict[str, ScalingConfig]:
    """The sizes that the new spec wants otherwise than the old one, by the names of the node groups."""
    before = {group.nodegroupName: group.scalingConfig for group in old.nodegroups}
    return {
        group.nodegroupName: group.scalingConfig
        for group in new.nodegroups
        if before.get(group.nodegroupName, group.scalingConfig) != group.scalingConfig
    }


def _with_sizes_of(old: ClusterSpec, groups: Sequence[Nodegroup]) -> list[Nodegroup]:
    before = {group.nodegroupName: group.scalingConfig for group in old.nodegroups}
    return [replace(group, scalingConfig=before.get(group.nodegroupName, group.scalingConfig)) for group in groups]


def _cluster_members(old: ClusterSpec, new: ClusterSpec) -> Iterator[str]:
    for member in fields(ClusterSpec):
        if member.name not in _NOT_THE_CLUSTERS and getattr(old, member.name) != getattr(new, member.name):
            yield member.name


def _network(old: ClusterSpec, new: ClusterSpec) -> Iterator[Path]:
    """The fields from which the choice of subnets follows, where they differ."""
    if old.vpc != new.vpc:
        yield ("vpc",)
    if old.resourcesVpcConfig.subnetIds != new.resourcesVpcConfig.subnetIds:
        yield ("resourcesVpcConfig", "subnetIds")
    if old.kubernetesNetworkConfig.ipFamily != new.kubernetesNetworkConfig.ipFamily:
        yield ("kubernetesNetworkConfig", "ipFamily")


def _parts(field: str, old: Sequence[Part], new: Sequence[Part], name_of: Callable[[Part], str]) -> Iterator[Change]:
    wanted = {name_of(part): (place, part) for place, part in enumerate(new)}
    for part in old:
        name = name_of(part)
        if name not in wanted:
            yield Change(name, (field,), name, kept=False)
            continue
        place, now = wanted[name]
        if now != part:
            yield Change(name, (field, place), name)


def _given_roles(spec: ClusterSpec) -> set[str]:
    return {arn for arn in (spec.roleArn, *(group.nodeRole for group in spec.nodegroups)) if arn}


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _stays(change: Change) -> FieldError:
    return FieldError(
        pointer(change.path),
        f"{change.what} is there already, and changing what is there is not offered yet.",
        "Leave it as the accepted spec has it; what is new can be added under another name.",
    )


def _left_over(change: Change, status: str) -> FieldError:
    return FieldError(
        pointer(change.path),
        f"{change.what} is there ({status}) and no longer in the spec, and removing what is there is not offered yet.",
        "Put it back into the spec, or delete it with EKS's own tools and send the same again.",
    )
