"""Adopting a cluster that somebody else made: a look at all of it, the spec that says so, and the run that tags it."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lambdas.aws.errors import found
from lambdas.domain.adoption import World, spec_of, to_adopt
from lambdas.domain.adoption_notes import (
    Objection,
    Undescribed,
    more_than_tags,
    objection,
    taken_away,
    undescribed,
    unsettled,
)
from lambdas.domain.frozen import dataclass
from lambdas.domain.names import run_id
from lambdas.domain.passable import not_allowed
from lambdas.domain.rules import broken
from lambdas.domain.runs import Verb
from lambdas.domain.spec import to_json, with_version
from lambdas.steps.contract import ANY_NAME, Permission, eks
from lambdas.steps.planning import plan
from lambdas.steps.reviewing import requested

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.aws.clients import Aws
    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.progress import Action
    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.refusal import FieldError
    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from lambdas.steps.intake import Intake

    Json = dict[str, Any]

PERMISSIONS: Final = (
    Permission(
        actions=("eks:ListFargateProfiles", "eks:ListIdentityProviderConfigs"),
        resources=(eks("cluster/*"),),
        reads=True,
        why_wildcard=ANY_NAME,
    ),
)
"""What the look needs beside what every step needs to look."""

_OWNED: Final = "kubernetes.io/cluster/"
"""What the key of the tag begins with by which nodes' auto scaling groups say whose they are."""


class NotAdoptable(Exception):  # noqa: N818 -- an answer to a user
    """The cluster is not adopted. ``args[0]`` is the Objection."""


class NotThere(Exception):  # noqa: N818 -- an answer to a user
    """EKS has no cluster of this name. ``args[0]`` is the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What adopting a cluster comes to: its spec, what a run would do, what no spec says, what stands in the way."""

    spec: ClusterSpec
    actions: tuple[Action, ...]
    undescribed: tuple[Undescribed, ...]
    hindrances: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Adopter:
    """Looks at clusters that this Slipway does not know, and takes them over."""

    intake: Intake

    def look(self, name: str, edited: ClusterSpec | None = None, sent: Sent | None = None) -> Adoption:
        """What adopting the cluster comes to, with the spec that describes it or an edited one; changes nothing.

        Raises NotThere, or NotAdoptable.
        """
        world = _world(self.intake.aws, name)
        if (why := unsettled(world)) is not None:
            raise NotAdoptable(why)
        spec = _in_version(edited, world) if edited else _described(world)
        actions = self._planned(spec)
        return Adoption(
            spec=spec,
            actions=actions,
            undescribed=tuple(undescribed(world)),
            hindrances=tuple(self._hindrances(spec, sent or to_json(spec), actions)),
        )

    def take(self, spec: ClusterSpec, at: str) -> tuple[ClusterRecord, Run]:
        """Write the cluster down with a spec that a look found good, and start the run that tags what is there.

        May be repeated: the same spec leads to the same run. Raises NameTaken for a cluster that became known with
        another one.
        """
        return self.intake.accept(spec, at, adopting=to_adopt(spec))

    def again(self, record: ClusterRecord, edited: ClusterSpec | None, at: str) -> tuple[ClusterRecord, Run]:
        """Go on with an adoption that did not come to its end. Raises likewise."""
        return self.intake.accept(edited or requested(record), at)

    def _planned(self, spec: ClusterSpec) -> tuple[Action, ...]:
        before = self.intake.registry.tombstone(spec.name)
        run = run_id(spec.name, Verb.PROVISION, before.generation + 1 if before else 1, 1)
        return plan(replace(self.intake.reviewer.scope(spec, None), run=run, adopting=to_adopt(spec)))

    def _hindrances(self, spec: ClusterSpec, sent: Sent, actions: tuple[Action, ...]) -> Iterator[FieldError]:
        settings = self.intake.settings
        yield from broken(spec)
        yield from taken_away(spec)
        yield from not_allowed(spec, sent, settings.role_patterns(), settings.key_patterns())
        yield from more_than_tags(actions, spec, sent)


