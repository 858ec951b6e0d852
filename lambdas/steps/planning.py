"""The plan: every step looks, none changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.domain.pacing import Part
from lambdas.domain.progress import Action, Failed, Ready, Waiting
from lambdas.steps import access, addons, cluster, network, nodegroups, roles
from lambdas.steps.convergence import observe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lambdas.domain.progress import Report
    from lambdas.steps.convergence import Resource
    from lambdas.steps.scope import Scope

RESOURCES: Final[dict[Part, Callable[[Scope, Part], Iterable[Resource]]]] = {
    part: module.resources
    for module in (roles, network, cluster, access, addons, nodegroups)
    for part in module.CONTRACT.parts
}
"""Whose resources each part's are that a plan shows: those of the machine ``provision``."""


def plan(scope: Scope) -> tuple[Action, ...]:
    """What a run would do now, in the order of the run.

    What stands in its way is an action ``refuse``, and what must pass first an action ``wait``.
    """
    parts = (part for part in Part if part in RESOURCES)
    return tuple(_actions(report for part in parts for report in observe(RESOURCES[part](scope, part))))


def _actions(reports: Iterable[Report]) -> Iterator[Action]:
    for report in reports:
        if report.action is not None:
            yield report.action
            continue
        match report.progress:
            case Failed(error=error, cause=cause, remedy=remedy):
                consequence = f"The run would fail. {remedy}"
                yield Action(
                    verb="refuse", resource=report.resource, reason=f"{error}: {cause}", consequence=consequence
                )
            case Waiting(detail=detail):
                consequence = "A run would look again until this has passed."
                yield Action(verb="wait", resource=report.resource, reason=detail, consequence=consequence)
            case Ready():
                pass
