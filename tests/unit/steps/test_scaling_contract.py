"""The calls that the step makes are those that its contract names, no more and no fewer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lambdas.domain.calendar import Calendar, Override, State
from lambdas.domain.calendar.windows import window
from lambdas.domain.pacing import Part
from lambdas.domain.power import Night
from lambdas.domain.progress import Waiting, combine
from lambdas.steps.contract import LEDGER
from lambdas.steps.convergence import ensure
from lambdas.steps.scaling import CONTRACT, resources
from lambdas.steps.scope import Scope
from sandbox.twin.faults import Scarce
from tests.house import SCHEDULE_GROUP, example, house

if TYPE_CHECKING:
    from typing import Any

    from tests.house import House

OFFICE = Calendar(timezone="Europe/Berlin", awake=(window("Mon-Fri 07:30-20:30"),))


def converge(home: House, scope: Scope, part: Part) -> Scope:
    """Look until there is nothing to wait for; what was found is remembered."""
    home.calls.function = CONTRACT.name
    for _ in range(100):
        reports = ensure(resources(scope, part))
        scope = replace(scope, observed={**scope.observed, **{it.resource: dict(it.facts) for it in reports}})
        progress = combine(reports)
        if not isinstance(progress, Waiting):
            break
        home.clock.advance(progress.retry_after_seconds)
    home.calls.function = "test"
    return scope


def at(scope: Scope, state: State) -> Scope:
    return replace(scope, night=replace(scope.night, override=Override(state, None)))


def test_the_calls_are_the_contracts() -> None:
    with house() as home:
        spec = example("simple-bank")
        assert home.provision(spec).status == "SUCCEEDED"
        around = home.around
        scope = Scope(
            spec=spec, run="simple-bank-scale-1-2", observed={}, night=Night(calendar=OFFICE, now=home.clock.now()),
            aws=around.aws, home=around.settings.home(), settings=around.settings,
        )  # fmt: skip
        scope = converge(home, scope, Part.SCHEDULES)
        _turn_one_off(home)
        converge(home, scope, Part.SCHEDULES)
        converge(home, replace(scope, night=Night()), Part.SCHEDULES)
        scope = converge(home, at(scope, State.ASLEEP), Part.SIZES)
        home.faults.add(Scarce(0))
        converge(home, at(scope, State.AWAKE), Part.SIZES)
        assert home.calls.by_function[CONTRACT.name] == CONTRACT.calls() - set(LEDGER.actions)


def _turn_one_off(home: House) -> None:
    scheduler = home.around.aws.scheduler
    name = scheduler.list_schedules(GroupName=SCHEDULE_GROUP)["Schedules"][0]["Name"]
    found: Any = scheduler.get_schedule(GroupName=SCHEDULE_GROUP, Name=name)
    members = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    scheduler.update_schedule(**{member: found[member] for member in members}, State="DISABLED")
