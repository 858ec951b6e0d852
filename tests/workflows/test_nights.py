"""Nights and mornings in the house: what fires, what is dropped, what is stopped, and what the sweep makes good."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.calendar import instant_text, savings_from_text, to_text
from lambdas.domain.events import orphan_found
from lambdas.domain.records import Power, Sizes
from lambdas.domain.runs import RunStatus
from lambdas.steps.runs import CONTRACT as RUNS
from lambdas.steps.scaling import CONTRACT as SCALING
from lambdas.steps.sweep import CONTRACT as SWEEP
from lambdas.steps.sweep import SweepTroubled
from sandbox.twin.faults import Scarce
from tests.house import example
from tests.workflows.bank import (
    BANK,
    DAWN,
    DAY,
    DUSK,
    HOUR,
    HOURS,
    assert_asleep,
    assert_awake,
    nodes,
    sizes,
)

if TYPE_CHECKING:
    from tests.workflows.clockwork import Clockwork


def test_two_nights(planned: Clockwork) -> None:
    for night in range(2):
        planned.until(DUSK + night * DAY - timedelta(minutes=1))
        assert_awake(planned)
        planned.until(DUSK + night * DAY + HOUR)
        assert_asleep(planned)
        planned.until(DAWN + night * DAY - timedelta(minutes=1))
        assert_asleep(planned)
        planned.until(DAWN + night * DAY + HOUR)
        assert_awake(planned)
    savings = planned.record(BANK).savings
    assert savings is not None
    assert 23 < savings_from_text(savings).so_far(planned.home.clock.now()) < 25
    assert planned.home.hearing.kinds == ["ClusterReady", *["ClusterAsleep", "ClusterAwake"] * 2]


def test_the_runs_of_a_night_are_in_the_ledger(planned: Clockwork) -> None:
    planned.until(DAWN + HOUR)
    runs, _ = planned.home.around.registry.runs(BANK)
    assert [(str(run.verb), run.attempt, run.status) for run in runs] == [
        (verb, attempt, RunStatus.SUCCEEDED)
        for verb, attempt in (("scale", 4), ("scale", 3), ("scale", 2), ("provision", 1))
    ]
    assert {execution.status for execution in planned.executions.values()} == {"SUCCEEDED"}


def test_a_firing_that_was_dropped_is_made_good_by_the_sweep(planned: Clockwork) -> None:
    planned.fires = False
    planned.until(DUSK - timedelta(minutes=1))
    planned.sweeps = True
    planned.until(DUSK + timedelta(minutes=6))
    assert_asleep(planned)
    planned.sweeps = False
    planned.until(DAWN)
    planned.sweeps = True
    planned.until(DAWN + timedelta(minutes=15))
    assert_awake(planned)


def test_schedules_deleted_behind_our_back_come_back(planned: Clockwork) -> None:
    before = {it["Name"] for it in planned.schedules()}
    planned.delete_schedules()
    planned.until(DUSK - timedelta(minutes=1))
    planned.sweeps = True
    planned.until(DUSK + HOUR)
    assert_asleep(planned)
    assert {it["Name"] for it in planned.schedules()} == before


@pytest.mark.parametrize("at", [DUSK - HOUR, DUSK + HOUR, DUSK + DAY + HOUR])
def test_a_duplicate_or_late_firing_changes_nothing(planned: Clockwork, at: datetime) -> None:
    planned.until(at)
    before, runs = sizes(planned.home), planned.home.around.registry.runs(BANK)[0]
    name = planned.fire(BANK)
    again = planned.fire(BANK)
    planned.settle()
    assert planned.executions[name].states[-1] == planned.executions[again].states[-1] == "Nothing to do"
    assert (sizes(planned.home), planned.home.around.registry.runs(BANK)[0]) == (before, runs)
    assert planned.home.around.registry.run(name) is None


def test_a_firing_for_a_cluster_that_is_not_there_does_nothing(planned: Clockwork) -> None:
    name = planned.fire("gone")
    planned.settle()
    assert planned.executions[name].states[-1] == "Nothing to do"


def test_a_firing_while_another_run_works_leaves_it_to_that(planned: Clockwork) -> None:
    planned.home.clock.advance_to(DUSK)
    first_one, second = planned.fire(BANK), planned.fire(BANK)
    seen: list[str] = []

    def fired_in_between(function: str, event: dict[str, Any]) -> object:
        if event.get("part") == "sizes" and not seen:
            seen.append("now")
            planned.run_now(second)
        return planned.home.invoke(function, event)

    planned.settle(invoke=fired_in_between)
    assert planned.executions[second].states[-1] == "Nothing to do"
    assert planned.executions[first_one].status == "SUCCEEDED"
    assert_asleep(planned)


@pytest.mark.parametrize("where", ["Begin run", "Ensure sizes", "Wait for sizes", "Record success"])
@pytest.mark.parametrize("instant", [DUSK, DAWN])
def test_a_run_that_is_stopped_is_followed_by_the_sweeps(planned: Clockwork, where: str, instant: datetime) -> None:
    planned.until(instant - timedelta(minutes=1))
    planned.home.clock.advance_to(instant)
    name = planned.fire(BANK)
    planned.settle(stop=lambda states: states[-1] == where)
    assert planned.executions[name].status == "ABORTED"
    planned.fires, planned.sweeps = False, True
    planned.until(instant + HOUR)
    run = planned.home.around.registry.run(name)
    if run is not None:
        assert (run.status, run.error and run.error.code) == (RunStatus.FAILED, "Stopped")
    (assert_asleep if instant == DUSK else assert_awake)(planned)


def test_a_run_that_was_accepted_and_never_started_is_started_by_the_sweep(clockwork: Clockwork) -> None:
    with clockwork.nobody_starts():
        clockwork.plan(BANK, HOURS)
    assert clockwork.record(BANK).lease == f"{BANK}-scale-1-2"
    assert clockwork.sweep() == {"clusters": 1, "events": 0, "done": {}, "trouble": {}}
    clockwork.settle()
    assert_awake(clockwork)


def test_a_morning_without_room_fails_loudly_and_is_tried_again_by_the_sweep(planned: Clockwork) -> None:
    wanted = Sizes(minSize=5, maxSize=5, desiredSize=5)
    planned.until(DUSK + HOUR)
    planned.nights.resize(BANK, lambda _: {BANK: wanted}, planned.home.clock.now())
    planned.settle()
    planned.home.faults.add(Scarce(3))
    planned.until(DAWN + HOUR)
    run = planned.home.run(planned.record(BANK).run)
    assert (planned.record(BANK).power, planned.record(BANK).lease, nodes(planned.home)) == (Power.PARTIAL, None, 3)
    assert (run.status, run.error and run.error.code) == (RunStatus.FAILED, "AsgInstanceLaunchFailures")
    assert run.error is not None
    assert "3 of 5" in run.error.cause
    assert planned.executions[run.id].status == "FAILED"
    planned.sweeps = True
    planned.until(planned.home.clock.now() + timedelta(minutes=20))
    assert planned.record(BANK).attempt > run.attempt
    planned.home.faults.clear()
    planned.until(planned.home.clock.now() + HOUR)
    assert_awake(planned, {"minSize": 5, "maxSize": 5, "desiredSize": 5})
    assert planned.home.hearing.kinds[-3:] == ["ClusterAsleep", "WakeFailed", "ClusterAwake"], "told of once"


def test_one_cluster_in_trouble_does_not_stop_the_sweep(clockwork: Clockwork) -> None:
    registry = clockwork.home.around.registry
    clockwork.home.provision(replace(example("control-plane-only"), name="almost-first"))
    clockwork.end_of_provisioning()
    registry.intend(clockwork.record("almost-first"), calendar="{", override=None, resize={}, start=None)
    registry.intend(clockwork.record(BANK), calendar=to_text(HOURS), override=None, resize={}, start=None)
    with pytest.raises(SweepTroubled, match="almost-first"):
        clockwork.sweep()
    clockwork.settle()
    assert clockwork.record(BANK).run == f"{BANK}-scale-1-2"
    assert_awake(clockwork)


def test_the_calls_of_nights_are_the_contracts(planned: Clockwork) -> None:
    planned.until(DUSK - timedelta(minutes=1))
    planned.home.clock.advance_to(DUSK)
    planned.fire(BANK)
    planned.settle(stop=lambda states: states[-1] == "Wait for sizes")
    planned.fire(BANK)
    planned.settle()
    planned.home.clock.advance_to(DAWN)
    planned.home.around.registry.note(orphan_found("gone", instant_text(DUSK), "arn:of-something"))
    assert planned.sweep()["events"] == 1
    planned.settle()
    called = {name: frozenset(calls) for name, calls in planned.home.calls.by_function.items()}
    assert_awake(planned)
    assert called["runs"] | {"states:StartExecution"} == RUNS.calls()
    assert called["sweep"] | {"states:DescribeExecution"} == SWEEP.calls()
    assert called["scaling"] <= SCALING.calls()
