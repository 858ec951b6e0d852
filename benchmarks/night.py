"""A night of 10,000 node groups: how long until EKS has been told of all, by how often it may be called.

Accounts and regions know nothing of each other, so one of them stands for all of a kind: 20 with 500 node groups each,
or 100 with 100.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from benchmarks.frame.result import Figure, Look, Plot, Result, Series, Table
from benchmarks.frame.seeds import processors
from benchmarks.shards.shard import CALL_SECONDS, DUSK, Bucket, Outcome, Size, shard
from lambdas.domain.pacing import SIZES_NOTED
from lambdas.domain.records import Power

BUCKETS = (Bucket(burst=10, rate=2), Bucket(burst=10, rate=5), Bucket(burst=50, rate=10))
"""EKS publishes none: these are the assumptions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """So many accounts and regions of one kind, with the seeds of those that stand for all, and the nights of each."""

    shards: int
    size: Size
    seeds: tuple[int, ...]
    nights: int


FLEETS = (
    Fleet(shards=20, size=Size(clusters=100, groups=5), seeds=(1,), nights=2),
    Fleet(shards=100, size=Size(clusters=100, groups=1), seeds=(1,), nights=4),
)

_ALONE = 3 * CALL_SECONDS + SIZES_NOTED.every
"""Seconds from the firing until EKS is told of the only node group of the only cluster."""

_AT_MOST, _THROTTLED_AT_MOST = 1.10, 0.05
_WHY_LATE = (
    "The bound is so few seconds that single ones count, and how many calls EKS takes at once is not known beforehand. "
    "Tried: retries after 1 to 2 s instead of 4 to 8 s, which came closer and stayed; in a model of the turns alone a "
    "rate that may grow to 50 calls/s, which met the bound while a fifth of the calls was refused."
)
_WHY_THROTTLED = "The rush is over before two refused calls have told the rate, so it is corrected from night to night."


def bound(size: Size, bucket: Bucket) -> float:
    """Seconds: what one cluster alone takes, and one call for each node group out of the bucket."""
    return _ALONE + max(0.0, (size.nodegroups - bucket.burst) / bucket.rate)


def nights(fleet: Fleet, bucket: Bucket, seed: int) -> list[Outcome]:
    """Nights in a row; what the first has learned of the rate, the others know."""
    outcomes: list[Outcome] = []
    for number in range(fleet.nights):
        at = DUSK + timedelta(days=number)
        known = (outcomes[-1].given, outcomes[-1].rush) if outcomes else (0, None)
        with shard(fleet.size, 100 * seed + number, at, *known) as made:
            made.build(asleep=False)
            outcomes.append(made.fire(at, Power.ASLEEP, bucket))
    return outcomes


def run(_seeds: int) -> Result:
    """All fleets under all buckets. The draws are few and fixed: a night has hundreds of each latency."""
    cells = list(product(FLEETS, BUCKETS))
    jobs = [(fleet, bucket, seed) for fleet, bucket in cells for seed in fleet.seeds]
    with ProcessPoolExecutor(max_workers=processors()) as pool:
        done = list(pool.map(_nights, jobs))
    found = {
        (fleet, bucket): [nights for (f, b, _), nights in zip(jobs, done, strict=True) if (f, b) == (fleet, bucket)]
        for fleet, bucket in cells
    }
    return Result(
        name="night",
        title="10,000 node groups to zero",
        assumptions=(
            "Each EKS API has a token bucket of its own in each account and region; that of a read is no larger.",
            "AWS publishes neither rates nor depths of these buckets, and Slipway is told none of them.",
            f"Calls at once and a second: {', '.join(f'{it.burst} and {it.rate:g}' for it in BUCKETS)}.",
            "20 x 100 clusters with 5 node groups each, or 100 x 100 clusters with one.",
            "All schedules of an account and region fire within one second, which is the worst case.",
            "Accounts and regions are independent: one stands for all of its kind, the slower one where there are two.",
            f"A state of the machine with its function takes {CALL_SECONDS} s; a call itself takes no time.",
            "EC2 Auto Scaling and DynamoDB throttle nothing. Latencies of EKS and EC2 are the twin's.",
            f"The bound is {_ALONE:.1f} s, which the only node group of an account takes, and (groups - depth) / rate.",
        ),
        figures=tuple(figure for cell in cells for figure in _figures(*cell, found[cell])),
        tables=(_table(found),),
        plots=(_plot(found),),
        notes=(
            "Told means that EKS has accepted the size 0; the instances are gone when their nodes are drained.",
            "The first night begins at 2 calls a second and knows nothing. What it learns is kept.",
        ),
    )


