"""The state machine's own file, carried out with what a look costs: time, transitions, history and payload."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.workflows.interpreter import Interpreter

if TYPE_CHECKING:
    from collections.abc import Generator

    Json = Any
    Waits = Generator[float, None, Json]

WARM_SECONDS: Final = 0.25
"""How long a look takes: a function that is warm, the calls that it makes, and Step Functions around it."""
COLD_SECONDS: Final = 0.85
"""The same for a function that has to start first."""

_EVENTS: Final = {"Task": 2, "Wait": 2, "Choice": 2, "Parallel": 4, "Succeed": 2, "Fail": 1}
"""Entered and left; a Parallel state also starts and succeeds. A Task's attempts come on top."""
_EVENTS_OF_AN_ATTEMPT: Final = 3
"""Scheduled, started, succeeded or failed."""
_EVENTS_OF_AN_EXECUTION: Final = 2


@dataclass
class Usage:
    """What an execution has used of Step Functions and Lambda."""

    invocations: Counter[str] = field(default_factory=Counter)
    """By function; each one is an attempt of a Task."""
    tasks: int = 0
    history_events: int = _EVENTS_OF_AN_EXECUTION
    largest_payload: int = 0
    """In bytes of JSON: input or output of a state."""

    @property
    def retries(self) -> int:
        """Attempts that were not the first ones."""
        return self.invocations.total() - self.tasks


@dataclass
class MeteredInterpreter(Interpreter):
    """The interpreter with looks that take time. A function's first look is cold."""

    usage: Usage = field(default_factory=Usage)

    def _machine(self, machine: dict[str, Json], data: Json) -> Waits:
        self._weigh(data)
        return super()._machine(machine, data)

    def _task(self, state: dict[str, Json], data: Json) -> Waits:
        self.usage.tasks += 1
        function = str(self._value(state["Arguments"], data)["FunctionName"])
        yield WARM_SECONDS if self.usage.invocations[function] else COLD_SECONDS
        output = yield from super()._task(state, data)
        self._weigh(output)
        return output

    def _parallel(self, state: dict[str, Json], data: Json) -> Waits:
        output = yield from super()._parallel(state, data)
        self._weigh(output)
        return output

    def note_invocation(self, function: str, event: dict[str, Json]) -> None:
        """Count one attempt of a Task."""
        self.usage.invocations[function] += 1
        self.usage.history_events += _EVENTS_OF_AN_ATTEMPT
        self._weigh(event)

    def note_states(self, names: list[str]) -> None:
        """Count the events of the states that were entered."""
        kinds = _kinds(self.definition)
        self.usage.history_events += sum(_EVENTS[kinds[name]] for name in names)

    def _weigh(self, data: Json) -> None:
        size = len(json.dumps(data, ensure_ascii=False).encode())
        self.usage.largest_payload = max(self.usage.largest_payload, size)


def _kinds(machine: dict[str, Json]) -> dict[str, str]:
    """The type of every state, by its name, which is its own in a whole file."""
    kinds: dict[str, str] = {}
    for name, state in machine["States"].items():
        kinds[name] = state["Type"]
        for branch in state.get("Branches", ()):
            kinds |= _kinds(branch)
    return kinds
