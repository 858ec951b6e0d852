"""The same seed gives the same history, byte for byte: in one process after another life, and in another process."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.house import ROOT
from tests.simulation.ground import ground as standing
from tests.simulation.lives import Life
from tests.simulation.wishes import References

if TYPE_CHECKING:
    from tests.simulation.ground import Ground

SEED, OTHER = 39, 26


def lived(ground: Ground, seed: int = SEED) -> tuple[str, ...]:
    return Life(ground, seed, References(ground)).live(keep=True).history


def test_the_same_life_twice_is_the_same_life_whatever_was_before() -> None:
    with standing() as ground:
        first = lived(ground)
        assert lived(ground, OTHER) != first
        assert lived(ground) == first
    with standing() as ground:
        assert lived(ground) == first


def test_another_process_that_hashes_otherwise_lives_the_same_life(ground: Ground) -> None:
    here = os.environ.get("PYTHONHASHSEED")
    other = subprocess.run(  # noqa: S603 -- our own words
        [sys.executable, "-m", "tests.simulation", "--seed", str(SEED)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "2" if here == "1" else "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    *history, empty, _ = other.stdout.splitlines()
    assert empty == ""
    assert tuple(history) == lived(ground)
