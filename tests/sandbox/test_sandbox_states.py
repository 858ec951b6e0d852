"""Step Functions in the sandbox: JSONata definitions run as AWS runs them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.machines import INVOKE, RAISE, Json, States, call, chain, one, succeed
from tests.sandbox.replay import assert_simulated_alike

if TYPE_CHECKING:
    from tests.sandbox.conftest import RunningSandbox
    from tests.sandbox.machines import Machines

CAUGHT = {"ErrorEquals": ["Refused"], "Output": "{% $states.errorOutput.Error %}", "Next": "End"}
FAIL = {"Type": "Fail", "Error": "{% 'Slip' & 'way' %}", "Cause": "{% $string($states.input.n) %}"}


ASSIGNING_BRANCH = chain(
    A={"Type": "Pass", "Assign": {"mine": "{% $states.input.n %}"}, "Next": "B"},
    B={"Type": "Wait", "Seconds": 6, "Next": "C"},
    C=succeed("{% $mine & $outer %}"),
)

OUTPUTS: list[tuple[str, States, Json, Json]] = [
    ("a task's payload", one(call("{% $states.input %}") | {"End": True}), {"n": 1}, {"n": 1}),
    (
        "variables are assigned together from what they were",
        chain(
            A={"Type": "Pass", "Assign": {"x": 1, "y": 2}, "Next": "B"},
            B={"Type": "Pass", "Assign": {"x": "{% $y %}", "y": "{% $x %}"}, "Next": "C"},
            C=succeed("{% [$x, $y] %}"),
        ),
        {},
        [2, 1],
    ),
    (
        "branches have variables of their own and see those around them",
        chain(
            A={"Type": "Pass", "Assign": {"outer": "!"}, "Next": "B"},
            B={
                "Type": "Parallel",
                "Branches": [
                    one(succeed("{% $outer %}")),
                    chain(
                        P={"Type": "Pass", "Output": {"n": "left"}, "Next": "A"},
                        **ASSIGNING_BRANCH["States"],
                    ),
                    chain(
                        P={"Type": "Pass", "Output": {"n": "right"}, "Next": "A"},
                        **ASSIGNING_BRANCH["States"],
                    ),
                ],
                "Output": "{% $states.result %}",
                "Next": "C",
            },
            C=succeed("{% {'all': $states.input, 'gone': $not($exists($mine))} %}"),
        ),
        {},
        {"all": ["!", "left!", "right!"], "gone": True},
    ),
    (
        "a Parallel state takes Arguments and gives Output",
        one(
            {
                "Type": "Parallel",
                "Arguments": {"n": "{% $states.input.n + 1 %}"},
                "Branches": [one(succeed("{% $states.input.n %}")), one(succeed("{% $states.input.n * 2 %}"))],
                "Output": "{% $sum($states.result) %}",
                "End": True,
            }
        ),
        {"n": 1},
        6,
    ),
    (
        "a Map state keeps the order",
        one(
            {
                "Type": "Map",
                "Items": "{% $states.input.items %}",
                "ItemSelector": {
                    "v": "{% $states.context.Map.Item.Value %}",
                    "i": "{% $states.context.Map.Item.Index %}",
                },
                "MaxConcurrency": 2,
                "ItemProcessor": one(succeed("{% $states.input.v * 10 + $states.input.i %}")),
                "End": True,
            }
        ),
        {"items": [3, 2, 1]},
        [30, 21, 12],
    ),
    (
        "Choice: a rule's own Output and Assign, and the default",
        chain(
            A={
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% $states.input.n > 5 %}", "Next": "C"},
                    {
                        "Condition": "{% $states.input.n > 0 %}",
                        "Assign": {"size": "small"},
                        "Output": {"n": 0},
                        "Next": "A",
                    },
                ],
                "Default": "C",
            },
            C=succeed("{% [$size, $states.input.n] %}"),
        ),
        {"n": 2},
        ["small", 0],
    ),
    (
        "a task's error is caught by its class name",
        chain(A=call(RAISE, Catch=[CAUGHT], End=True), End=succeed("{% $states.input %}")),
        {},
        "Refused",
    ),
    (
        "a catcher assigns",
        chain(
            A=call(
                RAISE,
                Catch=[CAUGHT | {"Assign": {"why": "{% $parse($states.errorOutput.Cause).errorMessage %}"}}],
                End=True,
            ),
            End=succeed("{% $why %}"),
        ),
        {},
        "as told",
    ),
    (
        "an error in a branch is caught around it",
        chain(
            A={
                "Type": "Parallel",
                "Branches": [one(FAIL), one({"Type": "Wait", "Seconds": 999999, "End": True})],
                "Catch": [CAUGHT | {"ErrorEquals": ["Slipway"]}],
                "End": True,
            },
            End=succeed("{% $states.input %}"),
        ),
        {"n": 7},
        "Slipway",
    ),
    (
        "a bad expression is caught",
        chain(
            A={
                "Type": "Task",
                "Resource": INVOKE,
                "Arguments": "{% $states.input.missing %}",
                "Catch": [CAUGHT | {"ErrorEquals": ["States.QueryEvaluationError"]}],
                "End": True,
            },
            End=succeed("{% $states.input %}"),
        ),
        {},
        "States.QueryEvaluationError",
    ),
    (
        "Wait takes an expression and passes its input on",
        chain(A={"Type": "Wait", "Seconds": "{% $states.input.n %}", "Next": "B"}, B=succeed("{% $states.input.n %}")),
        {"n": 6},
        6,
    ),
    (
        "retries are counted",
        one(
            call(
                {"do": "{% $states.context.State.RetryCount < 2 ? 'raise' : 'whoami' %}"},
                Retry=[
                    {
                        "ErrorEquals": ["Refused"],
                        "IntervalSeconds": 1,
                        "MaxAttempts": 3,
                        "MaxDelaySeconds": 2,
                        "JitterStrategy": "FULL",
                    }
                ],
                Output="{% $states.context.State.RetryCount %}",
                End=True,
            )
        ),
        {},
        2,
    ),
]


@pytest.mark.parametrize(("definition", "value", "output"), [pytest.param(*it[1:], id=it[0]) for it in OUTPUTS])
def test_output(machines: Machines, definition: States, value: Json, output: Json) -> None:
    ended = machines.run(definition, value)
    assert ended["status"] == "SUCCEEDED", (ended.get("error"), ended.get("cause"))
    assert json.loads(ended["output"]) == output


FAILURES: list[tuple[str, States, Json, str, str]] = [
    ("Fail with expressions", one(FAIL), {"n": 7}, "Slipway", "7"),
    ("an uncaught exception", one(call(RAISE, End=True)), {}, "Refused", "as told"),
    (
        "retries that are used up",
        one(call(RAISE, Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}], End=True)),
        {},
        "Refused",
        "as told",
    ),
    (
        "a condition that is no boolean",
        chain(A={"Type": "Choice", "Choices": [{"Condition": "{% 'yes' %}", "Next": "B"}]}, B=succeed(1)),
        {},
        "States.QueryEvaluationError",
        "Expected 'boolean', but was 'string'",
    ),
    (
        "no choice",
        chain(A={"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "B"}]}, B=succeed(1)),
        {},
        "States.NoChoiceMatched",
        "no choice rule matched",
    ),
    ("a task over its time", one(call({"do": "wait"}, TimeoutSeconds="{% 1 %}", End=True)), {}, "States.Timeout", ""),
    ("too much output", one(succeed("{% $pad('x', 300000) %}")), {}, "States.DataLimitExceeded", "output"),
]


@pytest.mark.parametrize(
    ("definition", "value", "error", "cause"), [pytest.param(*it[1:], id=it[0]) for it in FAILURES]
)
def test_failure(machines: Machines, definition: States, value: Json, error: str, cause: str) -> None:
    ended = machines.run(definition, value)
    assert (ended["status"], ended["error"]) == ("FAILED", error)
    assert cause in ended.get("cause", "")


ANYTHING: States = {"ErrorEquals": ["States.ALL"], "Output": {"error": "{% $states.errorOutput.Error %}"}}
TWICE: States = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 1,
    "BackoffRate": 2,
    "MaxAttempts": 2,
    "MaxDelaySeconds": 2,
}
TROUBLED: States = {
    "StartAt": "Begin",
    "States": {
        "Begin": call(RAISE, Retry=[TWICE], Catch=[ANYTHING | {"Next": "Which?"}], Next="Lost"),
        "Which?": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.error = 'Another' %}", "Next": "Lost"},
                {"Condition": "{% $states.input.error = 'Refused' %}", "Next": "Both"},
                {"Condition": "{% true %}", "Next": "Lost"},
            ],
            "Default": "Lost",
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                chain(
                    Ask=call({"asked": "{% $states.input.error %}"}, Retry=[TWICE], Next="Wait"),
                    Wait={"Type": "Wait", "Seconds": 30, "Next": "Broken"},
                    Broken={"Type": "Fail", "Error": "{% $states.input.asked & '!' %}", "Cause": "as told"},
                ),
                chain(
                    Wait1={"Type": "Wait", "Seconds": 3000, "Next": "Never"},
                    Never={"Type": "Succeed"},
                ),
            ],
            "Catch": [ANYTHING | {"Next": "Sides"}],
            "Next": "Lost",
        },
        "Sides": {
            "Type": "Parallel",
            "Branches": [
                one({"Type": "Succeed"}),
                chain(Left=call({"side": "left"}, Retry=[TWICE], Next="Seen"), Seen={"Type": "Succeed"}),
            ],
            "Catch": [ANYTHING | {"Next": "Lost"}],
            "Next": "End",
        },
        "End": {"Type": "Fail", "Error": "{% $states.input[0].error %}", "Cause": "{% $states.input[1].side %}"},
        "Lost": {"Type": "Succeed"},
    },
}
"""All that the files of Slipway's state machines are made of, where most of it goes wrong."""


def test_the_simulation_goes_the_same_way_through_trouble(machines: Machines, small: RunningSandbox) -> None:
    execution = machines.start(machines.create(TROUBLED))
    ended = machines.end(execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "Refused!", "left")
    assert_simulated_alike(small, execution)
