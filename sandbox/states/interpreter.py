"""Walk through the states of one execution, or of one branch of it."""

from __future__ import annotations

import contextvars
import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ministack.services import stepfunctions

from sandbox.states.errors import NO_CHOICE, QUERY, RUNTIME, StateError, Stopped, takes
from sandbox.states.retry import Retries
from sandbox.states.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.states.history import History
    from sandbox.states.pause import Stop
    from sandbox.states.scope import Scope

    # A state as its definition has it.
    State = dict[str, Any]

_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """How a state was left: its output, the next state (None at the end) and what it assigned."""

    output: Any
    following: str | None
    assigned: dict[str, Any]


class Branch:
    """One thread of an execution: the whole of it, or a branch of a Parallel or Map state."""

    def __init__(self, role: str, scope: Scope, history: History, stop: Stop) -> None:
        self._role = role
        self._scope = scope
        self._history = history
        self._stop = stop

    def walk(self, machine: dict[str, Any], value: Any) -> Any:  # noqa: ANN401 - any JSON
        """Go from `StartAt` to an end and return the last state's output.

        Raises:
            StateError: When a state fails and nothing catches it.
            Stopped: When the execution or this branch is over.
        """
        name: str | None = machine["StartAt"]
        while name is not None:
            state = machine["States"].get(name)
            if state is None:
                raise StateError(RUNTIME, f"State '{name}' not found in definition")
            self._history.entered(state["Type"], name, value)
            left = self._until_left(name, state, value)
            self._history.exited(state["Type"], name, left.output, left.assigned)
            value, name = left.output, left.following
        return value

    def _until_left(self, name: str, state: State, value: Any) -> Left:  # noqa: ANN401 - any JSON
        retries = Retries(state)
        while True:
            self._scope.enter(name, retries.count)
            try:
                return self._once(state, value)
            except StateError as error:
                delay = retries.delay_after(error.error)
                if delay is None:
                    return self._caught(state, value, error)
                self._stop.sleep(delay)

    def _caught(self, state: State, value: Any, error: StateError) -> Left:  # noqa: ANN401 - any JSON
        catcher = next((one for one in state.get("Catch", []) if takes(one, error.error)), None)
        if catcher is None:
            raise error
        caught = {"Error": error.error, "Cause": error.cause}
        return self._leave(catcher, catcher["Next"], caught, raw_input=value, error_output=caught)

    def _once(self, state: State, value: Any) -> Left:  # noqa: ANN401 - any JSON
        match state["Type"]:
            case "Pass":
                return self._leave(state, _following(state), value, raw_input=value)
            case "Choice":
                return self._choice(state, value)
            case "Wait":
                self._wait(state, value)
                return self._leave(state, _following(state), value, raw_input=value)
            case "Succeed":
                return self._leave(state, None, value, raw_input=value)
            case "Fail":
                raise self._failure(state, value)
            case "Task":
                result = Task(self._role, state, self._scope, self._history).run(value, self._stop)
            case "Parallel":
                result = self._parallel(state, value)
            case "Map":
                result = self._map(state, value)
            case other:
                raise StateError(RUNTIME, f"Unknown state type: {other}")
        return self._leave(state, _following(state), result, raw_input=value, result=result)

    def _leave(self, holder: State, following: str | None, otherwise: Any, **visible: Any) -> Left:  # noqa: ANN401 - as above
        """Compute `Output` and `Assign` of a state, a choice rule or a catcher."""
        output = self._scope.evaluate(holder["Output"], **visible) if "Output" in holder else otherwise
        return Left(output=output, following=following, assigned=self._scope.assign(holder, **visible))

    def _choice(self, state: State, value: Any) -> Left:  # noqa: ANN401 - any JSON
        for rule in state["Choices"]:
            if self._scope.evaluate_as("boolean", "Condition", rule["Condition"], value):
                return self._leave(rule, rule["Next"], value, raw_input=value)
        if "Default" not in state:
            raise StateError(NO_CHOICE, "Failed to transition out of the state: no choice rule matched")
        return self._leave(state, state["Default"], value, raw_input=value)

    def _wait(self, state: State, value: Any) -> None:  # noqa: ANN401 - any JSON
        if "Timestamp" in state:
            until = self._scope.evaluate_as("string", "Timestamp", state["Timestamp"], value)
            self._stop.sleep(seconds_until(until))
            return
        seconds = self._scope.evaluate_as("number", "Seconds", state["Seconds"], value)
        if seconds < 0 or not float(seconds).is_integer():
            raise StateError(QUERY, f"The Seconds field must be a whole number of at least 0 and is {seconds}")
        self._stop.sleep(seconds)

    def _failure(self, state: State, value: Any) -> StateError:  # noqa: ANN401 - any JSON
        texts = {
            field: self._scope.evaluate_as("string", field, state[field], value)
            for field in ("Error", "Cause")
            if field in state
        }
        return StateError(texts.get("Error"), texts.get("Cause"))

    def _parallel(self, state: State, value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
        arguments = self._scope.evaluate(state["Arguments"], raw_input=value) if "Arguments" in state else value
        self._history.add("ParallelStateStarted")
        branches = [(machine, self._scope.branch(), arguments) for machine in state["Branches"]]
        return self._side_by_side("Parallel", branches, len(branches))

    def _map(self, state: State, value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
        items = self._scope.evaluate_as("array", "Items", state["Items"], value) if "Items" in state else value
        if not isinstance(items, list):
            raise StateError(QUERY, "The Items of a Map state must be an array")
        self._history.add("MapStateStarted", mapStateStartedEventDetails={"length": len(items)})
        machine = state["ItemProcessor"]
        branches = []
        for index, item in enumerate(items):
            scope = self._scope.branch(Map={"Item": {"Index": index, "Value": item}})
            selected = scope.evaluate(state["ItemSelector"], raw_input=value) if "ItemSelector" in state else item
            branches.append((machine, scope, selected))
        limit = state.get("MaxConcurrency", 0)
        return self._side_by_side("Map", branches, int(self._scope.evaluate(limit, raw_input=value)) or len(branches))

    def _side_by_side(self, kind: str, branches: Iterable[tuple[dict[str, Any], Scope, Any]], limit: int) -> list[Any]:
        """Run the branches, at most `limit` at a time; the first failure stops the others at once."""
        below = self._stop.branch()
        threads = [(self._history.branch(below), *branch) for branch in branches]
        walks = [
            _bind(Branch(self._role, scope, history, below), machine, value)
            for history, machine, scope, value in threads
        ]
        try:
            results = _run_together(walks, limit, self._stop)
            self._history.last = max([self._history.last, *(history.last for history, *_ in threads)])
        except StateError:
            self._history.add(f"{kind}StateFailed")
            raise
        finally:
            below.set()
        self._history.add(f"{kind}StateSucceeded")
        return results


def _bind(branch: Branch, machine: dict[str, Any], value: Any) -> Callable[[], Any]:  # noqa: ANN401 - any JSON
    return lambda: branch.walk(machine, value)


def _following(state: State) -> str | None:
    return None if state.get("End") else str(state["Next"])


def seconds_until(timestamp: str) -> float:
    """Seconds from now to an ISO 8601 timestamp, 0 when it has passed.

    Raises:
        StateError: When it is not one.
    """
    instant = stepfunctions._parse_ts(timestamp)  # noqa: SLF001 - reads what AWS reads
    if instant is None:
        raise StateError(QUERY, f"The Timestamp field is not an ISO 8601 date and time: {timestamp}")
    now = stepfunctions.datetime.now(stepfunctions.timezone.utc)
    return max(0.0, float((instant - now).total_seconds()))


def _run_together(walks: list[Callable[[], Any]], limit: int, stop: Stop) -> list[Any]:
    ended: queue.Queue[tuple[int, Any, StateError | None]] = queue.Queue()
    results: list[Any] = [None] * len(walks)
    waiting = list(enumerate(walks))
    for index, walk in waiting[:limit]:
        _start(index, walk, ended)
    del waiting[:limit]
    for _ in walks:
        index, results_value, error = _next_ended(ended, stop)
        if error is not None:
            raise error
        results[index] = results_value
        if waiting:
            _start(*waiting.pop(0), ended)
    return results


def _start(index: int, walk: Callable[[], Any], ended: queue.Queue[tuple[int, Any, StateError | None]]) -> None:
    def work() -> None:
        try:
            ended.put((index, walk(), None))
        except StateError as error:
            ended.put((index, None, error))
        except Stopped:
            return

    # A copy of the context: MiniStack keeps account and region of a request in context variables.
    threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True).start()


def _next_ended(
    ended: queue.Queue[tuple[int, Any, StateError | None]], stop: Stop
) -> tuple[int, Any, StateError | None]:
    while True:
        try:
            return ended.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            stop.check()
