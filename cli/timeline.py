"""A run on the screen: a tree for a terminal, a line for each change for a log."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rich.text import Text
from rich.tree import Tree

from cli.shapes import Run, Step
from cli.times import duration, moment
from lambdas.domain.progress import Word
from lambdas.domain.runs import RunStatus

_SYMBOLS: Final[dict[str, tuple[str, str]]] = {
    Word.READY: ("✓", "green"),
    Word.WAITING: ("●", "yellow"),
    Word.FAILED: ("✗", "red"),
    RunStatus.SUCCEEDED: ("✓", "bold green"),
    RunStatus.RUNNING: ("●", "bold"),
    RunStatus.FAILED: ("✗", "bold red"),
}
_UNKNOWN: Final = ("?", "")


@dataclass(slots=True)
class _Branch:
    """A place in the tree of resource paths; ``step`` is None where only something below it has one."""

    name: str
    step: Step | None = None
    children: dict[str, "_Branch"] = field(default_factory=dict)


def run_tree(run: Run, now: datetime) -> Tree:
    """The run and its steps as of ``now``; ``addons/coredns`` is drawn under ``addons``."""
    tree = Tree(_run_label(run, now), guide_style="dim")
    for branch in _branches(run["steps"]):
        _grow(tree, branch, run, now)
    return tree


def run_lines(run: Run) -> Iterator[str]:
    """The run and each step that it has, in the state that each is in now."""
    yield f"{run['startedAt']} run {run['id']} {RunStatus.RUNNING}"
    for step in run["steps"]:
        reason = step["reason"]
        yield f"{step['since']} {step['name']} {step['status']}" + (f": {reason}" if reason else "")


def ending(run: Run, now: datetime) -> list[str]:
    """How the run ended: a headline, its receipt, and for a failure its code, cause and remedy, and what there is."""
    headline = f"{run['status']} after {_length(run, now)}: {run['verb']} of {run['cluster']}"
    error = run["error"]
    if error is None:
        return [headline, *_receipt(run)]
    return [
        headline,
        *_receipt(run),
        f"  code:   {error['code']}",
        f"  cause:  {error['cause']}",
        f"  remedy: {error['remedy']}",
        *([f"  exists: {', '.join(error['exists'])}"] if error["exists"] else []),
    ]


def _receipt(run: Run) -> Iterator[str]:
    """What a run has taken away, what it has left, and what it looked for at its end and did not find."""
    if run["deleted"]:
        yield f"  deleted: {', '.join(run['deleted'])}"
    for it in run["left"]:
        yield f"  left:    {it['resource']}: {it['why']}"
    if run["lookedFor"]:
        yield f"  nothing {'else ' if run['left'] else ''}found of: {'; '.join(run['lookedFor'])}"


def state(status: str, text: str = "") -> Text:
    """``text``, or the word itself, after the symbol and in the colour of a status word."""
    symbol, style = _SYMBOLS.get(status, _UNKNOWN)
    return Text(f"{symbol} {text or status}", style=style)


def _branches(steps: list[Step]) -> list[_Branch]:
    root = _Branch("")
    for step in steps:
        branch = root
        for part in step["name"].split("/"):
            branch = branch.children.setdefault(part, _Branch(part))
        branch.step = step
    return list(root.children.values())


def _grow(tree: Tree, branch: _Branch, run: Run, now: datetime) -> None:
    label = _step_label(branch.name, branch.step, run, now) if branch.step else Text(branch.name)
    below = tree.add(label)
    for child in branch.children.values():
        _grow(below, child, run, now)


def _run_label(run: Run, now: datetime) -> Text:
    label = state(run["status"], f"{run['cluster']}: {run['verb']}, generation {run['generation']}")
    return label.append(f"  {_length(run, now)}  {run['id']}", style="dim not bold")


def _step_label(name: str, step: Step, run: Run, now: datetime) -> Text:
    label = state(step["status"], name).append(f"  {_step_time(step, run, now)}", style="dim")
    reason = step["reason"]
    return label.append(f"  {reason}", style="default") if reason else label


def _step_time(step: Step, run: Run, now: datetime) -> str:
    """How long a step has waited; of one that is settled, how far into the run that was."""
    since = moment(step["since"])
    if step["status"] == Word.WAITING:
        return duration((_end(run) or now) - since)
    return f"after {duration(since - moment(run['startedAt']))}"


def _length(run: Run, now: datetime) -> str:
    return duration((_end(run) or now) - moment(run["startedAt"]))


def _end(run: Run) -> datetime | None:
    ended = run["endedAt"]
    return moment(ended) if ended else None
