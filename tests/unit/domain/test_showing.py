from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.domain.progress import Word
from lambdas.domain.records import ClusterRecord
from lambdas.domain.runs import STOPPED, Problem, Run, RunStatus, Step, Verb
from lambdas.domain.showing import console_url, show_cluster, show_run
from lambdas.domain.views import AddonStatus, NodegroupStatus

ARN = "arn:aws:states:eu-central-1:123456789012:execution:Slipway-provision:bank-provision-1-1"
BEGAN, ENDED, ACCEPTED = "2026-11-21T09:00:01+00:00", "2026-11-21T09:12:00+00:00", "2026-11-21T09:00:00+00:00"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
BROKEN = Problem(code="NodeCreationFailure", cause="They never joined.", remedy="Look at the routes.")


def run(
    status: RunStatus = RunStatus.RUNNING,
    *,
    ended: str | None = None,
    error: Problem | None = None,
    steps: dict[str, Step] | None = None,
) -> Run:
    return Run(
        id="bank-provision-1-1",
        cluster="bank",
        verb=Verb.PROVISION,
        generation=1,
        attempt=1,
        status=status,
        startedAt=BEGAN,
        endedAt=ended,
        steps=steps or {},
        error=error,
    )


def record(**observed: object) -> ClusterRecord:
    return ClusterRecord(
        name="bank",
        generation=1,
        requested="{}",
        spec=json.dumps({"name": "bank"}),
        created_at=ACCEPTED,
        run="bank-provision-1-1",
        attempt=1,
        provision="bank-provision-1-1",
        observed=observed,
    )


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        pytest.param(None, ("Unknown", "NoRun", "No run has worked", ACCEPTED), id="no run"),
        pytest.param(run(), ("False", "Converging", "bank-provision-1-1 is at work", BEGAN), id="at work"),
        pytest.param(
            run(RunStatus.SUCCEEDED, ended=ENDED),
            ("True", "AsDescribed", "as generation 1 of its spec describes it", ENDED),
            id="succeeded",
        ),
        pytest.param(
            run(RunStatus.FAILED, ended=ENDED, error=BROKEN),
            ("False", "NodeCreationFailure", "They never joined. Look at the routes.", ENDED),
            id="failed",
        ),
        pytest.param(
            replace(run(), verb=Verb.DESTROY), ("False", "Deleting", "takes the cluster away", BEGAN), id="deleting"
        ),
        pytest.param(
            replace(run(RunStatus.FAILED, ended=ENDED, error=BROKEN), verb=Verb.DESTROY),
            ("False", "NodeCreationFailure", "They never joined.", ENDED),
            id="not deleted",
        ),
    ],
)
def test_a_cluster_is_ready_as_its_last_run_tells(last: Run | None, expected: tuple[str, str, str, str]) -> None:
    seen = show_run(last, ARN) if last else None
    condition = show_cluster(record(), seen, seen, NOW).status.conditions[0]
    status, reason, message, since = expected
    assert (condition.type, condition.status, condition.reason, condition.lastTransitionTime) == (
        "Ready", status, reason, since,
    )  # fmt: skip
    assert message in condition.message


@pytest.mark.parametrize(
    ("scaled", "reason"),
    [
        (RunStatus.SUCCEEDED, "NodeCreationFailure"),
        (RunStatus.RUNNING, "Converging"),
        (RunStatus.FAILED, "PartialWake"),
    ],
)
def test_a_run_that_scaled_well_says_nothing_about_the_rest(scaled: RunStatus, reason: str) -> None:
    provision = show_run(run(RunStatus.FAILED, ended=ENDED, error=BROKEN), ARN)
    partial = Problem(code="PartialWake", cause="3 of 5 nodes.", remedy="Wait.") if scaled is RunStatus.FAILED else None
    scale = show_run(replace(run(scaled, ended=ENDED, error=partial), verb=Verb.SCALE), ARN)
    assert show_cluster(record(), scale, provision, NOW).status.conditions[0].reason == reason


UNDO = replace(run(), id="bank-destroy-1-2", verb=Verb.DESTROY)
STUCK = Problem(code="DependencyViolation", cause="Something holds it.", remedy="DELETE the cluster again.")
WHY = "NodeCreationFailure: They never joined. Look at the routes."


