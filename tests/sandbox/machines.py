"""Short words for state machines, and somebody who creates and runs them."""

from __future__ import annotations

import itertools
import json
import time
from typing import TYPE_CHECKING, Any

from tests.sandbox.small_app import FUNCTION, allow, trust

if TYPE_CHECKING:
    from tests.sandbox.conftest import RunningSandbox

INVOKE = "arn:aws:states:::lambda:invoke"
REAL_SECONDS = 20
numbers = itertools.count()

Json = Any
States = dict[str, Any]


def succeed(output: Json) -> States:
    return {"Type": "Succeed", "Output": output}


def call(payload: Json, **more: Json) -> States:
    arguments = {"FunctionName": FUNCTION, "Payload": payload}
    return {"Type": "Task", "Resource": INVOKE, "Arguments": arguments, "Output": "{% $states.result.Payload %}"} | more


def one(state: States) -> States:
    """A machine, or a branch, of a single state."""
    return {"StartAt": "Only", "States": {"Only": state}}


def chain(**states: States) -> States:
    return {"StartAt": next(iter(states)), "States": states}


RAISE = {"do": "raise"}


class Machines:
    """Creates machines and runs them."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.states = sandbox.client("stepfunctions")
        iam = sandbox.client("iam")
        name = f"machines{next(numbers)}"
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust("states.amazonaws.com")))
        policy = allow("lambda:InvokeFunction", "*")[0]["PolicyDocument"]
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        self.role = role["Role"]["Arn"]

    def create(self, definition: States, role: str | None = None) -> str:
        created = self.states.create_state_machine(
            name=f"machine{next(numbers)}",
            definition=json.dumps({"QueryLanguage": "JSONata"} | definition),
            roleArn=role or self.role,
        )
        return str(created["stateMachineArn"])

    def start(self, machine: str, value: Json = None, **more: str) -> str:
        started = self.states.start_execution(stateMachineArn=machine, input=json.dumps(value or {}), **more)
        return str(started["executionArn"])

    def end(self, execution: str) -> dict[str, Any]:
        deadline = time.monotonic() + REAL_SECONDS
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.states.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.02)
        raise AssertionError(self.events(execution))

    def run(self, definition: States, value: Json = None) -> dict[str, Any]:
        return self.end(self.start(self.create(definition), value))

    def events(self, execution: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.states.get_execution_history(executionArn=execution, maxResults=1000)[
            "events"
        ]
        return events

    def reach(self, execution: str, state: str) -> None:
        """Wait until a state has been entered."""
        deadline = time.monotonic() + REAL_SECONDS
        while time.monotonic() < deadline:
            if any(event.get("stateEnteredEventDetails", {}).get("name") == state for event in self.events(execution)):
                return
            time.sleep(0.02)
        raise AssertionError(f"{state} was never entered")
