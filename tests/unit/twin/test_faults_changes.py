"""The world changes behind our back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.twin.faults import ALWAYS, Change, RuleError, nth
from tests.unit.twin.house import NAME, NODE_ROLE, PERSON, cluster_params, nodegroup_params, refusal, role

if TYPE_CHECKING:
    from tests.unit.twin.house import House

TAGS = {"slipway:cluster": NAME}


def test_somebody_else_was_faster(house: House) -> None:
    house.faults.add(Change("CreateCluster", on="CreateCluster"))
    refused = refusal(lambda: house.cluster(tags=TAGS))
    assert refused[:3] == (409, "ResourceInUseException", f"Cluster already exists with name: {NAME}")
    theirs = house.eks.describe_cluster(name=NAME)["cluster"]
    assert (theirs["tags"], theirs["roleArn"]) == ({}, cluster_params()["roleArn"])


@pytest.mark.parametrize(
    ("does", "begins", "read", "params"),
    [
        ("CreateNodegroup", "create_nodegroup", "describe_nodegroup", nodegroup_params("new")),
        ("CreateAddon", "create_addon", "describe_addon", {"addonName": "kube-proxy"}),
        ("CreateAccessEntry", "create_access_entry", "describe_access_entry", {"principalArn": PERSON}),
    ],
)  # fmt: skip
def test_whatever_we_create_may_be_there_already_without_our_tags(
    working: House, does: str, begins: str, read: str, params: dict[str, Any]
) -> None:
    working.faults.add(Change(does, on=does))
    params = params | {"clusterName": NAME}
    assert refusal(lambda: working.call(begins, tags=TAGS, **params))[0] == 409
    names = ("clusterName", "nodegroupName", "addonName", "principalArn")
    answer = working.call(read, **{key: value for key, value in params.items() if key in names})
    assert next(value for key, value in answer.items() if key != "ResponseMetadata")["tags"] == {}


@pytest.mark.parametrize(
    ("does", "on", "read"),
    [
        ("VanishCluster", "DescribeCluster", lambda house: house.eks.describe_cluster(name=NAME)),
        ("VanishNodegroup", "DescribeNodegroup", lambda house: house.nodegroup_status()),
        ("VanishAddon", "DescribeAddon", lambda house: house.addon_status("vpc-cni")),
    ],
)
def test_what_a_call_names_is_gone_at_the_third_look(working: House, does: str, on: str, read: Any) -> None:  # noqa: ANN401 - a function
    working.faults.add(Change(does, on=on, when=nth(3)))
    read(working)
    read(working)
    assert refusal(lambda: read(working))[:2] == (404, "ResourceNotFoundException")
    working.wait(5000)


def test_what_vanishes_after_a_call_was_there_for_it(house: House) -> None:
    house.faults.add(Change("VanishCluster", on="CreateCluster", moment="after"))
    assert house.cluster()["status"] == "CREATING"
    assert house.eks.list_clusters()["clusters"] == []
    house.wait(1000)


def test_things_that_vanish_while_they_change_are_forgotten(working: House) -> None:
    working.eks.delete_nodegroup(clusterName=NAME, nodegroupName="workers")
    working.eks.delete_addon(clusterName=NAME, addonName="vpc-cni")
    for does, names in (("VanishNodegroup", {"nodegroupName": "workers"}), ("VanishAddon", {"addonName": "vpc-cni"})):
        working.faults.add(Change(does, {"clusterName": NAME, **names}))
    working.nodegroup()
    working.wait(5000)
    assert working.nodegroup_status() == "CREATE_FAILED", "no network plugin, and a node group of its own"


def test_somebody_else_may_begin_an_update_or_a_deletion(working: House) -> None:
    working.faults.add(Change("UpdateClusterConfig", {"name": NAME, "deletionProtection": True}))
    status, code, *_ = refusal(lambda: working.eks.update_cluster_version(name=NAME, version="1.36"))
    assert (status, code) == (409, "ResourceInUseException")
    working.faults.add(Change("DeleteNodegroup", on="DescribeNodegroup"))
    assert working.nodegroup_status() == "DELETING"


def test_somebody_else_may_take_our_tags_off(house: House) -> None:
    arn = house.cluster(tags=TAGS)["arn"]
    house.faults.add(Change("UntagResource", {"resourceArn": arn, "tagKeys": list(TAGS)}, on="DescribeCluster"))
    assert house.eks.describe_cluster(name=NAME)["cluster"]["tags"] == {}


def test_a_change_at_once_that_cannot_be_done_is_refused(house: House) -> None:
    with pytest.raises(RuleError, match="No cluster found for name: bank"):
        house.faults.add(Change("DeleteCluster", {"name": NAME}))
    with pytest.raises(RuleError, match="validation error"):
        house.faults.add(Change("CreateCluster", {"name": NAME}))
    outposts = {"outpostArns": ["arn"], "controlPlaneInstanceType": "m5.large"}
    with pytest.raises(RuleError, match="Outposts"):
        house.faults.add(Change("CreateCluster", cluster_params() | {"outpostConfig": outposts}))


def test_a_change_that_could_not_be_made_is_noted(house: House) -> None:
    house.faults.add(Change("VanishCluster", {"clusterName": "nobody"}, on="ListClusters", when=ALWAYS))
    assert house.eks.list_clusters()["clusters"] == []
    (listed,) = house.faults.rules()
    assert listed.fired == 1
    assert "No cluster found for name: nobody" in (listed.trouble or "")


def test_an_access_entry_of_an_earlier_role_lets_no_node_in(active: House) -> None:
    active.eks.create_access_entry(clusterName=NAME, principalArn=NODE_ROLE, type="EC2_LINUX")
    active.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    known = active.world.roles[NODE_ROLE]
    policies = [arn.rpartition("/")[2] for arn in known.managed_policies]
    active.world.roles[NODE_ROLE] = role(NODE_ROLE, "ec2.amazonaws.com", *policies, role_id="AROANEW")
    active.eks.create_nodegroup(**nodegroup_params())
    active.wait(1100)
    assert active.nodegroup_status() == "CREATE_FAILED"
    active.eks.delete_access_entry(clusterName=NAME, principalArn=NODE_ROLE)
    active.nodegroup("others")
    active.wait(250)
    assert active.nodegroup_status("others") == "ACTIVE"
