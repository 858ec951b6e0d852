"""What the ledger says when a run begins and ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from lambdas.domain.answers import told
from lambdas.domain.calendar import instant_text
from lambdas.domain.completion import completed
from lambdas.domain.dispositions import OPERATOR_NEEDED, Disposition
from lambdas.domain.progress import Failed, Ready
from lambdas.domain.records import Start
from lambdas.domain.runs import SUPERSEDED, Problem, RunStatus, Verb
from lambdas.domain.spec import ClusterSpec
from lambdas.handlers import looking
from lambdas.handlers import runs as handler
from lambdas.steps.events import OVERDUE
from lambdas.steps.runs import AGAIN, Ledger, lease_lost
from tests.house import AT, house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.aws.registry import Registry
    from lambdas.domain.runs import Run
    from tests.house import House

FAILURE = Failed("NodeCreationFailure", "They never joined.", "Look at the routes.")


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with house() as home:
        yield home


@pytest.fixture
def registry(home: House) -> Registry:
    return home.around.registry


@pytest.fixture
def run(home: House, request: pytest.FixtureRequest) -> Run:
    """A run of a cluster of the test's own, so that all can share the house."""
    _, run = home.accept(completed(ClusterSpec(name=f"c{abs(hash(request.node.nodeid)):x}")))
    return run


def ledger(home: House, cluster: str) -> Ledger:
    return Ledger(home.around.starter, home.around.announcer, cluster)


