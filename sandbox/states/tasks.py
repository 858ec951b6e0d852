"""Run one attempt of a Task state: permission, timeout, history."""

from __future__ import annotations

import contextvars
import json
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from ministack.services import stepfunctions

from sandbox.states.errors import TIMEOUT, StateError
from sandbox.states.permissions import check_permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.states.history import History
    from sandbox.states.pause import Stop
    from sandbox.states.scope import Scope

_LOOK_SECONDS = 0.05
_CALLBACK = ".waitForTaskToken"


class Task:
    """One attempt of a Task state in one branch."""

    def __init__(self, role: str, state: dict[str, Any], scope: Scope, history: History) -> None:
        self._role = role
        self._state = state
        self._scope = scope
        self._history = history
        self._resource: str = state["Resource"]
        self._named = resource_names(self._resource)

    def run(self, value: object, stop: Stop) -> Any:  # noqa: ANN401 - the integration's JSON
        """Do the task and return its result.

        Raises:
            StateError: When the task fails, may not be done by the machine's role, or takes too long.
            Stopped: When nobody waits for the result any more.
        """
        token = str(uuid.uuid4())
        if _CALLBACK in self._resource:
            self._scope.put("Task", {"Token": token})
        arguments = (
            self._scope.evaluate(self._state["Arguments"], raw_input=value) if "Arguments" in self._state else value
        )
        seconds = self._timeout(value)
        self._history.add("TaskScheduled", taskScheduledEventDetails=self._scheduled(arguments, seconds))
        self._history.add("TaskStarted", taskStartedEventDetails=self._named)
        try:
            check_permission(self._role, self._resource, arguments)
            result = in_time(lambda: self._call(arguments, token), seconds, stop)
        except StateError as error:
            self._failed(error)
            raise
        output = {"output": json.dumps(result), "outputDetails": {"truncated": False}}
        self._history.add("TaskSucceeded", taskSucceededEventDetails={**self._named, **output})
        return result

    def _timeout(self, value: object) -> float | None:
        """Real seconds: a function computes no faster here than on AWS."""
        if "TimeoutSeconds" not in self._state:
            return None
        return float(self._scope.evaluate_as("number", "TimeoutSeconds", self._state["TimeoutSeconds"], value))

    def _scheduled(self, arguments: object, seconds: float | None) -> dict[str, Any]:
        region: str = stepfunctions.get_region()
        limit = {} if seconds is None else {"timeoutInSeconds": int(seconds)}
        return {**self._named, "region": region, "parameters": json.dumps(arguments), **limit}

    def _call(self, arguments: Any, token: str) -> Any:  # noqa: ANN401 - any JSON
        if _CALLBACK in self._resource:
            return stepfunctions._invoke_with_callback(self._resource, arguments, token, self._state)  # noqa: SLF001
        return stepfunctions._invoke_resource(self._resource, arguments)  # noqa: SLF001 - MiniStack's integrations

    def _failed(self, error: StateError) -> None:
        details = {**self._named, "error": error.error, "cause": error.cause}
        if error.error == TIMEOUT:
            self._history.add("TaskTimedOut", taskTimedOutEventDetails=details)
        else:
            self._history.add("TaskFailed", taskFailedEventDetails=details)


def resource_names(resource: str) -> dict[str, str]:
    """How history names a task's resource: `...:::lambda:invoke` is resource `invoke` of type `lambda`."""
    if ":::" in resource:
        kind, _, action = resource.partition(":::")[2].rpartition(":")
        return {"resourceType": kind, "resource": action}
    return {"resourceType": "lambda", "resource": resource}


def in_time(call: Callable[[], Any], seconds: float | None, stop: Stop) -> Any:  # noqa: ANN401 - any JSON
    """Run `call` in a thread of its own; what it does after its time is up, or after a stop, is ignored."""
    box: list[tuple[Any, StateError | None]] = []
    done = threading.Event()

    def work() -> None:
        try:
            box.append((call(), None))
        except StateError as error:
            box.append((None, error))
        finally:
            done.set()

    threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True).start()
    deadline = None if seconds is None else time.monotonic() + seconds
    while not done.wait(_LOOK_SECONDS):
        stop.check()
        if deadline is not None and time.monotonic() > deadline:
            raise StateError(TIMEOUT, "")
    if not box:
        raise StateError("States.TaskFailed", "The integration ended without a result; see the sandbox's log")
    result, error = box[0]
    if error is not None:
        raise error
    return result
