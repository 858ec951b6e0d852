"""What goes wrong in a life drawn by lot, from its beginning until there is peace."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sandbox.twin.faults import Change, Force, Issue, RuleError
from tests.simulation.chance import chance
from tests.simulation.errors import CONTENTION, EVERYWHERE, declared
from tests.simulation.faults import ByLot, Peace
from tests.simulation.weather import Lag, Tokens
from tests.simulation.workflows import NAME

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from random import Random

    from tests.simulation.slipway import Slipway

_GROUP: Final = {"clusterName": NAME, "nodegroupName": "services"}
CHANGES: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("VanishNodegroup", _GROUP),
    ("DeleteNodegroup", _GROUP),
    ("VanishAddon", {"clusterName": NAME, "addonName": "coredns"}),
    ("DeleteAddon", {"clusterName": NAME, "addonName": "vpc-cni"}),
    ("VanishCluster", {"clusterName": NAME}),
    ("AlterNodegroup", {**_GROUP, "labels": {"tier": "other"}}),
    ("AlterCluster", {"clusterName": NAME, "deletionProtection": True}),
    ("DeleteSchedules", {}),
)
"""What somebody may do behind Slipway's back."""

OUTCOMES: Final = (
    Force("nodegroup", "CREATE_FAILED", issues=(Issue("IamThrottling"),)),
    Force("nodegroup", "CREATE_FAILED", issues=(Issue("AsgInstanceLaunchFailures"),)),
    Force("nodegroup", "CREATE_FAILED", issues=(Issue("NodeCreationFailure"),)),
    Force("nodegroup", "DEGRADED", issues=(Issue("AsgInstanceLaunchFailures"),), now=False, lasts=900),
    Force("addon", "DEGRADED", issues=(Issue("InsufficientNumberOfReplicas"),), lasts=900),
    Force("addon", "CREATE_FAILED", issues=(Issue("ConfigurationConflict"),)),
    Force("update", "Failed", issues=(Issue("Unknown"),)),
)
"""What may become of what EKS was asked to do."""


@dataclass
class Trouble:
    """One seed's trouble for a Slipway. ``injected`` counts what happens, beside what becomes of calls."""

    slipway: Slipway
    seed: int
    injected: Counter[str]
    is_over: bool = False
    unwound: bool = False
    """Whether somebody has deleted schedules."""

    def begin(self) -> None:
        """Let calls meet their fates from now on, and draw what else is to happen."""
        slipway, dice = self.slipway, chance(self.seed, "trouble")
        slipway.cloud.strikes = ByLot(
            chance(self.seed, "calls"),
            dice.choice((0.0, 0.005, 0.02, 0.05)),
            refusals={**declared(), **CONTENTION},
            everywhere=EVERYWHERE,
        )
        for happens in (self._stops, self._changes, self._outcomes, self._delivery, self._throttling, self._staleness):
            if dice.random() < 0.3:
                happens(dice)

    def end(self) -> None:
        """Let there be peace."""
        slipway = self.slipway
        slipway.cloud.strikes = Peace()
        slipway.cloud.buckets = slipway.cloud.lag = None
        slipway.faults.clear()
        slipway.schedules.delays = lambda: (0.0,)
        slipway.history.note("peace", "")
        self.is_over = True

    def _stops(self, dice: Random) -> None:
        """Somebody stops executions."""

        def stop() -> None:
            for started in () if self.is_over else self.slipway.machines.running():
                self.slipway.history.note("stopped", started.name)
                self.injected["execution stopped"] += 1
                self.slipway.machines.stop(started.arn)

        for _ in range(dice.choice((1, 2))):
            self.slipway.engine.spawn(stop, after=dice.uniform(0, 1200), about="somebody")

    def _changes(self, dice: Random) -> None:
        """Somebody changes the world."""
        for _ in range(dice.choice((1, 2))):
            does, params = dice.choice(CHANGES)
            self.slipway.engine.spawn(
                partial(self._change, does, params), after=dice.uniform(0, 1200), about="somebody"
            )

    def _change(self, does: str, params: dict[str, Any]) -> None:
        if self.is_over:
            return
        if does == "DeleteSchedules":
            self.unwound = True
            for name in list(self.slipway.schedules.kept):
                self.slipway.schedules.call("DeleteSchedule", {"Name": name})
        else:
            try:
                self.slipway.faults.add(Change(does, params))
            except RuleError:
                return  # there is nothing to change yet
        self.injected["changed by somebody"] += 1
        self.slipway.history.note("somebody", f"{does} {params}")

    def _outcomes(self, dice: Random) -> None:
        """EKS itself comes to a bad end of something."""
        self.slipway.faults.add(dice.choice(OUTCOMES))
        self.injected["bad outcome"] += 1

    def _delivery(self, _: Random) -> None:
        """Schedules fire twice, late or never."""
        dice = chance(self.seed, "delivery")

        def delays() -> Iterator[float]:
            for _ in range(dice.choice((0, 1, 1, 2))):
                self.injected["event late, twice or lost"] += 1
                yield dice.choice((0.0, 0.0, 90.0, dice.uniform(0, 24 * 3600)))

        self.slipway.schedules.delays = lambda: tuple(delays())

    def _throttling(self, dice: Random) -> None:
        """EKS has few tokens."""
        self.slipway.cloud.buckets = Tokens(self.slipway.clock.now, dice.choice((3, 10)), dice.choice((0.5, 2.0)))
        self.injected["token bucket"] += 1

    def _staleness(self, dice: Random) -> None:
        """What EKS says is of a while ago."""
        self.slipway.cloud.lag = Lag(self.slipway.clock.now, dice.choice((2.0, 10.0, 45.0)), chance(self.seed, "lag"))
        self.injected["stale reads"] += 1