def _in_version(spec: ClusterSpec, world: World) -> ClusterSpec:
    """The spec with the cluster's version, where it says none."""
    return spec if spec.version else with_version(spec, world.cluster["version"])


def _described(world: World) -> ClusterSpec:
    try:
        return spec_of(world)
    except msgspec.ValidationError as error:
        raise NotAdoptable(
            Objection(
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
                detail=f"The cluster {world.cluster['name']} has something that this release's specs cannot say.",
                why=f"What EKS reports of it fits no spec: {error}.",
                remedy="Change that in EKS, or have the operator deploy a newer release of Slipway.",
            )
        ) from None


def _world(aws: Aws, name: str) -> World:
    """One look at everything. Raises NotThere; or NotAdoptable before more is asked than the cluster itself."""
    answer = found(lambda: aws.eks.describe_cluster(name=name))
    if answer is None:
        raise NotThere(name)
    cluster: Json = dict(answer["cluster"])
    if (why := objection(cluster)) is not None:
        raise NotAdoptable(why)
    groups = _nodegroups(aws, name)
    entries = _entries(aws, name)
    return World(
        cluster=cluster,
        nodegroups=groups,
        addons=_addons(aws, name),
        entries=entries,
        policies={it["principalArn"]: _policies(aws, name, it["principalArn"]) for it in entries},
        associations=_associations(aws, name),
        fargate_profiles=tuple(_listed(aws, "list_fargate_profiles", "fargateProfileNames", clusterName=name)),
        identity_providers=tuple(
            it["name"]
            for it in _listed(aws, "list_identity_provider_configs", "identityProviderConfigs", clusterName=name)
        ),
        scaling_groups=_scaling_groups(aws, name, groups),
    )


def _nodegroups(aws: Aws, name: str) -> tuple[Json, ...]:
    names = _listed(aws, "list_nodegroups", "nodegroups", clusterName=name)
    return tuple(dict(aws.eks.describe_nodegroup(clusterName=name, nodegroupName=it)["nodegroup"]) for it in names)


def _addons(aws: Aws, name: str) -> tuple[Json, ...]:
    names = _listed(aws, "list_addons", "addons", clusterName=name)
    return tuple(dict(aws.eks.describe_addon(clusterName=name, addonName=it)["addon"]) for it in names)


def _entries(aws: Aws, name: str) -> tuple[Json, ...]:
    principals = _listed(aws, "list_access_entries", "accessEntries", clusterName=name)
    return tuple(
        dict(aws.eks.describe_access_entry(clusterName=name, principalArn=it)["accessEntry"]) for it in principals
    )


def _policies(aws: Aws, name: str, principal: str) -> tuple[Json, ...]:
    operation, member = "list_associated_access_policies", "associatedAccessPolicies"
    return tuple(_listed(aws, operation, member, clusterName=name, principalArn=principal))


def _associations(aws: Aws, name: str) -> tuple[Json, ...]:
    ids = [
        it["associationId"] for it in _listed(aws, "list_pod_identity_associations", "associations", clusterName=name)
    ]
    return tuple(
        dict(aws.eks.describe_pod_identity_association(clusterName=name, associationId=it)["association"]) for it in ids
    )


def _scaling_groups(aws: Aws, name: str, nodegroups: tuple[Json, ...]) -> tuple[str, ...]:
    """The names of the cluster's auto scaling groups that are no managed node group's."""
    managed = {it["name"] for group in nodegroups for it in (group.get("resources") or {}).get("autoScalingGroups", ())}
    pages = aws.autoscaling.get_paginator("describe_auto_scaling_groups").paginate(
        Filters=[{"Name": "tag-key", "Values": [_OWNED + name]}]
    )
    return tuple(
        it["AutoScalingGroupName"]
        for page in pages
        for it in page["AutoScalingGroups"]
        if it["AutoScalingGroupName"] not in managed
    )


def _listed(aws: Aws, operation: Any, member: str, **names: str) -> list[Any]:  # noqa: ANN401 -- the stubs want literals
    """All pages of a list."""
    return [it for page in aws.eks.get_paginator(operation).paginate(**names) for it in page[member]]
