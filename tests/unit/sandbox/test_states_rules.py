"""The rules of the state machine interpreter that need no state machine."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.front import signed_service
from sandbox.states.errors import StateError, Stopped, takes
from sandbox.states.pause import Stop
from sandbox.states.retry import Retries, delay
from sandbox.states.tasks import in_time, resource_names
from sandbox.status import Ready, Status


@pytest.mark.parametrize(
    ("names", "error", "taken"),
    [
        (["Refused"], "Refused", True),
        (["Refused"], "Other", False),
        (["States.ALL"], "Other", True),
        (["States.ALL"], "States.Timeout", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.ALL"], "States.DataLimitExceeded", False),
        (["States.DataLimitExceeded"], "States.DataLimitExceeded", True),
        (["States.TaskFailed"], "Other", True),
        (["States.TaskFailed"], "States.Timeout", False),
    ],
)
def test_takes(names: list[str], error: str, *, taken: bool) -> None:
    assert takes({"ErrorEquals": names}, error) is taken


@pytest.mark.parametrize(
    ("retrier", "seconds"),
    [
        ({}, [1, 2, 4]),
        ({"IntervalSeconds": 60, "BackoffRate": 3}, [60, 180, 540]),
        ({"IntervalSeconds": 5, "MaxDelaySeconds": 7}, [5, 7, 7]),
    ],
)
def test_delay(retrier: dict[str, Any], seconds: list[float]) -> None:
    assert [delay(retrier, used) for used in range(3)] == seconds


@given(st.integers(0, 10))
def test_full_jitter_stays_below_the_delay(used: int) -> None:
    retrier = {"JitterStrategy": "FULL", "MaxDelaySeconds": 100}
    assert 0 <= delay(retrier, used) <= min(2**used, 100)


def test_each_retrier_has_its_own_count() -> None:
    retries = Retries(
        {"Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 1}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]}
    )
    assert [retries.delay_after(error) for error in "ABABB"] == [1.0, 1.0, None, 2.0, None]
    assert retries.count == 3


def test_a_stop_reaches_every_branch_below() -> None:
    stop = Stop()
    early = stop.branch().branch()
    stop.set()
    late = stop.branch()
    for branch in (stop, early, late):
        with pytest.raises(Stopped):
            branch.check()


def test_a_stop_ends_a_sleep() -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        stop.sleep(0.001)


def test_a_branch_that_is_over_does_not_stop_what_is_around_it() -> None:
    stop = Stop()
    stop.branch().set()
    stop.check()


def test_a_task_over_its_time_is_left_alone() -> None:
    with pytest.raises(StateError) as raised:
        in_time(threading.Event().wait, 0.01, Stop())
    assert raised.value.error == "States.Timeout"


@pytest.mark.parametrize(
    ("resource", "kind", "name"),
    [
        ("arn:aws:states:::lambda:invoke", "lambda", "invoke"),
        ("arn:aws:states:::aws-sdk:eks:describeCluster", "aws-sdk:eks", "describeCluster"),
        ("arn:aws:lambda:eu-central-1:1:function:f", "lambda", "arn:aws:lambda:eu-central-1:1:function:f"),
    ],
)
def test_resource_names(resource: str, kind: str, name: str) -> None:
    assert resource_names(resource) == {"resourceType": kind, "resource": name}


@pytest.mark.parametrize(
    ("authorization", "service"),
    [
        ("AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-central-1/eks/aws4_request, SignedHeaders=host", "eks"),
        ("Bearer x", ""),
        (None, ""),
    ],
)
def test_signed_service(authorization: str | None, service: str) -> None:
    assert signed_service({"authorization": authorization} if authorization else {}) == service


def test_health_before_and_after() -> None:
    status = Status()
    status.phase = "creating stack Slipway"
    assert status.answer() == (503, b'{"status": "starting", "phase": "creating stack Slipway"}')
    status.ready = Ready(url="u", api_url=None, state_machines={}, stacks={}, region="r", account="a", speed=1.0)
    code, body = status.answer()
    assert code == 200
    assert b'"status": "ready"' in body
