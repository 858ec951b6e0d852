"""``make simulate``: lives by lot, kill points, single faults and pairs; or one of them again, line by line."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from rich.console import Console

from tests.quick import remembering
from tests.simulation.ground import ground
from tests.simulation.kills import killed
from tests.simulation.lives import lives
from tests.simulation.pairs import pairs
from tests.simulation.singles import suffered
from tests.simulation.workflows import WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.simulation.ground import Ground
    from tests.simulation.lives import Lived
    from tests.simulation.trial import Outcome

SEEDS: Final = 300
SOME: Final = 16
"""Without ``--all``, each so many-th kill point, single fault and pair."""

_YEAR: Final = timedelta(days=365)


_console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
_say = _console.print


@dataclass
class Tally:
    """What all trials came to."""

    trials: int = 0
    resent: int = 0
    virtual: timedelta = timedelta()
    injected: Counter[str] = field(default_factory=Counter)
    violations: int = 0

    def add(self, name: str, trial: Outcome | Lived) -> None:
        """Count a trial, and say at once what was wrong with it."""
        self.trials += 1
        self.virtual += trial.virtual
        self.injected += trial.injected
        if trial.violations:
            self.violations += 1
            _say(f"\nVIOLATION in {name}")
            for line in trial.violations:
                _say(f"  {line}")
            _say(f"  again: make simulate SEED={name}")

    def told(self, what: str, seconds: float) -> str:
        """A line for a person."""
        years = self.virtual / _YEAR
        return f"{what}: {self.trials} run, {self.violations} violations, {years:.2f} virtual years, {seconds:.0f} s"


def main() -> int:
    """Run what was asked for; 1 if anything was violated."""
    asked = _arguments()
    gc.set_threshold(100_000, 50, 50)  # processes live for seconds: there is little to be had by looking for garbage
    with remembering(), ground() as stands:
        if asked.seed:
            return _again(stands, asked.seed)
        every = 1 if asked.all else SOME
        at_once = os.cpu_count() or 1
        parts: dict[str, Iterator[tuple[str, Outcome | Lived]]] = {}
        if asked.seeds:
            living = lives(stands, range(asked.first, asked.first + asked.seeds), at_once=at_once)
            parts["lives by lot"] = ((str(lived.seed), lived) for lived in living)
        if asked.faults:
            for workflow in WORKFLOWS:
                points = killed(stands, workflow, "full", at_once=at_once, every=every)
                parts[f"kill points of {workflow.name}"] = iter(points)
            parts["single faults"] = iter(suffered(stands, kind="small", at_once=at_once, every=every))
            parts["pairs of priority A faults"] = iter(pairs(stands, at_once=at_once, every=every))
        return _tallied(parts)


def _tallied(parts: dict[str, Iterator[tuple[str, Outcome | Lived]]]) -> int:
    whole = Tally()
    for what, trials in parts.items():
        tally, began = Tally(), time.monotonic()
        for name, trial in trials:
            tally.add(name, trial)
        _say(tally.told(what, time.monotonic() - began))
        whole.trials += tally.trials
        whole.violations += tally.violations
        whole.virtual += tally.virtual
        whole.injected += tally.injected
    _say("\nfaults injected, by kind:")
    for kind, number in whole.injected.most_common():
        _say(f"  {number:7,} {kind}")
    _say(f"\n{whole.trials:,} trials, {whole.virtual / _YEAR:.2f} virtual years, {whole.violations} violations")
    return int(whole.violations > 0)


def _again(stands: Ground, name: str) -> int:
    """One trial again, with its history."""
    (trial,) = _one(stands, name)
    for line in trial.history:
        _say(line)
    _say(f"\n{name}: history {trial.digest}, {len(trial.violations)} violations")
    for line in trial.violations:
        _say(f"  {line}")
    return int(bool(trial.violations))


def _one(stands: Ground, name: str) -> Iterable[Outcome | Lived]:
    kind, _, rest = name.partition("/")
    match kind:
        case "kill":
            wanted, spec, *_ = rest.split("/")
            (workflow,) = (it for it in WORKFLOWS if it.name == wanted)
            return [outcome for _, outcome in killed(stands, workflow, spec, at_once=1, only=name)]
        case "single":
            return [outcome for _, outcome in suffered(stands, kind="small", at_once=1, only=name)]
        case "pair":
            return [outcome for _, outcome in pairs(stands, at_once=1, only=name)]
        case _:
            return lives(stands, range(int(name), int(name) + 1), at_once=1, keep=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many lives")
    parser.add_argument("--first", type=int, default=0, help="the first life's seed")
    parser.add_argument("--seed", help="one trial again, by its seed or name")
    parser.add_argument("--all", action="store_true", help="every kill point, single fault and pair")
    parser.add_argument("--no-faults", dest="faults", action="store_false", help="lives only")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
