"""The plan: every step looks, none changes anything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambdas.domain.pacing import Part
from lambdas.domain.paths import CLUSTER
from lambdas.domain.planner import ladder
from lambdas.domain.planner.differences import Effect
from lambdas.domain.progress import REFUSE, WAIT, Action, Failed, Ready, Waiting
from lambdas.steps import access, addons, cluster, network, nodegroups, roles
from lambdas.steps.convergence import observe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lambdas.domain.progress import Report
    from lambdas.steps.convergence import Removable, Resource
    from lambdas.steps.scope import Scope

RESOURCES: Final[dict[Part, Callable[[Scope, Part], Iterable[Resource]]]] = {
    part: module.resources
    for module in (roles, network, cluster, access, addons, nodegroups)
    for part in module.CONTRACT.parts
}
"""Whose resources each part's are that a plan shows: those of the machine ``provision``."""

SURPLUS: Final[dict[Part, Callable[[Scope, Part], Iterable[Removable]]]] = {
    part: module.surplus for module in (access, addons, nodegroups) for part in module.CONTRACT.parts
}
"""What each part has that the spec no longer has."""


def plan(scope: Scope) -> tuple[Action, ...]:
    """What a run would do now, in the order of the run: an upgrade's later rungs come last.

    What stands in its way is an action ``refuse``, and what must pass first an action ``wait``.
    """
    return due(looked(scope))


def looked(scope: Scope) -> list[Report]:
    """One look at everything, in the order of the run; each part knows what the ones before it have learnt."""
    reports: list[Report] = []
    for part in (it for it in Part if it in RESOURCES):
        seen = _look(scope, part)
        reports += seen
        learnt = {report.resource: dict(report.facts) for report in seen if report.facts}
        scope = replace(scope, observed={**scope.observed, **learnt})
    return reports


def due(reports: Iterable[Report]) -> tuple[Action, ...]:
    """What follows from a look, as ``plan`` says it."""
    reports = list(reports)
    actions = list(_actions(reports))
    begins = _first_rung(reports, actions)
    return tuple(sorted(actions, key=lambda action: ladder.minor(action.rung) if action.rung else begins))


def _first_rung(reports: Iterable[Report], actions: Iterable[Action]) -> int:
    """The rung that the control plane takes before anything else is changed; 0 if it takes none so soon."""
    plane = next((report for report in reports if report.resource == CLUSTER and report.action), None)
    due_there = [ladder.minor(it.rung) for it in (plane.action, *plane.ahead) if it and it.rung] if plane else []
    lowest = min((ladder.minor(action.rung) for action in actions if action.rung), default=0)
    return lowest if lowest in due_there else 0


def _look(scope: Scope, part: Part) -> list[Report]:
    surplus = SURPLUS[part](scope, part) if part in SURPLUS else ()
    return observe(RESOURCES[part](scope, part), surplus)


def _actions(reports: Iterable[Report]) -> Iterator[Action]:
    for report in reports:
        if report.action is not None:
            yield report.action
        elif not any(action.verb == REFUSE for action in report.ahead):
            yield from _hindrance(report)
        yield from report.ahead


def _hindrance(report: Report) -> Iterator[Action]:
    match report.progress:
        case Failed(error=error, cause=cause, remedy=remedy):
            consequence = Effect.REFUSED.saying(f"the run would fail. {remedy}")
            yield Action(verb=REFUSE, resource=report.resource, reason=f"{error}: {cause}", consequence=consequence)
        case Waiting(detail=detail):
            consequence = "A run would look again until this has passed."
            yield Action(verb=WAIT, resource=report.resource, reason=detail, consequence=consequence)
        case Ready():
            pass
