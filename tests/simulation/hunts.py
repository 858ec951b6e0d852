"""Which trials are to find a bug: kill points, single faults, lives, nights, or lives beside strangers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.kills import killed
from tests.simulation.lives import lives
from tests.simulation.nights import nights
from tests.simulation.pairs import pairs
from tests.simulation.singles import suffered
from tests.simulation.strangers import beside
from tests.simulation.workflows import WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.simulation.ground import Ground
    from tests.simulation.lives import Lived
    from tests.simulation.trial import Outcome

    Trials = Iterator[tuple[str, Outcome | Lived]]
    Run = Callable[[Ground], Trials]


def kills(workflow: str, every: int, kind: str = "full", calls: str = "") -> Run:
    """Of a workflow each ``every``th kill point of the calls in whose names ``calls`` is."""
    (wanted,) = (it for it in WORKFLOWS if it.name == workflow)

    def trials(ground: Ground) -> Trials:
        yield from killed(ground, wanted, kind, at_once=1, every=every, calls=calls)

    return trials


def single(name: str) -> Run:
    """One single fault: ``create/eks:CreateCluster_ClientException_400_x1``."""

    def trials(ground: Ground) -> Trials:
        yield from suffered(ground, kind="small", at_once=1, only=f"single/{name}")

    return trials


def pair(name: str) -> Run:
    """One ordered pair: ``F49/F01``."""

    def trials(ground: Ground) -> Trials:
        yield from pairs(ground, at_once=1, only=f"pair/{name}")

    return trials


def stranger(name: str) -> Run:
    """One life beside a stranger."""

    def trials(ground: Ground) -> Trials:
        yield from beside(ground, at_once=1, only=f"stranger/{name}")

    return trials


def living(seeds: int, first: int = 0) -> Run:
    """So many lives by lot."""

    def trials(ground: Ground) -> Trials:
        for lived in lives(ground, range(first, first + seeds), at_once=1):
            yield str(lived.seed), lived

    return trials


def sleeping(seeds: int) -> Run:
    """So many days and nights by lot."""

    def trials(ground: Ground) -> Trials:
        for lived in nights(ground, range(seeds), at_once=1):
            yield f"night {lived.seed}", lived

    return trials


def several(*hunts: Run) -> Run:
    """One after the other."""

    def trials(ground: Ground) -> Trials:
        for one in hunts:
            yield from one(ground)

    return trials
