"""What the ledger says when a run begins and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.domain.answers import told
from lambdas.domain.completion import completed
from lambdas.domain.progress import Failed, Ready
from lambdas.domain.runs import Problem, RunStatus
from lambdas.domain.spec import ClusterSpec
from lambdas.handlers import runs as handler
from lambdas.steps.runs import AGAIN, begin, fail, finish, lease_lost
from tests.house import AT, house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.aws.registry import Registry
    from lambdas.domain.runs import Run
    from tests.house import House

LATER = "2026-11-21T10:00:00+00:00"
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


def test_a_run_begins_and_ends_well(registry: Registry, run: Run) -> None:
    assert begin(registry, run.cluster, run.id) == Ready()
    assert finish(registry, run.cluster, run.id, AT) == Ready()
    assert status(registry, run) is RunStatus.SUCCEEDED


def test_whoever_has_no_lease_may_not_work(registry: Registry, run: Run) -> None:
    for cluster, who in ((run.cluster, "another"), ("nobody", run.id)):
        assert begin(registry, cluster, who) == lease_lost(who)
        assert finish(registry, cluster, who, AT) == lease_lost(who)
    assert status(registry, run) is RunStatus.RUNNING


def test_a_newer_generation_sends_the_run_back_to_its_beginning(registry: Registry, run: Run) -> None:
    begin(registry, run.cluster, run.id)
    move_generation(registry, run.cluster)
    assert finish(registry, run.cluster, run.id, AT) == AGAIN
    assert fail(registry, run.cluster, run.id, AT, told(FAILURE)) == AGAIN
    assert status(registry, run) is RunStatus.RUNNING
    begin(registry, run.cluster, run.id)
    assert finish(registry, run.cluster, run.id, AT) == Ready()


def test_a_generation_that_moves_at_the_last_moment_is_not_missed(
    registry: Registry, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(registry, run.cluster, run.id)
    write = type(registry).finish

    def moved_meanwhile(*args: object) -> None:
        monkeypatch.setattr(type(registry), "finish", write)
        move_generation(registry, run.cluster)
        write(*args)  # type: ignore[arg-type] # what the step hands over

    monkeypatch.setattr(type(registry), "finish", moved_meanwhile)
    assert finish(registry, run.cluster, run.id, AT) == AGAIN


def test_a_run_fails_with_what_reached_it(registry: Registry, run: Run) -> None:
    begin(registry, run.cluster, run.id)
    registry.report(run.cluster, run.id, [], {"cluster": {"status": "ACTIVE"}, "roles/node": {"arn": "arn:node"}})
    assert fail(registry, run.cluster, run.id, LATER, told(FAILURE)) == Failed(
        FAILURE.error, FAILURE.cause, "Look at the routes. What exists so far: cluster ACTIVE, roles/node."
    )
    found = registry.run(run.id)
    assert found is not None
    assert (found.status, found.endedAt) == (RunStatus.FAILED, LATER)
    assert found.error == Problem(
        code=FAILURE.error, cause=FAILURE.cause, remedy=FAILURE.remedy, exists=("cluster ACTIVE", "roles/node")
    )


def test_a_run_that_lost_its_lease_ends_without_ending_the_other(home: House, registry: Registry, run: Run) -> None:
    home.around.aws.stepfunctions.stop_execution(executionArn=home.intake.executions.arn(run.verb, run.id))
    record = registry.cluster(run.cluster)
    assert record is not None
    spec = completed(ClusterSpec(name=run.cluster))
    _, second = home.accept(spec)
    assert second.id != run.id
    assert begin(registry, run.cluster, run.id) == lease_lost(run.id)
    fail(registry, run.cluster, run.id, AT, told(lease_lost(run.id)))
    assert status(registry, second) is RunStatus.RUNNING
    assert begin(registry, run.cluster, second.id) == Ready()


@pytest.mark.parametrize(("verb", "progress"), [("begin", "Ready"), ("finish", "Waiting"), ("fail", "Waiting")])
def test_the_function_answers_in_progress_words(registry: Registry, run: Run, verb: str, progress: str) -> None:
    """Nothing has begun yet, so its generation is not the one that the run converged to."""
    event = {"verb": verb, "cluster": run.cluster, "run": run.id, "last": told(FAILURE)}
    assert handler.answer(registry, event)["progress"] == progress


def test_the_function_refuses_other_verbs(registry: Registry, run: Run) -> None:
    with pytest.raises(ValueError, match="begin, finish or fail"):
        handler.answer(registry, {"verb": "remove", "cluster": run.cluster, "run": run.id})
