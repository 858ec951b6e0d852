"""New versions of a node group's nodes, and what brings them to a halt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.twin.faults import Change, Force, Guard, Issue
from tests.unit.twin.house import NAME, NODE_ROLE, refusal, template

if TYPE_CHECKING:
    from tests.unit.twin.house import House

WORKERS = {"clusterName": NAME, "nodegroupName": "workers"}
OLD_RELEASE, NEW_RELEASE = "1.35.3-20261023", "1.35.3-20261109"
HOURS = 2 * 3600


def begin(house: House, **more: Any) -> str:  # noqa: ANN401 - UpdateNodegroupVersion members
    return str(house.call("update_nodegroup_version", **WORKERS, **more)["update"]["id"])


def told(house: House, update: str) -> Any:  # noqa: ANN401 - an Update of EKS
    return house.eks.describe_update(name=NAME, updateId=update, nodegroupName="workers")["update"]


def instances(house: House) -> list[str]:
    return [it["InstanceId"] for it in house.group()["Instances"] if it["LifecycleState"] == "InService"]


def nodegroup(house: House) -> Any:  # noqa: ANN401 - a Nodegroup of EKS
    return house.eks.describe_nodegroup(**WORKERS)["nodegroup"]


@pytest.fixture
def dated(house: House) -> House:
    """A twin with a cluster and a node group of three nodes on an AMI that is not the newest."""
    house.active_cluster()
    house.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    house.nodegroup(releaseVersion=OLD_RELEASE, scalingConfig={"minSize": 0, "maxSize": 5, "desiredSize": 3})
    house.wait(250)
    return house


@pytest.mark.parametrize(("force", "name"), [(False, "workers"), (True, None)])
def test_pods_that_do_not_leave_end_an_update_unless_it_is_forced(dated: House, force: bool, name: str | None) -> None:  # noqa: FBT001 - a column
    dated.faults.add(Guard(name=name))
    before = instances(dated)
    update = begin(dated, force=force)
    dated.wait(1200)
    assert told(dated, update)["status"] == "InProgress"
    dated.wait(HOURS)
    after, shown = instances(dated), nodegroup(dated)
    assert (len(after), shown["status"]) == (3, "ACTIVE")
    if force:
        assert (told(dated, update)["status"], shown["releaseVersion"]) == ("Successful", NEW_RELEASE)
        assert not set(before) & set(after)
        return
    (error,) = told(dated, update)["errors"]
    assert error["errorCode"] == "PodEvictionFailure"
    assert error["errorMessage"] == "Reached max retries while trying to evict pods from nodes in node group workers"
    assert (told(dated, update)["status"], shown["releaseVersion"]) == ("Failed", OLD_RELEASE)
    assert set(before) & set(after) == set(error["resourceIds"]) == {before[-1]}


def test_it_goes_on_when_the_budget_is_lifted_within_its_time(dated: House) -> None:
    standing = dated.faults.add(Guard(3))
    update = begin(dated)
    dated.wait(600)
    dated.faults.remove(standing)
    dated.wait(HOURS)
    assert told(dated, update)["status"] == "Successful"


@pytest.mark.parametrize("rule", [Guard(cluster="another"), Guard(name="others")])
def test_a_budget_elsewhere_holds_nothing_up(dated: House, rule: Guard) -> None:
    dated.faults.add(rule)
    update = begin(dated)
    dated.wait(HOURS)
    assert told(dated, update)["status"] == "Successful"


@pytest.mark.parametrize("mended", [False, True])
def test_nodes_that_never_join_end_an_update_and_go(dated: House, mended: bool) -> None:  # noqa: FBT001 - a column
    before = instances(dated)
    dated.eks.delete_access_entry(clusterName=NAME, principalArn=NODE_ROLE)
    update = begin(dated)
    dated.wait(900)
    assert told(dated, update)["status"] == "InProgress"
    if mended:
        dated.eks.create_access_entry(clusterName=NAME, principalArn=NODE_ROLE, type="EC2_LINUX")
    dated.wait(HOURS)
    assert told(dated, update)["status"] == ("Successful" if mended else "Failed")
    assert [it["errorCode"] for it in told(dated, update)["errors"]] == ([] if mended else ["NodeCreationFailure"])
    assert (instances(dated) == before) is not mended
    assert nodegroup(dated)["releaseVersion"] == (NEW_RELEASE if mended else OLD_RELEASE)


@pytest.mark.parametrize(("code", "seconds"), [("PodEvictionFailure", 900), ("NodeCreationFailure", 1000)])
def test_an_update_whose_end_a_rule_decides_replaces_no_nodes(dated: House, code: str, seconds: int) -> None:
    before = instances(dated)
    dated.faults.add(Force("update", "Failed", (Issue(code),), name="workers"))
    update = begin(dated)
    dated.wait(seconds - 110)
    assert told(dated, update)["status"] == "InProgress"
    dated.wait(110)
    assert told(dated, update)["errors"][0]["errorCode"] == code
    dated.wait(HOURS)
    assert instances(dated) == before


def test_an_update_that_a_rule_ends_half_way_leaves_it_at_that(dated: House) -> None:
    before = set(instances(dated))
    begin(dated)
    dated.wait(350)
    left = before & set(instances(dated))
    dated.faults.add(Force("update", "Failed", (Issue("Unknown"),), cluster=NAME, name="workers", now=True))
    dated.wait(HOURS)
    assert len(instances(dated)) == 3
    assert before & set(instances(dated)) == left
    assert 0 < len(left) < 3


def test_a_node_group_that_vanishes_takes_its_update_along(dated: House) -> None:
    begin(dated)
    dated.faults.add(Change("VanishNodegroup", WORKERS))
    dated.wait(HOURS)
    assert dated.eks.list_nodegroups(clusterName=NAME)["nodegroups"] == []


def test_a_node_group_does_not_go_back_to_an_earlier_ami(dated: House) -> None:
    begin(dated)
    dated.wait(HOURS)
    refused = refusal(lambda: begin(dated, releaseVersion=OLD_RELEASE))
    assert refused[:2] == (400, "InvalidParameterException")
    assert refused[2] == f"A node group cannot be rolled back from {NEW_RELEASE} to {OLD_RELEASE}"


def test_a_custom_ami_follows_its_launch_template_alone(active: House) -> None:
    active.world.templates = [template("1", image="ami-1"), template("2", image="ami-2")]
    active.nodegroup(launchTemplate={"name": "nodes"}, scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 0})
    active.wait(70)
    for more in ({"version": "1.35"}, {"releaseVersion": NEW_RELEASE}):
        assert refusal(lambda more=more: begin(active, **more))[:2] == (400, "InvalidParameterException")  # type: ignore[misc]
    active.faults.add(Change("AlterNodegroup", {**WORKERS, "version": "1.34"}))
    update = begin(active, launchTemplate={"name": "nodes", "version": "2"})
    assert {it["type"]: it["value"] for it in told(active, update)["params"]} == {
        "Version": "1.35",
        "ReleaseVersion": "",
        "LaunchTemplateName": "nodes",
        "LaunchTemplateVersion": "2",
    }
    active.wait(130)
    assert (nodegroup(active)["version"], nodegroup(active)["launchTemplate"]["version"]) == ("1.35", "2")


EMPTY: list[tuple[dict[str, Any], str]] = [
    ({"labels": {}}, "Both or either addOrUpdateLabels or removeLabels must not be empty"),
    ({"labels": {"addOrUpdateLabels": {}, "removeLabels": []}}, "Both or either addOrUpdateLabels"),
    ({"taints": {"addOrUpdateTaints": []}}, "Both or either addOrUpdateTaints or removeTaints must not be empty"),
    ({"scalingConfig": {}}, "Either all or at least one of minSize, maxSize, desiredSize must be provided"),
    ({"updateConfig": {}}, "Either maxUnavailable or maxUnavailablePercentage must be provided"),
    ({"updateConfig": {"maxUnavailable": 101}}, "maxUnavailable must be at most 100"),
    (
        {"nodeRepairConfig": {"maxParallelNodesRepairedCount": 1, "maxParallelNodesRepairedPercentage": 1}},
        "Only one of maxParallelNodesRepairedCount and maxParallelNodesRepairedPercentage can be given",
    ),
]


@pytest.mark.parametrize(("params", "words"), EMPTY)
def test_a_change_that_says_nothing_is_refused(working: House, params: dict[str, Any], words: str) -> None:
    status, code, message, _ = refusal(lambda: working.call("update_nodegroup_config", **WORKERS, **params))
    assert (status, code) == (400, "InvalidParameterException")
    assert message.startswith(words)


MERGED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"updateConfig": {"updateStrategy": "MINIMAL"}}, {"maxUnavailable": 1, "updateStrategy": "MINIMAL"}),
    ({"updateConfig": {"maxUnavailablePercentage": 50}}, {"maxUnavailablePercentage": 50}),
    ({"nodeRepairConfig": {"enabled": False}}, {"enabled": False, "maxUnhealthyNodeThresholdCount": 2}),
    (
        {"nodeRepairConfig": {"maxUnhealthyNodeThresholdPercentage": 9}},
        {"enabled": True, "maxUnhealthyNodeThresholdPercentage": 9},
    ),
]


@pytest.mark.parametrize(("change", "expected"), MERGED)
def test_a_change_leaves_what_it_does_not_name(active: House, change: dict[str, Any], expected: dict[str, Any]) -> None:
    active.nodegroup(
        scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 0},
        nodeRepairConfig={"enabled": True, "maxUnhealthyNodeThresholdCount": 2},
    )
    active.wait(70)
    active.call("update_nodegroup_config", **WORKERS, **change)
    active.wait(20)
    (member,) = change
    assert nodegroup(active)[member] == expected
