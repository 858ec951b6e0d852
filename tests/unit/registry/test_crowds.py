"""Many requests for one name at once, in threads, over one table."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.aws.registry import Conflict
from lambdas.domain.completion import completed
from lambdas.domain.runs import Problem, RunStatus, Verb
from lambdas.domain.spec import ClusterSpec, canonical, decode, to_json
from lambdas.steps.intake import Intake, NameTaken
from lambdas.steps.reviewing import Reviewer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambdas.aws.registry import Registry
    from lambdas.domain.records import ClusterRecord

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
    """DynamoDB carries out one request after the other; moto would mix those of several threads.

    A function has one thread that reads specs. Fifty that meet the class for the first time together crash msgspec.
    """
    assert decode(to_json(ONE)) == ONE
    client: Any = registry._client
    lock, call = threading.Lock(), client._make_api_call

    def one_at_a_time(*asked: object) -> object:
        with lock:
            return call(*asked)

    monkeypatch.setattr(client, "_make_api_call", one_at_a_time)
    monkeypatch.setattr(Reviewer, "made_concrete", lambda _, spec, *__, **___: spec)
    executions: Any = Executions()
    nothing: Any = None
    return Intake(registry, executions, nothing, nothing)


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


# -- another spec for a known name


@pytest.fixture
def known(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> Intake:
    """A cluster whose run has failed, and of which nothing is there."""
    monkeypatch.setattr(Reviewer, "plan", lambda *_: ())
    first = intake.accept(ONE, AT)[1]
    intake.registry.fail("bank", first.id, AT, Problem(code="NodeCreationFailure", cause="", remedy=""))
    return intake


def put_at_once(intake: Intake, specs: Iterable[ClusterSpec]) -> Counter[str]:
    """Replace the spec by all of these at the same moment. Returns how often each answer came."""
    crowd = list(specs)
    gate = threading.Barrier(len(crowd))

    def put(spec: ClusterSpec) -> str:
        gate.wait()
        try:
            return intake.replace(spec, AT)[1].id
        except Conflict:
            return "others were quicker"

    with ThreadPoolExecutor(len(crowd)) as threads:
        return Counter(threads.map(put, crowd))


def record(intake: Intake) -> ClusterRecord:
    found = intake.registry.cluster("bank")
    assert found is not None
    return found


def test_another_spec_put_fifty_times_at_once_is_one_generation_and_one_run(known: Intake) -> None:
    assert put_at_once(known, [OTHER] * CROWD) == {"bank-provision-2-1": CROWD}
    assert (record(known).generation, record(known).requested) == (2, canonical(OTHER))
    assert [run.id for run in known.registry.runs("bank")[0]] == ["bank-provision-2-1", "bank-provision-1-1"]
    assert known.executions.status(Verb.PROVISION, "bank-provision-2-1") == "RUNNING"


def test_another_spec_put_fifty_times_at_a_living_run_is_one_generation_more(known: Intake) -> None:
    known.accept(ONE, AT)
    assert put_at_once(known, [OTHER] * CROWD) == {"bank-provision-1-2": CROWD}
    assert (record(known).generation, record(known).lease) == (2, "bank-provision-1-2")
    assert len(known.registry.runs("bank")[0]) == 2


def test_two_specs_put_at_once_come_one_after_the_other(known: Intake) -> None:
    third = replace(ONE, tags={"who": "third"})
    assert put_at_once(known, [OTHER, third]) == {"bank-provision-2-1": 2}
    assert record(known).generation == 3
    assert record(known).requested in {canonical(OTHER), canonical(third)}
    assert len(known.registry.runs("bank")[0]) == 2


def test_of_many_specs_put_at_once_each_is_accepted_or_told_to_come_again(known: Intake) -> None:
    crowd = [replace(ONE, tags={"who": str(number)}) for number in range(20)]
    answers = put_at_once(known, crowd)
    assert answers["bank-provision-2-1"] == record(known).generation - 1 == 20 - answers["others were quicker"]
    assert len(known.registry.runs("bank")[0]) == 2
