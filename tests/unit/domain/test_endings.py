"""What others hear of a run's end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lambdas.domain.calendar import State, instant_text, to_text
from lambdas.domain.calendar.overrides import Override
from lambdas.domain.dispositions import Disposition
from lambdas.domain.endings import ended, interrupted
from lambdas.domain.events import ClusterAsleep, ClusterAwake, ClusterDeleted, ClusterFailed, ClusterReady, WakeFailed
from lambdas.domain.power import Outcome
from lambdas.domain.records import Power
from lambdas.domain.runs import STOPPED, Left, Problem, Run, RunStatus, Verb
from tests.unit.domain.test_power import BY_DAY, EVENING, MORNING, record

if TYPE_CHECKING:
    from datetime import datetime

    from lambdas.domain.events import Event
    from lambdas.domain.records import ClusterRecord

BROKEN = Problem(code="AsgInstanceLaunchFailures", cause="No room.", remedy="Choose another type.", exists=("cluster",))
AWAKE, ASLEEP, PARTIAL = Power.AWAKE, Power.ASLEEP, Power.PARTIAL


def run(verb: Verb, name: str = "r") -> Run:
    return Run(id=name, cluster="bank", verb=verb, generation=3, attempt=1, status=RunStatus.RUNNING, startedAt="2026")


def after(power: Power) -> Outcome:
    return Outcome(power=power, savings="", resize={})


def night(was: Power, now: datetime, made: Power, problem: Problem | None = None, **more: object) -> tuple[Event, ...]:
    return ended(replace(record(power=was), **more), run(Verb.SCALE), now, problem, after(made))  # type: ignore[arg-type] # ClusterRecord's own members


def kinds(events: tuple[Event, ...]) -> list[type[Event]]:
    return [type(event) for event in events]


def test_a_good_end_says_that_the_cluster_is_ready() -> None:
    facts = {"cluster": {"version": "1.35", "endpoint": "https://eks"}}
    (event,) = ended(record(seen=facts), run(Verb.PROVISION), MORNING)
    assert isinstance(event, ClusterReady)
    assert (event.id, event.cluster, event.at) == ("ClusterReady/r", "bank", instant_text(MORNING))
    assert (event.generation, event.run, event.version, event.endpoint) == (3, "r", "1.35", "https://eks")


@pytest.mark.parametrize(("verb", "what"), [(Verb.PROVISION, "made as its spec"), (Verb.DESTROY, "deleted")])
def test_a_bad_end_says_why_and_what_to_do(verb: Verb, what: str) -> None:
    (event,) = ended(record(destroy="r" if verb is Verb.DESTROY else None), run(verb), MORNING, BROKEN)
    assert isinstance(event, ClusterFailed)
    assert (event.id, event.verb, event.error) == ("ClusterFailed/r", verb, BROKEN)
    assert what in event.message
    assert event.message.endswith("AsgInstanceLaunchFailures: No room. What to do: Choose another type.")


def test_a_bad_end_says_if_it_is_for_operators() -> None:
    problem = replace(BROKEN, disposition=Disposition.PAGE)
    (event,) = ended(record(), run(Verb.PROVISION), MORNING, problem)
    assert isinstance(event, ClusterFailed)
    assert event.error.disposition is Disposition.PAGE
    assert event.message.endswith("No room. This is for the platform's operators. What to do: Choose another type.")


def test_a_deletion_says_what_went_and_what_stayed() -> None:
    facts = {"cluster": {"status": "DELETED"}, "roles/node": {"status": "DELETED"}, "network": {"left": "not ours"}}
    (event,) = ended(record(seen=facts, destroy="r"), run(Verb.DESTROY), MORNING)
    assert isinstance(event, ClusterDeleted)
    assert (event.deleted, event.left) == (("cluster", "roles/node"), (Left("network", "not ours"),))
    assert event.message == "bank is deleted: 2 resources went, 1 left that Slipway did not make."


@pytest.mark.parametrize("problem", [None, BROKEN])
@pytest.mark.parametrize("verb", [Verb.PROVISION, Verb.SCALE])
def test_a_run_that_makes_way_for_deletion_says_nothing(verb: Verb, problem: Problem | None) -> None:
    assert ended(record(destroy="other"), run(verb), MORNING, problem, after(ASLEEP)) == ()


@pytest.mark.parametrize(
    ("was", "now", "made", "problem", "said"),
    [
        (AWAKE, EVENING, ASLEEP, None, [ClusterAsleep]),
        (PARTIAL, EVENING, ASLEEP, None, [ClusterAsleep]),
        (ASLEEP, EVENING, ASLEEP, None, []),
        (ASLEEP, MORNING, AWAKE, None, [ClusterAwake]),
        (PARTIAL, MORNING, AWAKE, None, [ClusterAwake]),
        (AWAKE, MORNING, AWAKE, None, []),
        (ASLEEP, MORNING, PARTIAL, BROKEN, [WakeFailed]),
        (ASLEEP, MORNING, ASLEEP, BROKEN, [WakeFailed]),
        (PARTIAL, MORNING, PARTIAL, BROKEN, [WakeFailed]),
        (AWAKE, MORNING, AWAKE, BROKEN, []),
        (AWAKE, EVENING, PARTIAL, BROKEN, []),
        (AWAKE, EVENING, ASLEEP, BROKEN, [ClusterAsleep]),
    ],
)
def test_the_end_of_a_night_run(
    was: Power, now: datetime, made: Power, problem: Problem | None, said: list[type[Event]]
) -> None:
    assert kinds(night(was, now, made, problem)) == said


def test_sleep_and_waking_say_until_when() -> None:
    (asleep,) = night(AWAKE, EVENING, ASLEEP)
    (awake,) = night(ASLEEP, MORNING, AWAKE)
    assert isinstance(asleep, ClusterAsleep)
    assert isinstance(awake, ClusterAwake)
    assert (asleep.until, awake.until) == ("2026-11-24T08:00:00+00:00", "2026-11-23T20:00:00+00:00")
    assert asleep.message == "bank sleeps until 2026-11-24T08:00:00+00:00."
    (for_ever,) = night(AWAKE, MORNING, ASLEEP, override=to_text(Override(State.ASLEEP, None)), calendar=None)
    assert for_ever.message == "bank sleeps."


def test_a_wake_that_fails_is_told_of_once_a_morning_and_code() -> None:
    def identity(now: datetime = MORNING, problem: Problem = BROKEN, **more: object) -> str:
        (event,) = night(PARTIAL, now, PARTIAL, problem, **more)
        return event.id

    first = identity()
    assert first == "WakeFailed/bank/1/0/2026-11-23T20:00:00+00:00/AsgInstanceLaunchFailures"
    assert identity(MORNING.replace(hour=10)) == first
    others = {
        identity(MORNING.replace(day=24)),
        identity(problem=replace(BROKEN, code="AccessDenied")),
        identity(intent=1),
        identity(generation=2),
    }
    assert len(others | {first}) == 5


def test_without_knowing_what_it_made_of_the_night_a_run_says_nothing_of_it() -> None:
    assert ended(record(), run(Verb.SCALE), MORNING, STOPPED) == ()


@pytest.mark.parametrize(
    ("verb", "then", "said"),
    [
        (Verb.PROVISION, Verb.SCALE, [ClusterFailed]),
        (Verb.PROVISION, Verb.PROVISION, []),
        (Verb.PROVISION, Verb.DESTROY, []),
        (Verb.SCALE, Verb.SCALE, []),
        (Verb.DESTROY, Verb.PROVISION, []),
    ],
)
def test_a_stopped_run_is_told_of_where_nobody_takes_its_work_over(
    verb: Verb, then: Verb, said: list[type[Event]]
) -> None:
    known: ClusterRecord = record(calendar=BY_DAY)
    assert kinds(interrupted(known, run(verb), then, MORNING, STOPPED)) == said
