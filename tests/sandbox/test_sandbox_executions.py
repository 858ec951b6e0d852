"""Step Functions in the sandbox: what can be done to an execution, and what it leaves behind."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.machines import RAISE, REAL_SECONDS, States, call, chain, numbers, one, succeed
from tests.sandbox.small_app import allow, trust

if TYPE_CHECKING:
    from tests.sandbox.conftest import RunningSandbox
    from tests.sandbox.machines import Machines


def test_a_task_needs_the_permission_of_the_machines_role(small: RunningSandbox, machines: Machines) -> None:
    powerless = small.client("iam").create_role(
        RoleName="powerless", AssumeRolePolicyDocument=json.dumps(trust("states.amazonaws.com"))
    )["Role"]["Arn"]
    ended = machines.end(machines.start(machines.create(one(call({}, End=True)), powerless)))
    assert ended["error"] == "Lambda.AWSLambdaException"
    assert "not authorized to perform: lambda:InvokeFunction" in ended["cause"]


def test_history_tells_of_every_branch(machines: Machines) -> None:
    parallel = {"Type": "Parallel", "Branches": [one(succeed(1)), one(call({}, End=True))], "End": True}
    execution = machines.start(machines.create(one(parallel)))
    machines.end(execution)
    events = machines.events(execution)
    kinds = [event["type"] for event in events]
    assert kinds[:3] == ["ExecutionStarted", "ParallelStateEntered", "ParallelStateStarted"]
    assert kinds[-3:] == ["ParallelStateSucceeded", "ParallelStateExited", "ExecutionSucceeded"]
    assert {"SucceedStateEntered", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded"} <= set(kinds)
    assert all(event["previousEventId"] < event["id"] for event in events)
    forks = [event for event in events if event["previousEventId"] == 3]
    assert {event["type"] for event in forks} == {"SucceedStateEntered", "TaskStateEntered"}
    scheduled = next(event for event in events if event["type"] == "TaskScheduled")["taskScheduledEventDetails"]
    assert (scheduled["resourceType"], scheduled["resource"]) == ("lambda", "invoke")


A_WHILE = {"Type": "Wait", "Seconds": 60, "End": True}
TWICE_AS_LONG = {"Type": "Wait", "Seconds": 120, "End": True}

WAITING = {
    "at the top": one(A_WHILE),
    "in a branch": one({"Type": "Parallel", "Branches": [one(A_WHILE)], "End": True}),
    "between retries": one(call(RAISE, Retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60}], End=True)),
}


@pytest.mark.parametrize("definition", WAITING.values(), ids=WAITING)
def test_stop_really_stops(machines: Machines, definition: States) -> None:
    execution = machines.start(machines.create(definition))
    machines.reach(execution, "Only")
    machines.states.stop_execution(executionArn=execution, error="Enough", cause="of it")
    ended = machines.end(execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Enough", "of it")
    again = machines.states.stop_execution(executionArn=execution)
    assert again["stopDate"] == ended["stopDate"]
    machines.run(one(TWICE_AS_LONG))  # by now what was waited for would have come
    kinds = [event["type"] for event in machines.events(execution)]
    assert kinds.count("ExecutionAborted") == 1
    assert kinds[-1] == "ExecutionAborted"
    assert machines.end(execution) == ended | {"ResponseMetadata": ANY}


def test_a_failed_branch_stops_its_neighbours(machines: Machines) -> None:
    neighbour = chain(Wait=A_WHILE | {"End": False, "Next": "Later"}, Later=succeed(1))
    parallel = {
        "Type": "Parallel",
        "Branches": [one({"Type": "Fail", "Error": "Slipway"}), neighbour],
        "Catch": [{"ErrorEquals": ["Slipway"], "Next": "Rest"}],
        "End": True,
    }
    execution = machines.start(machines.create(chain(Both=parallel, Rest=TWICE_AS_LONG)))
    assert machines.end(execution)["status"] == "SUCCEEDED"
    entered = [event.get("stateEnteredEventDetails", {}).get("name") for event in machines.events(execution)]
    assert "Rest" in entered
    assert "Later" not in entered


def test_an_execution_has_a_time_limit(machines: Machines) -> None:
    ended = machines.run(one({"Type": "Wait", "Seconds": 999999, "End": True}) | {"TimeoutSeconds": 30})
    assert (ended["status"], ended["error"]) == ("TIMED_OUT", "States.Timeout")


def test_starting_again_is_the_same_start_while_it_runs(machines: Machines) -> None:
    machine = machines.create(one({"Type": "Wait", "Seconds": 999999, "End": True}))

    def start(value: str) -> dict[str, Any]:
        started: dict[str, Any] = machines.states.start_execution(stateMachineArn=machine, name="same", input=value)
        return started

    first, second = start('{"n": 1}'), start('{"n": 1}')
    assert (first["executionArn"], first["startDate"]) == (second["executionArn"], second["startDate"])
    assert len(machines.states.list_executions(stateMachineArn=machine)["executions"]) == 1
    with pytest.raises(machines.states.exceptions.ExecutionAlreadyExists):
        start('{"n": 2}')
    machines.states.stop_execution(executionArn=first["executionArn"])
    with pytest.raises(machines.states.exceptions.ExecutionAlreadyExists):
        start('{"n": 1}')


@pytest.mark.parametrize(("action", "delivered"), [("states:StartExecution", True), ("states:Describe*", False)])
def test_a_schedule_needs_its_role_and_knows_its_zone(
    small: RunningSandbox, machines: Machines, action: str, *, delivered: bool
) -> None:
    machine, name = machines.create(one(succeed(1))), f"schedule{next(numbers)}"
    role = small.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps(trust("scheduler.amazonaws.com"))
    )["Role"]["Arn"]
    policy = json.dumps(allow(action, machine)[0]["PolicyDocument"])
    small.client("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    soon = datetime.now(ZoneInfo("Asia/Tokyo")) + timedelta(seconds=2)  # less the fraction that the expression drops
    small.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=f"at({soon:%Y-%m-%dT%H:%M:%S})",
        ScheduleExpressionTimezone="Asia/Tokyo",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={"Arn": machine, "RoleArn": role, "Input": '{"name": "<aws.scheduler.attempt-number>"}'},
    )
    wait_until_gone(small, name)
    started = machines.states.list_executions(stateMachineArn=machine)["executions"]
    assert len(started) == (1 if delivered else 0)
    for execution in started:
        described = machines.states.describe_execution(executionArn=execution["executionArn"])
        assert described["input"] == '{"name": "1"}'


def wait_until_gone(sandbox: RunningSandbox, schedule: str) -> None:
    """Wait until a schedule of the default group that deletes itself has fired; other groups may have its namesake."""
    deadline = time.monotonic() + REAL_SECONDS
    while time.monotonic() < deadline:
        page = sandbox.client("scheduler").list_schedules(GroupName="default")
        if schedule not in [one["Name"] for one in page["Schedules"]]:
            return
        time.sleep(0.05)
    raise AssertionError(f"{schedule} never fired")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"input": json.dumps("x" * 262_144)}, "ValidationException"),
        ({"input": "{"}, "InvalidExecutionInput"),
        ({"name": "a b"}, "InvalidName"),
        ({"name": "a" * 81}, "InvalidName"),
    ],
)
def test_a_bad_start_is_refused(machines: Machines, more: dict[str, str], code: str) -> None:
    machine = machines.create(one(succeed(1)))
    with pytest.raises(ClientError) as refused:
        machines.states.start_execution(stateMachineArn=machine, **more)
    assert refused.value.response["Error"]["Code"] == code
