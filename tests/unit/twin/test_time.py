"""Looking changes nothing: however often one looks, and in whatever order things are asked, the same happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.clock import VirtualClock
from sandbox.twin.latencies import Draws, Triangular
from tests.unit.twin.asking import ask
from tests.unit.twin.house import NAME, START, FakeWorld, cluster_params, new_twin, nodegroup_params

if TYPE_CHECKING:
    from sandbox.twin import Twin

OF = {"clusterName": NAME}
GROUP = OF | {"nodegroupName": "workers"}


def sizes(desired: int) -> dict[str, Any]:
    return {"scalingConfig": {"minSize": 0, "maxSize": 3, "desiredSize": desired}}


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("CreateCluster", cluster_params()),
    ("CreateAddon", OF | {"addonName": "vpc-cni"}),
    ("CreateAddon", OF | {"addonName": "coredns"}),
    ("CreateNodegroup", nodegroup_params() | sizes(2)),
    ("UpdateNodegroupConfig", GROUP | sizes(0)),
    ("UpdateNodegroupConfig", GROUP | sizes(3)),
    ("UpdateClusterConfig", {"name": NAME, "deletionProtection": True}),
    ("UpdateClusterConfig", {"name": NAME, "deletionProtection": False}),
    ("DeleteAddon", OF | {"addonName": "vpc-cni"}),
    ("DeleteNodegroup", GROUP),
    ("DeleteCluster", {"name": NAME}),
]
STORIES = st.lists(st.tuples(st.sampled_from(CALLS), st.sampled_from([0, 7, 90, 700])), max_size=10)
# The plain way up first, so that most stories reach the interesting part.
START_OF_ALL = [(CALLS[0], 700), (CALLS[1], 7), (CALLS[3], 7)]
SOME = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)


def tell(story: list[tuple[tuple[str, dict[str, Any]], int]], looks: int) -> tuple[Twin, list[int]]:
    """Make the calls; after each, let time pass in `looks` steps of which each looks at the twin."""
    twin = new_twin(FakeWorld(), clock := VirtualClock(START))
    statuses = []
    for (operation, params), seconds in [*START_OF_ALL, *story]:
        statuses.append(ask(twin, operation, params).status)
        for _ in range(looks):
            clock.advance(seconds / looks)
            ask(twin, "ListClusters", {})
    return twin, statuses


@SOME
@given(STORIES)
def test_looking_more_often_changes_nothing(story: list[tuple[tuple[str, dict[str, Any]], int]]) -> None:
    seldom, often = tell(story, 1), tell(story, 4)
    assert seldom[1] == often[1]
    assert seldom[0].inventory() == often[0].inventory()
    assert seldom[0].next_event() == often[0].next_event()


@SOME
@given(STORIES)
def test_everything_comes_to_rest(story: list[tuple[tuple[str, dict[str, Any]], int]]) -> None:
    twin, _ = tell(story, 1)
    clock: Any = twin._clock
    for _ in range(500):
        event = twin.next_event()
        if event is None:
            break
        assert event >= clock.now()
        clock.advance_to(event)
        twin.settle()
    assert twin.next_event() is None
    for cluster in twin.inventory()["clusters"].values():
        assert cluster["cluster"]["status"] == "ACTIVE"
        assert {it["status"] for it in cluster["updates"].values()} <= {"Successful"}
        for nodegroup in cluster["nodegroups"].values():
            assert nodegroup["nodegroup"]["status"] in {"ACTIVE", "CREATE_FAILED"}
        for addon in cluster["addons"].values():
            assert addon["addon"]["status"] in {"ACTIVE", "DEGRADED"}
    for group in twin.inventory()["autoScalingGroups"].values():
        assert len(group["Instances"]) == group["DesiredCapacity"]
        assert {it["LifecycleState"] for it in group["Instances"]} <= {"InService"}


def test_durations_do_not_depend_on_the_order_of_calls() -> None:
    def create(*names: str) -> dict[str, Any]:
        twin = new_twin(FakeWorld(), clock := VirtualClock(START), seed=7)
        for name in names:
            ask(twin, "CreateCluster", cluster_params(name))
        ends: dict[str, Any] = {}
        while (event := twin.next_event()) is not None:
            clock.advance_to(event)
            for name, it in twin.inventory()["clusters"].items():
                if it["cluster"]["status"] == "ACTIVE":
                    ends.setdefault(name, event)
        return ends

    assert create("a", "b", "c") == create("c", "a", "b")
    assert len(set(create("a", "b", "c").values())) == 3


def test_another_seed_is_another_world() -> None:
    def durations(seed: int) -> list[float]:
        draws = Draws(seed)
        return [draws.seconds(Triangular(1, 2, 3), "create", "a") for _ in range(3)]

    assert durations(1) == durations(1)
    assert durations(1) != durations(2)
    assert len(set(durations(1))) == 3
    assert all(1 <= it <= 3 for it in durations(1))
