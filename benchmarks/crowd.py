"""A hundred clusters asked for at once in one account, beside each of them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.frame.result import Figure, Look, Plot, Result, Series, Table
from benchmarks.frame.seeds import for_each
from benchmarks.frame.statistics import mean, percentile
from benchmarks.provisioning.crowd import FIRST_RETRY, LAST_RETRY, Crowd, names, together
from benchmarks.provisioning.sample import ASSUMPTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

CLUSTERS: Final = 100
RATES: Final = (0, 10, 5)
"""Calls a second that each operation of EKS lets through; 0: as many as come."""

_LATE: Final = 0.95
_AT_MOST: Final = 1.10
_WHY: Final = (
    "DescribeAddon is the bottleneck: what a crowd must read of add-ons takes its bucket three quarters of the time "
    "that one cluster takes alone, and the SDK sends each refused read three times. Tried: a refused look comes again "
    "more seldom each time, asks for nothing more once it was refused, and reads only what was not ready yet (from 6.3 "
    "to 1.2; where twice as much is let through, from 1.3 to 1.06); one look at the node groups for all add-ons "
    "(1.17); two sends in the place of three (no better)."
)


def run(seeds: int) -> Result:
    """Make the clusters alone, then together. The same draws serve both, so ``seeds`` changes nothing."""
    del seeds
    alone = dict(zip(names(CLUSTERS), for_each(_alone, range(CLUSTERS)), strict=True))
    crowds = dict(zip(RATES, for_each(_together, RATES, at_once=1), strict=True))
    return Result(
        name="crowd",
        title=f"{CLUSTERS} clusters at once",
        assumptions=(
            *ASSUMPTIONS,
            (
                "EKS publishes no rates. Assumed are none, then a bucket for each operation: 10 or 5 calls a second, "
                "and at first twice as many at once. Nobody else calls, and nothing else is throttled."
            ),
            (
                "All POSTs come at one instant; one that EKS's buckets let fail is sent again after up to "
                f"{FIRST_RETRY} s, then after up to twice as many each time, at most {LAST_RETRY}."
            ),
            "A run's time is from the accepted POST to its end, alone and in the crowd, with the same latencies.",
        ),
        figures=tuple(_figure(rate, crowd, alone) for rate, crowd in crowds.items()),
        tables=(
            Table(
                title=f"{CLUSTERS} at once ÷ each alone",
                columns=(
                    "EKS lets through",
                    "mean",
                    "95th percentile",
                    "most",
                    "POST waits, mean s",
                    "most s",
                    "calls",
                    "refused",
                ),
                rows=tuple(_row(rate, crowd, alone) for rate, crowd in crowds.items()),
            ),
            *(_busiest(rate, crowd) for rate, crowd in crowds.items() if rate),
        ),
        plots=(
            Plot(
                name="slowdown",
                title=f"{CLUSTERS} clusters at once, over each alone",
                x="calls a second that each operation of EKS lets through",
                y="times as long",
                series=tuple(
                    Series(
                        name=name,
                        xs=tuple(_rate(rate) for rate in crowds),
                        ys=tuple(round(of(_ratios(crowd, alone)), 4) for crowd in crowds.values()),
                    )
                    for name, of in (("mean", mean), ("most", max))
                ),
                look=Look.BARS,
            ),
        ),
    )


def _alone(number: int) -> float:
    name = names(CLUSTERS)[number]
    return together([name]).seconds[name]


def _together(rate: int) -> Crowd:
    return together(names(CLUSTERS), rate=rate or None)


def _ratios(crowd: Crowd, alone: Mapping[str, float]) -> list[float]:
    return [crowd.seconds[name] / seconds for name, seconds in alone.items()]


def _rate(rate: int) -> str:
    return f"{rate} a second" if rate else "everything"


def _figure(rate: int, crowd: Crowd, alone: Mapping[str, float]) -> Figure:
    name = f"{CLUSTERS} at once ÷ alone, mean, EKS lets through {_rate(rate)}"
    return Figure(name=name, value=round(mean(_ratios(crowd, alone)), 4), at_most=_AT_MOST, why=_WHY)


def _row(rate: int, crowd: Crowd, alone: Mapping[str, float]) -> tuple[str | float, ...]:
    ratios = _ratios(crowd, alone)
    return (
        _rate(rate),
        round(mean(ratios), 3),
        round(percentile(ratios, _LATE), 3),
        round(max(ratios), 3),
        round(mean(crowd.waited.values()), 1),
        round(max(crowd.waited.values()), 1),
        crowd.asked.total() or "",
        crowd.refused.total() if crowd.asked else "",
    )


def _busiest(rate: int, crowd: Crowd) -> Table:
    """The operations that were asked for most: with so many let through a second, how long they take at least."""
    return Table(
        title=f"Calls of EKS, of which {_rate(rate)} are let through",
        columns=("operation", "let through", "refused", "s at least"),
        rows=tuple(
            (name, asked - crowd.refused[name], crowd.refused[name], round((asked - crowd.refused[name]) / rate))
            for name, asked in crowd.asked.most_common(5)
        ),
    )
