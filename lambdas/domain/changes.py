"""Another spec for a known cluster: what follows from it, and what of it the door refuses."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from lambdas.domain.constraints import quoted
from lambdas.domain.existing import is_gone
from lambdas.domain.paths import ADDONS, CLUSTER, NETWORK, addon_path, entry_path, nodegroup_path, pods_path
from lambdas.domain.planner.differences import Difference
from lambdas.domain.preflight.sent import Sent, value_at
from lambdas.domain.preflight.sent import addon_path as place_of_addon
from lambdas.domain.progress import IDLE, REFUSE, Action
from lambdas.domain.refusal import FieldError, Path, pointer
from lambdas.domain.spec import ClusterSpec, ScalingConfig

_VERSION: Final[Path] = ("version",)
"""What node groups follow that say none."""

_SIZES: Final = "scalingConfig."

_SUBNETS: Final[Path] = ("resourcesVpcConfig", "subnetIds")


def refused(actions: Iterable[Action], spec: ClusterSpec, sent: Sent) -> Iterator[FieldError]:
    """What a plan for the spec refuses because no call can bring it about, each pointing into ``sent``.

    What only stands in the way of a run now, such as a node group that could not be created, is none of it. One field
    is refused once, whatever follows from it.
    """
    told: set[str] = set()
    for action in (it for it in actions if it.verb == REFUSE):
        remedy = action.consequence.partition(": ")[2]
        for it in action.differences:
            where = pointer(_place(action.resource, it, spec, sent))
            if where not in told:
                told.add(where)
                yield FieldError(where, f"{action.reason}.", _sentence(remedy))


def places(action: Action, spec: ClusterSpec, sent: Sent) -> list[Path]:
    """Where the user has said what an action is about: each member that differs, or the resource itself."""
    if not action.differences:
        return [() if action.resource == CLUSTER else _part(action.resource, spec, sent)]
    return [_place(action.resource, it, spec, sent) for it in action.differences]


def other_network(old: ClusterSpec, new: ClusterSpec) -> tuple[Difference, ...]:
    """What the specs say differently of where the cluster is, as far as no look at AWS could tell.

    A VPC that was made for the cluster stays its VPC; and subnets that were named cannot be left to be chosen.
    """
    made = any(spec.vpc and spec.vpc.create for spec in (old, new))
    if made and old.vpc != new.vpc:
        return (Difference("vpc", _vpc(old), _vpc(new)),)
    before, now = old.resourcesVpcConfig.subnetIds, new.resourcesVpcConfig.subnetIds
    if before and not now:
        return (Difference(".".join(map(str, _SUBNETS)), list(before), []),)
    return ()


def is_due(actions: Iterable[Action]) -> bool:
    """Whether a plan leaves a run that provisions anything to do: sizes are seen to by another run, in its own time."""
    return any(it.verb not in IDLE and not _is_of_sizes(it) for it in actions)


def not_replaceable(spec: ClusterSpec, named: Collection[str]) -> Iterator[FieldError]:
    """Which of the resources that the parameter ``replace`` names are none of those that a spec can make anew."""
    known = _tags_of_parts(spec).keys()
    for name in sorted(set(named) - known):
        yield FieldError(
            pointer(("replace",)),
            f"replace names {quoted(name)}, which is nothing of the spec that can be made anew.",
            f"Name one of {', '.join(sorted(known))}." if known else "Leave it out.",
        )


def forgotten(old: ClusterSpec, new: ClusterSpec, observed: Mapping[str, object]) -> frozenset[str]:
    """The facts of earlier looks that followed from the old spec, and do not follow from the new one.

    Not those of node groups, add-ons and the like: how often they were made decides the token of the next creation.
    """
    gone = {f"roles/{_name(arn)}" for arn in _given_roles(old) - _given_roles(new)}
    if _looks_elsewhere(old, new):
        gone |= {name for name in observed if name == NETWORK or name.startswith(f"{NETWORK}/")}
    return frozenset(gone & observed.keys())


def dropped(old: ClusterSpec, new: ClusterSpec, before: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The keys of the tags, by resource, that the old spec or one ``before`` it has had and the new one has not.

    A run may just be putting them there, and nobody may ever hear of it.
    """
    had, has = _tag_keys(old), _tag_keys(new)
    gone = {
        name: (had.get(name, frozenset()) | before.get(name, frozenset())) - has.get(name, frozenset())
        for name in {*had, *before}
    }
    return {name: keys for name, keys in gone.items() if keys}


