"""A fleet's nights: many clusters, an autoscaler by day, and every size is in the morning what it was in the evening.

``SLIPWAY_FLEET=20x50`` lets twenty clusters sleep for fifty nights, which is a thousand cycles and wants
``pytest --timeout=0``; by default there are few of both. The numbers of calls that it prints are twin figures.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from lambdas.domain.calendar import Calendar, Hours, Window
from lambdas.domain.records import Power
from lambdas.domain.runs import RunStatus
from lambdas.domain.spec import ScalingConfig
from tests.house import example, house
from tests.workflows.clockwork import Clockwork

if TYPE_CHECKING:
    import pytest

    from tests.house import House

    Sizes = dict[str, tuple[int, int, int]]

CLUSTERS, NIGHTS = map(int, os.environ.get("SLIPWAY_FLEET", "2x3").split("x"))
HOURS = Calendar(timezone="UTC", awake=(Window(tuple(range(7)), Hours(8 * 60, 20 * 60)),))
DUSK = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MOST_CALLS = 60
"""Of the functions in one night of one node group, which falls asleep and wakes; the registry does not count."""

REGISTRY = "dynamodb"

SOMEBODY = "somebody else"


def names() -> list[str]:
    return [f"bank-{number}" for number in range(CLUSTERS)]


def made(home: House, random: Random) -> Clockwork:
    """Clusters with a node group each, of sizes of their own, and all with the same calendar."""
    clockwork = Clockwork(home)
    for name in names():
        spec = example("simple-bank")
        most = random.randint(1, 6)
        least = random.randint(0, most)
        sizes = ScalingConfig(minSize=least, maxSize=most, desiredSize=random.randint(least, most))
        (group,) = spec.nodegroups
        home.provision(replace(spec, name=name, nodegroups=(replace(group, nodegroupName=name, scalingConfig=sizes),)))
    clockwork.end_of_provisioning()
    for name in names():
        clockwork.plan(name, HOURS)
    return clockwork


def autoscale(home: House, random: Random) -> None:
    """Move the desired sizes between the least and the greatest, as an autoscaler does by day."""
    home.calls.function = SOMEBODY
    for group in home.around.aws.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]:
        home.around.aws.autoscaling.set_desired_capacity(
            AutoScalingGroupName=group["AutoScalingGroupName"],
            DesiredCapacity=random.randint(group["MinSize"], group["MaxSize"]),
        )


def sizes(home: House) -> Sizes:
    home.calls.function = SOMEBODY
    found = {}
    for name in names():
        config = home.around.aws.eks.describe_nodegroup(clusterName=name, nodegroupName=name)["nodegroup"][
            "scalingConfig"
        ]
        found[name] = (config["minSize"], config["maxSize"], config["desiredSize"])
    return found


def powers(clockwork: Clockwork) -> set[Power]:
    clockwork.home.calls.function = SOMEBODY
    return {clockwork.record(name).power for name in names()}


def calls_of_a_night(home: House) -> dict[str, float]:
    """How often the functions have called each service, for one night of one cluster."""
    counted: Counter[str] = Counter()
    for (function, service), times in home.calls.counted.items():
        if function != SOMEBODY:
            counted[service] += times
    return {service: times / (CLUSTERS * NIGHTS) for service, times in sorted(counted.items())}


def test_every_size_is_in_the_morning_what_it_was_in_the_evening(capsys: pytest.CaptureFixture[str]) -> None:
    random = Random(20261122)  # noqa: S311 -- a seed, so that a failure can be had again
    with house() as home:
        clockwork = made(home, random)
        clockwork.until(DUSK - timedelta(hours=1))
        home.calls.counted.clear()
        for night in range(NIGHTS):
            autoscale(home, random)
            clockwork.until(DUSK + night * DAY - timedelta(minutes=1))
            before = sizes(home)
            clockwork.until(DUSK + night * DAY + timedelta(hours=11))
            assert {(least, desired) for least, _, desired in sizes(home).values()} == {(0, 0)}
            assert powers(clockwork) == {Power.ASLEEP}
            clockwork.until(DUSK + night * DAY + timedelta(hours=23))
            assert sizes(home) == before
            assert powers(clockwork) == {Power.AWAKE}
        for name in names():
            runs, _ = home.around.registry.runs(name)
            assert all(run.status is RunStatus.SUCCEEDED for run in runs)
    calls = calls_of_a_night(home)
    with capsys.disabled():
        print(f"\n{CLUSTERS} clusters, {NIGHTS} nights: calls a night and node group (twin figures): {calls}")  # noqa: T201 -- asked for
    assert sum(times for service, times in calls.items() if service != REGISTRY) < MOST_CALLS
