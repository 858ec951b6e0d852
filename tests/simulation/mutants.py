"""Does the simulator find bugs? Some are planted, one after the other, and the trials run that should find each.

``python -m tests.simulation.mutants`` prints by how many of its trials each was found, and the first violation.
Everything of a trial runs with the bug, also what it is compared with.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from rich.console import Console

from tests.quick import remembering
from tests.simulation.bugs import MUTANTS
from tests.simulation.forks import futures
from tests.simulation.ground import ground
from tests.simulation.planting import planted

if TYPE_CHECKING:
    from tests.simulation.bugs import Mutant
    from tests.simulation.ground import Ground

_say: Final = Console(highlight=False, markup=False, soft_wrap=True).print


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many of the trials found a bug, the first one that did, and what it said."""

    trials: int
    found: int
    first: str = ""
    said: str = ""


def judged(ground: Ground, mutant: Mutant) -> Verdict:
    """Plant a bug and run its trials. A trial that is not even begun, as nothing works in peace, has found it too."""
    trials, found, first = 0, 0, ("", "")
    with planted(mutant.change):
        try:
            for name, trial in mutant.trials(ground):
                trials += 1
                if trial.violations:
                    found += 1
                    first = first if any(first) else (name, trial.violations[0])
        except AssertionError as error:
            trials, found, first = trials + 1, found + 1, ("in peace", str(error) or "a run does not succeed")
    return Verdict(trials, found, *first)


def main() -> int:
    """Judge all, or those whose names have a word in them; 1 if one that nothing guards survives."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    parser.add_argument("word", nargs="?", default="")
    asked = parser.parse_args()
    mutants = [it for it in MUTANTS if asked.word in it.name]
    began, surviving = time.monotonic(), 0
    with remembering(), ground() as stands:
        works = [partial(judged, stands, mutant) for mutant in mutants]
        for place, verdict in futures(works, at_once=os.cpu_count() or 1):
            mutant = mutants[place]
            surviving += not verdict.found and not mutant.guard
            _say(f"{mutant.name}: found by {verdict.found} of {verdict.trials} trials")
            _say(f"  {verdict.first}: {verdict.said}" if verdict.found else f"  {mutant.guard or 'SURVIVES'}")
    _say(f"\n{len(mutants)} bugs, {surviving} of them not found, {time.monotonic() - began:.0f} s")
    return int(surviving > 0)


if __name__ == "__main__":
    sys.exit(main())
