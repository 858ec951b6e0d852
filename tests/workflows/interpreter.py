"""Executes a state machine's file as it is, on a virtual clock: exactly the states and fields that our files use.

JSONata is evaluated by jsonata-python. What the files do not use is an error here, not a guess.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonata.jsonata import Jsonata

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from sandbox.clock import VirtualClock

    Json = Any
    Waits = Generator[float, None, Json]

    Invoke = Callable[[str, dict[str, Json]], Json]
    """Called with a Task's FunctionName and Payload."""

    Stop = Callable[[list[str]], bool]
    """Asked at each transition, with the names of the states entered so far, whether somebody stops it all now."""


class StateFailed(Exception):  # noqa: N818 -- how Step Functions speaks of it
    """A state ended with an error that nothing has caught yet."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


@dataclass
class Execution:
    """How an execution went: the names of the states in the order in which they were entered, and its end."""

    states: list[str] = field(default_factory=list)
    status: str = "RUNNING"
    output: Json = None
    error: str = ""
    cause: str = ""


@dataclass
class Interpreter:
    """With ``gives_up``, a Task that fails is not tried again, whatever its file says."""

    definition: dict[str, Json]
    invoke: Invoke
    clock: VirtualClock
    stop: Stop | None = None
    gives_up: bool = False

    def run(self, given: Json, name: str) -> Execution:
        """Run to the end. Waits move the clock and take no time."""
        assert self.definition["QueryLanguage"] == "JSONata"
        self._execution = Execution()
        self._context = {"Execution": {"Name": name, "Input": given}}
        machine = self._machine(self.definition, given)
        try:
            while True:
                self.clock.advance(next(machine))
        except StopIteration as end:
            self._execution.status, self._execution.output = "SUCCEEDED", end.value
        except StateFailed as failure:
            self._execution.status = "FAILED"
            self._execution.error, self._execution.cause = failure.error, failure.cause
        except _Stopped:
            self._execution.status = "ABORTED"
        return self._execution

    def _machine(self, machine: dict[str, Json], data: Json) -> Waits:
        name = machine["StartAt"]
        while True:
            self._execution.states.append(name)
            if self.stop and self.stop(self._execution.states):
                raise _Stopped
            state = machine["States"][name]
            match state["Type"]:
                case "Succeed":
                    return data
                case "Fail":
                    raise StateFailed(*(self._value(state[key], data) for key in ("Error", "Cause")))
                case "Choice":
                    name = self._choice(state, data)
                case "Wait":
                    yield self._value(state["Seconds"], data)
                    name = state["Next"]
                case "Task":
                    data, name = yield from self._caught(state, data, self._task)
                case "Parallel":
                    data, name = yield from self._caught(state, data, self._parallel)
                case other:
                    raise AssertionError(f"{name} is a {other}, which no file of ours has used before.")

    def _choice(self, state: dict[str, Json], data: Json) -> str:
        chosen = [rule["Next"] for rule in state["Choices"] if self._value(rule["Condition"], data)]
        return str(chosen[0] if chosen else state["Default"])

    def _caught(
        self, state: dict[str, Json], data: Json, work: Callable[[dict[str, Json], Json], Waits]
    ) -> Generator[float, None, tuple[Json, str]]:
        try:
            return (yield from work(state, data)), state["Next"]
        except StateFailed as failure:
            for catcher in state.get("Catch", ()):
                assert catcher["ErrorEquals"] == ["States.ALL"]
                error = {"Error": failure.error, "Cause": failure.cause}
                return self._value(catcher["Output"], data, errorOutput=error), catcher["Next"]
            raise

    def _task(self, state: dict[str, Json], data: Json) -> Waits:
        arguments = self._value(state["Arguments"], data)
        (retry,) = state["Retry"]
        failure = StateFailed("States.Runtime", "the task was never tried")
        for attempt in range(1 if self.gives_up else retry["MaxAttempts"] + 1):
            try:
                payload = self.invoke(arguments["FunctionName"], arguments["Payload"])
            except Exception as error:  # noqa: BLE001 -- whatever a function raises, Step Functions retries
                failure = StateFailed(type(error).__name__, str(error))
                yield min(retry["IntervalSeconds"] * retry["BackoffRate"] ** attempt, retry["MaxDelaySeconds"])
                continue
            return self._value(state["Output"], data, result={"Payload": payload})
        raise failure

    def _parallel(self, state: dict[str, Json], data: Json) -> Waits:
        """The branches in the order of their due times; the first failure ends them all."""
        branches = [self._machine(branch, data) for branch in state["Branches"]]
        outputs: dict[int, Json] = {}
        due = {number: self.clock.now() for number in range(len(branches))}
        while due:
            number = min(due, key=lambda n: (due[n], n))
            if (ahead := (due[number] - self.clock.now()).total_seconds()) > 0:
                yield ahead
            try:
                seconds = next(branches[number])
            except StopIteration as end:
                outputs[number] = end.value
                del due[number]
            else:
                due[number] = self.clock.now() + timedelta(seconds=seconds)
        return [outputs[number] for number in range(len(branches))]

    def _value(self, template: Json, data: Json, **more: Json) -> Json:
        if isinstance(template, dict):
            return {key: self._value(member, data, **more) for key, member in template.items()}
        if isinstance(template, str) and template.startswith("{%"):
            states = {"input": data, "context": self._context, **more}
            return _expression(template).evaluate(None, {"states": states})
        return template


@cache
def _expression(template: str) -> Jsonata:
    """The expression between the braces, parsed once. What it is evaluated over is bound each time anew."""
    return Jsonata(template.removeprefix("{%").removesuffix("%}"))


class _Stopped(Exception):  # noqa: N818 -- not an error
    """Somebody stopped the execution."""
