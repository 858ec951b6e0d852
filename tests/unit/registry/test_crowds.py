"""Many requests for one name at once, in threads, over one table."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.completion import completed
from lambdas.domain.runs import Problem, RunStatus, Verb
from lambdas.domain.spec import ClusterSpec
from lambdas.steps.intake import Intake, NameTaken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambdas.aws.registry import Registry

CROWD = 50
AT = "2026-11-21T09:00:00+00:00"
ONE, OTHER = (completed(ClusterSpec(name="bank", tags={"who": who})) for who in ("one", "other"))


class Executions:
    """What Step Functions does with names: whoever starts one that is there has started nothing."""

    def __init__(self) -> None:
        self.started: dict[str, str] = {}

    def start(self, _: Verb, run: str, cluster: str) -> None:
        self.started.setdefault(run, cluster)

    def status(self, _: Verb, run: str) -> str | None:
        return "RUNNING" if run in self.started else None


@pytest.fixture
def intake(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Intake:
    """DynamoDB carries out one request after the other; moto would mix those of several threads."""
    client: Any = registry._client
    lock, call = threading.Lock(), client._make_api_call

    def one_at_a_time(*asked: object) -> object:
        with lock:
            return call(*asked)

    monkeypatch.setattr(client, "_make_api_call", one_at_a_time)
    monkeypatch.setattr(Intake, "_examined", lambda _, spec, *__, **___: spec)
    executions: Any = Executions()
    nothing: Any = None
    return Intake(registry, executions, nothing, "")


def at_once(intake: Intake, specs: Iterable[ClusterSpec]) -> Counter[str]:
    """Send all specs at the same moment. Returns how often each answer came: a run's id, or that the name is taken."""
    crowd = list(specs)
    gate = threading.Barrier(len(crowd))

    def post(spec: ClusterSpec) -> str:
        gate.wait()
        try:
            return intake.accept(spec, AT)[1].id
        except NameTaken:
            return "taken"

    with ThreadPoolExecutor(len(crowd)) as threads:
        return Counter(threads.map(post, crowd))


def test_the_same_spec_fifty_times_at_once_is_one_run(intake: Intake) -> None:
    assert at_once(intake, [ONE] * CROWD) == {"bank-provision-1-1": CROWD}
    assert [run.id for run in intake.registry.runs("bank")[0]] == ["bank-provision-1-1"]
    assert intake.executions.status(Verb.PROVISION, "bank-provision-1-1") == "RUNNING"


def test_fifty_at_once_after_a_failure_are_one_more_attempt(intake: Intake) -> None:
    first = intake.accept(ONE, AT)[1]
    intake.registry.fail("bank", first.id, AT, Problem(code="NodeCreationFailure", cause="", remedy=""))
    assert at_once(intake, [ONE] * CROWD) == {"bank-provision-1-2": CROWD}
    runs, _ = intake.registry.runs("bank")
    assert [(run.id, run.status) for run in runs] == [
        ("bank-provision-1-2", RunStatus.RUNNING),
        ("bank-provision-1-1", RunStatus.FAILED),
    ]


def test_of_two_specs_at_once_one_wins(intake: Intake) -> None:
    assert at_once(intake, [ONE, OTHER] * (CROWD // 2)) == {"bank-provision-1-1": CROWD // 2, "taken": CROWD // 2}
    assert len(intake.registry.runs("bank")[0]) == 1
