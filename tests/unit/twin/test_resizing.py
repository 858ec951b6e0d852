"""Sizes that move: by EKS, by an autoscaler, by a person in the auto scaling group, at once and against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.twin.faults import Change, RuleError
from tests.unit.twin.house import NAME, refusal

if TYPE_CHECKING:
    from tests.unit.twin.house import House

WORKERS = {"clusterName": NAME, "nodegroupName": "workers"}
TOKEN = "t" * 40


def sizes(house: House) -> tuple[int, int, int]:
    config: Any = house.eks.describe_nodegroup(clusterName=NAME, nodegroupName="workers")["nodegroup"]["scalingConfig"]
    return config["minSize"], config["maxSize"], config["desiredSize"]


@pytest.mark.parametrize(
    ("moved", "shown"),
    [
        ({"desiredSize": 4}, (0, 5, 4)),
        ({"minSize": 2}, (2, 5, 2)),
        ({"maxSize": 7}, (0, 7, 1)),
        ({"minSize": 1, "maxSize": 9, "desiredSize": 3}, (1, 9, 3)),
        ({"maxSize": 0}, (0, 0, 0)),
    ],
)
def test_a_change_in_the_group_shows_in_the_node_group(
    working: House, moved: dict[str, int], shown: tuple[int, int, int]
) -> None:
    working.faults.add(Change("ResizeGroup", {**WORKERS, **moved}))
    assert sizes(working) == shown
    working.wait(500)
    assert working.lifecycles() == ["InService"] * shown[2]
    assert working.nodegroup_status() == "ACTIVE"
    assert working.eks.list_updates(name=NAME, nodegroupName="workers")["updateIds"] == []


def test_an_autoscaler_moves_the_size_while_we_look(working: House) -> None:
    working.faults.add(Change("ResizeGroup", {"desiredSize": 3}, on="DescribeNodegroup", name="workers"))
    assert sizes(working) == (0, 5, 3)


@pytest.mark.parametrize("moved", [{"desiredSize": 6}, {"minSize": 6}, {"desiredSize": "3"}])
def test_a_size_that_cannot_be_is_refused(working: House, moved: dict[str, object]) -> None:
    with pytest.raises(RuleError):
        working.faults.add(Change("ResizeGroup", {**WORKERS, **moved}))
    assert sizes(working) == (0, 5, 1)


def test_a_group_that_is_not_there_yet_cannot_be_resized(active: House) -> None:
    active.nodegroup()
    with pytest.raises(RuleError, match="no auto scaling group yet"):
        active.faults.add(Change("ResizeGroup", {**WORKERS, "desiredSize": 2}))


def test_waking_while_instances_still_drain_starts_new_ones(working: House) -> None:
    (old,) = (it["InstanceId"] for it in working.group()["Instances"])
    working.scale(0, 5, 0)
    working.wait(15)
    assert working.lifecycles() == ["Terminating:Wait"]
    working.scale(0, 5, 2)
    assert working.lifecycles() == ["Pending", "Pending", "Terminating:Wait"]
    working.wait(430)
    assert working.lifecycles() == ["InService"] * 2
    assert old not in {it["InstanceId"] for it in working.group()["Instances"]}


def test_a_second_update_is_refused_while_the_first_one_runs_and_its_replay_is_not(working: House) -> None:
    asleep: Any = {**WORKERS, "scalingConfig": {"minSize": 0, "maxSize": 5, "desiredSize": 0}}
    first = working.eks.update_nodegroup_config(**asleep, clientRequestToken=TOKEN)["update"]
    assert refusal(lambda: working.scale(0, 5, 2))[:2] == (409, "ResourceInUseException")
    assert working.eks.update_nodegroup_config(**asleep, clientRequestToken=TOKEN)["update"]["id"] == first["id"]
    working.wait(LATE)
    again = working.eks.update_nodegroup_config(**asleep, clientRequestToken=TOKEN)["update"]
    assert again == first, "the answer that was given then, not what has become of it"
    assert working.eks.list_updates(name=NAME, nodegroupName="workers")["updateIds"] == [first["id"]]


LATE = 24 * 3600


def test_an_update_to_the_sizes_that_are_there_is_an_update_that_moves_nothing(working: House) -> None:
    before = working.group()["Instances"]
    working.scale(0, 5, 1)
    working.wait(60)
    assert working.group()["Instances"] == before
    (update_id,) = working.eks.list_updates(name=NAME, nodegroupName="workers")["updateIds"]
    update = working.eks.describe_update(name=NAME, updateId=update_id, nodegroupName="workers")["update"]
    assert update["status"] == "Successful"


def test_a_maximum_of_zero_is_no_size(working: House) -> None:
    assert refusal(lambda: working.scale(0, 0, 0))[:2] == (400, "InvalidParameterException")
    assert sizes(working) == (0, 5, 1)


def test_a_night_comes_back_with_the_sizes_it_took(working: House) -> None:
    working.faults.add(Change("ResizeGroup", {**WORKERS, "minSize": 1, "desiredSize": 3}))
    working.wait(120)
    least, most, desired = sizes(working)
    working.scale(0, most, 0)
    working.wait(600)
    assert (sizes(working), working.lifecycles()) == ((0, 5, 0), [])
    working.scale(least, most, desired)
    working.wait(120)
    assert (sizes(working), working.lifecycles()) == ((1, 5, 3), ["InService"] * 3)
