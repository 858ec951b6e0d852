from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.aws import table as module
from lambdas.aws.registry import Collision, Conflict
from lambdas.domain.names import run_id
from lambdas.domain.progress import Word
from lambdas.domain.records import ClusterRecord, Revision, Start
from lambdas.domain.runs import Problem, RunStatus, Step, Verb

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdas.aws.registry import Registry

AT, LATER = "2026-11-21T09:00:00+00:00", "2026-11-21T09:20:00+00:00"
STOPPED = Problem(code="Stopped", cause="It was stopped.", remedy="Again.")
BROKEN = Problem(code="NodeCreationFailure", cause="They never joined.", remedy="Look at the routes.")


def start(cluster: str = "bank", generation: int = 1, attempt: int = 1, at: str = AT) -> Start:
    return Start(
        run=run_id(cluster, Verb.PROVISION, generation, attempt),
        cluster=cluster,
        verb=Verb.PROVISION,
        generation=generation,
        attempt=attempt,
        at=at,
    )


def record(cluster: str = "bank", **more: Any) -> ClusterRecord:  # noqa: ANN401 -- ClusterRecord's own members
    members: dict[str, Any] = {
        "name": cluster, "generation": 1, "requested": '{"name":"bank"}', "spec": '{"name":"bank","version":"1.35"}',
        "created_at": AT, "run": start(cluster).run, "attempt": 1, "provision": start(cluster).run,
    }  # fmt: skip
    return ClusterRecord(**(members | more))


def step(name: str, status: Word = Word.WAITING, since: str = AT) -> Step:
    return Step(name=name, status=status, reason="CREATING", since=since)


def created(registry: Registry, cluster: str = "bank") -> ClusterRecord:
    registry.create(record(cluster), start(cluster))
    return known(registry, cluster)


def known(registry: Registry, cluster: str = "bank") -> ClusterRecord:
    found = registry.cluster(cluster)
    assert found is not None
    return found


def status(registry: Registry, run: str) -> tuple[RunStatus, str | None, Problem | None]:
    found = registry.run(run)
    assert found is not None
    return found.status, found.endedAt, found.error


def move_generation(registry: Registry) -> None:
    """What accepting another spec will do to the record."""
    registry._client.update_item(
        TableName="registry",
        Key={"pk": {"S": "CLUSTER#bank"}},
        UpdateExpression="SET generation = :two",
        ExpressionAttributeValues={":two": {"N": "2"}},
    )


# -- accepting


def test_what_is_accepted_is_read_back(registry: Registry) -> None:
    assert created(registry) == record(lease=start().run)
    run = registry.run(start().run)
    assert run is not None
    assert (run.cluster, run.verb, run.generation, run.attempt, run.status, run.startedAt) == (
        "bank", Verb.PROVISION, 1, 1, RunStatus.RUNNING, AT,
    )  # fmt: skip
    assert (run.endedAt, run.steps, run.error) == (None, {}, None)


def test_what_nobody_wrote_is_not_there(registry: Registry) -> None:
    assert registry.cluster("bank") is None
    assert registry.run("bank") is None
    assert registry.look("bank", "run") == (None, None)


def test_a_name_is_taken_once(registry: Registry) -> None:
    before = created(registry)
    with pytest.raises(Conflict):
        registry.create(record(spec="{}", run="other"), replace(start(), run="other"))
    assert known(registry) == before
    assert registry.run("other") is None


def test_a_run_is_entered_once_and_nothing_is_half_written(registry: Registry) -> None:
    created(registry)
    with pytest.raises(Conflict):
        registry.create(record("bench"), start())
    assert registry.cluster("bench") is None


def test_one_look_reads_both(registry: Registry) -> None:
    made = created(registry)
    assert registry.look("bank", made.run) == (made, registry.run(made.run))
    assert registry.look("bank", "nobody") == (made, None)


# -- another attempt


