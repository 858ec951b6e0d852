"""A first creation that fails for good: kept for a look, or taken away again, as the spec says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lambdas.domain.calendar import Calendar
from lambdas.domain.calendar.windows import window
from lambdas.domain.runs import RunStatus, Verb
from lambdas.steps.deletion import Protected
from lambdas.steps.night import Nights
from lambdas.steps.starting import Starter
from sandbox.twin.faults import Force, Issue, first
from tests.house import example, house
from tests.invariants import Account, things

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from tests.house import House

NAME = "simple-bank"
BY_DAY = Calendar(timezone="Europe/Berlin", awake=(window("Mon-Fri 07:30-20:30"),))
LAUNCH = "AsgInstanceLaunchFailures"
BROKEN = Force("nodegroup", "CREATE_FAILED", (Issue(LAUNCH, "no such luck", ("i-1",)),), when=first(1))


@pytest.fixture
def home() -> Iterator[House]:
    with house() as home:
        yield home


@pytest.fixture
def spec() -> ClusterSpec:
    """One that is protected, too: what never was whole needs no protection."""
    return replace(example(NAME), onFailure="remove", deletionProtection=True)


def record(home: House) -> ClusterRecord:
    found = home.around.registry.cluster(NAME)
    assert found is not None
    return found


def leftovers(home: House) -> list[str]:
    account = Account.of(lambda service: getattr(home.around.aws, service))
    return [f"{it.kind} {it.name}" for it in things(account) if it.owner == NAME]


def undoing(home: House) -> Run:
    run = home.run(record(home).run)
    assert run.verb is Verb.DESTROY
    return run


def test_what_was_made_goes_again_and_the_failure_stays_told(home: House, spec: ClusterSpec) -> None:
    home.faults.add(BROKEN)
    assert home.provision(spec).error == LAUNCH
    undo = undoing(home)
    assert home.execute(undo).status == "SUCCEEDED"
    assert leftovers(home) == []
    kept = record(home)
    assert (kept.lease, kept.destroy, kept.undo) == (None, None, None)
    failed = home.run(kept.provision)
    assert failed.error is not None
    assert (failed.error.code, f"nodegroups/{NAME} CREATE_FAILED" in failed.error.exists) == (LAUNCH, True)
    assert f"nodegroups/{NAME}" in home.run(undo.id).receipt.deleted


def test_the_same_spec_again_makes_it_after_all(home: House, spec: ClusterSpec) -> None:
    home.faults.add(BROKEN)
    home.provision(spec)
    home.execute(undoing(home))
    assert home.provision(spec).status == "SUCCEEDED"
    assert record(home).made
    assert (
        home.around.aws.eks.describe_nodegroup(clusterName=NAME, nodegroupName=NAME)["nodegroup"]["status"] == "ACTIVE"
    )


def test_without_that_wish_everything_is_kept(home: House, spec: ClusterSpec) -> None:
    home.faults.add(BROKEN)
    home.provision(replace(spec, onFailure="keep"))
    assert home.run(record(home).run).verb is Verb.PROVISION
    assert "cluster simple-bank" in leftovers(home)


def test_what_has_served_once_is_never_taken_away(home: House, spec: ClusterSpec) -> None:
    assert home.provision(spec).status == "SUCCEEDED"
    home.faults.add(BROKEN)
    (group,) = spec.nodegroups
    _, run = home.replace(replace(spec, nodegroups=(group, replace(group, nodegroupName="more"))))
    assert home.execute(run).status == "FAILED"
    assert home.run(record(home).run).verb is Verb.PROVISION


def test_a_run_that_somebody_stopped_is_not_undone(home: House, spec: ClusterSpec) -> None:
    _, run = home.accept(spec)
    stepfunctions = home.around.aws.stepfunctions
    arn = home.intake.executions.arn(run.verb, run.id)
    stepfunctions.stop_execution(executionArn=arn)
    home.around.starter.attend(record(home))
    assert home.run(run.id).status is RunStatus.FAILED
    assert record(home).run == run.id


def test_an_undoing_that_was_never_started_is_started_by_the_sweep(
    home: House, spec: ClusterSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.faults.add(BROKEN)
    with monkeypatch.context() as dying:
        dying.setattr(type(home.around.starter), "_undo", lambda *_: None)
        home.provision(spec)
    assert record(home).lease is None
    home.around.starter.attend(record(home))
    assert home.execute(undoing(home)).status == "SUCCEEDED"
    assert leftovers(home) == []


def test_a_cluster_that_somebody_deletes_meanwhile_is_deleted(home: House, spec: ClusterSpec) -> None:
    home.faults.add(BROKEN)
    home.provision(spec)
    undo = undoing(home)
    _, run = home.delete(NAME)
    assert (run.id, home.delete(NAME)[1].id) == (undo.id, undo.id)
    assert home.execute(run).status == "SUCCEEDED"
    assert home.around.registry.cluster(NAME) is None
    assert home.around.registry.tombstone(NAME) is not None


def test_what_was_undone_needs_no_protection_to_be_forgotten(home: House, spec: ClusterSpec) -> None:
    """Else its spec would have to be PUT without it, which makes the cluster."""
    _, run = home.accept(spec)
    with pytest.raises(Protected):
        home.delete(NAME)
    home.faults.add(BROKEN)
    home.execute(run)
    home.execute(undoing(home))
    assert home.execute(home.delete(NAME)[1]).status == "SUCCEEDED"
    assert home.around.registry.cluster(NAME) is None


def test_the_nights_of_what_was_undone_wait_until_it_is_made(home: House, spec: ClusterSpec) -> None:
    _, run = home.accept(spec)
    Nights(home.around.registry, home.around.starter).plan(NAME, lambda _: BY_DAY, home.clock.now())
    home.faults.add(BROKEN)
    assert home.execute(run).status == "FAILED"
    undo = undoing(home)
    home.execute(undo)
    home.around.starter.attend(record(home))
    assert (record(home).run, leftovers(home)) == (undo.id, [])
    _, again = home.accept(spec)
    assert home.execute(again).status == "SUCCEEDED"
    assert home.run(record(home).run).verb is Verb.SCALE


def test_a_schedule_that_fires_first_is_no_reason_to_keep_what_failed(
    home: House, spec: ClusterSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, run = home.accept(spec)
    Nights(home.around.registry, home.around.starter).plan(NAME, lambda _: BY_DAY, home.clock.now())
    home.faults.add(BROKEN)
    with monkeypatch.context() as dying:
        dying.setattr(Starter, "follow", lambda *_, **__: None)
        home.execute(run)
    home.carry_out(Verb.SCALE, "fired", NAME)
    assert home.execute(undoing(home)).status == "SUCCEEDED"
