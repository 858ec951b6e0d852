"""The one way in which every resource converges, or goes: look, make at most one change, and say how far it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from lambdas.aws.errors import CALL_ERRORS, progress_of, removal_progress_of
from lambdas.domain.existing import DELETED, EARLIER
from lambdas.domain.frozen import dataclass
from lambdas.domain.pacing import is_throttled
from lambdas.domain.progress import Ready, Report, combine

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


class Removable(Protocol):
    """Something that a removal takes away. ``look_for`` changes nothing; ``delete`` makes one change."""

    @property
    def path(self) -> str:
        """The resource's name in timelines, such as ``addons/coredns``."""

    def look_for(self) -> Report:
        """Ready when it is gone (fact ``status``: ``DELETED``) or is left as it is not ours (fact ``left``: why)."""

    def delete(self, action: Action) -> Progress | Changed:
        """Make the change that ``look_for`` found due."""


def observe(resources: Iterable[Resource], surplus: Iterable[Removable] = ()) -> list[Report]:
    """One look at each resource, and at what the spec no longer has. Changes nothing."""
    return [*(_look(resource) for resource in resources), *(_look_for(resource) for resource in surplus)]


def ensure(resources: Iterable[Resource], surplus: Iterable[Removable] = ()) -> list[Report]:
    """One look at each resource and at most one change of each, towards the spec. May be called any number of times.

    ``surplus`` is what the spec no longer has. It goes when all the rest is there: what takes its place comes first.
    """
    reports = _until_refused(resources)
    if isinstance(combine(reports), Ready):
        reports += map(_before_the_cluster, remove(surplus))
    return reports


def remove(resources: Iterable[Removable]) -> list[Report]:
    """One look for each and at most one change of each, until it is gone. May be called any number of times."""
    return [_remove(resource) for resource in resources]


def _until_refused(resources: Iterable[Resource]) -> list[Report]:
    """Converge one after the other. Once AWS is called too often, the rest waits as well: it would hear the same."""
    reports: list[Report] = []
    refused: Progress | None = None
    for resource in resources:
        report = Report(resource=resource.path, progress=refused) if refused else _converge(resource)
        refused = refused or _refused(report)
        reports.append(report)
    return reports


def _refused(report: Report) -> Progress | None:
    """How to wait, if all that the look heard is that there were too many calls."""
    return report.progress if is_throttled(report.progress) and not report.facts else None


def _before_the_cluster(report: Report) -> Report:
    """The report on what the spec no longer has: should the cluster go one day, this did not go with it."""
    if report.facts.get("status") != DELETED:
        return report
    return replace(report, facts={**report.facts, EARLIER: True})


def _converge(resource: Resource) -> Report:
    report = _look(resource)
    if report.action is None:
        return report
    try:
        outcome = resource.change(report.action)
    except CALL_ERRORS as error:
        outcome = progress_of(error)
    return _changed(report, outcome)


def _remove(resource: Removable) -> Report:
    report = _look_for(resource)
    if report.action is None:
        return report
    try:
        outcome = resource.delete(report.action)
    except CALL_ERRORS as error:
        outcome = removal_progress_of(error)
    return _changed(report, outcome)


def _changed(report: Report, outcome: Progress | Changed) -> Report:
    changed = outcome if isinstance(outcome, Changed) else Changed(outcome, {})
    return replace(report, progress=changed.progress, facts={**report.facts, **changed.facts})


def _look(resource: Resource) -> Report:
    try:
        return resource.look()
    except CALL_ERRORS as error:
        return Report(resource=resource.path, progress=progress_of(error))


def _look_for(resource: Removable) -> Report:
    try:
        return resource.look_for()
    except CALL_ERRORS as error:
        return Report(resource=resource.path, progress=removal_progress_of(error))