def test_another_attempt_takes_the_lease_and_ends_the_one_that_was_stopped(registry: Registry) -> None:
    first = created(registry)
    second = start(attempt=2, at=LATER)
    registry.start_again(first, second, STOPPED)
    now = known(registry)
    assert (now.run, now.lease, now.attempt, now.generation) == (second.run, second.run, 2, 1)
    assert status(registry, first.run) == (RunStatus.FAILED, LATER, STOPPED)
    assert status(registry, second.run) == (RunStatus.RUNNING, None, None)


def test_the_run_before_keeps_the_reason_that_it_gave_itself(registry: Registry) -> None:
    first = created(registry)
    registry.fail("bank", first.run, AT, BROKEN)
    registry.start_again(known(registry), start(attempt=2, at=LATER), STOPPED)
    assert status(registry, first.run) == (RunStatus.FAILED, AT, BROKEN)
    assert known(registry).lease == start(attempt=2).run


def test_only_one_of_two_makes_the_next_attempt(registry: Registry) -> None:
    seen = created(registry)
    registry.start_again(seen, start(attempt=2, at=AT), STOPPED)
    with pytest.raises(Conflict):
        registry.start_again(seen, start(attempt=3, at=LATER), STOPPED)
    assert (known(registry).attempt, registry.run(start(attempt=3).run)) == (2, None)


# -- reporting


def test_side_by_side_branches_do_not_overwrite_each_other(registry: Registry) -> None:
    run = created(registry).run
    registry.report("bank", run, [step("addons/vpc-cni")], {"addons/vpc-cni": {"status": "CREATING"}})
    registry.report("bank", run, [step("nodegroups/a.b c")], {"nodegroups/a.b c": {"inService": 0}})
    registry.report("bank", run, [step("addons/vpc-cni", Word.READY, LATER)], {"addons/vpc-cni": {"status": "ACTIVE"}})
    found = registry.run(run)
    assert found is not None
    assert found.steps == {
        "addons/vpc-cni": step("addons/vpc-cni", Word.READY, LATER),
        "nodegroups/a.b c": step("nodegroups/a.b c"),
    }
    assert known(registry).observed == {
        "addons/vpc-cni": {"status": "ACTIVE"}, "nodegroups/a.b c": {"inService": 0},
    }  # fmt: skip


def test_a_look_without_news_writes_nothing(registry: Registry) -> None:
    registry.report("nobody", "nothing", [], {})
    assert registry.look("nobody", "nothing") == (None, None)


def test_a_report_makes_no_cluster(registry: Registry) -> None:
    with pytest.raises(Conflict):
        registry.report("nobody", "nothing", [step("cluster")], {})
    assert registry.run("nothing") is None


def test_what_a_run_saw_that_lost_the_lease_is_not_remembered(registry: Registry) -> None:
    first = created(registry)
    registry.report("bank", first.run, [], {"network/vpc": {"vpcId": "vpc-1"}})
    registry.start_again(first, start(attempt=2), STOPPED)
    with pytest.raises(Conflict):
        registry.report("bank", first.run, [step("network/vpc")], {"network/vpc": {"vpcId": "vpc-2"}})
    assert known(registry).observed == {"network/vpc": {"vpcId": "vpc-1"}}


def test_thirty_resources_fit_into_one_report(registry: Registry) -> None:
    run = created(registry).run
    names = [f"nodegroups/{number}" for number in range(30)]
    registry.report("bank", run, map(step, names), {name: {"status": "ACTIVE"} for name in names})
    found = registry.run(run)
    assert found is not None
    assert set(found.steps) == set(known(registry).observed) == set(names)


# -- ending


def test_a_run_ends_well_and_frees_the_cluster(registry: Registry) -> None:
    made = created(registry)
    registry.converging("bank", made.run, 1, "0 awake")
    registry.finish(made, made.run, LATER)
    assert status(registry, made.run) == (RunStatus.SUCCEEDED, LATER, None)
    assert (known(registry).lease, known(registry).run, known(registry).converging) == (None, made.run, 1)