def move_generation(registry: Registry, cluster: str) -> None:
    registry._client.update_item(
        TableName="registry",
        Key={"pk": {"S": f"CLUSTER#{cluster}"}},
        UpdateExpression="SET generation = generation + :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def status(registry: Registry, run: Run) -> RunStatus:
    found = registry.run(run.id)
    assert found is not None
    return found.status


def test_a_run_begins_and_ends_well(home: House, registry: Registry, run: Run) -> None:
    assert ledger(home, run.cluster).begin(run.id) == Ready()
    assert ledger(home, run.cluster).finish(run.id) == Ready()
    assert status(registry, run) is RunStatus.SUCCEEDED


def test_whoever_has_no_lease_may_not_work(home: House, registry: Registry, run: Run) -> None:
    for cluster, who in ((run.cluster, "another"), ("nobody", run.id)):
        assert ledger(home, cluster).begin(who) == lease_lost(who)
        assert ledger(home, cluster).finish(who) == lease_lost(who)
    assert status(registry, run) is RunStatus.RUNNING


def test_a_run_makes_way_for_the_one_that_deletes(home: House, registry: Registry, run: Run) -> None:
    ledger(home, run.cluster).begin(run.id)
    move_generation(registry, run.cluster)
    record = registry.cluster(run.cluster)
    assert record is not None
    registry.queue(record, Start.following(record, Verb.DESTROY, AT))
    superseded = Failed(SUPERSEDED.code, SUPERSEDED.cause, SUPERSEDED.remedy)
    assert ledger(home, run.cluster).begin(run.id) == superseded
    assert ledger(home, run.cluster).fail(run.id, told(superseded)) == Ready(), "so that no alarm rings"
    assert status(registry, run) is RunStatus.FAILED
    record = registry.cluster(run.cluster)
    assert record is not None
    assert record.lease == record.destroy == f"{run.cluster}-destroy-2-2"


def test_a_newer_generation_sends_the_run_back_to_its_beginning(home: House, registry: Registry, run: Run) -> None:
    ledger(home, run.cluster).begin(run.id)
    move_generation(registry, run.cluster)
    assert ledger(home, run.cluster).finish(run.id) == AGAIN
    assert ledger(home, run.cluster).fail(run.id, told(FAILURE)) == AGAIN
    assert status(registry, run) is RunStatus.RUNNING
    ledger(home, run.cluster).begin(run.id)
    assert ledger(home, run.cluster).finish(run.id) == Ready()


def test_a_generation_that_moves_at_the_last_moment_is_not_missed(
    home: House, registry: Registry, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger(home, run.cluster).begin(run.id)
    write = type(registry).finish

    def moved_meanwhile(*args: object) -> None:
        monkeypatch.setattr(type(registry), "finish", write)
        move_generation(registry, run.cluster)
        write(*args)  # type: ignore[arg-type] # what the step hands over

    monkeypatch.setattr(type(registry), "finish", moved_meanwhile)
    assert ledger(home, run.cluster).finish(run.id) == AGAIN


def test_a_run_fails_with_what_reached_it(home: House, registry: Registry, run: Run) -> None:
    ledger(home, run.cluster).begin(run.id)
    registry.report(run.cluster, run.id, [], {"cluster": {"status": "ACTIVE"}, "roles/node": {"arn": "arn:node"}})
    assert ledger(home, run.cluster).fail(run.id, told(FAILURE)) == Failed(
        FAILURE.error, FAILURE.cause, "Look at the routes. What exists so far: cluster ACTIVE, roles/node."
    )
    found = registry.run(run.id)
    assert found is not None
    assert (found.status, found.endedAt) == (RunStatus.FAILED, instant_text(home.clock.now()))
    assert found.error == Problem(
        code=FAILURE.error, cause=FAILURE.cause, remedy=FAILURE.remedy, exists=("cluster ACTIVE", "roles/node")
    )


@pytest.mark.parametrize(("disposition", "level"), [(Disposition.PAGE, "error"), (Disposition.USER, "info")])
def test_what_operators_must_mend_is_said_where_the_alarm_listens(
    home: House, run: Run, monkeypatch: pytest.MonkeyPatch, disposition: Disposition, level: str
) -> None:
    said: list[tuple[str, str]] = []
    for name in ("error", "info"):
        monkeypatch.setattr(looking.logger, name, lambda message, name=name, **_: said.append((name, message)))
    home.invoke("runs", {"verb": "begin", "cluster": run.cluster, "run": run.id, "last": None})
    said.clear()
    failed = told(replace(FAILURE, disposition=disposition))
    home.invoke("runs", {"verb": "fail", "cluster": run.cluster, "run": run.id, "last": failed})
    assert said == [(level, OPERATOR_NEEDED if level == "error" else "fail")]
    error = home.run(run.id).error
    assert error is not None
    assert error.disposition is disposition


def test_a_run_that_lost_its_lease_ends_without_ending_the_other(home: House, registry: Registry, run: Run) -> None:
    home.around.aws.stepfunctions.stop_execution(executionArn=home.intake.executions.arn(run.verb, run.id))
    record = registry.cluster(run.cluster)
    assert record is not None
    spec = completed(ClusterSpec(name=run.cluster))
    _, second = home.accept(spec)
    assert second.id != run.id
    assert ledger(home, run.cluster).begin(run.id) == lease_lost(run.id)
    ledger(home, run.cluster).fail(run.id, told(lease_lost(run.id)))
    assert status(registry, second) is RunStatus.RUNNING
    assert ledger(home, run.cluster).begin(second.id) == Ready()


# -- what others hear


def heard(home: House, run: Run) -> list[str]:
    return [detail["id"] for _, detail in home.hearing.of(run.cluster)]


def test_a_good_end_is_told_of_once(home: House, run: Run) -> None:
    ledger(home, run.cluster).begin(run.id)
    for _ in range(2):
        ledger(home, run.cluster).finish(run.id)
    assert heard(home, run) == [f"ClusterReady/{run.id}"]


def test_a_bad_end_is_told_of_once_with_its_reason(home: House, run: Run) -> None:
    ledger(home, run.cluster).begin(run.id)
    for _ in range(2):
        ledger(home, run.cluster).fail(run.id, told(FAILURE))
    ((kind, detail),) = home.hearing.of(run.cluster)
    assert (kind, detail["error"]["code"], detail["verb"]) == ("ClusterFailed", FAILURE.error, "provision")


def test_a_run_that_begins_anew_has_nothing_to_tell(home: House, registry: Registry, run: Run) -> None:
    ledger(home, run.cluster).begin(run.id)
    move_generation(registry, run.cluster)
    ledger(home, run.cluster).finish(run.id)
    ledger(home, run.cluster).fail(run.id, told(FAILURE))
    assert heard(home, run) == []


def test_a_run_that_lost_its_lease_has_nothing_to_tell(home: House, registry: Registry, run: Run) -> None:
    record = registry.cluster(run.cluster)
    assert record is not None
    registry.start_again(record, Start.following(record, Verb.PROVISION, AT))
    ledger(home, run.cluster).fail(run.id, told(lease_lost(run.id)))
    assert (heard(home, run), registry.unpublished()) == ([], [])


def test_a_run_that_loses_its_lease_at_the_last_moment_has_nothing_to_tell(
    home: House, registry: Registry, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger(home, run.cluster).begin(run.id)
    write = type(registry).fail

    def lost_meanwhile(*args: object) -> bool:
        monkeypatch.setattr(type(registry), "fail", write)
        record = registry.cluster(run.cluster)
        assert record is not None
        registry.start_again(record, Start.following(record, Verb.PROVISION, AT))
        return write(*args)  # type: ignore[arg-type] # what the step hands over

    monkeypatch.setattr(type(registry), "fail", lost_meanwhile)
    ledger(home, run.cluster).fail(run.id, told(FAILURE))
    assert (heard(home, run), registry.unpublished()) == ([], [])


def test_a_run_that_makes_way_has_nothing_to_tell(home: House, registry: Registry, run: Run) -> None:
    record = registry.cluster(run.cluster)
    assert record is not None
    registry.queue(record, Start.following(record, Verb.DESTROY, AT))
    ledger(home, run.cluster).fail(run.id, told(Failed(SUPERSEDED.code, SUPERSEDED.cause, SUPERSEDED.remedy)))
    assert (heard(home, run), registry.unpublished()) == ([], [])


def test_trouble_with_the_bus_fails_no_run(
    home: House, registry: Registry, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger(home, run.cluster).begin(run.id)

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutEvents")

    with monkeypatch.context() as patch:
        patch.setattr(home.around.aws.events, "put_events", refuse)
        assert ledger(home, run.cluster).finish(run.id) == Ready()
    assert status(registry, run) is RunStatus.SUCCEEDED
    home.clock.advance(OVERDUE.total_seconds())
    assert home.around.announcer.catch_up() == 1
    assert heard(home, run) == [f"ClusterReady/{run.id}"]


def test_a_run_that_was_stopped_is_told_of_by_the_sweep(home: House, run: Run) -> None:
    home.around.aws.stepfunctions.stop_execution(executionArn=home.intake.executions.arn(run.verb, run.id))
    record = home.around.registry.cluster(run.cluster)
    assert record is not None
    home.around.starter.attend(record)
    home.clock.advance(OVERDUE.total_seconds())
    home.around.announcer.catch_up()
    assert heard(home, run) == [f"ClusterFailed/{run.id}"]


@pytest.mark.parametrize(("verb", "progress"), [("begin", "Ready"), ("finish", "Waiting"), ("fail", "Waiting")])
def test_the_function_answers_in_progress_words(home: House, run: Run, verb: str, progress: str) -> None:
    """Nothing has begun yet, so its generation is not the one that the run converged to."""
    event = {"verb": verb, "cluster": run.cluster, "run": run.id, "last": told(FAILURE)}
    assert handler.answer(home.around, event)["progress"] == progress


def test_the_function_refuses_other_verbs(home: House, run: Run) -> None:
    with pytest.raises(ValueError, match="begin, open, finish or fail"):
        handler.answer(home.around, {"verb": "remove", "cluster": run.cluster, "run": run.id})
