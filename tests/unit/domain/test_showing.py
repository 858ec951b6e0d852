from __future__ import annotations

import json

import pytest

from lambdas.domain.progress import Word
from lambdas.domain.records import ClusterRecord
from lambdas.domain.runs import Problem, Run, RunStatus, Step, Verb
from lambdas.domain.showing import STOPPED, console_url, show_cluster, show_run
from lambdas.domain.views import AddonStatus, NodegroupStatus

ARN = "arn:aws:states:eu-central-1:123456789012:execution:Slipway-provision:bank-provision-1-1"
BEGAN, ENDED, ACCEPTED = "2026-11-21T09:00:01+00:00", "2026-11-21T09:12:00+00:00", "2026-11-21T09:00:00+00:00"
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
    ],
)
def test_a_cluster_is_ready_as_its_last_run_tells(last: Run | None, expected: tuple[str, str, str, str]) -> None:
    view = show_cluster(record(), show_run(last, ARN) if last else None)
    (condition,) = view.status.conditions
    status, reason, message, since = expected
    assert (condition.type, condition.status, condition.reason, condition.lastTransitionTime) == (
        "Ready", status, reason, since,
    )  # fmt: skip
    assert message in condition.message


def test_a_run_that_was_stopped_has_failed_and_says_what_to_do() -> None:
    view = show_run(run(), ARN, stopped=True)
    assert (view.status, view.error) == (RunStatus.FAILED, STOPPED)
    (condition,) = show_cluster(record(), view).status.conditions
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
    status = show_cluster(record(**observed), None).status
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


def test_what_nobody_has_learnt_yet_is_left_open() -> None:
    view = show_cluster(record(), None)
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