def _tag_keys(spec: ClusterSpec) -> dict[str, frozenset[str]]:
    return {name: frozenset(tags) for name, tags in {CLUSTER: spec.tags, **_tags_of_parts(spec)}.items()}


def _tags_of_parts(spec: ClusterSpec) -> dict[str, Mapping[str, str]]:
    """The tags of each resource that a spec names beside the cluster, by its path."""
    return {
        **{nodegroup_path(it): it.tags for it in spec.nodegroups},
        **{addon_path(it): it.tags for it in spec.addons},
        **{entry_path(it): it.tags for it in spec.accessEntries},
        **{pods_path(it): it.tags for it in spec.podIdentityAssociations},
    }


def resized(old: ClusterSpec, new: ClusterSpec, observed: Mapping[str, object]) -> dict[str, ScalingConfig]:
    """The sizes that the new spec wants otherwise than the old one, by the names of the node groups.

    So does a node group that comes back into the spec before it has gone: it may have been asleep.
    """
    before = {group.nodegroupName: group.scalingConfig for group in old.nodegroups}
    return {
        group.nodegroupName: group.scalingConfig
        for group in new.nodegroups
        if before.get(group.nodegroupName) != group.scalingConfig
        and (group.nodegroupName in before or _stands(observed.get(nodegroup_path(group))))
    }


def _is_of_sizes(action: Action) -> bool:
    fields = [it.field for it in action.differences]
    return bool(fields) and all(field.startswith(_SIZES) for field in fields)


def _stands(facts: object) -> bool:
    return isinstance(facts, dict) and "status" in facts and not is_gone(facts)


def _looks_elsewhere(old: ClusterSpec, new: ClusterSpec) -> bool:
    """Whether the fields differ from which the choice of subnets follows."""
    return (old.vpc, old.resourcesVpcConfig.subnetIds, old.kubernetesNetworkConfig.ipFamily) != (
        new.vpc,
        new.resourcesVpcConfig.subnetIds,
        new.kubernetesNetworkConfig.ipFamily,
    )


def _place(resource: str, difference: Difference, spec: ClusterSpec, sent: Sent) -> Path:
    """The field where the user said it, or the nearest that the user gave above it."""
    if resource == CLUSTER:
        member = _place_of_network(sent) if difference.field == "vpc" else tuple(difference.field.split("."))
        return _given(sent, member) or member[:1]
    place = (*_part(resource, spec, sent), *difference.field.split("."))
    follows = difference.field == _VERSION[0] and value_at(sent, place) is None
    return _given(sent, _VERSION if follows else place) or _VERSION


def _place_of_network(sent: Sent) -> Path:
    return _SUBNETS if value_at(sent, _SUBNETS) else ("vpc",)


def _part(resource: str, spec: ClusterSpec, sent: Sent) -> Path:
    if resource.startswith(ADDONS):
        return place_of_addon(sent, resource.removeprefix(ADDONS))
    named = (
        ("nodegroups", map(nodegroup_path, spec.nodegroups)),
        ("accessEntries", map(entry_path, spec.accessEntries)),
        ("podIdentityAssociations", map(pods_path, spec.podIdentityAssociations)),
        ("addons", map(addon_path, spec.addons)),
    )
    places = ((field, place) for field, paths in named for place, path in enumerate(paths) if path == resource)
    return next(places, ())


def _given(sent: Sent, path: Path) -> Path:
    """The longest beginning of the path that was sent."""
    while path and value_at(sent, path) is None:
        path = path[:-1]
    return path


def _vpc(spec: ClusterSpec) -> object:
    if spec.vpc is None:
        return None
    return {"create": spec.vpc.create is not None} if spec.vpc.create else {"vpcId": spec.vpc.vpcId}


def _given_roles(spec: ClusterSpec) -> set[str]:
    return {arn for arn in (spec.roleArn, *(group.nodeRole for group in spec.nodegroups)) if arn}


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
