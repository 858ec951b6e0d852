"""Node groups and changes of node groups that EKS refuses, and in which words."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.unit.twin.house import (
    CLUSTER_ROLE,
    FOREIGN_SUBNET,
    IAM,
    NAME,
    NODE_ROLE,
    SUBNETS,
    House,
    nodegroup_params,
    refusal,
    template,
)
from tests.unit.twin.refusals import IN_USE, INVALID_PARAMETER, INVALID_REQUEST, LIMIT, Case, check, ids

BLOCK: dict[str, Any] = {
    "InstanceMarketOptions": {"MarketType": "capacity-block"},
    "CapacityReservationSpecification": {"CapacityReservationTarget": {"CapacityReservationId": "cr-1"}},
}
TEMPLATES = [
    template("1"),
    template("2", instance_type="m5.large"),
    template("3", image="ami-1"),
    template("4", instance_type="p5.48xlarge", **BLOCK),
    template("profile", IamInstanceProfile={"Name": "nodes"}),
    template("subnet", NetworkInterfaces=[{"DeviceIndex": 0}, {"SubnetId": "subnet-a"}]),
    template("spot", InstanceMarketOptions={"MarketType": "spot"}),
    template("hibernation", HibernationOptions={"Configured": True}),
    template("shutdown", InstanceInitiatedShutdownBehavior="stop"),
]
PROHIBITED = {
    "profile": "Launch template should not specify an instance profile. The noderole in your request will be used",
    "subnet": "should not specify a subnet",
    "spot": "should not request Spot Instances",
    "hibernation": "should not specify hibernation options",
    "shutdown": "should not specify a shutdown behavior",
}

NODEGROUP_CASES = [
    Case(
        "minimum above desired",
        {"scalingConfig": {"minSize": 2, "maxSize": 3, "desiredSize": 1}},
        INVALID_PARAMETER,
        "Minimum capacity 2 can't be greater than desired size 1",
        {"clusterName": NAME, "nodegroupName": "workers"},
    ),
    Case(
        "minimum above maximum",
        {"scalingConfig": {"minSize": 4, "maxSize": 3, "desiredSize": 4}},
        INVALID_PARAMETER,
        "Minimum capacity 4 can't be greater than maximum size 3",
    ),
    Case(
        "desired above maximum",
        {"scalingConfig": {"minSize": 0, "maxSize": 3, "desiredSize": 4}},
        INVALID_PARAMETER,
        "Desired capacity 4 can't be greater than max size 3",
    ),
    Case(
        "maximum of zero",
        {"scalingConfig": {"minSize": 0, "maxSize": 0, "desiredSize": 0}},
        INVALID_PARAMETER,
        "Value '0' at 'scalingConfig.maxSize' failed to satisfy constraint: Member must have value greater than or"
        " equal to 1",
    ),
    Case(
        "some sizes",
        {"scalingConfig": {"minSize": 0, "maxSize": 1}},
        INVALID_PARAMETER,
        "scalingConfig must contain desiredSize",
    ),
    Case("too many nodes", {"scalingConfig": {"minSize": 0, "maxSize": 451, "desiredSize": 0}}, LIMIT, "450"),
    Case("no such role", {"nodeRole": f"{IAM}:role/nobody"}, INVALID_PARAMETER, "name nobody cannot be found"),
    Case(
        "another trust",
        {"nodeRole": f"{IAM}:role/distrusted"},
        INVALID_PARAMETER,
        "Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of"
        f" nodeRole {IAM}:role/distrusted",
    ),
    Case(
        "no registry policy",
        {"nodeRole": f"{IAM}:role/powerless-node"},
        INVALID_PARAMETER,
        "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly] are attached",
    ),
    Case("another version", {"version": "1.34"}, INVALID_PARAMETER, "must be the cluster's version 1.35"),
    Case(
        "another version's release",
        {"releaseVersion": "1.34.6-20261109"},
        INVALID_REQUEST,
        "Requested release version 1.34.6-20261109 is not valid for kubernetes version 1.35.",
    ),
    Case("an AMI that ended", {"amiType": "AL2_x86_64"}, INVALID_PARAMETER, "AMI type AL2_x86_64 is not supported"),
    Case("subnet elsewhere", {"subnets": [FOREIGN_SUBNET]}, INVALID_PARAMETER, "in the cluster's VPC vpc-1"),
    Case("no subnet", {"subnets": []}, INVALID_PARAMETER, "subnets must not be empty"),
    Case("long name", {"nodegroupName": "w" * 64}, INVALID_PARAMETER, "at most 63"),
    Case("no instance type", {"instanceTypes": ["big"]}, INVALID_PARAMETER, "not valid: ['big']"),
    Case("many instance types", {"instanceTypes": ["m5.large"] * 21}, INVALID_PARAMETER, "At most 20"),
    Case(
        "two ways of being away",
        {"updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 10}},
        INVALID_PARAMETER,
        "Only one of maxUnavailable and maxUnavailablePercentage",
    ),
    Case(
        "disk size beside a launch template",
        {"launchTemplate": {"id": "lt-1"}, "diskSize": 10},
        INVALID_PARAMETER,
        "Disk size must be specified within the launch template.",
    ),
    Case(
        "remote access beside a launch template",
        {"launchTemplate": {"id": "lt-1"}, "remoteAccess": {"ec2SshKey": "k"}},
        INVALID_PARAMETER,
        "Remote access configuration cannot be specified with a launch template.",
    ),
    Case(
        "instance types twice",
        {"launchTemplate": {"id": "lt-1", "version": "2"}, "instanceTypes": ["m5.large"]},
        INVALID_REQUEST,
        "Cannot specify instance types in launch template and API request",
    ),
    Case(
        "AMI type beside a custom AMI",
        {"launchTemplate": {"id": "lt-1", "version": "3"}, "amiType": "AL2023_x86_64_STANDARD"},
        INVALID_PARAMETER,
        "amiType cannot be given when the launch template has a custom AMI",
    ),
    Case("no such launch template", {"launchTemplate": {"id": "lt-x"}}, INVALID_PARAMETER, "lt-x"),
    Case(
        "launch template by id and name",
        {"launchTemplate": {"id": "lt-1", "name": "nodes"}},
        INVALID_PARAMETER,
        "Either the id or the name",
    ),
    Case(
        "instance types of another processor",
        {"instanceTypes": ["t4g.medium"]},
        INVALID_PARAMETER,
        "[t4g.medium] is not a valid instance type for requested amiType AL2023_x86_64_STANDARD",
    ),
    Case(
        "an ARM image for others",
        {"amiType": "BOTTLEROCKET_ARM_64", "instanceTypes": ["m7g.large", "m7i.large"]},
        INVALID_PARAMETER,
        "[m7i.large] is not a valid instance type for requested amiType BOTTLEROCKET_ARM_64",
    ),
    Case(
        "a launch template's instance type of another processor",
        {"launchTemplate": {"id": "lt-1", "version": "2"}, "amiType": "AL2023_ARM_64_STANDARD"},
        INVALID_PARAMETER,
        "[m5.large] is not a valid instance type for requested amiType AL2023_ARM_64_STANDARD",
    ),
    Case(
        "a custom AMI from nowhere", {"amiType": "CUSTOM"}, INVALID_PARAMETER, "CUSTOM requires a launch template that"
    ),
    Case(
        "a custom AMI that the launch template does not name",
        {"launchTemplate": {"id": "lt-1"}, "amiType": "CUSTOM"},
        INVALID_PARAMETER,
        "CUSTOM requires a launch template that",
    ),
    Case(
        "a capacity block from nowhere",
        {"capacityType": "CAPACITY_BLOCK"},
        INVALID_PARAMETER,
        "CAPACITY_BLOCK requires a launch template",
    ),
    Case(
        "a capacity block that the launch template does not name",
        {"launchTemplate": {"id": "lt-1"}, "capacityType": "CAPACITY_BLOCK"},
        INVALID_PARAMETER,
        "requires a launch template with the market type capacity-block, the id of a capacity reservation",
    ),
    Case(
        "a launch template's capacity block that was not asked for",
        {"launchTemplate": {"id": "lt-1", "version": "4"}, "capacityType": "ON_DEMAND"},
        INVALID_PARAMETER,
        "A launch template for a capacity block requires the capacity type it has",
    ),
    *(
        Case(
            f"a launch template with {what}", {"launchTemplate": {"id": "lt-1", "version": what}}, INVALID_REQUEST, why
        )
        for what, why in PROHIBITED.items()
    ),
    Case("warm pool", {"warmPoolConfig": {"enabled": True}}, (501, "NotModelledByTheTwin"), "warm pools"),
]


@pytest.mark.parametrize("case", NODEGROUP_CASES, ids=ids)
def test_node_groups_that_are_not_created(active: House, case: Case) -> None:
    active.world.templates = TEMPLATES
    check(lambda: active.eks.create_nodegroup(**nodegroup_params() | case.params), case)
    assert active.eks.list_nodegroups(clusterName=NAME)["nodegroups"] == []
    assert active.eks.list_access_entries(clusterName=NAME)["accessEntries"] == []


def test_a_capacity_block_is_used_by_a_launch_template_that_names_it(active: House) -> None:
    active.world.templates = TEMPLATES
    params = {"capacityType": "CAPACITY_BLOCK", "amiType": "AL2023_x86_64_NVIDIA"}
    made = active.nodegroup(launchTemplate={"name": "nodes", "version": "4"}, **params)
    assert params.items() <= made.items()
    assert made["launchTemplate"] == {"id": "lt-1", "name": "nodes", "version": "4"}
    assert "instanceTypes" not in made


def test_a_custom_ami_is_shown_as_one(active: House) -> None:
    active.world.templates = TEMPLATES
    made = active.nodegroup(launchTemplate={"id": "lt-1", "version": "3"}, instanceTypes=["m7g.large"])
    assert (made["amiType"], made["instanceTypes"]) == ("CUSTOM", ["m7g.large"])
    assert "releaseVersion" not in made


def test_windows_nodes_are_let_in_as_such(active: House) -> None:
    active.nodegroup(amiType="WINDOWS_CORE_2022_x86_64", instanceTypes=["m7i.large"])
    entry = active.eks.describe_access_entry(clusterName=NAME, principalArn=NODE_ROLE)["accessEntry"]
    assert entry["type"] == "EC2_WINDOWS"


def test_an_ipv6_cluster_takes_no_windows_and_no_subnet_without_ipv6(house: House) -> None:
    callers = {"subnetIds": SUBNETS, "publicAccessCidrs": ["2001:db8::/32", "203.0.113.0/24"]}
    house.cluster(kubernetesNetworkConfig={"ipFamily": "ipv6"}, resourcesVpcConfig=callers)
    house.wait(700)
    status, code, message, _ = refusal(lambda: house.nodegroup(amiType="WINDOWS_FULL_2022_x86_64"))
    assert (status, code) == INVALID_PARAMETER
    assert "WINDOWS_FULL_2022_x86_64 is not supported with ipFamily ipv6" in message
    assert "subnet-a2 must have an IPv6" in refusal(lambda: house.nodegroup(subnets=["subnet-a2"]))[2]
    assert house.nodegroup()["subnets"] == SUBNETS


def test_the_clusters_role_is_no_node_role(active: House) -> None:
    active.world.roles[CLUSTER_ROLE] = active.world.roles[NODE_ROLE]
    assert "is a cluster's role" in refusal(lambda: active.nodegroup(nodeRole=CLUSTER_ROLE))[2]


def test_a_node_group_needs_an_active_cluster(house: House) -> None:
    house.cluster()
    status, code, message, _ = refusal(house.nodegroup)
    assert (status, code) == INVALID_REQUEST
    assert message == f"Cluster '{NAME}' is not in ACTIVE status"


def test_a_node_groups_name_can_be_taken_once(active: House) -> None:
    active.nodegroup()
    status, code, message, body = refusal(active.nodegroup)
    assert (status, code) == IN_USE
    assert message == f"NodeGroup already exists with name workers and cluster name {NAME}"
    assert body["nodegroupName"] == "workers"


def test_a_cluster_has_at_most_thirty_node_groups(active: House) -> None:
    for number in range(30):
        active.nodegroup(f"n{number}", scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 0})
    status, code, *_ = refusal(active.nodegroup)
    assert (status, code) == LIMIT


def test_a_cluster_with_node_groups_is_not_deleted(active: House) -> None:
    active.nodegroup()
    status, code, message, body = refusal(lambda: active.eks.delete_cluster(name=NAME))
    assert (status, code) == IN_USE
    assert message == "Cluster has nodegroups attached"
    assert body["nodegroupName"] == "workers"


def test_a_node_group_is_not_deleted_while_it_is_being_created(active: House) -> None:
    active.nodegroup()
    status, code, *_ = refusal(lambda: active.eks.delete_nodegroup(clusterName=NAME, nodegroupName="workers"))
    assert (status, code) == IN_USE


def test_node_groups_do_not_go_back_or_ahead(active: House) -> None:
    active.nodegroup(scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 0})
    active.wait(70)
    for version in ("1.34", "1.36"):
        params = {"clusterName": NAME, "nodegroupName": "workers", "version": version}
        status, code, *_ = refusal(partial(active.call, "update_nodegroup_version", **params))
        assert (status, code) == INVALID_PARAMETER


def test_sizes_must_fit_each_other_in_an_update_too(working: House) -> None:
    status, code, message, _ = refusal(
        lambda: working.eks.update_nodegroup_config(
            clusterName=NAME, nodegroupName="workers", scalingConfig={"minSize": 2}
        )
    )
    assert (status, code) == INVALID_PARAMETER
    assert message == "Minimum capacity 2 can't be greater than desired size 1"
    assert refusal(lambda: working.eks.update_nodegroup_config(clusterName=NAME, nodegroupName="workers"))[1] == code
