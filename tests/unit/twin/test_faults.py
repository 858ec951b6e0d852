"""Fault rules that act upon calls."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectionClosedError

from sandbox.clock import VirtualClock
from sandbox.twin.faults import (
    ALWAYS,
    ONCE,
    Delay,
    Faults,
    Lose,
    NoRoom,
    Replace,
    Rule,
    Stale,
    Stretch,
    Throttle,
    When,
    each,
    first,
    nth,
    some,
)
from tests.unit.twin.asking import ask
from tests.unit.twin.house import NAME, REGION, START, FakeWorld, House, cluster_params, new_twin, refusal

if TYPE_CHECKING:
    from sandbox.twin import HttpResponse

NO_ROOM = "UnsupportedAvailabilityZoneException"
ZONES = [f"{REGION}a", f"{REGION}b"]


def listed(faults: Faults) -> HttpResponse:
    return ask(faults, "ListClusters", {})


@pytest.mark.parametrize(
    ("rule", "status", "fields"),
    [
        (Replace("CreateCluster", "ServerException", "words"), 500, {"message": "words"}),
        (Replace("CreateCluster", NO_ROOM, fields={"validZones": ZONES}), 400, {"validZones": ZONES}),
        (Replace("Create*", "AccessDeniedException"), 403, {}),
        (Replace("*", "TooManyRequestsException"), 429, {}),
        (Replace("CreateCluster", "ExpiredTokenException"), 403, {}),
        (Replace("CreateCluster", "ThrottlingException", status=400), 400, {}),
        (Replace("DeleteCluster CreateCluster", "ServiceUnavailableException"), 503, {}),
    ],
    ids=lambda it: it.code if isinstance(it, Replace) else "",
)  # fmt: skip
def test_an_error_comes_in_the_place_of_the_work(
    house: House, rule: Replace, status: int, fields: dict[str, Any]
) -> None:
    house.faults.add(rule)
    answered = refusal(house.cluster)
    assert answered[:2] == (status, rule.code)
    assert fields.items() <= answered[3].items()
    assert house.eks.list_clusters()["clusters"] == []
    assert house.cluster()["name"] == NAME


@pytest.mark.parametrize(("status", "code"), [(500, "ResourceContention"), (403, "AccessDeniedException")])
def test_auto_scaling_fails_in_its_own_protocol(house: House, status: int, code: str) -> None:
    house.faults.add(Replace("DescribeAutoScalingGroups", code, "busy"))
    assert refusal(house.autoscaling.describe_auto_scaling_groups)[:3] == (status, code, "busy")


@pytest.mark.parametrize(
    ("when", "acted"),
    [
        (ONCE, [1]),
        (first(3), [1, 2, 3]),
        (nth(4), [4]),
        (nth(4, times=2), [4, 5]),
        (each(3), [3, 6, 9]),
        (When(first=2, every=4, times=2), [2, 6]),
        (ALWAYS, list(range(1, 11))),
    ],
)
def test_rules_act_upon_the_calls_that_count(house: House, when: When, acted: list[int]) -> None:
    rule = house.faults.add(Replace("ListClusters", "ServerException", when=when))
    refused = [number for number in range(1, 11) if listed(house.faults).status == 500]
    assert refused == acted
    assert house.faults.fired(rule) == len(acted)
    assert house.faults.rules()[0].seen == 10


def lot(seed: int) -> list[int]:
    faults = Faults(new_twin(FakeWorld(), VirtualClock(START)), lambda _seconds: None, seed)
    faults.add(Replace("ListClusters", "ServerException", when=some(0.3)))
    return [listed(faults).status for _ in range(200)]


def test_lots_are_drawn_by_the_seed() -> None:
    assert lot(1) == lot(1) != lot(2)
    assert 30 < lot(1).count(500) < 90


@pytest.mark.parametrize(
    ("operation", "cluster", "name", "answer"),
    [
        ("DescribeNodegroup", None, None, "ServerException"),
        ("Describe*", NAME, "workers", "ServerException"),
        ("DeleteNodegroup DescribeNodegroup", None, "workers", "ServerException"),
        ("DeleteNodegroup", None, None, "ResourceNotFoundException"),
        ("DescribeNodegroup", "other", None, "ResourceNotFoundException"),
        ("DescribeNodegroup", None, "others", "ResourceNotFoundException"),
    ],
)
def test_rules_concern_operations_and_names(
    house: House, operation: str, cluster: str | None, name: str | None, answer: str
) -> None:
    house.faults.add(Replace(operation, "ServerException", cluster=cluster, name=name))
    code = refusal(lambda: house.eks.describe_nodegroup(clusterName=NAME, nodegroupName="workers"))[1]
    assert code == answer


def test_the_first_of_two_rules_has_its_way_and_the_second_sees_what_it_lets_through(house: House) -> None:
    house.faults.add(Replace("ListClusters", "ServerException", when=nth(2)))
    house.faults.add(Replace("ListClusters", "AccessDeniedException", when=nth(2)))
    assert [listed(house.faults).status for _ in range(4)] == [200, 500, 403, 200]


@pytest.mark.parametrize("how", ["dropped", "error"])
def test_a_lost_answer_is_to_work_that_was_done(house: House, how: Any) -> None:  # noqa: ANN401 - one of two words
    house.faults.add(Lose("CreateCluster", how, when=first(2)))
    params = cluster_params() | {"clientRequestToken": "t" * 40}
    for _ in range(2):
        if how == "dropped":
            with pytest.raises(ConnectionClosedError):
                house.eks.create_cluster(**params)
        else:
            assert refusal(lambda: house.eks.create_cluster(**params))[:2] == (500, "ServerException")
    assert house.eks.list_clusters()["clusters"] == [NAME]
    assert house.eks.create_cluster(**params)["cluster"]["name"] == NAME, "the token brings the first answer back"


def test_a_bucket_refills_on_the_twins_clock(house: House) -> None:
    house.faults.add(Throttle(operation="List* Describe*", capacity=2, refill=0.5))
    assert [listed(house.faults).status for _ in range(3)] == [200, 200, 429]
    house.wait(2)
    assert [listed(house.faults).status for _ in range(2)] == [200, 429]
    house.wait(3600)
    assert [listed(house.faults).status for _ in range(3)] == [200, 200, 429]


def test_a_bucket_can_speak_the_declared_word(house: House) -> None:
    house.faults.add(Throttle(capacity=1, refill=1, code="ThrottlingException"))
    listed(house.faults)
    assert refusal(house.eks.list_clusters)[:3] == (429, "ThrottlingException", "Too Many Requests")


def test_a_delayed_call_meets_a_later_world(house: House) -> None:
    house.cluster()
    house.faults.add(Delay("DescribeCluster", 700))
    assert house.status() == "ACTIVE"
    assert house.clock.now().timestamp() - START.timestamp() == 700


def test_a_stale_read_shows_the_world_as_it_was(house: House) -> None:
    house.faults.add(Stale("DescribeCluster", 60))
    house.cluster()
    house.wait(380)
    statuses = []
    for _ in range(12):
        house.wait(30)
        statuses.append((house.twin.inventory()["clusters"][NAME]["cluster"]["status"], house.status()))
    turned = next(number for number, (true, _) in enumerate(statuses) if true == "ACTIVE")
    assert [shown for _, shown in statuses] == ["CREATING"] * (turned + 2) + ["ACTIVE"] * (10 - turned)


def test_latencies_are_longer_while_the_rule_stands(house: House) -> None:
    rule = house.faults.add(Stretch("cluster_create", 10))
    house.cluster("slow")
    house.faults.remove(rule)
    house.cluster("quick")
    house.wait(700)
    assert (house.status("slow"), house.status("quick")) == ("CREATING", "ACTIVE")
    house.wait(6300)
    assert house.status("slow") == "ACTIVE"


def test_a_full_zone_is_refused_until_it_has_room(house: House) -> None:
    rule = house.faults.add(NoRoom((f"{REGION}b",)))
    status, code, message, body = refusal(house.cluster)
    assert (status, code) == (400, NO_ROOM)
    assert f"{REGION}b, the targeted availability zone" in message
    assert body["validZones"] == [f"{REGION}a"]
    house.faults.remove(rule)
    assert house.cluster()["status"] == "CREATING"


def test_rules_can_be_listed_and_taken_away(house: House) -> None:
    rules: list[Rule] = [Replace("ListClusters", "ServerException", when=ALWAYS), Stretch("cluster_create", 2)]
    ids = [house.faults.add(rule) for rule in rules]
    listed(house.faults)
    assert [(it.id, it.rule, it.fired) for it in house.faults.rules()] == [
        (ids[0], rules[0], 1),
        (ids[1], rules[1], 1),
    ]
    house.faults.remove(ids[0])
    assert listed(house.faults).status == 200
    house.faults.clear()
    assert house.faults.rules() == []
    with pytest.raises(KeyError):
        house.faults.remove(ids[1])


def test_many_threads_are_counted_as_one(house: House) -> None:
    rule = house.faults.add(Replace("ListClusters", "ServerException", when=nth(11, times=20)))
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: listed(house.faults).status, range(100)))
    assert (statuses.count(500), house.faults.fired(rule)) == (20, 20)
