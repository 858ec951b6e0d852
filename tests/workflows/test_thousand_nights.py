"""A thousand nights and mornings of twenty clusters, after which every size is as it was; and what one asks of AWS.

For a thousand, the interpreted state machine over the wire is too slow (a third of a second each). So what its states
call is called by the fleet directly, side by side: the functions ``runs`` and ``scaling`` as they are, over the twin,
with the registry's table at their door. And where the machine would look again after 10 to 30 seconds, the fleet looks
after eight times as long: fewer looks find the same. The night whose calls are counted is ``scale.asl.json``'s to the
letter.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from lambdas.domain.power import remembered
from tests.house import example, house
from tests.workflows.bank import BANK, DAWN, DUSK, HOUR, HOURS
from tests.workflows.clockwork import Clockwork
from tests.workflows.fleet import fleet

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import pytest


def test_after_a_thousand_nights_every_size_is_as_it_was() -> None:
    with fleet() as lived:
        lived.build()
        lived.live()
        assert (len(lived.nights), lived.nights.total()) == (20, 1000)
        eks = lived.around.aws.eks
        for (cluster, group), sizes in lived.expected.items():
            config = eks.describe_nodegroup(clusterName=cluster, nodegroupName=group)["nodegroup"]["scalingConfig"]
            assert (config["minSize"], config["maxSize"], config["desiredSize"]) == sizes
            record = lived.around.registry.cluster(cluster)
            assert record is not None
            assert (remembered(record, group), record.resize, record.lease) == (None, {}, None)


MOST_CALLS = {
    "sleep": {"eks": 6, "autoscaling": 17, "ec2": 1, "scheduler": 1, "events": 1, "dynamodb": 80},
    "wake": {"eks": 12, "autoscaling": 13, "scheduler": 1, "events": 1, "dynamodb": 64},
}
"""Twin figures, and by how much they may grow: the functions' calls for one cluster with one node group, by service."""


def test_one_night_and_one_morning_ask_little_of_aws(
    capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    with house() as home:
        home.provision(example(BANK))
        clockwork = Clockwork(home)
        clockwork.end_of_provisioning()
        clockwork.plan(BANK, HOURS)
        clockwork.until(DUSK - HOUR)
        calls = {"sleep": _calls(clockwork, DUSK + HOUR), "wake": _calls(clockwork, DAWN + HOUR)}
    for turn, counted in calls.items():
        record_property(turn, dict(counted))
        with capsys.disabled():
            said = ", ".join(f"{service} {times}" for service, times in sorted(counted.items()))
            print(f"\n{turn}: {counted.total()} calls (twin figures): {said}")  # noqa: T201 -- to be seen
        assert counted.keys() <= MOST_CALLS[turn].keys()
        assert {service: times for service, times in counted.items() if times > MOST_CALLS[turn][service]} == {}


def _calls(clockwork: Clockwork, until: datetime) -> Counter[str]:
    """How often the functions call each service until an instant; a transaction is one call."""
    clockwork.home.calls.counted.clear()
    clockwork.until(until)
    counted: Counter[str] = Counter()
    for (_, service), times in clockwork.home.calls.counted.items():
        counted[service] += times
    return counted
