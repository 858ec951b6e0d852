"""Updates of node groups and add-ons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.twin.house import (
    NAME,
    refusal,
    template,
)

if TYPE_CHECKING:
    from tests.unit.twin.house import House


def test_a_node_group_has_updates_of_its_own(working: House) -> None:
    working.scale(1, 5, 2)
    (update_id,) = working.eks.list_updates(name=NAME, nodegroupName="workers")["updateIds"]
    update = working.eks.describe_update(name=NAME, updateId=update_id, nodegroupName="workers")["update"]
    assert update["type"] == "ConfigUpdate"
    assert {it["type"]: it["value"] for it in update["params"]} == {
        "MinSize": "1",
        "MaxSize": "5",
        "DesiredSize": "2",
    }
    assert working.eks.list_updates(name=NAME)["updateIds"] == []
    status, code, message, body = refusal(lambda: working.scale(0, 5, 0))
    assert (status, code) == (409, "ResourceInUseException")
    assert message == "Nodegroup cannot be updated as it is currently not in Active State"
    assert body["nodegroupName"] == "workers"
    working.wait(10)
    over = working.eks.describe_update(name=NAME, updateId=update_id, nodegroupName="workers")["update"]
    assert over["status"] == "Successful"


def test_labels_and_taints_of_a_node_group(working: House) -> None:
    add: Any = {
        "labels": {"addOrUpdateLabels": {"a": "1", "b": "2"}},
        "taints": {"addOrUpdateTaints": [{"key": "k", "value": "v", "effect": "NO_SCHEDULE"}]},
    }
    remove: Any = {
        "labels": {"removeLabels": ["a"]},
        "taints": {"removeTaints": [{"key": "k", "effect": "NO_SCHEDULE"}]},
    }
    working.eks.update_nodegroup_config(clusterName=NAME, nodegroupName="workers", **add)
    working.wait(20)
    nodegroup = working.eks.describe_nodegroup(clusterName=NAME, nodegroupName="workers")["nodegroup"]
    assert nodegroup["labels"] == {"a": "1", "b": "2"}
    assert nodegroup["taints"] == [{"key": "k", "value": "v", "effect": "NO_SCHEDULE"}]
    working.eks.update_nodegroup_config(clusterName=NAME, nodegroupName="workers", **remove)
    working.wait(20)
    nodegroup = working.eks.describe_nodegroup(clusterName=NAME, nodegroupName="workers")["nodegroup"]
    assert nodegroup["labels"] == {"b": "2"}
    assert nodegroup["taints"] == []


def test_a_new_version_replaces_every_node(house: House) -> None:
    house.active_cluster(version="1.34")
    house.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    house.nodegroup(scalingConfig={"minSize": 0, "maxSize": 5, "desiredSize": 2})
    house.wait(250)
    old = {it["InstanceId"] for it in house.group()["Instances"]}
    house.eks.update_cluster_version(name=NAME, version="1.35")
    house.wait(720)
    house.eks.update_nodegroup_version(clusterName=NAME, nodegroupName="workers", version="1.35")
    house.wait(400)
    assert house.nodegroup_status() == "UPDATING"
    house.wait(2000)
    nodegroup = house.eks.describe_nodegroup(clusterName=NAME, nodegroupName="workers")["nodegroup"]
    assert (nodegroup["status"], nodegroup["version"]) == ("ACTIVE", "1.35")
    assert nodegroup["releaseVersion"].startswith("1.35.")
    new = {it["InstanceId"] for it in house.group()["Instances"]}
    assert len(new) == 2
    assert not old & new


def test_an_update_to_what_is_there_replaces_nothing(working: House) -> None:
    old = {it["InstanceId"] for it in working.group()["Instances"]}
    working.eks.update_nodegroup_version(clusterName=NAME, nodegroupName="workers")
    working.wait(120)
    assert working.nodegroup_status() == "ACTIVE"
    assert {it["InstanceId"] for it in working.group()["Instances"]} == old


def test_a_launch_template_can_only_move_to_another_of_its_versions(active: House) -> None:
    active.world.templates = [template("1"), template("2")]
    active.nodegroup(launchTemplate={"name": "nodes"}, scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 0})
    active.wait(70)
    active.eks.update_nodegroup_version(
        clusterName=NAME, nodegroupName="workers", launchTemplate={"id": "lt-1", "version": "2"}
    )
    active.wait(130)
    nodegroup = active.eks.describe_nodegroup(clusterName=NAME, nodegroupName="workers")["nodegroup"]
    assert nodegroup["launchTemplate"] == {"id": "lt-1", "name": "nodes", "version": "2"}
    assert "diskSize" not in nodegroup


def test_an_add_on_update_sets_version_and_configuration(active: House) -> None:
    active.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    active.wait(40)
    update = active.eks.update_addon(
        clusterName=NAME,
        addonName="vpc-cni",
        addonVersion="v1.21.2-eksbuild.1",
        configurationValues='{"env": {"A": "1"}}',
        resolveConflicts="PRESERVE",
    )["update"]
    assert update["type"] == "AddonUpdate"
    assert active.addon_status("vpc-cni") == "UPDATING"
    active.wait(40)
    addon = active.eks.describe_addon(clusterName=NAME, addonName="vpc-cni")["addon"]
    assert (addon["status"], addon["addonVersion"]) == ("ACTIVE", "v1.21.2-eksbuild.1")
    assert addon["configurationValues"] == '{"env": {"A": "1"}}'
    told = active.eks.describe_update(name=NAME, updateId=update["id"], addonName="vpc-cni")["update"]
    assert told["status"] == "Successful"


def test_an_add_on_update_that_no_node_runs_fails_after_twenty_minutes(active: House) -> None:
    active.eks.create_addon(clusterName=NAME, addonName="coredns")
    active.wait(160)
    update = active.eks.update_addon(clusterName=NAME, addonName="coredns")["update"]
    active.wait(1199)
    assert active.addon_status("coredns") == "UPDATING"
    active.wait(2)
    told = active.eks.describe_update(name=NAME, updateId=update["id"], addonName="coredns")["update"]
    assert told["status"] == "Failed"
    assert told["errors"][0]["errorCode"] == "InsufficientNumberOfReplicas"
    addon = active.eks.describe_addon(clusterName=NAME, addonName="coredns")["addon"]
    assert addon["status"] == "UPDATE_FAILED"
    assert (addon["modifiedAt"] - told["createdAt"]).total_seconds() == pytest.approx(1200)


def test_an_add_on_is_not_updated_while_it_is_being_created(active: House) -> None:
    active.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    status, code, message, _ = refusal(lambda: active.eks.update_addon(clusterName=NAME, addonName="vpc-cni"))
    assert (status, code) == (409, "ResourceInUseException")
    assert message == "Addon vpc-cni cannot be updated as it is currently in CREATING state"
