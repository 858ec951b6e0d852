"""What is alike in every removal: what is gone, what is left, what is going, and whose the cluster is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import CALL_ERRORS, found, removal_progress_of
from lambdas.domain import pacing
from lambdas.domain.existing import DELETED, EARLIER, confirmation
from lambdas.domain.frozen import dataclass
from lambdas.domain.names import OWNER_TAG
from lambdas.domain.paths import CONFIRMED
from lambdas.domain.progress import Action, Progress, Ready, Report
from lambdas.steps.convergence import Changed
from lambdas.steps.reading import broken, doubt, is_ours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from lambdas.domain.pacing import Part
    from lambdas.steps.convergence import Removable
    from lambdas.steps.scope import Scope

MOST_TRIES: Final = 5
"""How often a run deletes what EKS fails to delete: a network interface that a node left holds its security group."""

_TRIES: Final = "tries"
_FAILED: Final = frozenset({"DELETE_FAILED", "FAILED"})


def gone(scope: Scope, path: str, **kept: object) -> Report:
    """The report on what is not there: deleted, if an earlier look has seen it. ``kept`` are facts that outlive it.

    How often it was made stays known as well: it decides the token with which it would be made anew.
    """
    count = scope.made_before(path)
    before = scope.facts(path)
    earlier = {EARLIER: True} if EARLIER in before else {}
    known = {"status": DELETED, **({"remade": count} if count else {}), **earlier, **kept}
    return Report(resource=path, progress=Ready(), facts=known if before else {})


def denied(scope: Scope, path: str) -> Report | None:
    """Another look at what EKS denies, though it stood when last seen and nobody asked it to go; None if it is gone.

    What is cleared up once a thing is gone may be in use while it is not.
    """
    known = scope.facts(path)
    if _TRIES in known or known.get("status") in {None, "DELETING", DELETED}:
        return None
    doubts = doubt(scope, path)
    waiting = pacing.NOT_THERE_YET.wait(f"EKS knows no such {path}")
    return Report(resource=path, progress=waiting, facts={**known, **doubts}) if doubts else None


def absent(scope: Scope, path: str) -> Report:
    """The report on what EKS denies, whose standing would hold the cluster: doubted first, where there is cause."""
    return denied(scope, path) or gone(scope, path)


def left(path: str, why: str) -> Report:
    """The report on what is left alone, and why."""
    return Report(resource=path, progress=Ready(), facts={"left": why})


def not_ours(arn: str) -> str:
    """Why something is left that has the name of ours."""
    return f"{arn} lacks the tag {OWNER_TAG}: Slipway did not make it."


def due(path: str, what: str, facts: Mapping[str, object]) -> Report:
    """The report on what is there; ``what`` is the change that takes it a step nearer to its end."""
    action = Action(verb="delete", resource=path, reason="the cluster is being deleted", consequence=what)
    return Report(resource=path, progress=pacing.REMOVING.wait(what), action=action, facts=facts)


def standing(scope: Scope, path: str, status: str, health: object, facts: Mapping[str, object] | None = None) -> Report:
    """The report on what EKS still has: what changes is waited for, and what it failed to delete is tried again."""
    known = {**(facts or {}), "status": status, **_tries(scope, path)}
    match status:
        case "DELETING":
            return Report(resource=path, progress=pacing.DELETING.wait(status), facts=known)
        case "CREATING" | "PENDING":
            return Report(resource=path, progress=pacing.STILL_CREATING.wait(status), facts=known)
        case "UPDATING":
            return Report(resource=path, progress=pacing.UPDATE_IN_PROGRESS.wait(status), facts=known)
        case _ if status in _FAILED and _count(scope, path) >= MOST_TRIES:
            return Report(resource=path, progress=broken(status, health), facts=known)
        case _:
            return due(path, f"{path} is deleted", known)


def asked(scope: Scope, path: str) -> Changed:
    """EKS was asked to delete it, once more in this run."""
    tried = {_TRIES: {"run": scope.run, "count": _count(scope, path) + 1}}
    return Changed(pacing.DELETING.wait("DELETING"), tried)


def _tries(scope: Scope, path: str) -> dict[str, object]:
    count = _count(scope, path)
    return {_TRIES: {"run": scope.run, "count": count}} if count else {}


def _count(scope: Scope, path: str) -> int:
    tries = scope.facts(path).get(_TRIES)
    return int(tries["count"]) if isinstance(tries, dict) and tries.get("run") == scope.run else 0


def confirm(scope: Scope, part: Part, resources: Iterable[Removable]) -> list[Report]:
    """One last look for each, and no change: the proof that nothing of the part is there but what is left.

    What is still there, or cannot be seen, is waited for: the run goes back to taking it away.
    """
    reports = [_last_look(resource) for resource in resources]
    if reports and all(isinstance(report.progress, Ready) for report in reports):
        reports.append(Report(resource=CONFIRMED + part, progress=Ready(), facts=confirmation(scope.run)))
    return reports


def _last_look(resource: Removable) -> Report:
    try:
        return resource.look_for()
    except CALL_ERRORS as error:
        return Report(resource=resource.path, progress=removal_progress_of(error))


@dataclass(frozen=True, slots=True)
class Settled:
    """Something of which all is known already."""

    report: Report

    @property
    def path(self) -> str:
        """The report's."""
        return self.report.resource

    def look_for(self) -> Report:
        """The report."""
        return self.report

    def delete(self, _: Action) -> Progress:
        """Nothing is ever due."""
        return Ready()


def of_cluster(
    scope: Scope, prefix: str, listed: Callable[[], Iterable[str]], made: Callable[[list[str]], Iterable[Removable]]
) -> Iterator[Removable]:
    """All of one kind that the cluster has, whoever added it: if the cluster is ours, so is what it consists of.

    ``listed`` are the names that EKS knows; ``made`` gives the removals of names. Earlier looks' names come with them,
    so that what has gone since is noted.
    """
    known = {path.removeprefix(prefix) for path in scope.observed if path.startswith(prefix)}
    try:
        answer = found(lambda: scope.aws.eks.describe_cluster(name=scope.cluster))
        ours = answer is not None and is_ours(scope, answer["cluster"].get("tags"))
        names = sorted(known | set(listed() if ours else ()))
    except CALL_ERRORS as error:
        progress = removal_progress_of(error)
        paths = [prefix + name for name in sorted(known)] or [prefix.rstrip("/")]
        yield from (Settled(Report(resource=path, progress=progress, facts=scope.facts(path))) for path in paths)
        return
    if answer is None:
        yield from (Settled(absent(scope, prefix + name)) for name in names)
    elif ours:
        yield from made(names)
    else:
        why = not_ours(answer["cluster"]["arn"])
        yield from (Settled(left(prefix + name, why)) for name in names)
