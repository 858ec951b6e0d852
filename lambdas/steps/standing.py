"""What of an accepted spec is there, by a look at AWS now: runs remember late, and not what others did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.domain.existing import NO_STATUS
from lambdas.domain.progress import Failed
from lambdas.steps.planning import RESOURCES
from lambdas.steps.reading import NOT_OURS

if TYPE_CHECKING:
    from collections.abc import Collection

    from lambdas.steps.convergence import Resource
    from lambdas.steps.scope import Scope


def standing(scope: Scope, names: Collection[str]) -> dict[str, str]:
    """Those of the named resources that are there and ours, each with its status. Raises what a call can raise."""
    named = (it for part, resources in RESOURCES.items() for it in resources(scope, part) if it.path in names)
    looked = ((resource.path, _status(resource)) for resource in named)
    return {name: status for name, status in looked if status is not None}


def _status(resource: Resource) -> str | None:
    report = resource.look()
    if report.action is not None and report.action.verb == "create":
        return None
    if isinstance(report.progress, Failed) and report.progress.error.endswith(NOT_OURS):
        return None
    return str(report.facts.get("status", NO_STATUS))
