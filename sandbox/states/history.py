"""The history of an execution, branches included, each event pointing at the one before it in its branch."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from ministack.services.stepfunctions import now_iso

from sandbox.states.errors import DATA_LIMIT, StateError

if TYPE_CHECKING:
    from sandbox.states.pause import Stop

_LARGEST_PAYLOAD = 256 * 1024
"""Bytes of a state's input or output: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

_lock = threading.Lock()


def append_event(execution: dict[str, Any], kind: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """Add an event after the newest one. Replaces MiniStack's own, which knows no predecessors and no threads."""
    return _append(execution, kind, details or {}, None)


def _append(execution: dict[str, Any], kind: str, details: dict[str, Any], previous: int | None) -> dict[str, Any]:
    with _lock:
        number = len(execution["events"]) + 1
        before = number - 1 if previous is None else previous
        event = {"id": number, "previousEventId": before, "type": kind, "timestamp": now_iso(), **details}
        execution["events"].append(event)
    return event


class History:
    """One thread of an execution's history: the main one or a branch's."""

    def __init__(self, execution: dict[str, Any], stop: Stop, last: int) -> None:
        self._execution = execution
        self._stop = stop
        self.last = last

    def branch(self, stop: Stop) -> History:
        """A thread that begins after this one's newest event."""
        return History(self._execution, stop, self.last)

    def add(self, kind: str, **details: dict[str, Any]) -> None:
        """Add an event to this thread.

        Raises:
            Stopped: When the execution or the branch is over.
        """
        self._stop.check()
        self.last = _append(self._execution, kind, details, self.last)["id"]

    def entered(self, kind: str, name: str, value: object) -> None:
        """A state has been entered with `value`."""
        self.add(f"{kind}StateEntered", stateEnteredEventDetails={"name": name, **_payload("input", value)})

    def exited(self, kind: str, name: str, value: object, assigned: dict[str, Any]) -> None:
        """A state has been left with `value` and with these variables assigned."""
        details = {"name": name, **_payload("output", value)}
        if assigned:
            details["assignedVariables"] = {key: json.dumps(one) for key, one in assigned.items()}
        self.add(f"{kind}StateExited", stateExitedEventDetails=details)


def _payload(name: str, value: object) -> dict[str, Any]:
    """A payload as history shows it.

    Raises:
        StateError: When it is larger than a state may take or give.
    """
    text = json.dumps(value, separators=(",", ":"))
    if len(text.encode()) > _LARGEST_PAYLOAD:
        raise StateError(DATA_LIMIT, f"The state's {name} is larger than {_LARGEST_PAYLOAD} bytes")
    return {name: text, f"{name}Details": {"truncated": False}}