def test_a_run_whose_generation_moved_does_not_end_well(registry: Registry) -> None:
    made = created(registry)
    move_generation(registry)
    with pytest.raises(Conflict):
        registry.finish(made, made.run, LATER)
    assert status(registry, made.run)[0] is RunStatus.RUNNING
    assert known(registry).lease == made.run


def test_a_run_without_the_lease_does_not_end_well(registry: Registry) -> None:
    made = created(registry)
    registry.start_again(made, start(attempt=2), STOPPED)
    with pytest.raises(Conflict):
        registry.finish(known(registry), made.run, LATER)
    assert known(registry).lease == start(attempt=2).run
    assert status(registry, start(attempt=2).run)[0] is RunStatus.RUNNING


def test_a_run_fails_with_its_reason_and_frees_the_cluster(registry: Registry) -> None:
    made = created(registry)
    registry.fail("bank", made.run, LATER, BROKEN)
    assert status(registry, made.run) == (RunStatus.FAILED, LATER, BROKEN)
    assert known(registry).lease is None


def test_a_run_without_the_lease_closes_only_itself(registry: Registry) -> None:
    created(registry)
    other = start("bench").run
    registry.create(record("bench"), start("bench"))
    registry.fail("bank", other, LATER, BROKEN)
    assert status(registry, other) == (RunStatus.FAILED, LATER, BROKEN)
    assert known(registry).lease == start().run
    assert status(registry, start().run)[0] is RunStatus.RUNNING


@pytest.mark.parametrize("ended", ["finish", "fail"])
def test_an_ended_run_stays_as_it_is(registry: Registry, ended: str) -> None:
    made = created(registry)
    if ended == "finish":
        registry.finish(made, made.run, AT)
    else:
        registry.fail("bank", made.run, AT, BROKEN)
    before = status(registry, made.run)
    registry.fail("bank", made.run, LATER, STOPPED)
    with pytest.raises(Conflict):
        registry.finish(made, made.run, LATER)
    assert status(registry, made.run) == before


# -- contention


