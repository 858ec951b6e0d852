"""What is asked for while something else is going on: the newest intent is what the cluster ends in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lambdas.domain.calendar import State, instant_text
from lambdas.domain.records import Sizes, Start
from lambdas.domain.runs import RunStatus, Verb
from tests.house import example, house
from tests.workflows.bank import (
    BANK,
    DAWN,
    DUSK,
    HOUR,
    NIGHT_SIZES,
    assert_asleep,
    assert_awake,
    sizes,
)
from tests.workflows.clockwork import Clockwork


def test_sleep_that_is_asked_for_while_a_provision_run_works_comes_after_it() -> None:
    with house() as home:
        clockwork = Clockwork(home)
        _, run = home.accept(example(BANK))
        asked: list[str] = []

        def asked_meanwhile(function: str, event: dict[str, Any]) -> object:
            if event.get("part") == "nodegroups" and not asked:
                asked.append(clockwork.hold(BANK, State.ASLEEP))
            return home.invoke(function, event)

        clockwork.settle(invoke=asked_meanwhile)
        assert asked in ([run.id], [""])
        assert home.run(run.id).status is RunStatus.SUCCEEDED
        assert_asleep(clockwork)


def test_waking_that_is_asked_for_while_sleep_drains_is_done_by_the_same_run(planned: Clockwork) -> None:
    planned.home.clock.advance_to(DUSK)
    name = planned.fire(BANK)
    asked: list[str] = []

    def asked_meanwhile(function: str, event: dict[str, Any]) -> object:
        if event.get("part") == "sizes" and sizes(planned.home) == NIGHT_SIZES and not asked:
            asked.append(planned.hold(BANK, State.AWAKE))
        return planned.home.invoke(function, event)

    planned.settle(invoke=asked_meanwhile)
    assert asked == [name]
    assert planned.executions[name].states.count("Begin run") == 2
    assert_awake(planned)


def test_a_calendar_that_is_deleted_while_asleep_wakes_the_cluster(planned: Clockwork) -> None:
    planned.until(DUSK + HOUR)
    planned.nights.forget(BANK, planned.home.clock.now())
    planned.settle()
    assert_awake(planned)
    assert planned.schedules() == []


def test_sizes_that_are_changed_at_night_win(planned: Clockwork) -> None:
    planned.until(DUSK + HOUR)
    wanted = Sizes(minSize=0, maxSize=4, desiredSize=3)
    planned.nights.resize(BANK, lambda _: {BANK: wanted}, planned.home.clock.now())
    planned.settle()
    assert (sizes(planned.home), planned.record(BANK).resize) == (NIGHT_SIZES, {BANK: wanted})
    planned.until(DAWN + HOUR)
    assert_awake(planned, {"minSize": 0, "maxSize": 4, "desiredSize": 3})


def test_a_node_group_that_is_made_anew_at_night_sleeps_on(planned: Clockwork) -> None:
    planned.until(DUSK + HOUR)
    spec = example(BANK)
    (group,) = spec.nodegroups
    larger = replace(spec, nodegroups=(replace(group, instanceTypes=("t3.large",)),))
    _, run = planned.home.replace(larger, f"nodegroups/{BANK}")
    planned.settle()
    assert planned.home.run(run.id).error is None
    assert_asleep(planned)
    planned.until(DAWN + HOUR)
    assert_awake(planned)


def test_a_plan_at_night_says_that_what_is_made_anew_sleeps(planned: Clockwork) -> None:
    planned.until(DUSK + HOUR)
    planned.home.around.aws.eks.delete_nodegroup(clusterName=BANK, nodegroupName=BANK)
    planned.home.clock.advance(3600)
    planned.home.twin.settle()
    (made,) = (it for it in planned.home.plan(example(BANK)) if it.verb == "create")
    assert made.consequence == "created: 0 nodes, between 0 and 2, until it wakes"


def test_sizes_that_are_asked_for_by_day_are_given_at_once(clockwork: Clockwork) -> None:
    wanted = {"minSize": 2, "maxSize": 3, "desiredSize": 2}
    clockwork.nights.resize(BANK, lambda _: {BANK: Sizes(**wanted)}, clockwork.home.clock.now())
    clockwork.settle()
    assert_awake(clockwork, wanted)


def test_the_spec_sent_again_while_a_run_scales_waits_for_its_turn() -> None:
    """The first run failed, so the spec is sent again; nobody else may work until the run that scales has ended."""
    with house() as home:
        clockwork = Clockwork(home)
        spec = example(BANK)
        failing = replace(spec, addons=tuple(addon for addon in spec.addons if addon.addonName != "vpc-cni"))
        assert home.provision(failing).status == "FAILED"
        clockwork.end_of_provisioning()
        clockwork.hold(BANK, State.ASLEEP)
        waiting: list[str] = []

        def sent_meanwhile(function: str, event: dict[str, Any]) -> object:
            if event.get("part") == "sizes" and not waiting:
                waiting.append(home.accept(failing)[1].id)
            return home.invoke(function, event)

        clockwork.settle(invoke=sent_meanwhile)
        assert waiting == [f"{BANK}-provision-1-3"]
        assert clockwork.executions[waiting[0]].states[0] == "Begin run"
        assert clockwork.record(BANK).lease is None
        assert home.run(waiting[0]).status is not RunStatus.RUNNING


def test_a_run_that_provisions_lets_a_sleeping_cluster_sleep(planned: Clockwork) -> None:
    """As when the spec has changed meanwhile."""
    planned.until(DUSK + HOUR)
    starter, record = planned.home.around.starter, planned.record(BANK)
    start = Start.following(record, Verb.PROVISION, instant_text(planned.home.clock.now()))
    starter.registry.start_again(record, start)
    starter.executions.start(start.verb, start.run, BANK)
    planned.settle()
    assert planned.executions[start.run].cause == ""
    assert_asleep(planned)
    planned.until(DAWN + HOUR)
    assert_awake(planned)
