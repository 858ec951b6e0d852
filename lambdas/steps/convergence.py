"""The one way in which every resource converges: look, make at most one change, and say how far it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from lambdas.aws.errors import CALL_ERRORS, progress_of
from lambdas.domain.progress import Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lambdas.domain.progress import Action, Progress


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that leaves something to remember: how far it is now, and the facts that it adds to the look's."""

    progress: Progress
    facts: Mapping[str, object]


class Resource(Protocol):
    """Something that EKS, IAM or EC2 keeps for us. ``look`` changes nothing; ``change`` makes one change."""

    @property
    def path(self) -> str:
        """The resource's name in timelines and plans, such as ``addons/coredns``."""

    def look(self) -> Report:
        """Compare what is there with the spec; the report's action, if any, is the change that is due."""

    def change(self, action: Action) -> Progress | Changed:
        """Make the change that a look found due."""


def observe(resources: Iterable[Resource]) -> list[Report]:
    """One look at each resource. Changes nothing."""
    return [_look(resource) for resource in resources]


def ensure(resources: Iterable[Resource]) -> list[Report]:
    """One look at each resource and at most one change of each, towards the spec. May be called any number of times."""
    return [_converge(resource) for resource in resources]


def _converge(resource: Resource) -> Report:
    report = _look(resource)
    if report.action is None:
        return report
    try:
        outcome = resource.change(report.action)
    except CALL_ERRORS as error:
        outcome = progress_of(error)
    changed = outcome if isinstance(outcome, Changed) else Changed(outcome, {})
    return replace(report, progress=changed.progress, facts={**report.facts, **changed.facts})


def _look(resource: Resource) -> Report:
    try:
        return resource.look()
    except CALL_ERRORS as error:
        return Report(resource=resource.path, progress=progress_of(error))
