"""What is read alike off every EKS resource: whose it is, and what its health says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lambdas.domain.issues import Issue, failed_by
from lambdas.domain.names import OWNER_TAG
from lambdas.domain.progress import Failed, Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lambdas.domain.progress import Action, Progress
    from lambdas.steps.scope import Scope


def missing(scope: Scope, progress: Progress, action: Action) -> Report:
    """The report on an EKS resource that is not there, with how often it was."""
    count = scope.remade(action.resource)
    return Report(resource=action.resource, progress=progress, action=action, facts={"remade": count} if count else {})


def present(scope: Scope, resource: str, progress: Progress, facts: Mapping[str, object]) -> Report:
    """The report on an EKS resource that is there; ``facts`` must have its ``status``."""
    count = scope.made_before(resource)
    return Report(resource=resource, progress=progress, facts={**facts, **({"remade": count} if count else {})})


def is_ours(scope: Scope, tags: Mapping[str, str] | None) -> bool:
    """Whether the tags say that Slipway made the resource for this cluster."""
    return (tags or {}).get(OWNER_TAG) == scope.cluster


def foreign(error: str, arn: str, remedy: str) -> Failed:
    """The failure of a name that somebody else's resource has: it is never adopted silently."""
    return Failed(error, f"{arn} exists, but lacks the tag {OWNER_TAG}: Slipway did not make it.", remedy)


def issues(found: Iterable[Mapping[str, object]]) -> tuple[Issue, ...]:
    """The entries of ``health.issues``."""
    return tuple(_issue(entry) for entry in found)


def broken(status: str, health: Mapping[str, object] | None, *, removal: str = "") -> Failed:
    """The failure of a resource whose status no waiting will change.

    ``removal`` is the command that takes it away, where it stands in the way of a new one and no run removes it.
    """
    entries = (health or {}).get("issues")
    known = issues(entries) if isinstance(entries, list) else ()
    failed = failed_by(known, f"EKS reports the status {status} and no reason.")
    return replace(failed, remedy=f"Delete what failed with `{removal}`. {failed.remedy}") if removal else failed


def _issue(entry: Mapping[str, object]) -> Issue:
    ids = entry.get("resourceIds")
    return Issue(
        code=str(entry.get("code", "Unknown")),
        message=str(entry.get("message", "")),
        resource_ids=tuple(map(str, ids)) if isinstance(ids, list) else (),
    )
