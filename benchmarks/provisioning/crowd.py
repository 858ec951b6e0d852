"""Many clusters asked for at one instant in one account."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from benchmarks.provisioning import cluster
from benchmarks.provisioning.account import Account, ground_of_worker
from benchmarks.provisioning.buckets import EksBuckets
from lambdas.aws.errors import CALL_ERRORS
from tests.simulation.chance import chance

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_RETRY, LAST_RETRY = 5, 60
"""Seconds: whoever sent a POST that EKS let fail sends it again after up to so many, twice as many each time."""

_AT_MOST: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Crowd:
    """By name, in seconds: how long each one's POST waited until it was accepted, and how long its run took then.

    ``asked`` and ``refused`` count the calls of EKS that buckets saw, by operation.
    """

    waited: dict[str, float]
    seconds: dict[str, float]
    asked: Counter[str]
    refused: Counter[str]


def names(clusters: int) -> list[str]:
    """The clusters of a crowd."""
    return [f"cluster-{number:03}" for number in range(clusters)]


def together(wanted: Sequence[str], *, seed: int = 0, rate: int | None = None) -> Crowd:
    """Ask for clusters all at once; with a ``rate``, each operation of EKS lets through so many calls a second."""
    account = Account(ground_of_worker(), seed)
    buckets = EksBuckets(rate, account.clock) if rate else None
    account.cloud.buckets = buckets
    began = account.clock.now()
    for name in wanted:
        account.engine.spawn(lambda name=name: _insist(account, name), about="api")  # type: ignore[misc] # mypy does not see that the default binds it
    account.engine.run(lambda: len(account.machines.started) == len(wanted))
    account.settle(within=_AT_MOST)
    for it in account.machines.started.values():
        assert it.execution.status == "SUCCEEDED", f"{it.name}: {it.execution.cause}"
    ends = {it.cluster: it.ended for it in account.answered}  # the last look's
    begins = {it.cluster: it.at for it in account.machines.started.values()}
    return Crowd(
        waited={name: (at - began).total_seconds() for name, at in begins.items()},
        seconds={name: (ends[name] - at).total_seconds() for name, at in begins.items()},
        asked=buckets.asked if buckets else Counter(),
        refused=buckets.refused if buckets else Counter(),
    )


def _insist(account: Account, name: str) -> None:
    """Send a POST until it is answered."""
    longest, draws = float(FIRST_RETRY), chance(account.seed, name)
    while True:
        try:
            account.intake.accept(cluster.spec(name), account.clock.now().isoformat())
        except CALL_ERRORS:
            account.engine.pause(draws.uniform(0, longest))
            longest = min(2 * longest, LAST_RETRY)
        else:
            return
