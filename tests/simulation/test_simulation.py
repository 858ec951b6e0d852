"""A little of everything that ``make simulate`` does, in some seconds: whatever goes wrong, nothing is violated."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest

from tests.simulation.faults import ByNumber, Fate, Strike
from tests.simulation.lives import Life
from tests.simulation.nights import nights
from tests.simulation.pairs import pairs
from tests.simulation.singles import suffered
from tests.simulation.trial import disturbed, prepared, undisturbed
from tests.simulation.wishes import References
from tests.simulation.workflows import WORKFLOWS
from tests.wire import READING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.ground import Ground
    from tests.simulation.trial import Quiet
    from tests.simulation.workflows import Workflow

SEEDS: Final = (1, 2, 10, 17, 23, 26, 39, 46, 68, 69)
"""Chosen for what goes wrong in them, and for what they ask for."""

TROUBLES: Final = {
    *(fate for fate in Fate if fate is not Fate.REFUSED),
    "token bucket",
    "execution stopped",
    "changed by somebody",
    "bad outcome",
    "TooManyRequestsException",
    "AccessDeniedException",
    "InternalFailure",
}

SINGLES: Final = (
    "single/create/nodegroup_CREATE_FAILED_NodeCreationFailure",
    "single/sleep/eks:UpdateNodegroupConfig_ResourceInUseException_409_x3",
    "single/delete/eks:DeleteCluster_ResourceInUseException_409_x3",
)
PAIRS: Final = ("pair/F16/F55",)
NIGHTS: Final = range(2, 3)


def test_lives(ground: Ground) -> None:
    references = References(ground)
    injected: Counter[str] = Counter()
    for seed in SEEDS:
        lived = Life(ground, seed, references).live()
        assert lived.violations == (), seed
        injected += lived.injected
    assert injected.keys() >= TROUBLES


# -- kill points


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda it: it.name)
def test_a_call_may_end_badly(ground: Ground, workflow: Workflow) -> None:
    quiet = undisturbed(ground, workflow, "small")
    for number, fate in _points(quiet):
        slipway = prepared(ground, workflow, "small")
        outcome = disturbed(slipway, workflow, "small", ByNumber({number: Strike(fate)}), quiet)
        assert outcome.violations == (), (quiet.calls[number - 1], fate)
        assert outcome.injected == {fate: 1}


def _points(quiet: Quiet) -> Iterator[tuple[int, Fate]]:
    """The first change in EKS, and a call in the midst of all."""
    names = [call.partition(" ")[2] for call in quiet.calls]
    changes = (it for it in names if it.startswith("eks:") and not it.removeprefix("eks:").startswith(READING))
    yield names.index(next(changes)) + 1, Fate.DIES_AFTER
    yield len(names) // 2, Fate.ALL_ANSWERS_LOST


# -- single faults and pairs


@pytest.mark.parametrize("name", SINGLES)
def test_a_single_fault(ground: Ground, name: str) -> None:
    ((_, outcome),) = suffered(ground, kind="small", at_once=0, only=name)
    assert outcome.violations == ()


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_of_faults(ground: Ground, name: str) -> None:
    ((_, outcome),) = pairs(ground, at_once=0, only=name)
    assert outcome.violations == ()
    assert len(outcome.injected) == 2


def test_nights(ground: Ground) -> None:
    lived = list(nights(ground, NIGHTS, at_once=0))
    assert [night.violations for night in lived] == [()] * len(NIGHTS)
    injected = sum((night.injected for night in lived), Counter[str]())
    assert "event late" in injected
