from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from lambdas.aws.registry import Conflict
from lambdas.domain.completion import completed
from lambdas.domain.refusal import Refused
from lambdas.domain.runs import STOPPED, Problem, RunStatus, Verb
from lambdas.domain.spec import Addon, ClusterSpec, EncryptionConfig, Nodegroup, Provider, decode
from lambdas.steps import reviewing
from lambdas.steps.intake import NameTaken
from lambdas.steps.preflight.versions import offered_versions
from sandbox.twin.quotas import Quotas
from tests.house import AT, house
from tests.unit.steps.refusals import refusing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.runs import Run
    from tests.house import House

LATER = "2026-11-21T10:00:00+00:00"
BROKEN = Problem(code="NodeCreationFailure", cause="They never joined.", remedy="Look at the routes.")


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with house() as home:
        yield home


@pytest.fixture
def spec(request: pytest.FixtureRequest) -> ClusterSpec:
    """A cluster of the test's own, so that all can share the house."""
    return completed(ClusterSpec(name=f"c{abs(hash(request.node.nodeid)):x}"))


def accept(home: House, spec: ClusterSpec, at: str = AT) -> Run:
    _, run = home.intake.accept(spec, at)
    return run


def status(home: House, run: Run) -> str | None:
    return home.intake.executions.status(run.verb, run.id)


def stop(home: House, run: Run) -> None:
    home.around.aws.stepfunctions.stop_execution(executionArn=home.intake.executions.arn(run.verb, run.id))


def fail(home: House, run: Run) -> None:
    home.around.registry.fail(run.cluster, run.id, AT, BROKEN)


def finish(home: House, run: Run) -> None:
    record = home.around.registry.cluster(run.cluster)
    assert record is not None
    home.around.registry.finish(record, run.id, AT)


def test_a_new_spec_is_written_down_and_its_run_is_started(home: House, spec: ClusterSpec) -> None:
    record, run = home.intake.accept(spec, AT)
    assert (run.id, run.status, run.startedAt) == (f"{spec.name}-provision-1-1", RunStatus.RUNNING, AT)
    assert (record.lease, record.run, record.generation, record.attempt) == (run.id, run.id, 1, 1)
    assert home.around.registry.cluster(spec.name) == record
    assert status(home, run) == "RUNNING"
    described = home.around.aws.stepfunctions.describe_execution(
        executionArn=home.intake.executions.arn(run.verb, run.id)
    )
    assert msgspec.json.decode(described["input"]) == {"cluster": spec.name}


# -- what was left open


def test_the_version_left_open_is_the_newest_in_standard_support(home: House, spec: ClusterSpec) -> None:
    record, _ = home.intake.accept(spec, AT)
    versions = home.around.aws.eks.describe_cluster_versions()["clusterVersions"]
    supported = {it["clusterVersion"] for it in versions if it["versionStatus"] == "STANDARD_SUPPORT"}
    chosen = decode(msgspec.json.decode(record.spec)).version
    assert chosen in supported
    assert [it for it in supported if int(it.partition(".")[2]) > int(str(chosen).partition(".")[2])] == []
    assert len(versions) > len(supported)


