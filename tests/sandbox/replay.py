"""An execution of the sandbox's once more by the simulation's interpreter, with the answers that its tasks got then.

Branches are compared one by one: how they interleave is a matter of time. Where a branch's failure has ended another
one, only as much of that one is compared as both have seen.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sandbox.clock import VirtualClock
from tests.simulation.engine import Engine, Process
from tests.simulation.interpreter import Interpreter

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client, RunningSandbox

    Json = Any
    Branch = tuple[str, int]
    """The state that a branch begins with, and how many such branches there were before."""

MAIN: Final[Branch] = ("", 0)
FOR_EVER: Final = 1e9
"""Seconds that a task takes whose answer nobody waited for."""

_ENDS: Final = ("Succeed", "Fail")
_PARALLEL: Final = "ParallelState"


@dataclass
class Recording:
    """What happened in each branch: the types and names of its states, and how its tasks went, in order."""

    states: defaultdict[Branch, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    asked: defaultdict[Branch, list[Json]] = field(default_factory=lambda: defaultdict(list))
    answers: defaultdict[Branch, deque[Json]] = field(default_factory=lambda: defaultdict(deque))
    """Each task's result, or the error that it failed with."""

    @classmethod
    def of(cls, events: list[Json]) -> Recording:
        """What an execution's history says."""
        recording, begun, before = cls(), Counter[str](), {0: ("", MAIN)}
        for event in events:
            kind, (came, branch) = event["type"], before[event["previousEventId"]]
            entered = event.get("stateEnteredEventDetails", {}).get("name")
            if entered and came == f"{_PARALLEL}Started":
                branch = entered, begun[entered]
                begun[entered] += 1
            elif kind in {f"{_PARALLEL}Succeeded", f"{_PARALLEL}Failed"}:
                branch = MAIN  # no file of ours has a Parallel within another
            recording._note(branch, kind, entered, event)
            before[event["id"]] = kind, branch
        return recording

    def _note(self, branch: Branch, kind: str, entered: str | None, event: Json) -> None:
        if entered:
            self.states[branch].append((kind.removesuffix("StateEntered"), entered))
        match kind:
            case "TaskScheduled":
                self.asked[branch].append(json.loads(event["taskScheduledEventDetails"]["parameters"]))
            case "TaskSucceeded":
                self.answers[branch].append(json.loads(event["taskSucceededEventDetails"]["output"]))
            case "TaskFailed" | "TaskTimedOut":
                details = event[f"t{kind[1:]}EventDetails"]
                self.answers[branch].append(type(details["error"], (Exception,), {})(details["cause"]))
            case _:
                pass


class Replay:
    """The same, as the simulation's interpreter does it."""

    def __init__(self, definition: Json, answers: dict[Branch, deque[Json]]) -> None:
        self._engine = Engine(VirtualClock(datetime(2026, 11, 21, tzinfo=UTC)))
        self._interpreter = Interpreter(definition, self._invoke, self._engine, stop=self._entered)
        self._answers = answers
        self._branches: dict[Process[Any], Branch] = {}
        self._begun: Counter[str] = Counter()
        self.states: defaultdict[Branch, list[str]] = defaultdict(list)
        self.asked: defaultdict[Branch, list[Json]] = defaultdict(list)
        self.late: list[str] = []
        """States that were entered when all was over."""

    def run(self, given: Json, name: str) -> Json:
        """How it ends, in the words of DescribeExecution."""
        self._execution = self._engine.spawn(lambda: self._interpreter.run(given, name))
        self._branches[self._execution] = MAIN
        self._engine.run()
        ended = self._execution.result()
        told = {"output": ended.output} if ended.status == "SUCCEEDED" else {"error": ended.error, "cause": ended.cause}
        return {"status": ended.status, **told}

    def _branch(self, entered: str = "") -> Branch:
        process = self._engine.current
        assert process is not None
        if process not in self._branches:
            self._branches[process] = entered, self._begun[entered]
            self._begun[entered] += 1
        return self._branches[process]

    def _entered(self, states: list[str]) -> bool:
        self.states[self._branch(states[-1])].append(states[-1])
        if self._execution.done:
            self.late.append(states[-1])
        return False

    def _invoke(self, function: str, payload: Json) -> Json:
        branch = self._branch()
        if not self._answers[branch]:
            self._engine.pause(FOR_EVER)
            raise AssertionError(f"{branch} asks more than it did: {function} {payload}")
        self.asked[branch].append({"FunctionName": function, "Payload": payload})
        answer = self._answers[branch].popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer["Payload"]


def assert_simulated_alike(sandbox: RunningSandbox, execution: str) -> None:
    """Demand that the simulation goes through the very states that an ended execution has gone through."""
    client = sandbox.client("stepfunctions")
    described = client.describe_execution(executionArn=execution)
    machine = client.describe_state_machine(stateMachineArn=described["stateMachineArn"])
    definition, given = json.loads(machine["definition"]), json.loads(described["input"])
    compare(definition, described, given, Recording.of(_events(client, execution)))


def compare(definition: Json, described: Json, given: Json, recorded: Recording) -> None:
    """The comparison itself: how it ends, what each branch does, and what its tasks ask for."""
    replay = Replay(definition, recorded.answers)
    ended = replay.run(given, described["name"])
    told = {key: described[key] for key in ("status", "error", "cause") if key in described}
    assert ended == ({**told, "output": json.loads(described["output"])} if "output" in described else told)
    assert replay.late == []
    assert replay.states.keys() == recorded.states.keys()
    for branch, states in recorded.states.items():
        ours = replay.states[branch], replay.asked[branch]
        theirs = [name for _, name in states], recorded.asked[branch]
        ended_by_others = states[-1][0] not in _ENDS
        if ended_by_others:
            both = [min(map(len, pair)) for pair in zip(ours, theirs, strict=True)]
            ours = ours[0][: both[0]], ours[1][: both[1]]
            theirs = theirs[0][: both[0]], theirs[1][: both[1]]
        assert ours == theirs, branch


def _events(client: Client, execution: str) -> list[Json]:
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution)
    return [event for page in pages for event in page["events"]]
