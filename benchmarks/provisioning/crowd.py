"""Many clusters asked for at one instant in one account."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from benchmarks.provisioning import cluster
from benchmarks.provisioning.account import Account, fast_ground
from benchmarks.provisioning.buckets import EksBuckets
from lambdas.aws.errors import CALL_ERRORS

if TYPE_CHECKING:
    from collections.abc import Sequence

RETRY_SECONDS: Final = 5
"""After which whoever sent a POST that was not answered sends it again."""

_AT_MOST: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Crowd:
    """``seconds``: from the instant at which all were asked for to the end of each one's run, by name.

    ``asked`` and ``refused`` count the calls of EKS that buckets saw, by operation.
    """

    seconds: dict[str, float]
    asked: Counter[str]
    refused: Counter[str]


def names(clusters: int) -> list[str]:
    """The clusters of a crowd."""
    return [f"cluster-{number:03}" for number in range(clusters)]


def together(wanted: Sequence[str], *, seed: int = 0, rate: int | None = None) -> Crowd:
    """Ask for clusters all at once; with a ``rate``, each operation of EKS lets through so many calls a second."""
    with fast_ground() as ground:
        account = Account(ground, seed)
        buckets = EksBuckets(rate, account.clock) if rate else None
        account.cloud.buckets = buckets
        began = account.clock.now()
        for name in wanted:
            account.engine.spawn(lambda name=name: _insist(account, name), about="api")  # type: ignore[misc] # mypy does not see that the default binds it
        account.engine.run(lambda: len(account.machines.started) == len(wanted))
        account.settle(within=_AT_MOST)
        for it in account.machines.started.values():
            assert it.execution.status == "SUCCEEDED", f"{it.name}: {it.execution.cause}"
        ends = {it.cluster: (it.ended - began).total_seconds() for it in account.answered}  # the last look's
        return Crowd(ends, buckets.asked if buckets else Counter(), buckets.refused if buckets else Counter())


def _insist(account: Account, name: str) -> None:
    """Send a POST until it is answered."""
    while True:
        try:
            account.intake.accept(cluster.spec(name), account.clock.now().isoformat())
        except CALL_ERRORS:
            account.engine.pause(RETRY_SECONDS)
        else:
            return
