"""Every single kill point: each call of each workflow, and each way in which it can end badly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.simulation.faults import ByNumber, Fate, Strike
from tests.simulation.forks import futures
from tests.simulation.trial import disturbed, in_one_go, prepared, undisturbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.ground import Ground
    from tests.simulation.trial import Outcome
    from tests.simulation.workflows import Workflow

FATES: Final = (Fate.DIES_BEFORE, Fate.DIES_AFTER, Fate.ANSWER_LOST, Fate.ALL_ANSWERS_LOST)


@dataclass(frozen=True, slots=True)
class Point:
    """A call of a workflow's undisturbed life, and what becomes of it."""

    number: int
    call: str
    fate: Fate

    def name(self, workflow: Workflow, kind: str) -> str:
        """By which it is asked for again: ``kill/create/full/17/DIES_AFTER``."""
        return f"kill/{workflow.name}/{kind}/{self.number}/{self.fate.name}"


def killed(
    ground: Ground, workflow: Workflow, kind: str, *, at_once: int, every: int = 1, only: str = "", calls: str = ""
) -> Iterator[tuple[str, Outcome]]:
    """How each point ends: of the calls only each ``every``th, those in whose names ``calls`` is, or just one point."""
    quiet = undisturbed(ground, workflow, kind)
    numbered = [(number, call) for number, call in enumerate(quiet.calls, start=1) if calls in call]
    points = [Point(number, call, fate) for number, call in numbered[:: 1 if only else every] for fate in FATES]
    points = [point for point in points if only in {"", point.name(workflow, kind)}]
    slipway = prepared(ground, workflow, kind)
    works = [
        partial(disturbed, slipway, workflow, kind, ByNumber({point.number: Strike(point.fate)}), quiet)
        for point in points
    ]
    for place, outcome in futures(works, at_once=at_once):
        yield points[place].name(workflow, kind), in_one_go(outcome)