@pytest.mark.parametrize(
    ("known", "last", "reason", "message"),
    [
        pytest.param({"undo": UNDO.id}, UNDO, "Undoing", WHY, id="being undone"),
        pytest.param(
            {},
            replace(UNDO, status=RunStatus.SUCCEEDED),
            BROKEN.code,
            "They never joined. Look at the routes. What had been made is taken away again.",
            id="undone",
        ),
        pytest.param(
            {"undo": UNDO.id},
            replace(UNDO, status=RunStatus.FAILED, error=STUCK),
            STUCK.code,
            f"Something holds it. DELETE the cluster again. It was to take away what a creation had made that failed "
            f"before. {WHY}",
            id="not undone",
        ),
        pytest.param({"adopting": frozenset({"cluster"})}, run(), "Adopting", "by its tags", id="being adopted"),
        pytest.param(
            {"spec": '{"version": "1.35"}', "observed": {"cluster": {"version": "1.33"}}},
            run(),
            "Upgrading",
            "from version 1.33 to 1.35",
            id="being upgraded",
        ),
    ],
)
def test_what_is_done_to_a_cluster_is_said(known: dict[str, Any], last: Run, reason: str, message: str) -> None:
    failed = show_run(run(RunStatus.FAILED, ended=ENDED, error=BROKEN), ARN)
    provision = failed if last.verb is Verb.DESTROY else show_run(last, ARN)
    condition = show_cluster(replace(record(), **known), show_run(last, ARN), provision, NOW).status.conditions[0]
    assert (condition.status, condition.reason) == ("False", reason)
    assert message in condition.message


def test_a_run_that_was_stopped_has_failed_and_says_what_to_do() -> None:
    view = show_run(run(), ARN, stopped=True)
    assert (view.status, view.error) == (RunStatus.FAILED, STOPPED)
    condition = show_cluster(record(), view, view, NOW).status.conditions[0]
    assert (condition.status, condition.reason, condition.lastTransitionTime) == ("False", "Stopped", BEGAN)


def test_a_timeline_is_in_the_order_of_what_happened() -> None:
    lines = [("b", ENDED), ("c", BEGAN), ("a", ENDED)]
    steps = {name: Step(name=name, status=Word.READY, reason="", since=since) for name, since in lines}
    view = show_run(run(steps=steps), ARN)
    assert [step.name for step in view.steps] == ["c", "a", "b"]
    assert (view.executionArn, view.status, view.error) == (ARN, RunStatus.RUNNING, None)


def test_what_runs_have_learnt_is_the_status() -> None:
    observed: dict[str, object] = {
        "cluster": {"arn": "arn:eks", "version": "1.35", "endpoint": "https://a", "issuer": "https://b", "more": 1},
        "nodegroups/b": {"status": "ACTIVE", "inService": 2, "scalingConfig": {"desiredSize": 3}},
        "nodegroups/a": {},
        "addons/coredns": {"status": "DEGRADED", "version": "v1.12.1"},
        "addons/vpc-cni": "nonsense",
        "network": {"subnets": {}},
    }
    status = show_cluster(record(**observed), None, None, NOW).status
    assert (status.arn, status.version, status.endpoint, status.issuer) == (
        "arn:eks", "1.35", "https://a", "https://b",
    )  # fmt: skip
    assert status.nodegroups == (
        NodegroupStatus(nodegroupName="a", status="UNKNOWN", inService=0, desiredSize=0),
        NodegroupStatus(nodegroupName="b", status="ACTIVE", inService=2, desiredSize=3),
    )
    assert status.addons == (
        AddonStatus(addonName="coredns", status="DEGRADED", addonVersion="v1.12.1"),
        AddonStatus(addonName="vpc-cni", status="UNKNOWN", addonVersion=None),
    )


@pytest.mark.parametrize(("last", "nodes"), [("bank-scale-1-2", 0), ("bank-provision-1-1", 3)])
def test_a_node_group_is_shown_as_the_last_run_saw_it(last: str, nodes: int) -> None:
    observed: dict[str, object] = {
        "nodegroups/a": {"status": "ACTIVE", "inService": 3, "scalingConfig": {"desiredSize": 3}},
        "sizes/a": {"status": "ACTIVE", "inService": 0, "scalingConfig": {"desiredSize": 0}, "power": "asleep"},
    }
    status = show_cluster(replace(record(**observed), run=last), None, None, NOW).status
    shown = NodegroupStatus(nodegroupName="a", status="ACTIVE", inService=nodes, desiredSize=nodes)
    assert status.nodegroups == (shown,)


def test_what_nobody_has_learnt_yet_is_left_open() -> None:
    view = show_cluster(record(), None, None, NOW)
    assert (view.name, view.generation, view.spec, view.run) == ("bank", 1, {"name": "bank"}, None)
    assert (view.status.arn, view.status.version, view.status.nodegroups, view.status.addons) == (None, None, (), ())


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-central-1", "eu-central-1.console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("aws-of-tomorrow", "to-1", "to-1.console.aws.amazon.com"),
    ],
)
def test_the_console_of_each_partition(partition: str, region: str, host: str) -> None:
    arn = f"arn:{partition}:states:{region}:123456789012:execution:Slipway-provision:bank-provision-1-1"
    assert console_url(arn) == f"https://{host}/states/home?region={region}#/v2/executions/details/{arn}"
