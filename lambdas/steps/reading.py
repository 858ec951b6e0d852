"""What is read alike off every EKS resource: whose it is, and what its health says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambdas.domain import pacing
from lambdas.domain.issues import MOST_TRIES, Issue, failed_by, is_retried
from lambdas.domain.names import OWNER_TAG, RUN_TAG, owner_tags
from lambdas.domain.placement import LEFT_OUT
from lambdas.domain.planner.tags import adoption
from lambdas.domain.progress import Action, Failed, Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.domain.planner import Update
    from lambdas.domain.progress import Progress
    from lambdas.steps.scope import Scope

_KEPT: Final = ("update", "chosen", LEFT_OUT)
"""Facts that looks only carry on: the last update, which version was chosen, and without which subnets it was made."""


_DENIED: Final = "denied"
_BELIEVED: Final = 4
"""How often in a row EKS has to deny that something exists which nobody has asked it to delete."""


def doubt(scope: Scope, resource: str) -> dict[str, object] | None:
    """The fact to remember while EKS is not believed that there is no such resource; None once it is.

    Its answers may be wrong for moments: what it only forgot would be taken for gone, and stay.
    """
    before = scope.facts(resource).get(_DENIED)
    times = 1 + (before["times"] if isinstance(before, dict) and before["run"] == scope.run else 0)
    return {_DENIED: {"run": scope.run, "times": times}} if times < _BELIEVED else None


def missing(scope: Scope, progress: Progress, action: Action) -> Report:
    """The report on an EKS resource that is not there, with how often it was."""
    count = scope.remade(action.resource)
    facts = {"remade": count} if count else {}
    return Report(resource=action.resource, progress=progress, action=action, facts=facts)


def present(scope: Scope, resource: str, progress: Progress, facts: Mapping[str, object]) -> Report:
    """The report on an EKS resource that is there; ``facts`` must have its ``status``."""
    count, known = scope.made_before(resource), scope.facts(resource)
    kept = {name: known[name] for name in _KEPT if name in known}
    return Report(resource=resource, progress=progress, facts={**kept, **facts, **({"remade": count} if count else {})})


def is_ours(scope: Scope, tags: Mapping[str, str] | None) -> bool:
    """Whether the tags say that Slipway made the resource for this cluster."""
    return (tags or {}).get(OWNER_TAG) == scope.cluster


def is_nobodys(tags: Mapping[str, str] | None) -> bool:
    """Whether no Slipway claims it."""
    return not {OWNER_TAG, RUN_TAG} & set(tags or ())


def belongs(scope: Scope, resource: str, tags: Mapping[str, str] | None) -> bool:
    """Whether it is ours, or nobody's and about to become ours. Only what is ours may be deleted."""
    return is_ours(scope, tags) or (resource in scope.adopting and is_nobodys(tags))


def adoptions(scope: Scope, resource: str, tags: Mapping[str, str] | None, arn: str) -> tuple[Update, ...]:
    """The change that makes it ours, where that is due: before every other, as IAM allows those of ours only."""
    due = belongs(scope, resource, tags) and not is_ours(scope, tags)
    return (adoption(owner_tags(scope.cluster, scope.run), arn),) if due else ()


def foreign(error: str, arn: str, remedy: str) -> Failed:
    """The failure of a name that somebody else's resource has: it is never adopted silently."""
    return Failed(error, f"{arn} exists, but lacks the tag {OWNER_TAG}: Slipway did not make it.", remedy)


def broken(status: str, health: object, *, removal: str = "") -> Failed:
    """The failure of a resource whose status no waiting will change.

    ``removal`` is the command that takes it away, where it stands in the way of a new one and no run removes it.
    """
    failed = failed_by(issues_in(health), f"EKS reports the status {status} and no reason.")
    return replace(failed, remedy=f"Delete what failed with `{removal}`. {failed.remedy}") if removal else failed


def issues_in(health: object) -> tuple[Issue, ...]:
    """The entries of a ``health.issues``."""
    entries = health.get("issues") if isinstance(health, dict) else None
    return tuple(_issue(entry) for entry in entries or ())


def _issue(entry: Mapping[str, object]) -> Issue:
    ids = entry.get("resourceIds")
    return Issue(
        code=str(entry.get("code", "Unknown")),
        message=str(entry.get("message", "")),
        resource_ids=tuple(map(str, ids)) if isinstance(ids, list) else (),
    )


def is_tried_again(scope: Scope, resource: str, status: str, tags: Mapping[str, str] | None, health: object) -> bool:
    """Whether the run makes room for another try of what could not be created.

    It is in the way of every further try and never worked. Who sends the spec again wants it made anew, and so does who
    sends another one while the run is at work: then it is known to have failed, but not in this round of the run. And
    what AWS itself stumbled over is tried again at once.
    """
    if status != "CREATE_FAILED" or not is_ours(scope, tags):
        return False
    passing = is_retried(issues_in(health)) and scope.made_before(resource) < MOST_TRIES
    failed_before = scope.facts(resource).get("status") == status and resource not in scope.failed
    return passing or failed_before or (tags or {}).get(RUN_TAG) != scope.run


def making_room(report: Report) -> Report:
    """The report on what could not be created, with its removal as the action that is due."""
    error = report.progress.error if isinstance(report.progress, Failed) else ""
    removal = Action(
        verb="delete",
        resource=report.resource,
        reason=f"it could not be created: {error}",
        consequence="what failed, which never worked, makes room for a new one",
    )
    return replace(report, progress=pacing.BEING_DELETED.wait("failed before"), action=removal)
