"""EKS add-ons on their way out: with the cluster, or because the spec no longer has them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from lambdas.aws.clients import answered_at
from lambdas.aws.errors import CALL_ERRORS, found, removal_progress_of
from lambdas.domain import pacing
from lambdas.domain.addons import needs_node
from lambdas.domain.frozen import dataclass
from lambdas.domain.pacing import Part
from lambdas.domain.paths import ADDONS, addon_path
from lambdas.domain.progress import Action, Failed, Progress, Ready, Report
from lambdas.steps.reading import is_ours
from lambdas.steps.removal import asked, due, gone, left, not_ours, of_cluster, standing
from lambdas.steps.surplus import ours_among, surplus_of, unwanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.steps.convergence import Changed, Removable
    from lambdas.steps.scope import Scope

_LAST: Final = "vpc-cni"
"""It takes the pods' network interfaces back, so it goes when nothing else does any more."""

_UNFINISHED: Final = frozenset({"CREATING", "UPDATING"})
"""What EKS works on can go all the same: without nodes it would not end for long."""

_LONG_ENOUGH: Final = timedelta(minutes=10)
"""EKS deletes what is left of an add-on with the cluster."""


def surplus(scope: Scope, part: Part) -> Iterator[Removable]:
    """The add-ons of either part that the spec no longer has: they go when all the others are there."""
    if part is not Part.WORKLOAD_ADDONS:
        return
    wanted = [addon_path(addon) for addon in scope.spec.addons]
    there = surplus_of(
        scope, ADDONS, wanted, lambda: [ADDONS + name for name in _listed(scope)], lambda path: Unwanted(scope, path)
    )
    yield from ours_among(scope, there)


def removals(scope: Scope, part: Part) -> Iterator[Removable]:
    """The add-ons of one part that the cluster has, also those that the spec does not know, and vpc-cni last."""
    wanted = part is Part.WORKLOAD_ADDONS

    def made(names: list[str]) -> Iterator[Removable]:
        first = [Departing(scope, name) for name in names if needs_node(name) is wanted and name != _LAST]
        yield from first
        if _LAST in names and not wanted:
            yield Departing(scope, _LAST, tuple(first))

    yield from of_cluster(scope, ADDONS, lambda: _listed(scope), made)


@dataclass(frozen=True, slots=True)
class Unwanted:
    """An add-on that the cluster has and the spec has not."""

    scope: Scope
    path: str

    @property
    def _name(self) -> str:
        return self.path.removeprefix(ADDONS)

    def look_for(self) -> Report:
        """DescribeAddon."""
        scope = self.scope
        answer = found(lambda: scope.aws.eks.describe_addon(clusterName=scope.cluster, addonName=self._name))
        if answer is None:
            return gone(scope, self.path)
        addon = answer["addon"]
        if not is_ours(scope, addon.get("tags")):
            return left(self.path, not_ours(addon["addonArn"]))
        report = standing(scope, self.path, addon["status"], addon.get("health"))
        if addon["status"] in _UNFINISHED:
            report = due(self.path, "the add-on", report.facts)
        return unwanted(report, "the add-on, with all that it has made in the cluster")

    def delete(self, _: Action) -> Changed:
        """DeleteAddon."""
        self.scope.aws.eks.delete_addon(clusterName=self.scope.cluster, addonName=self._name)
        return asked(self.scope, self.path)


class Departing:
    """An add-on on its way out. It never keeps the cluster from going: after a while it is left to go with it."""

    def __init__(self, scope: Scope, name: str, after: tuple[Departing, ...] = ()) -> None:
        self.scope = scope
        self.name = name
        self.over = False
        self._after = after

    @property
    def path(self) -> str:
        """``addons/coredns``."""
        return ADDONS + self.name

    def look_for(self) -> Report:
        """DescribeAddon."""
        scope = self.scope
        answer = found(lambda: scope.aws.eks.describe_addon(clusterName=scope.cluster, addonName=self.name))
        if answer is None:
            self.over = True
            return gone(scope, self.path)
        status, now = answer["addon"]["status"], answered_at(answer)
        since = datetime.fromisoformat(str(scope.facts(self.path).get("since", now.isoformat())))
        facts = {"status": status, "since": since.isoformat()}
        if status == "DELETE_FAILED" or now - since > _LONG_ENOUGH:
            self.over = True
            return Report(resource=self.path, progress=Ready(), facts=facts)
        if not all(other.over for other in self._after):
            return Report(resource=self.path, progress=pacing.AFTER_OTHERS.wait("the other add-ons go first"))
        if status == "DELETING":
            return Report(resource=self.path, progress=pacing.DELETING.wait("DELETING"), facts=facts)
        return due(self.path, f"{self.path} is deleted", facts)

    def delete(self, _: Action) -> Progress:
        """DeleteAddon; where EKS will not have it, the add-on goes with the cluster."""
        try:
            self.scope.aws.eks.delete_addon(clusterName=self.scope.cluster, addonName=self.name)
        except CALL_ERRORS as error:
            refused = removal_progress_of(error)
            return Ready() if isinstance(refused, Failed) else refused
        return pacing.DELETING.wait("DELETING")


def _listed(scope: Scope) -> list[str]:
    pages = scope.aws.eks.get_paginator("list_addons").paginate(clusterName=scope.cluster)
    return [name for page in pages for name in page["addons"]]
