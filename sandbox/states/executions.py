"""Start, run, stop and end executions: what replaces MiniStack's functions of the same names."""

from __future__ import annotations

import contextlib
import contextvars
import json
import logging
import re
import threading
from typing import TYPE_CHECKING, Any

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, now_iso
from ministack.services import stepfunctions

from sandbox.states.errors import RUNTIME, TIMEOUT, StateError, Stopped
from sandbox.states.history import History, append_event
from sandbox.states.interpreter import Branch
from sandbox.states.pause import Stop, scaled
from sandbox.states.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

_logger = logging.getLogger("sandbox.states")

_LARGEST_INPUT = 262_144
_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")

_start_execution = stepfunctions._start_execution  # noqa: SLF001 - wrapped below
_stop_execution = stepfunctions._stop_execution  # noqa: SLF001
_run_execution = stepfunctions._run_execution  # noqa: SLF001

_stops: dict[str, Stop] = {}
_ending = threading.Lock()

Response = Any
"""MiniStack's triple of status, headers and body."""


def install() -> None:
    """Put these functions in the place of MiniStack's."""
    stepfunctions._start_execution = start_execution  # noqa: SLF001 - the names it looks up itself
    stepfunctions._stop_execution = stop_execution  # noqa: SLF001
    stepfunctions._run_execution = run_execution  # noqa: SLF001
    stepfunctions._fail_execution = fail_execution  # noqa: SLF001
    stepfunctions._add_event = append_event  # noqa: SLF001


def start_execution(data: dict[str, Any]) -> Response:
    """StartExecution: idempotent for the same name and input while the execution runs; bad input is refused."""
    refusal = _refuse_input(data.get("input", "{}")) or _refuse_name(data.get("name"))
    if refusal is not None:
        return refusal
    existing = _existing(data)
    if existing is None:
        return _start_execution(data)
    if existing["status"] == "RUNNING" and existing["input"] == data.get("input", "{}"):
        return json_response({key: existing[key] for key in ("executionArn", "startDate")})
    message = f"Execution Already Exists: '{existing['executionArn']}'"
    return error_response_json("ExecutionAlreadyExists", message, 400)


def _refuse_input(text: str) -> Response | None:
    if len(text.encode()) > _LARGEST_INPUT:
        return error_response_json(
            "ValidationException",
            "1 validation error detected: Value at 'input' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_LARGEST_INPUT}",
            400,
        )
    try:
        json.loads(text)
    except ValueError as error:
        message = f"Invalid State Machine Execution Input: '{error}'"
        return error_response_json("InvalidExecutionInput", message, 400)
    return None


def _refuse_name(name: str | None) -> Response | None:
    if name is None or _NAME.fullmatch(name):
        return None
    return error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)


def _existing(data: dict[str, Any]) -> dict[str, Any] | None:
    """The execution of that name, if the machine has one."""
    base = stepfunctions._resolve_state_machine_arn(data.get("stateMachineArn", ""))  # noqa: SLF001
    if base is None or not data.get("name"):
        return None
    machine = stepfunctions._state_machines[base]["name"]  # noqa: SLF001 - its store
    arn = f"arn:aws:states:{get_region()}:{get_account_id()}:execution:{machine}:{data['name']}"
    found: dict[str, Any] | None = stepfunctions._executions.get(arn)  # noqa: SLF001
    return found


def stop_execution(data: dict[str, Any]) -> Response:
    """StopExecution: also wakes and ends what the execution is waiting in."""
    with _ending:
        response = _stop_execution(data)
    stop = _stops.get(data.get("executionArn", ""))
    if stop is not None and stepfunctions._executions[data["executionArn"]]["status"] != "RUNNING":  # noqa: SLF001
        stop.set()
    return response


def fail_execution(execution: dict[str, Any], error: str | None, cause: str | None) -> None:
    """End an execution as failed, unless it has ended already: an aborted one stays aborted."""
    details = {key: text for key, text in (("error", error), ("cause", cause)) if text is not None}
    _end(execution, "FAILED", "Failed", details, details)


def run_execution(arn: str) -> None:
    """Run an execution to its end, in the thread MiniStack started for it."""
    execution = stepfunctions._executions.get(arn)  # noqa: SLF001 - its stores
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"]) if execution else None  # noqa: SLF001
    definition = json.loads(machine["definition"]) if machine else {}
    if machine is None or definition.get("QueryLanguage") != "JSONata":
        _run_execution(arn)
        return
    stop = Stop()
    with _ending:
        _stops[arn] = stop
    try:
        with _time_limit(execution, definition, stop):
            _walk(execution, machine, definition, stop)
    except StateError as error:
        fail_execution(execution, error.error, error.cause)
    except Stopped:
        _logger.info("%s was stopped", arn)
    finally:
        _stops.pop(arn, None)


def _walk(execution: dict[str, Any], machine: dict[str, Any], definition: dict[str, Any], stop: Stop) -> None:
    if execution["status"] != "RUNNING":
        return
    execution["events"][0].setdefault("previousEventId", 0)
    value = json.loads(execution["input"])
    scope = Scope(_context(execution, machine, value))
    history = History(execution, stop, execution["events"][-1]["id"])
    branch = Branch(machine["roleArn"], scope, history, stop)
    try:
        output = branch.walk(definition, value)
    except (KeyError, TypeError, ValueError) as error:
        # A definition that CreateStateMachine should not have accepted; AWS ends such an execution the same way.
        _logger.exception("%s", execution["executionArn"])
        raise StateError(RUNTIME, f"The definition cannot be executed: {error!r}") from error
    text = json.dumps(output)
    _end(execution, "SUCCEEDED", "Succeeded", {"output": text}, {"output": text})


def _context(execution: dict[str, Any], machine: dict[str, Any], value: object) -> dict[str, Any]:
    return {
        "QueryLanguage": "JSONata",
        "Execution": {
            "Id": execution["executionArn"],
            "Input": value,
            "Name": execution["name"],
            "RoleArn": machine["roleArn"],
            "StartTime": execution["startDate"],
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine["name"]},
    }


def _end(execution: dict[str, Any], status: str, event: str, members: dict[str, Any], details: dict[str, Any]) -> None:
    """End an execution that still runs: its members at once, then the event, then the news to EventBridge."""
    with _ending:
        if execution["status"] != "RUNNING":
            return
        execution.update({**members, "stopDate": now_iso(), "status": status})
        append_event(execution, f"Execution{event}", {f"execution{event}EventDetails": details})
        stepfunctions._emit_execution_status_event(execution)  # noqa: SLF001 - to EventBridge


@contextlib.contextmanager
def _time_limit(execution: dict[str, Any], definition: dict[str, Any], stop: Stop) -> Iterator[None]:
    """End the execution after the definition's `TimeoutSeconds`, which MiniStack ignores."""
    if "TimeoutSeconds" not in definition:
        yield
        return

    def time_out() -> None:
        _end(execution, "TIMED_OUT", "TimedOut", {"error": TIMEOUT}, {"error": TIMEOUT})
        stop.set()

    timer = threading.Timer(scaled(definition["TimeoutSeconds"]), contextvars.copy_context().run, (time_out,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
