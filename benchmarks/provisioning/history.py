"""How many events Step Functions writes into an execution's history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lambdas.domain.runs import Verb
from tests.house import definition

if TYPE_CHECKING:
    from tests.simulation.interpreter import Execution

_OF_A_STATE: Final = {"Task": 2, "Wait": 2, "Choice": 2, "Parallel": 4, "Succeed": 2, "Fail": 1}
"""Entered and left; a Parallel state also starts and succeeds. A Task's attempts come on top."""

_OF_AN_ATTEMPT: Final = 3
"""Scheduled, started, succeeded or failed."""

_OF_AN_EXECUTION: Final = 2


def events(execution: Execution, attempts: int) -> int:
    """The events of an execution of `provision` whose Tasks were tried so often altogether."""
    kinds = _kinds(definition(Verb.PROVISION))
    states = sum(_OF_A_STATE[kinds[name]] for name in execution.states)
    return _OF_AN_EXECUTION + states + _OF_AN_ATTEMPT * attempts


def _kinds(machine: dict[str, Any]) -> dict[str, str]:
    """The type of every state by its name; no two states of a file have the same one."""
    kinds: dict[str, str] = {}
    for name, state in machine["States"].items():
        kinds[name] = state["Type"]
        for branch in state.get("Branches", ()):
            kinds |= _kinds(branch)
    return kinds
