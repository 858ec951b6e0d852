"""A state machine's file as a Mermaid diagram: the picture is drawn from what is deployed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    State = dict[str, Any]


def mermaid(definition: Path) -> str:
    """The diagram, as text for a ``mermaid`` code block."""
    machine = json.loads(definition.read_text())
    return "\n".join(["stateDiagram-v2", *_machine(machine, "", "  ")])


def _machine(machine: State, prefix: str, indent: str) -> Iterator[str]:
    ids = {name: f"{prefix}s{number}" for number, name in enumerate(machine["States"])}
    yield f"{indent}[*] --> {ids[machine['StartAt']]}"
    for name, state in machine["States"].items():
        yield from _state(name, state, ids, indent)


def _state(name: str, state: State, ids: dict[str, str], indent: str) -> Iterator[str]:
    yield f'{indent}state "{name}" as {ids[name]}'
    if state["Type"] == "Parallel":
        yield f"{indent}state {ids[name]} {{"
        for number, branch in enumerate(state["Branches"]):
            if number:
                yield f"{indent}  --"
            yield from _machine(branch, f"{ids[name]}b{number}", f"{indent}  ")
        yield f"{indent}}}"
    for target, label in _arrows(state):
        yield f"{indent}{ids[name]} --> {ids[target]}{f' : {label}' if label else ''}"
    if state["Type"] in {"Succeed", "Fail"}:
        yield f"{indent}{ids[name]} --> [*]"


def _arrows(state: State) -> Iterator[tuple[str, str]]:
    """Where a state leads, and when. Every Task and Parallel also leads to its catcher, which is not drawn."""
    for rule in state.get("Choices", ()):
        yield rule["Next"], _word(rule["Condition"])
    if "Default" in state:
        yield state["Default"], "otherwise"
    if "Next" in state:
        yield state["Next"], ""


def _word(condition: str) -> str:
    """The Progress word that a Choice compares."""
    return condition.split("'")[1]
