"""What a cluster has that its spec no longer has: it goes, if it is ours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import CALL_ERRORS, found, removal_progress_of
from lambdas.domain.existing import LEFT, is_gone
from lambdas.domain.frozen import dataclass
from lambdas.domain.planner.differences import Effect
from lambdas.domain.progress import Report
from lambdas.steps.removal import Settled

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from lambdas.domain.progress import Action, Progress
    from lambdas.steps.convergence import Changed, Removable
    from lambdas.steps.scope import Scope

NOT_IN_THE_SPEC: Final = "the spec no longer has it"


def surplus_of(
    scope: Scope,
    prefix: str,
    wanted: Collection[str],
    listed: Callable[[], Iterable[str]],
    made: Callable[[str], Removable],
) -> Iterator[Removable]:
    """The removals of what is there and not ``wanted``, by path below ``prefix``.

    ``listed`` are the paths of all that EKS has of the kind, whoever made it: ``made`` gives what tells ours from the
    rest. What earlier looks have seen comes with them, so that its end is noted.
    """
    known = {path for path in scope.observed if path.startswith(prefix) and not is_gone(scope.facts(path))}
    try:
        there = set(found(lambda: list(listed())) or ())
    except CALL_ERRORS as error:
        yield Settled(Report(resource=prefix.rstrip("/"), progress=removal_progress_of(error)))
        return
    yield from (made(path) for path in sorted((there | known) - set(wanted)))


def ours_among(scope: Scope, removables: Iterable[Removable]) -> Iterator[Removable]:
    """Those that are ours, or were at an earlier look. Of what others made, EKS above all, nothing is said."""
    for removable in removables:
        try:
            report = removable.look_for()
        except CALL_ERRORS as error:
            report = Report(resource=removable.path, progress=removal_progress_of(error))
        if LEFT not in report.facts or scope.facts(removable.path):
            yield Looked(report, removable)


def unwanted(report: Report, outcome: str) -> Report:
    """A removal's report with the reason that the spec gives, and what comes of it."""
    if report.action is None:
        return report
    action = replace(report.action, reason=NOT_IN_THE_SPEC, consequence=Effect.DELETED.saying(outcome))
    return replace(report, action=action)


@dataclass(frozen=True, slots=True)
class Looked:
    """Something that goes and has been looked at already."""

    report: Report
    removable: Removable

    @property
    def path(self) -> str:
        """The report's."""
        return self.report.resource

    def look_for(self) -> Report:
        """The report."""
        return self.report

    def delete(self, action: Action) -> Progress | Changed:
        """Make the change that is due."""
        return self.removable.delete(action)