@pytest.fixture
def collide(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on, others write the same items at the same moment."""
    error = registry._client.exceptions.TransactionCanceledException
    reasons: Any = {"CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}]}

    def write(**_: object) -> None:
        raise error(reasons, "TransactWriteItems")

    return lambda: monkeypatch.setattr(registry._client, "transact_write_items", write)


def test_a_failure_that_collides_is_to_be_told_again(registry: Registry, collide: Callable[[], None]) -> None:
    """Closing the run alone would leave the cluster to a run that has ended."""
    made = created(registry)
    collide()
    with pytest.raises(Collision):
        registry.fail("bank", made.run, LATER, BROKEN)
    assert status(registry, made.run)[0] is RunStatus.RUNNING


def test_a_collision_is_a_conflict_to_who_decides_anew(registry: Registry, collide: Callable[[], None]) -> None:
    collide()
    with pytest.raises(Conflict):
        registry.create(record(), start())


def test_a_look_is_no_transaction(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB would cancel it whenever a branch beside it reports."""
    made = created(registry)
    monkeypatch.delattr(type(registry._client), "transact_get_items")
    assert registry.look("bank", made.run)[0] == made


# -- lists


def test_lists_come_in_pages_in_order(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE_SIZE", 2)
    for name in ("charlie", "alpha", "echo", "bravo", "delta"):
        created(registry, name)
    pages, after = [], None
    while True:
        page, after = registry.clusters(after)
        pages.append([it.name for it in page])
        if after is None:
            break
    assert pages == [["alpha", "bravo"], ["charlie", "delta"], ["echo"]]


def test_the_runs_of_one_cluster_newest_first(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE_SIZE", 8)
    created(registry, "bench")
    created(registry)
    for attempt in range(2, 12):
        registry.start_again(known(registry), start(attempt=attempt), STOPPED)
    newest, after = registry.runs("bank")
    oldest, end = registry.runs("bank", after)
    assert [run.attempt for run in (*newest, *oldest)] == list(range(11, 0, -1))
    assert len(newest) == 8
    assert end is None


def test_empty_lists(registry: Registry) -> None:
    assert registry.clusters() == ([], None)
    assert registry.runs("bank") == ([], None)


# -- another spec


def revision(*forgotten: str) -> Revision:
    return Revision(generation=2, requested='{"name":"b"}', spec='{"name":"c"}', forgotten=frozenset(forgotten))


def test_another_spec_gets_a_run_and_loses_the_facts_that_fall_with_it(registry: Registry) -> None:
    first = created(registry)
    registry.report("bank", first.run, [], {"network": {"vpcId": "vpc-1"}, "nodegroups/a.b c": {"remade": 1}})
    registry.fail("bank", first.run, AT, BROKEN)
    second = start(generation=2, at=LATER)
    registry.start_again(known(registry), second, STOPPED, revision("network"))
    assert known(registry) == record(
        generation=2, requested='{"name":"b"}', spec='{"name":"c"}', run=second.run, lease=second.run,
        provision=second.run, intent=1,
        observed={"nodegroups/a.b c": {"remade": 1}},
    )  # fmt: skip
    assert status(registry, second.run) == (RunStatus.RUNNING, None, None)
    assert status(registry, first.run) == (RunStatus.FAILED, AT, BROKEN)


def test_another_spec_ends_the_run_that_was_stopped(registry: Registry) -> None:
    first = created(registry)
    registry.start_again(first, start(generation=2, at=LATER), STOPPED, revision())
    assert status(registry, first.run) == (RunStatus.FAILED, LATER, STOPPED)


def test_another_spec_is_left_to_the_run_at_work(registry: Registry) -> None:
    first = created(registry)
    registry.revise(first, revision("never known"))
    assert known(registry) == replace(first, generation=2, requested='{"name":"b"}', spec='{"name":"c"}', intent=1)
    assert len(registry.runs("bank")[0]) == 1


@pytest.mark.parametrize("how", ["replace", "revise"])
@pytest.mark.parametrize("meanwhile", ["another spec", "the run's end", "another attempt"])
def test_who_comes_second_with_another_spec_changes_nothing(registry: Registry, how: str, meanwhile: str) -> None:
    first = created(registry)
    if meanwhile == "another spec":
        move_generation(registry)
    elif meanwhile == "another attempt":
        registry.start_again(first, start(attempt=2), STOPPED)
    elif how == "revise":
        registry.finish(first, first.run, AT)
    else:
        registry.start_again(first, start(generation=2), revision=revision())
    before = known(registry)
    accept: dict[str, Callable[[], None]] = {
        "revise": lambda: registry.revise(first, revision()),
        "replace": lambda: registry.start_again(first, start(generation=2, attempt=9), revision=revision()),
    }
    with pytest.raises(Conflict):
        accept[how]()
    assert known(registry) == before


def test_what_was_seen_by_an_older_spec_is_not_kept(registry: Registry) -> None:
    first = created(registry)
    registry.report("bank", first.run, [], {"network": {"vpcId": "vpc-1"}}, generation=1)
    move_generation(registry)
    with pytest.raises(Conflict):
        registry.report("bank", first.run, [], {"network": {"vpcId": "vpc-2"}}, generation=1)
    assert known(registry).observed == {"network": {"vpcId": "vpc-1"}}


def test_a_run_with_another_spec_to_work_on_does_not_fail(registry: Registry) -> None:
    first = created(registry)
    move_generation(registry)
    with pytest.raises(Conflict):
        registry.fail("bank", first.run, LATER, BROKEN, seen=first)
    assert (known(registry).lease, status(registry, first.run)) == (first.run, (RunStatus.RUNNING, None, None))
    registry.fail("bank", first.run, LATER, BROKEN, seen=known(registry))
    assert (known(registry).lease, status(registry, first.run)) == (None, (RunStatus.FAILED, LATER, BROKEN))


def test_a_run_is_of_the_generation_that_it_works_on(registry: Registry) -> None:
    first = created(registry)
    move_generation(registry)
    registry.converging("bank", first.run, 2, "")
    run = registry.run(first.run)
    assert run is not None
    assert run.generation == 2
