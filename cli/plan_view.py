"""Plans and drift, printed as a review is: what comes, what goes, what changes, and from what to what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.text import Text

from lambdas.domain.planner.differences import Effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cli.shapes import Action, Difference, Drift, Finding, Plan

_MARKS: Final = {
    "update": ("~", "yellow"),
    "adopt": ("~", "green"),
    "delete": ("-", "red"),
    "replace": ("-/+", "magenta"),
    "refuse": ("!", "bold red"),
    "wait": ("…", "cyan"),
}
_COMES: Final = ("+", "green")
"""Whatever else is done makes something: create, attach, tag."""

_INDENT: Final = "      "


def plan_view(plan: Plan) -> RenderableType:
    """The actions in order, each with why it is due, what follows from it and the members that differ."""
    actions = plan["actions"]
    if not actions:
        return Text("Nothing to do: everything is as described.")
    return Group(*(_action(action) for action in actions), Text(_counted(actions), style="bold"))


def drift_view(drift: Drift) -> RenderableType:
    """What differs, and since when."""
    looked = f"looked at {drift['lookedAt']}" if drift["lookedAt"] else "nobody has looked since the last run"
    head = Text(f"drift: {drift['policy']}; {looked}")
    if not drift["items"]:
        return Group(head, Text("Nothing differs.")) if drift["lookedAt"] else head
    return Group(head, *(_finding(it) for it in drift["items"]))


def _action(action: Action) -> Text:
    mark, style = _MARKS.get(action["verb"], _COMES)
    text = Text(f"{mark} {action['verb']} {action['resource']}", style=style)
    differences = action.get("differences", [])
    if action["reason"] and not differences:
        text.append(f"\n{_INDENT}{action['reason']}", style="not bold default")
    text.append(f"\n{_INDENT}{action['consequence']}", style="not bold default")
    for it in differences:
        _append(text, it)
    return text


def _finding(finding: Finding) -> Text:
    mended = "" if finding["repairable"] else ", nothing that a run can repair"
    text = Text(f"~ {finding['resource']}", style="yellow")
    text.append(f"\n{_INDENT}since {finding['since']}{mended}", style="not bold default")
    if finding["field"]:
        _append(text, finding)
    else:
        text.append(f"\n{_INDENT}{finding['reason']}", style="not bold default")
    return text


def _append(text: Text, difference: Difference | Finding) -> None:
    text.append(f"\n{_INDENT}{difference['field']}", style="not bold default")
    for mark, value, style in (("-", difference["actual"], "red"), ("+", difference["wanted"], "green")):
        if value is not None:
            text.append(f"\n{_INDENT}  {mark} {json.dumps(value, ensure_ascii=False)}", style=f"not bold {style}")


def _counted(actions: Iterable[Action]) -> str:
    counts: dict[str, int] = {}
    for action in actions:
        if action["verb"] != "wait":
            effect = _effect(action)
            counts[effect] = counts.get(effect, 0) + 1
    return ", ".join(f"{count} {effect}" for effect, count in counts.items())


def _effect(action: Action) -> str:
    """The first words of the consequence; what comes without them, such as a policy that is attached, is made."""
    said = action["consequence"].partition(":")[0]
    return said if said in set(Effect) else Effect.CREATED
