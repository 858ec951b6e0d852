"""Every single kill point: each call of each workflow, and each way in which it can end badly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.simulation.faults import ByNumber, Fate, Strike
from tests.simulation.forks import futures
from tests.simulation.trial import disturbed, prepared, undisturbed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.simulation.ground import Ground
    from tests.simulation.trial import Outcome
    from tests.simulation.workflows import Workflow

FATES: Final = (Fate.DIES_BEFORE, Fate.DIES_AFTER, Fate.ANSWER_LOST, Fate.ALL_ANSWERS_LOST)


@dataclass(frozen=True, slots=True)
class Point:
    """One call of a workflow's undisturbed life, and what becomes of it."""

    workflow: str
    kind: str
    number: int
    call: str
    fate: Fate

    @property
    def name(self) -> str:
        """By which it is asked for again: ``create/full/17/DIES_AFTER``."""
        return f"{self.workflow}/{self.kind}/{self.number}/{self.fate.name}"


def killed(
    ground: Ground, workflow: Workflow, kind: str, *, at_once: int, every: int = 1, fates: Iterable[Fate] = FATES
) -> Iterator[tuple[Point, Outcome]]:
    """How each point ends; of the calls only each ``every``th."""
    quiet = undisturbed(ground, workflow, kind)
    numbered = list(enumerate(quiet.calls, start=1))
    points = [Point(workflow.name, kind, number, call, fate) for number, call in numbered[::every] for fate in fates]
    slipway = prepared(ground, workflow, kind)
    works = [
        partial(disturbed, slipway, workflow, kind, ByNumber({point.number: Strike(point.fate)}), quiet)
        for point in points
    ]
    for place, outcome in futures(works, at_once=at_once):
        yield points[place], outcome
