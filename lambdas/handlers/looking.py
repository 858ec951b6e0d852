"""The one way in which a step's function answers a look of the state machine."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from aws_lambda_powertools import Logger

from lambdas.aws.clients import Aws
from lambdas.aws.events import Bus
from lambdas.aws.executions import Executions
from lambdas.aws.registry import Registry
from lambdas.domain.answers import Waits, answer, paced, told, within_budget
from lambdas.domain.calendar import instant_text
from lambdas.domain.frozen import dataclass
from lambdas.domain.pacing import Part, is_hindered
from lambdas.domain.power import AT_RISK, Night, risks
from lambdas.domain.progress import Word, reason, word
from lambdas.domain.runs import Step
from lambdas.domain.spec import read
from lambdas.settings import Settings
from lambdas.steps.convergence import ensure, observe, remove
from lambdas.steps.events import Announcer
from lambdas.steps.removal import confirm
from lambdas.steps.runs import barred, lease_lost
from lambdas.steps.scope import Scope
from lambdas.steps.starting import Starter
from lambdas.steps.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambdas.domain.progress import Report
    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.runs import Run
    from lambdas.steps.convergence import Removable, Resource

    Answer = dict[str, object]

_REMOVE: Final = "remove"
_CONFIRM: Final = "confirm"
_TOWARDS_THE_SPEC: Final = {"ensure": ensure, "observe": observe}
_EACH_BY_ITSELF: Final = frozenset({Part.NETWORKING_ADDONS, Part.NODEGROUPS, Part.WORKLOAD_ADDONS})
"""Parts of which each resource can be looked at without the others."""

VERBS: Final = frozenset({*_TOWARDS_THE_SPEC, _REMOVE, _CONFIRM})
"""The verbs of the steps' events."""

logger = Logger(service="slipway")


class Resources(Protocol):
    """What a step module offers: the resources of one of its parts."""

    def __call__(self, scope: Scope, part: Part, /) -> Iterable[Resource]:
        """The resources, in the order in which they are to be looked at."""


class Removals(Protocol):
    """What a step module offers beside them: what there is to take away of one of its parts."""

    def __call__(self, scope: Scope, part: Part, /) -> Iterable[Removable]:
        """The resources, in the order in which they are to be looked for."""


def nothing(_scope: Scope, _part: Part, /) -> Iterable[Removable]:
    """Nothing to take away."""
    return ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The way out of a function: made once for each, and replaced by tests."""

    aws: Aws
    settings: Settings
    registry: Registry
    clock: Callable[[], datetime]

    @classmethod
    def of(cls, aws: Aws, settings: Settings, clock: Callable[[], datetime] | None = None) -> Surroundings:
        """The surroundings with a registry in the settings' table, and by default the machine's clock."""
        return cls(aws, settings, Registry(aws.dynamodb, settings.table), clock or _now)

    @property
    def starter(self) -> Starter:
        """What starts runs here."""
        return Starter(self.registry, Executions(self.aws.stepfunctions, self.settings), self.clock)

    @property
    def announcer(self) -> Announcer:
        """What tells others of what happens here."""
        return Announcer(self.registry, Bus(self.aws.events, self.settings.event_bus), self.clock)


@cache
def surroundings() -> Surroundings:
    """The surroundings that the environment names."""
    return Surroundings.of(Aws(), Settings.from_environment())


def now() -> str:
    """This instant in ISO 8601, in UTC."""
    return instant_text(_now())


def _now() -> datetime:
    return datetime.now(UTC)


def step_handler(
    resources: Resources, removals: Removals, surplus: Removals = nothing
) -> Callable[[dict[str, Any], object], Answer]:
    """The Lambda handler of a step. Its event: ``{verb, part, cluster, run, last}``; its answer: a Progress.

    ``removals`` is what goes with the cluster, ``surplus`` what goes because the spec no longer has it.
    """

    def handler(event: dict[str, Any], _: object) -> Answer:
        part = Part(event["part"])
        with logger.append_context_keys(cluster=event["cluster"], run=event["run"], part=str(part)):
            return look(surroundings(), resources, part, event, removals, surplus)

    return handler


def look(
    around: Surroundings,
    resources: Resources,
    part: Part,
    event: dict[str, Any],
    removals: Removals = nothing,
    surplus: Removals = nothing,
) -> Answer:
    """One look at one part of the cluster: read the intent, converge or remove, judge the wait, report."""
    record, run = around.registry.look(event["cluster"], event["run"])
    bar = barred(record, event["run"]) if record else lease_lost(event["run"])
    if record is None or run is None or bar is not None:
        return {"part": str(part), **told(bar or lease_lost(event["run"]))}
    scope, before = _scope(around, record, run), Waits.of(part, event["last"])
    if event["verb"] == _REMOVE:
        reports = remove(removals(scope, part))
    elif event["verb"] == _CONFIRM:
        reports = confirm(scope, part, removals(scope, part))
    else:
        wanted = _left(resources(scope, part), part, run, before)
        reports = _TOWARDS_THE_SPEC[event["verb"]](wanted, surplus(scope, part))
    reports = paced(reports, before, run.id)
    waits = before.after(reports)
    judged = within_budget(reports, waits)
    at = instant_text(around.clock())
    around.registry.report(record.name, run.id, _changed(run, judged, at), _facts(judged), generation=record.generation)
    _warn(record, judged)
    given = answer(part, judged, waits)
    logger.info("looked", extra={"answer": given})
    return given


def _left(resources: Iterable[Resource], part: Part, run: Run, before: Waits) -> Iterable[Resource]:
    """What there is to look at: where the last look was refused a call, only what this run has not found ready yet."""
    if part not in _EACH_BY_ITSELF or not before.is_throttled:
        return resources
    ready = {name for name, step in run.steps.items() if step.status is Word.READY}
    return [it for it in resources if it.path not in ready]


def _scope(around: Surroundings, record: ClusterRecord, run: Run) -> Scope:
    return Scope(
        spec=read(record.spec),
        run=run.id,
        observed=record.observed,
        failed=frozenset(name for name, step in run.steps.items() if step.status is Word.FAILED),
        replaceable=record.replaceable,
        undoing=record.destroy == run.id and not record.made,
        adopting=record.adopting,
        dropped=record.dropped,
        night=Night.of(record, around.clock()),
        turns=Turns(around.registry, around.clock),
        aws=around.aws,
        home=around.settings.home(),
        settings=around.settings,
    )


def _changed(run: Run, reports: Iterable[Report], at: str) -> list[Step]:
    """The lines of the timeline that say something new; a status keeps the time since when it holds."""
    lines: list[Step] = []
    for report in reports:
        status, text = word(report.progress), reason(report.progress)
        before = run.steps.get(report.resource)
        if before and before.status is Word.FAILED and is_hindered(report.progress):
            continue  # nobody has heard that it does any better
        since = before.since if before and before.status == status else at
        line = Step(name=report.resource, status=status, reason=text, since=since)
        if line != before:
            lines.append(line)
    return lines


def _warn(record: ClusterRecord, reports: Iterable[Report]) -> None:
    """Say it once, where the alarm listens, when something new stands in the way of waking."""
    for report in reports:
        found = risks(report.facts)
        if found and found != risks(record.observed.get(report.resource)):
            logger.warning(AT_RISK, extra={"resource": report.resource, "risks": found})


def _facts(reports: Iterable[Report]) -> dict[str, object]:
    return {report.resource: dict(report.facts) for report in reports if report.facts}
