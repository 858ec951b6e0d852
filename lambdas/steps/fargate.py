"""Fargate profiles. Slipway makes none, but a cluster that has any cannot be deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.aws.errors import found
from lambdas.domain import pacing
from lambdas.domain.paths import FARGATE
from lambdas.domain.progress import Action, Ready, Report
from lambdas.steps.removal import absent, asked, of_cluster, standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.steps.convergence import Changed, Removable
    from lambdas.steps.scope import Scope


def removals(scope: Scope) -> Iterator[Removable]:
    """The cluster's profiles one by one, as EKS deletes only one at a time."""
    yield from of_cluster(scope, FARGATE, lambda: _listed(scope), lambda names: _one_by_one(scope, names))


def _one_by_one(scope: Scope, names: list[str]) -> Iterator[Removable]:
    before = None
    for name in names:
        before = DepartingProfile(scope, name, before)
        yield before


class DepartingProfile:
    """A Fargate profile on its way out, after the one before it."""

    def __init__(self, scope: Scope, name: str, after: DepartingProfile | None) -> None:
        self.scope = scope
        self.name = name
        self.is_gone = False
        self._after = after

    @property
    def path(self) -> str:
        """``fargate/batch``."""
        return FARGATE + self.name

    def look_for(self) -> Report:
        """DescribeFargateProfile."""
        answer = found(
            lambda: self.scope.aws.eks.describe_fargate_profile(
                clusterName=self.scope.cluster, fargateProfileName=self.name
            )
        )
        if answer is None:
            report = absent(self.scope, self.path)
            self.is_gone = isinstance(report.progress, Ready) and (self._after is None or self._after.is_gone)
            return report
        profile = answer["fargateProfile"]
        report = standing(self.scope, self.path, profile.get("status", ""), profile.get("health"))
        if report.action is None or self._after is None or self._after.is_gone:
            return report
        return Report(resource=self.path, progress=pacing.AFTER_OTHERS.wait("one goes at a time"), facts=report.facts)

    def delete(self, _: Action) -> Changed:
        """DeleteFargateProfile."""
        self.scope.aws.eks.delete_fargate_profile(clusterName=self.scope.cluster, fargateProfileName=self.name)
        return asked(self.scope, self.path)


def _listed(scope: Scope) -> list[str]:
    pages = scope.aws.eks.get_paginator("list_fargate_profiles").paginate(clusterName=scope.cluster)
    return [name for page in pages for name in page["fargateProfileNames"]]
