"""Instances that cannot be had: partial scale-outs, node groups that stay DEGRADED, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.twin.faults import Force, Issue, Scarce, Stretch
from tests.unit.twin.house import NAME

if TYPE_CHECKING:
    from tests.unit.twin.house import House

LONG = 1000
CODE = "AsgInstanceLaunchFailures"


def nodegroup(house: House) -> Any:  # noqa: ANN401 - a Nodegroup of EKS
    return house.eks.describe_nodegroup(clusterName=NAME, nodegroupName="workers")["nodegroup"]


def codes(house: House) -> list[str]:
    return [issue["code"] for issue in nodegroup(house)["health"]["issues"]]


def last_update(house: House) -> str:
    update_id = house.eks.list_updates(name=NAME, nodegroupName="workers")["updateIds"][-1]
    update = house.eks.describe_update(name=NAME, updateId=update_id, nodegroupName="workers")["update"]
    return update["status"]


def asleep(house: House) -> None:
    house.scale(0, 5, 0)
    house.wait(LONG)
    assert house.lifecycles() == []


@pytest.fixture
def short(working: House) -> House:
    """A node group that sleeps and wakes to three of five nodes."""
    asleep(working)
    working.faults.add(Scarce(3))
    working.scale(0, 5, 5)
    working.wait(LONG)
    return working


def test_three_of_five_come_and_the_update_is_successful_all_the_same(short: House) -> None:
    assert last_update(short) == "Successful"
    assert short.lifecycles() == ["InService"] * 3
    assert nodegroup(short)["scalingConfig"]["desiredSize"] == 5
    assert nodegroup(short)["status"] == "DEGRADED"
    (issue,) = nodegroup(short)["health"]["issues"]
    assert issue["code"] == CODE
    assert "InsufficientInstanceCapacity" in issue["message"]
    assert issue["resourceIds"] == [it["InstanceId"] for it in short.group()["Instances"]]


def test_the_group_tells_of_every_launch_that_failed(short: House) -> None:
    told = short.autoscaling.describe_scaling_activities()["Activities"]
    failed = [it for it in told if it["StatusCode"] == "Failed"]
    assert len(failed) >= LONG / 60
    assert all("InsufficientInstanceCapacity" in it["StatusMessage"] for it in failed)


def test_it_is_degraded_a_while_after_the_update_and_not_at_once(working: House) -> None:
    working.faults.add(Scarce(0))
    working.scale(0, 5, 2)
    working.wait(29)
    assert (nodegroup(working)["status"], last_update(working)) == ("ACTIVE", "Successful")
    working.wait(92)
    assert (nodegroup(working)["status"], codes(working)) == ("DEGRADED", [CODE])


def test_what_is_there_stays(working: House) -> None:
    working.faults.add(Scarce(0))
    working.wait(LONG)
    assert (working.lifecycles(), nodegroup(working)["status"]) == (["InService"], "ACTIVE")


def test_it_is_well_again_by_itself_once_the_rest_has_come(short: House) -> None:
    short.faults.clear()
    short.wait(60)
    assert len(short.lifecycles()) == 5
    short.wait(120)
    assert (short.lifecycles(), nodegroup(short)["status"], codes(short)) == (["InService"] * 5, "ACTIVE", [])


def test_it_stays_degraded_at_zero_and_sleeps_and_wakes_all_the_same(short: House) -> None:
    asleep(short)
    assert (last_update(short), nodegroup(short)["status"], codes(short)) == ("Successful", "DEGRADED", [CODE])
    short.faults.clear()
    short.wait(LONG)
    assert nodegroup(short)["status"] == "DEGRADED", "nothing was scaled out"
    short.scale(0, 5, 2)
    short.wait(LONG)
    assert (short.lifecycles(), nodegroup(short)["status"], codes(short)) == (["InService"] * 2, "ACTIVE", [])


def test_to_want_no_more_than_there_is_makes_it_no_better(short: House) -> None:
    short.scale(0, 5, 3)
    short.wait(LONG)
    assert nodegroup(short)["status"] == "DEGRADED"


def test_a_lack_that_shows_while_an_update_runs_is_there_after_it(working: House) -> None:
    working.faults.add(Scarce(1))
    working.faults.add(Stretch("nodegroup_config_update", 100))
    working.scale(0, 5, 3)
    working.wait(130)
    assert (nodegroup(working)["status"], codes(working)) == ("UPDATING", [CODE])
    working.wait(LONG)
    assert (nodegroup(working)["status"], codes(working)) == ("DEGRADED", [CODE])
    assert last_update(working) == "Successful"


def test_who_goes_to_sleep_before_it_is_well_again_stays_degraded(short: House) -> None:
    short.faults.clear()
    while short.lifecycles() != ["InService"] * 5:
        short.wait(1)
    assert nodegroup(short)["status"] == "DEGRADED"
    asleep(short)
    assert nodegroup(short)["status"] == "DEGRADED"


def test_a_new_node_group_that_gets_too_few_fails_with_the_reason(active: House) -> None:
    active.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    active.faults.add(Scarce(1, "InsufficientFreeAddresses", name="workers"))
    active.nodegroup(scalingConfig={"minSize": 2, "maxSize": 2, "desiredSize": 2})
    active.wait(500)
    assert (nodegroup(active)["status"], codes(active)) == ("CREATING", [])
    active.wait(500)
    assert (nodegroup(active)["status"], codes(active)) == ("CREATE_FAILED", ["InsufficientFreeAddresses"])


@pytest.mark.parametrize(("where", "nodes"), [({"name": "others"}, 3), ({"cluster": NAME, "name": "workers"}, 2)])
def test_it_is_scarce_for_those_that_are_named(working: House, where: dict[str, str], nodes: int) -> None:
    working.faults.add(Scarce(2, **where))
    working.scale(0, 5, 3)
    working.wait(LONG)
    assert len(working.lifecycles()) == nodes


def test_the_worst_scarcity_counts(working: House) -> None:
    for instances in (4, 2, 3):
        working.faults.add(Scarce(instances))
    working.scale(0, 5, 5)
    working.wait(LONG)
    assert len(working.lifecycles()) == 2


def test_a_lack_that_is_over_before_it_shows_degrades_nothing(working: House) -> None:
    rule = working.faults.add(Scarce(1))
    working.scale(0, 5, 2)
    working.faults.remove(rule)
    working.wait(LONG)
    assert (working.lifecycles(), nodegroup(working)["status"]) == (["InService"] * 2, "ACTIVE")


def test_a_status_that_was_forced_stays_through_an_update(working: House) -> None:
    working.scale(0, 5, 2)
    issue = (Issue(CODE),)
    working.faults.add(Force("nodegroup", "DEGRADED", issue, cluster=NAME, name="workers", now=True))
    working.wait(LONG)
    assert (nodegroup(working)["status"], last_update(working)) == ("DEGRADED", "Successful")
    working.scale(0, 5, 3)
    working.wait(LONG)
    assert (nodegroup(working)["status"], codes(working)) == ("DEGRADED", [CODE])
    assert working.lifecycles() == ["InService"] * 3
