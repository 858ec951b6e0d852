"""Executes a state machine's file as it is, on a virtual clock: exactly the states and fields that our files use.

JSONata is evaluated by jsonata-python. What the files do not use is an error here, not a guess.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from jsonata.jsonata import Jsonata

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.engine import Engine

    Json = Any
    State = dict[str, Json]

    Invoke = Callable[[str, dict[str, Json]], Json]
    """Called with a Task's FunctionName and Payload. Whatever it raises, the task has failed."""

    Stop = Callable[[list[str]], bool]
    """Asked at each transition, with the names of the states entered so far, whether somebody stops it all now."""

    Jitter = Callable[[float], float]
    """Draws how long to wait where a file lets Step Functions wait for up to so many seconds."""


class StateFailed(Exception):  # noqa: N818 -- how Step Functions speaks of it
    """A state ended with an error that nothing has caught yet."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


class Uninvoked(Exception):  # noqa: N818 -- as above
    """Lambda did not take the call of a function: ``args[0]`` is its name for that."""


@dataclass
class Execution:
    """How an execution goes: the names of the states in the order in which they were entered, and its end."""

    states: list[str] = field(default_factory=list)
    status: str = "RUNNING"
    output: Json = None
    error: str = ""
    cause: str = ""
    tries: int = 0
    """How often a task was tried again, each of which is a transition too."""


@dataclass
class Interpreter:
    """With ``gives_up``, a Task that fails is not tried again, whatever its file says."""

    definition: dict[str, Json]
    invoke: Invoke
    engine: Engine
    stop: Stop | None = None
    gives_up: bool = False
    jitter: Jitter = float

    def run(self, given: Json, name: str, execution: Execution | None = None) -> Execution:
        """Run to the end, as a process of the engine's."""
        assert self.definition["QueryLanguage"] == "JSONata"
        self._execution = execution = execution or Execution()
        self._context = {"Execution": {"Name": name, "Input": given}}
        try:
            execution.output = self._machine(self.definition, given)
        except StateFailed as failure:
            execution.status = "FAILED"
            execution.error, execution.cause = failure.error, failure.cause
        except _Stopped:
            execution.status = "ABORTED"
        else:
            execution.status = "SUCCEEDED"
        return execution

    def _machine(self, machine: dict[str, Json], data: Json) -> Json:
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
                    self.engine.pause(self._value(state["Seconds"], data))
                    name = state["Next"]
                case "Task":
                    data, name = self._caught(state, data, self._task)
                case "Parallel":
                    data, name = self._caught(state, data, self._parallel)
                case other:
                    raise AssertionError(f"{name} is a {other}, which no file of ours has used before.")

    def _choice(self, state: State, data: Json) -> str:
        chosen = (rule["Next"] for rule in state["Choices"] if self._value(rule["Condition"], data))
        return str(next(chosen, None) or state["Default"])

    def _caught(self, state: State, data: Json, work: Callable[[State, Json], Json]) -> tuple[Json, str]:
        try:
            return work(state, data), state["Next"]
        except StateFailed as failure:
            for catcher in state.get("Catch", ()):
                assert catcher["ErrorEquals"] == ["States.ALL"]
                error = {"Error": failure.error, "Cause": failure.cause}
                return self._value(catcher["Output"], data, errorOutput=error), catcher["Next"]
            raise

    def _task(self, state: State, data: Json) -> Json:
        arguments = self._value(state["Arguments"], data)
        tried: Counter[int] = Counter()
        while True:
            try:
                payload = self.invoke(arguments["FunctionName"], arguments["Payload"])
            except Exception as error:  # noqa: BLE001 -- whatever a function raises, Step Functions retries
                failure = StateFailed(_name_of(error), str(error))
            else:
                return self._value(state["Output"], data, result={"Payload": payload})
            place, retry = _retrier(state, failure.error)
            if self.gives_up or tried[place] >= retry["MaxAttempts"]:
                raise failure
            most = min(retry["IntervalSeconds"] * retry["BackoffRate"] ** tried[place], retry["MaxDelaySeconds"])
            self.engine.pause(self.jitter(most))
            tried[place] += 1
            self._execution.tries += 1

    def _parallel(self, state: State, data: Json) -> Json:
        """The branches side by side; the first failure ends them all, but for the functions that they have called."""
        about = self.engine.current.about if self.engine.current else None
        works = [partial(self._machine, branch, data) for branch in state["Branches"]]
        branches = [self.engine.spawn(work, about=about) for work in works]
        try:
            self.engine.join(branches)
            return [branch.result() for branch in branches]
        finally:
            for branch in branches:
                branch.end()

    def _value(self, template: Json, data: Json, **more: Json) -> Json:
        if isinstance(template, dict):
            return {key: self._value(member, data, **more) for key, member in template.items()}
        if isinstance(template, str) and template.startswith("{%"):
            states = {"input": data, "context": self._context, **more}
            return _expression(template).evaluate(None, {"states": states})
        return template


def _name_of(error: Exception) -> str:
    return str(error.args[0]) if isinstance(error, Uninvoked) else type(error).__name__


def _retrier(state: State, error: str) -> tuple[int, State]:
    """The retrier that takes an error, with its place: each counts its attempts by itself."""
    named = {error, "States.ALL"}
    return next((place, it) for place, it in enumerate(state["Retry"]) if named & set(it["ErrorEquals"]))


@cache
def _expression(template: str) -> Jsonata:
    """The expression between the braces, parsed once. What it is evaluated over is bound each time anew."""
    return Jsonata(template.removeprefix("{%").removesuffix("%}"))


class _Stopped(Exception):  # noqa: N818 -- not an error
    """Somebody stopped the execution."""