def _nights(job: tuple[Fleet, Bucket, int]) -> list[Outcome]:
    return nights(*job)


Found = dict[tuple[Fleet, Bucket], list[list[Outcome]]]


def _ratio(fleet: Fleet, bucket: Bucket, seeds: list[list[Outcome]], night: int) -> float:
    return round(max(outcomes[night].changed for outcomes in seeds) / bound(fleet.size, bucket), 3)


def _share(seeds: list[list[Outcome]], night: int) -> float:
    calls = sum(outcomes[night].calls.total() for outcomes in seeds)
    return round(sum(outcomes[night].throttled.total() for outcomes in seeds) / calls, 4)


def _figures(fleet: Fleet, bucket: Bucket, seeds: list[list[Outcome]]) -> list[Figure]:
    cell = f"{fleet.shards} accounts, {bucket.rate:g} calls/s"
    lost = sum(outcome.lost + outcome.failed for outcomes in seeds for outcome in outcomes)
    ratio, share = _ratio(fleet, bucket, seeds, -1), _share(seeds, -1)
    return [
        Figure(
            name=f"{cell}: told / bound",
            value=ratio,
            at_most=_AT_MOST,
            why=_WHY_LATE if ratio > _AT_MOST else "",
        ),
        Figure(
            name=f"{cell}: throttled calls",
            value=share,
            at_most=_THROTTLED_AT_MOST,
            why=_WHY_THROTTLED if share > _THROTTLED_AT_MOST else "",
        ),
        Figure(name=f"{cell}: lost groups and failed runs", value=lost, at_most=0),
        Figure(name=f"{cell}: told / bound, first night", value=_ratio(fleet, bucket, seeds, 0)),
        Figure(name=f"{cell}: throttled calls, first night", value=_share(seeds, 0)),
    ]


def _table(found: Found) -> Table:
    rows = []
    for (fleet, bucket), seeds in found.items():
        for night in range(fleet.nights):
            slowest = max((outcomes[night] for outcomes in seeds), key=lambda it: it.changed)
            rows.append((
                fleet.shards, fleet.size.nodegroups, bucket.rate, bucket.burst, night + 1,
                round(bound(fleet.size, bucket), 1), round(slowest.changed, 1), _ratio(fleet, bucket, seeds, night),
                f"{_share(seeds, night):.1%}", round(slowest.ended), slowest.looks,
                round(slowest.rush.known, 1) if slowest.rush.known else "nothing",
            ))  # fmt: skip
    columns = (
        "accounts", "groups in each", "calls/s", "at once", "night", "bound s", "all told s", "told / bound",
        "throttled", "last run over s", "looks", "calls/s learned",
    )  # fmt: skip
    return Table(title="One account and region, the slowest seed", columns=columns, rows=tuple(rows))


def _plot(found: Found) -> Plot:
    series = [
        Series(
            name=f"{fleet.shards} accounts, {bucket.rate:g} calls/s",
            xs=tuple(float(night + 1) for night in range(fleet.nights)),
            ys=tuple(_ratio(fleet, bucket, seeds, night) for night in range(fleet.nights)),
        )
        for (fleet, bucket), seeds in found.items()
    ]
    return Plot(
        name="learning", title="All told / bound, from night to night", x="night", y="told / bound",
        series=tuple(series), look=Look.LINE,
    )  # fmt: skip
