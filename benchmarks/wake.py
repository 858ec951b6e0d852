"""A morning of thousands of instances in one account and region, which EC2 starts two a second."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from benchmarks.frame.result import Figure, Result, Table
from benchmarks.frame.seeds import processors
from benchmarks.shards.launches import A_SECOND, AT_ONCE, bucket
from benchmarks.shards.shard import CALL_SECONDS, DAWN, Bucket, Outcome, Size, shard
from lambdas.domain.records import Power
from lambdas.domain.turns import Rush
from sandbox.twin.latencies import Latencies

EKS = Bucket(burst=10, rate=5)
SIZES = (Size(clusters=60, groups=4, nodes=10), Size(clusters=40, groups=4, nodes=30))
_BOOT = Latencies().instance_boot
_ALONE = 2 * CALL_SECONDS
"""Seconds from the firing until EKS is told: the sizes are known from the evening."""

_AT_MOST = 1.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """What became of a wake, and how often EC2 refused to start instances."""

    size: Size
    outcome: Outcome
    refused: int

    @property
    def instances(self) -> int:
        """All that are to come."""
        return self.size.nodegroups * self.size.nodes

    @property
    def bound(self) -> float:
        """Seconds until the last one can be in service."""
        return _ALONE + (self.instances - AT_ONCE) / A_SECOND + _BOOT.mode

    @property
    def ratio(self) -> float:
        """The last instance in service / the bound."""
        return round(self.outcome.served / self.bound, 3)


def morning(size: Size) -> Morning:
    """One wake of clusters that sleep; what EKS bears is known from earlier nights."""
    with shard(size, 1, DAWN, rush=Rush(rate=EKS.rate, known=EKS.rate)) as made:
        made.build(asleep=True)
        with bucket() as launches:
            outcome = made.fire(DAWN, Power.AWAKE, EKS)
    return Morning(size=size, outcome=outcome, refused=launches.refused)


def run(_seeds: int) -> Result:
    """Two sizes, one draw of each: every one has thousands of instances."""
    with ProcessPoolExecutor(max_workers=processors()) as pool:
        mornings = list(pool.map(morning, SIZES))
    return Result(
        name="wake",
        title="A wake under EC2's RunInstances bucket",
        assumptions=(
            f"RunInstances gives {AT_ONCE} instances at once and then {A_SECOND:g} a second to an account and region.",
            "What auto scaling groups launch draws on that bucket; AWS does not say whether it does.",
            "A group whose launch is refused asks again after 20 to 60 s, all that it lacks at once.",
            f"EKS takes {EKS.burst} calls of each API at once and {EKS.rate:g} a second, and that is known by now.",
            f"A state of the machine with its function takes {CALL_SECONDS} s. Latencies are the twin's.",
            f"The bound is {_ALONE} s, (instances - {AT_ONCE}) / {A_SECOND:g}, and {_BOOT.mode} s in which one boots.",
        ),
        figures=tuple(figure for it in mornings for figure in _figures(it)),
        tables=(_table(mornings),),
        notes=("A run ends later than its last instance starts: it looks once a minute while EC2 refuses launches.",),
    )


def _figures(it: Morning) -> list[Figure]:
    why = "The last groups to be refused wait for up to a minute before they ask again, while the bucket fills."
    return [
        Figure(
            name=f"{it.instances} instances: last in service / bound",
            value=it.ratio,
            at_most=_AT_MOST,
            why=why if it.ratio > _AT_MOST else "",
        ),
        Figure(
            name=f"{it.instances} instances: runs that failed and groups not awake",
            value=it.outcome.failed + it.outcome.lost,
            at_most=0,
        ),
    ]


def _table(mornings: list[Morning]) -> Table:
    rows = tuple(
        (
            it.instances, it.size.nodegroups, round(it.bound), round(it.outcome.changed), round(it.outcome.served),
            it.ratio, round(it.outcome.ended), it.refused, f"{it.outcome.share_throttled:.1%}", it.outcome.looks,
        )
        for it in mornings
    )  # fmt: skip
    columns = (
        "instances", "groups", "bound s", "all told s", "last in service s", "in service / bound", "last run over s",
        "refused launches", "throttled EKS calls", "looks",
    )  # fmt: skip
    return Table(title="One account and region", columns=columns, rows=rows)
