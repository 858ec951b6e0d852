"""What is asked of a cluster's nights: written together with the run that sees to it, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.aws.registry import Conflict
from lambdas.domain.power import Outcome
from lambdas.domain.records import Power, Sizes, Start
from lambdas.domain.runs import STOPPED, RunStatus, Verb
from tests.unit.registry.test_registry import AT, BROKEN, LATER, created, known, start, status

if TYPE_CHECKING:
    from lambdas.aws.registry import Registry
    from lambdas.domain.records import ClusterRecord

SIZES = {
    "services": Sizes(minSize=1, maxSize=5, desiredSize=3),
    "batch.a b": Sizes(minSize=0, maxSize=1, desiredSize=0),
}
OUTCOME = Outcome(power=Power.ASLEEP, savings='{"nodes":3}', resize={})


def ended(registry: Registry) -> ClusterRecord:
    """A cluster whose first run has done its work."""
    made = created(registry)
    registry.finish(made, made.run, AT)
    return known(registry)


def intend(registry: Registry, record: ClusterRecord, start: Start | None = None, **intent: Any) -> None:  # noqa: ANN401 -- intend's own
    registry.intend(record, **({"calendar": None, "override": None, "resize": {}} | intent), start=start)


def scale(record: ClusterRecord) -> Start:
    return Start.following(record, Verb.SCALE, LATER)


def test_a_new_cluster_is_awake_and_nothing_is_asked_of_it(registry: Registry) -> None:
    record = created(registry)
    assert (record.calendar, record.override, record.resize, record.savings) == (None, None, {}, None)
    assert (record.power, record.intent, record.aim, record.provision) == (Power.AWAKE, 0, "", record.run)


def test_the_intent_is_written_with_its_run(registry: Registry) -> None:
    before = ended(registry)
    run = scale(before)
    intend(registry, before, run, calendar="c", override="o", resize=SIZES)
    assert known(registry) == replace(
        before, calendar="c", override="o", resize=SIZES, intent=1, run=run.run, lease=run.run, attempt=2
    )
    found = registry.run(run.run)
    assert found is not None
    assert (found.verb, found.attempt, found.status) == (Verb.SCALE, 2, RunStatus.RUNNING)
    assert run.run == "bank-scale-1-2"


def test_a_later_intent_replaces_the_whole_of_an_earlier_one(registry: Registry) -> None:
    intend(registry, ended(registry), calendar="c", override="o", resize=SIZES)
    intend(registry, known(registry), override="p")
    now = known(registry)
    assert (now.calendar, now.override, now.resize, now.intent) == (None, "p", {}, 2)


def test_an_intent_without_a_run_leaves_the_one_that_works_alone(registry: Registry) -> None:
    before = created(registry)
    intend(registry, before, calendar="c")
    assert known(registry) == replace(before, calendar="c", intent=1)


@pytest.mark.parametrize("starts", [True, False])
def test_of_two_intents_that_read_the_same_one_has_to_read_again(registry: Registry, *, starts: bool) -> None:
    before = ended(registry)
    intend(registry, before, calendar="first")
    with pytest.raises(Conflict):
        intend(registry, before, scale(before) if starts else None, calendar="second")
    assert (known(registry).calendar, known(registry).lease, registry.run(scale(before).run)) == ("first", None, None)


@pytest.mark.parametrize("starts", [True, False])
def test_an_intent_counts_on_who_holds_the_lease(registry: Registry, *, starts: bool) -> None:
    """The run that was to see to it has ended, or another one has begun: who is to do it is to be decided anew."""
    before = created(registry)
    registry.finish(before, before.run, AT)
    with pytest.raises(Conflict):
        intend(registry, before, scale(before) if starts else None, calendar="c")
    assert (known(registry).calendar, known(registry).intent) == (None, 0)


def test_a_run_that_is_over_gives_way_and_is_closed(registry: Registry) -> None:
    before = created(registry)
    intend(registry, before, scale(before), calendar="c")
    assert status(registry, before.run) == (RunStatus.FAILED, LATER, STOPPED)
    assert known(registry).lease == scale(before).run


def test_a_run_that_saw_an_older_intent_does_not_end_well(registry: Registry) -> None:
    before = created(registry)
    intend(registry, before, calendar="c")
    with pytest.raises(Conflict):
        registry.finish(before, before.run, LATER)
    assert known(registry).lease == before.run


@pytest.mark.parametrize("well", [True, False])
def test_the_end_of_a_run_leaves_what_it_made_of_the_night(registry: Registry, *, well: bool) -> None:
    intend(registry, created(registry), resize=SIZES)
    record = known(registry)
    if well:
        registry.finish(record, record.run, LATER, OUTCOME)
    else:
        registry.fail("bank", record.run, LATER, BROKEN, OUTCOME)
    now = known(registry)
    assert (now.lease, now.power, now.savings, now.resize) == (None, Power.ASLEEP, OUTCOME.savings, {})


def test_a_run_that_lost_the_lease_leaves_nothing_of_its_night(registry: Registry) -> None:
    first = created(registry)
    registry.start_again(first, scale(first))
    registry.fail("bank", first.run, LATER, BROKEN, OUTCOME)
    assert (known(registry).power, known(registry).savings) == (Power.AWAKE, None)


# -- a run that provisions while another one works


def queued(registry: Registry) -> ClusterRecord:
    """A cluster on which a run of ``scale`` works while one that provisions waits."""
    record = ended(registry)
    registry.start_again(record, scale(record))
    registry.queue(known(registry), start(attempt=3, at=LATER))
    return known(registry)


def test_a_run_is_accepted_while_another_one_works(registry: Registry) -> None:
    record = queued(registry)
    third = start(attempt=3).run
    assert (record.lease, record.run, record.provision, record.attempt) == ("bank-scale-1-2", third, third, 3)
    assert status(registry, third)[0] is status(registry, "bank-scale-1-2")[0] is RunStatus.RUNNING


def test_it_gets_the_lease_only_once_nobody_works(registry: Registry) -> None:
    record = queued(registry)
    with pytest.raises(Conflict):
        registry.give_lease(record, record.provision)
    registry.fail("bank", "bank-scale-1-2", LATER, BROKEN)
    registry.give_lease(record, record.provision)
    assert known(registry).lease == record.provision
    with pytest.raises(Conflict):
        registry.give_lease(record, record.provision)


def test_whoever_takes_over_from_a_dead_run_does_not_close_the_one_that_waits(registry: Registry) -> None:
    record = queued(registry)
    registry.start_again(record, Start.following(record, Verb.SCALE, LATER, "by-scheduler"))
    assert status(registry, "bank-scale-1-2")[0] is RunStatus.FAILED
    assert status(registry, record.provision)[0] is RunStatus.RUNNING
    assert known(registry).provision == record.provision
