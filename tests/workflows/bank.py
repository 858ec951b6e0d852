"""One cluster with one node group, and what must be true of it by night and by day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from lambdas.domain.calendar import Calendar, Hours, Window
from lambdas.domain.power import due, remembered
from lambdas.domain.records import Power

if TYPE_CHECKING:
    from tests.house import House
    from tests.workflows.clockwork import Clockwork

BANK = "simple-bank"
HOURS = Calendar(timezone="Europe/Berlin", awake=(Window(tuple(range(7)), Hours(8 * 60, 20 * 60)),))
"""By Berlin's clock, which is an hour ahead in winter."""

DUSK = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
DAWN = DUSK + timedelta(hours=12)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAY_SIZES = {"minSize": 1, "maxSize": 2, "desiredSize": 1}
NIGHT_SIZES = {"minSize": 0, "maxSize": 2, "desiredSize": 0}


def sizes(home: House) -> dict[str, Any]:
    answer = home.around.aws.eks.describe_nodegroup(clusterName=BANK, nodegroupName=BANK)
    return dict(answer["nodegroup"]["scalingConfig"])


def nodes(home: House) -> int:
    answer = home.around.aws.eks.describe_nodegroup(clusterName=BANK, nodegroupName=BANK)["nodegroup"]
    (group,) = answer["resources"]["autoScalingGroups"]
    (found,) = home.around.aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group["name"]])[
        "AutoScalingGroups"
    ]
    return len(found["Instances"])


def assert_asleep(clockwork: Clockwork) -> None:
    assert (sizes(clockwork.home), nodes(clockwork.home)) == (NIGHT_SIZES, 0)
    assert_quiet(clockwork, Power.ASLEEP)


def assert_awake(clockwork: Clockwork, expected: dict[str, int] | None = None) -> None:
    expected = expected or DAY_SIZES
    assert (sizes(clockwork.home), nodes(clockwork.home)) == (expected, expected["desiredSize"])
    assert remembered(clockwork.record(BANK), BANK) is None
    assert_quiet(clockwork, Power.AWAKE)


def assert_quiet(clockwork: Clockwork, power: Power) -> None:
    """Nobody works on the cluster, and nothing is left to do."""
    record = clockwork.record(BANK)
    assert (record.power, record.lease, record.resize) == (power, None, {})
    assert due(record, clockwork.home.clock.now()) is None
