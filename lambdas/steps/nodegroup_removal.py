"""Node groups on their way out: with their cluster, or because the spec no longer has them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import found
from lambdas.domain.frozen import dataclass
from lambdas.domain.paths import NODEGROUPS, SIZES
from lambdas.domain.planner.differences import Effect
from lambdas.domain.progress import Ready, Report
from lambdas.steps.reading import is_ours
from lambdas.steps.removal import Settled, absent, asked, gone, left, not_ours, standing
from lambdas.steps.surplus import surplus_of
from lambdas.steps.updating import rolling

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from mypy_boto3_eks.type_defs import NodegroupTypeDef

    from lambdas.domain.progress import Action
    from lambdas.steps.convergence import Changed, Removable
    from lambdas.steps.scope import Scope

_KEPT: Final = ("remade", "update")
"""Facts that looks only carry on: how often it was made, and the last update."""


@dataclass(frozen=True, slots=True)
class Departing:
    """A node group on its way out with its cluster. EKS drains its nodes, but lets no disruption budget keep them."""

    scope: Scope
    name: str

    @property
    def path(self) -> str:
        """``nodegroups/simple-bank``."""
        return NODEGROUPS + self.name

    def look_for(self) -> Report:
        """DescribeNodegroup."""
        answer = found(
            lambda: self.scope.aws.eks.describe_nodegroup(clusterName=self.scope.cluster, nodegroupName=self.name)
        )
        if answer is None:
            return absent(self.scope, self.path)
        return _standing(self.scope, self.path, answer["nodegroup"])

    def delete(self, _: Action) -> Changed:
        """DeleteNodegroup."""
        self.scope.aws.eks.delete_nodegroup(clusterName=self.scope.cluster, nodegroupName=self.name)
        return asked(self.scope, self.path)


def unwanted(scope: Scope, wanted: Collection[str]) -> Iterator[Removable]:
    """Those whose paths are not ``wanted``, and once one is gone the sizes that it was to wake with."""
    there = surplus_of(
        scope,
        NODEGROUPS,
        wanted,
        lambda: [NODEGROUPS + name for name in listed(scope)],
        lambda path: Unwanted(scope, path),
    )
    for removal in there:
        yield removal
        if isinstance(removal, Unwanted) and removal.is_gone:
            yield from removal.forgotten()


class Unwanted:
    """A node group that the spec does not have: it goes if it is ours."""

    def __init__(self, scope: Scope, path: str) -> None:
        self.scope = scope
        self._path = path
        self.is_gone = False

    @property
    def path(self) -> str:
        """``nodegroups/simple-bank``."""
        return self._path

    def look_for(self) -> Report:
        """DescribeNodegroup."""
        name = self.path.removeprefix(NODEGROUPS)
        answer = found(
            lambda: self.scope.aws.eks.describe_nodegroup(clusterName=self.scope.cluster, nodegroupName=name)
        )
        if answer is None:
            self.is_gone = True
            return gone(self.scope, self.path)
        nodegroup = answer["nodegroup"]
        if not is_ours(self.scope, nodegroup.get("tags")):
            return self._foreign(nodegroup["nodegroupArn"])
        return _no_longer_wanted(_standing(self.scope, self.path, nodegroup))

    def delete(self, _: Action) -> Changed:
        """DeleteNodegroup."""
        name = self.path.removeprefix(NODEGROUPS)
        self.scope.aws.eks.delete_nodegroup(clusterName=self.scope.cluster, nodegroupName=name)
        return asked(self.scope, self.path)

    def forgotten(self) -> Iterator[Removable]:
        """The sizes that it was to wake with: another group of its name is not to get them."""
        sizes = SIZES + self.path.removeprefix(NODEGROUPS)
        if self.scope.facts(sizes):
            yield Settled(Report(resource=sizes, progress=Ready(), facts={"remembered": None}))

    def _foreign(self, arn: str) -> Report:
        """Somebody else's is nothing to us; of one that was ours it is noted that it no longer is."""
        report = left(self.path, not_ours(arn))
        return report if self.scope.facts(self.path) else replace(report, facts={})


def _standing(scope: Scope, path: str, nodegroup: NodegroupTypeDef) -> Report:
    """The report on one that is there: EKS deletes none while it replaces its nodes, which may take long."""
    known = scope.facts(path)
    kept = {name: known[name] for name in _KEPT if name in known}
    report = standing(scope, path, nodegroup["status"], nodegroup.get("health"), kept)
    if nodegroup["status"] == "UPDATING":
        return replace(report, progress=rolling(scope, path, "UPDATING"))
    return report


def _no_longer_wanted(report: Report) -> Report:
    if report.action is None:
        return report
    consequence = Effect.DELETED.saying("its nodes are drained and go; no disruption budget keeps them")
    return replace(report, action=replace(report.action, reason="the spec no longer has it", consequence=consequence))


def listed(scope: Scope) -> list[str]:
    """The names of all node groups that the cluster has, whoever made them."""
    pages = scope.aws.eks.get_paginator("list_nodegroups").paginate(clusterName=scope.cluster)
    return [name for page in pages for name in page["nodegroups"]]