def test_only_what_eks_supports_for_clusters_of_our_kind_is_offered(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Pages:
        @staticmethod
        def paginate() -> list[dict[str, Any]]:
            return [
                {"clusterVersions": [{"clusterVersion": "1.35", "versionStatus": "STANDARD_SUPPORT"}]},
                {
                    "clusterVersions": [
                        {"clusterVersion": "1.32", "versionStatus": "EXTENDED_SUPPORT", "clusterType": "eks"},
                        {"clusterVersion": "1.29", "versionStatus": "UNSUPPORTED", "clusterType": "eks"},
                        {"clusterVersion": "1.36", "versionStatus": "STANDARD_SUPPORT", "clusterType": "other"},
                    ]
                },
            ]

    monkeypatch.setattr(home.around.aws.eks, "get_paginator", lambda _: Pages)
    offered = offered_versions(home.around.aws)
    assert [(it.version, it.extended) for it in offered] == [("1.35", False), ("1.32", True)]


def test_secrets_are_encrypted_with_our_key_unless_the_spec_names_one(home: House) -> None:
    key = home.around.aws.kms.create_key(KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
    own = (EncryptionConfig(provider=Provider(keyArn=key)),)
    vetted = home.intake.reviewer.vetted(ClusterSpec(name="bank", version="1.34"))
    assert [it.provider.keyArn for it in vetted.encryptionConfig] == [home.around.settings.secrets_key_arn]
    assert home.intake.reviewer.vetted(ClusterSpec(name="bank", encryptionConfig=own)).encryptionConfig == own
    assert vetted.version == "1.34"


def test_both_what_was_asked_and_what_it_became_are_kept(home: House, spec: ClusterSpec) -> None:
    record, _ = home.intake.accept(spec, AT)
    kept = decode(msgspec.json.decode(record.spec))
    assert decode(msgspec.json.decode(record.requested)) == spec
    assert kept == replace(spec, version=kept.version, encryptionConfig=kept.encryptionConfig)
    assert kept.version
    assert kept.encryptionConfig


def test_a_spec_that_its_newest_version_breaks_is_refused(home: House, spec: ClusterSpec) -> None:
    group = Nodegroup(nodegroupName="old", version="1.28")
    with pytest.raises(Refused):
        home.intake.accept(completed(replace(spec, nodegroups=(group,))), AT)


# -- what is examined, and when


@pytest.fixture
def no_room(home: House) -> Iterator[None]:
    """An account that may have no clusters any more."""
    before = home.twin.intervene(lambda core: core.quotas)
    home.twin.intervene(lambda core: setattr(core, "quotas", Quotas(clusters=0)))
    yield
    home.twin.intervene(lambda core: setattr(core, "quotas", before))


@pytest.mark.usefixtures("no_room")
def test_a_spec_that_cannot_work_is_refused_and_nothing_is_written(home: House, spec: ClusterSpec) -> None:
    for take in (home.intake.reviewer.vetted, lambda it: home.intake.accept(it, AT)):
        with pytest.raises(Refused, match="L-1194D53C"):
            take(spec)
    assert home.around.registry.cluster(spec.name) is None
    assert home.intake.executions.status(Verb.PROVISION, f"{spec.name}-provision-1-1") is None


@pytest.fixture
def accepted(home: House, spec: ClusterSpec) -> Run:
    return accept(home, spec)


def test_a_spec_that_was_accepted_is_not_examined_again(
    home: House, spec: ClusterSpec, accepted: Run, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("no_room")
    assert accept(home, spec).id == accepted.id
    fail(home, accepted)
    assert accept(home, spec).id != accepted.id
    record = home.around.registry.cluster(spec.name)
    assert record is not None
    assert home.intake.reviewer.vetted(spec, None, record) == decode(msgspec.json.decode(record.spec))


@pytest.mark.usefixtures("accepted", "no_room")
def test_another_spec_for_a_known_name_is_a_conflict_before_it_is_examined(home: House, spec: ClusterSpec) -> None:
    with pytest.raises(NameTaken):
        accept(home, replace(spec, deletionProtection=False))
    with pytest.raises(Refused):
        home.intake.reviewer.vetted(replace(spec, deletionProtection=False))


def test_a_spec_is_examined_once_however_often_others_come_first(
    home: House, spec: ClusterSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    examined: list[str] = []

    def nothing_wrong(*_: object, **__: object) -> tuple[()]:
        examined.append(spec.name)
        return ()

    def lose(*_: object) -> None:
        raise Conflict(spec.name)

    monkeypatch.setattr(reviewing, "examine", nothing_wrong)
    monkeypatch.setattr(type(home.around.registry), "create", lose)
    with pytest.raises(Conflict):
        accept(home, spec)
    assert examined == [spec.name]


def test_errors_point_into_what_was_sent(home: House) -> None:
    sent = {"name": "bank", "addons": [{"addonName": "nothing"}]}
    spec = completed(ClusterSpec(name="bank", addons=(Addon(addonName="nothing"),)))
    for given, place in ((sent, 0), (None, 4)):
        with pytest.raises(Refused) as refusal:
            home.intake.reviewer.vetted(spec, given)
        assert [error.pointer for error in refusal.value.errors] == [f"/addons/{place}/addonName"]


# -- the same spec again


def test_the_same_spec_again_is_the_same_run_while_it_runs(home: House, spec: ClusterSpec) -> None:
    first = accept(home, spec)
    assert accept(home, spec, LATER) == first


def test_the_same_spec_again_is_the_same_run_after_it_has_succeeded(home: House, spec: ClusterSpec) -> None:
    first = accept(home, spec)
    finish(home, first)
    stop(home, first)
    again = accept(home, spec, LATER)
    assert (again.id, again.status) == (first.id, RunStatus.SUCCEEDED)


def test_after_a_failure_it_is_a_new_attempt(home: House, spec: ClusterSpec) -> None:
    first = accept(home, spec)
    fail(home, first)
    second = accept(home, spec, LATER)
    assert (second.id, second.attempt, second.generation) == (f"{spec.name}-provision-1-2", 2, 1)
    assert (second.status, second.startedAt) == (RunStatus.RUNNING, LATER)
    assert status(home, second) == "RUNNING"
    assert home.run(first.id).error == BROKEN


def test_after_somebody_stopped_it_it_is_a_new_attempt(home: House, spec: ClusterSpec) -> None:
    first = accept(home, spec)
    stop(home, first)
    second = accept(home, spec, LATER)
    assert (second.attempt, status(home, second)) == (2, "RUNNING")
    ended = home.run(first.id)
    assert (ended.status, ended.endedAt, ended.error) == (RunStatus.FAILED, LATER, STOPPED)


def test_attempts_never_repeat(home: House, spec: ClusterSpec) -> None:
    runs = []
    for _ in range(3):
        runs.append(accept(home, spec).id)
        stop(home, home.run(runs[-1]))
    assert [run.rpartition("-")[2] for run in runs] == ["1", "2", "3"]


def test_a_run_that_was_accepted_and_never_started_is_started(
    home: House, spec: ClusterSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API died between its two writes."""
    with monkeypatch.context() as dying:
        dying.setattr(type(home.intake.executions), "start", lambda *_: None)
        first = accept(home, spec)
    assert status(home, first) is None
    assert accept(home, spec, LATER) == first
    assert status(home, first) == "RUNNING"


def test_the_order_and_the_defaults_of_a_spec_make_no_other_spec(home: House, spec: ClusterSpec) -> None:
    first = accept(home, replace(spec, tags={"a": "1", "b": "2"}))
    assert accept(home, replace(spec, tags={"b": "2", "a": "1"}, deletionProtection=True)) == first


# -- another spec


@pytest.mark.parametrize("ending", [None, fail, finish])
def test_another_spec_for_a_known_name_is_refused(home: House, spec: ClusterSpec, ending: Any) -> None:  # noqa: ANN401 -- one of the functions above
    run = accept(home, spec)
    if ending:
        ending(home, run)
    before = home.around.registry.look(spec.name, run.id)
    with pytest.raises(NameTaken, match=spec.name):
        accept(home, replace(spec, deletionProtection=False))
    assert home.around.registry.look(spec.name, run.id) == before


# -- many at once


@pytest.fixture
def _one_call_at_a_time(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB and Step Functions carry out one request after the other; moto mixes those of several threads."""
    lock = threading.Lock()
    aws = home.around.aws
    clients: list[Any] = [aws.dynamodb, aws.stepfunctions, aws.eks, aws.ec2, aws.kms, aws.quotas]
    for client in clients:

        def one(*args: Any, call: Any = client._make_api_call) -> Any:  # noqa: ANN401 -- botocore's own
            with lock:
                return call(*args)

        monkeypatch.setattr(client, "_make_api_call", one)


def at_once(home: House, spec: ClusterSpec, times: int) -> list[str]:
    gate = threading.Barrier(times)

    def post(_: int) -> str:
        gate.wait()
        try:
            return accept(home, spec).id
        except Conflict:
            return "conflict"

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(post, range(times)))


@pytest.mark.usefixtures("_one_call_at_a_time")
def test_twenty_at_once_make_one_run(home: House, spec: ClusterSpec) -> None:
    assert set(at_once(home, spec, 20)) == {f"{spec.name}-provision-1-1"}
    runs, _ = home.around.registry.runs(spec.name)
    assert [status(home, run) for run in runs] == ["RUNNING"]


@pytest.mark.usefixtures("_one_call_at_a_time")
def test_twenty_at_once_make_one_new_attempt(home: House, spec: ClusterSpec) -> None:
    fail(home, accept(home, spec))
    assert set(at_once(home, spec, 20)) == {f"{spec.name}-provision-1-2"}
    runs, _ = home.around.registry.runs(spec.name)
    assert [run.status for run in runs] == [RunStatus.RUNNING, RunStatus.FAILED]


def test_whoever_always_comes_second_is_told_so(
    home: House, spec: ClusterSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def lose(*_: object) -> None:
        tries.append(1)
        raise Conflict(spec.name)

    monkeypatch.setattr(type(home.around.registry), "create", lose)
    with pytest.raises(Conflict):
        accept(home, spec)
    assert len(tries) == 10


def test_what_throttling_hides_counts_as_running(home: House, spec: ClusterSpec) -> None:
    run = accept(home, spec)
    stop(home, run)
    executions = home.intake.executions
    assert executions.has_ended(Verb.PROVISION, run.id)
    assert not executions.has_ended(Verb.PROVISION, "nobody")
    with refusing(home.around.aws.stepfunctions, "DescribeExecution", 400, "ThrottlingException"):
        assert not executions.has_ended(Verb.PROVISION, run.id)
