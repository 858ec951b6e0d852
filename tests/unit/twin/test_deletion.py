"""Everything that a cluster consists of is taken away again: in order, with refusals, and with what is left behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from sandbox.twin import Twin
from sandbox.twin.faults import Change, Force, Issue, Leave, RuleError
from tests.unit.twin.house import FARGATE_ROLE, NAME, REGION, SUBNETS, cluster_params, fargate_params, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.unit.twin.house import House

TOKEN = "t" * 64
LOGS: Any = {"clusterLogging": [{"types": ["api"], "enabled": True}]}
LOG_GROUP = f"/aws/eks/{NAME}/cluster"


@dataclass
class FakeEstate:
    """What was made outside EKS and is still there."""

    security_groups: dict[str, dict[str, str]] = field(default_factory=dict)
    interfaces: list[tuple[str, str, str, dict[str, str]]] = field(default_factory=list)
    log_groups: set[str] = field(default_factory=set)

    def make_security_group(self, name: str, description: str, vpc_id: str, tags: Mapping[str, str]) -> str:
        assert vpc_id == "vpc-1"
        assert description
        self.security_groups[f"sg-{name}"] = dict(tags)
        return f"sg-{name}"

    def delete_security_group(self, group_id: str) -> None:
        if all(group_id != group for _, group, _, _ in self.interfaces):
            self.security_groups.pop(group_id, None)

    def make_network_interface(self, subnet_id: str, group_id: str, description: str, tags: Mapping[str, str]) -> None:
        self.interfaces.append((subnet_id, group_id, description, dict(tags)))

    def make_log_group(self, name: str) -> None:
        self.log_groups.add(name)


@pytest.fixture
def estate(house: House) -> FakeEstate:
    estate = FakeEstate()
    house.twin = Twin(clock=house.clock, world=house.world, region=REGION, role_propagation_seconds=0, estate=estate)
    return estate


def is_gone(ask: Any, **names: str) -> bool:  # noqa: ANN401 - an operation of the client
    try:
        ask(**names)
    except ClientError as error:
        return error.response["Error"]["Code"] == "ResourceNotFoundException"
    return False


def test_a_cluster_goes_once_nothing_hangs_on_it(working: House) -> None:
    before = refusal(lambda: working.eks.delete_cluster(name=NAME))
    assert before[:3] == (409, "ResourceInUseException", "Cluster has nodegroups attached")
    working.eks.delete_nodegroup(clusterName=NAME, nodegroupName="workers")
    working.wait(700)
    assert is_gone(working.eks.describe_nodegroup, clusterName=NAME, nodegroupName="workers")
    assert working.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []
    working.eks.delete_cluster(name=NAME)
    assert working.status() == "DELETING"
    working.wait(522)
    assert is_gone(working.eks.describe_cluster, name=NAME)
    assert working.twin.inventory() == {"clusters": {}, "autoScalingGroups": {}}


def test_a_node_group_goes_after_its_last_instance(house: House) -> None:
    house.working_cluster(nodes=5)
    house.eks.delete_nodegroup(clusterName=NAME, nodegroupName="workers")
    left = 5
    while not is_gone(house.eks.describe_nodegroup, clusterName=NAME, nodegroupName="workers"):
        left = len(house.group()["Instances"])
        assert house.nodegroup_status() == "DELETING"
        house.wait(5)
    assert left == 0


@pytest.mark.parametrize(("status", "refused"), [("ACTIVE", True), ("FAILED", False)])
def test_protection_is_for_clusters_that_work(active: House, status: str, *, refused: bool) -> None:
    active.eks.update_cluster_config(name=NAME, deletionProtection=True)
    active.wait(120)
    active.faults.add(Force("cluster", status, cluster=NAME, now=True))
    if refused:
        assert refusal(lambda: active.eks.delete_cluster(name=NAME))[:2] == (400, "InvalidRequestException")
        active.eks.update_cluster_config(name=NAME, deletionProtection=False)
        assert refusal(lambda: active.eks.delete_cluster(name=NAME))[1] == "InvalidRequestException"
        active.wait(120)
    active.eks.delete_cluster(name=NAME)
    active.wait(522)
    assert is_gone(active.eks.describe_cluster, name=NAME)


def test_fargate_profiles_come_and_go_one_at_a_time(active: House) -> None:
    active.fargate_profile("one")
    assert "in status CREATING" in refusal(lambda: active.fargate_profile("two"))[2]
    active.wait(200)
    active.fargate_profile("two")
    active.wait(200)
    names = active.eks.list_fargate_profiles(clusterName=NAME)["fargateProfileNames"]
    assert names == ["one", "two"]
    found = active.eks.describe_fargate_profile(clusterName=NAME, fargateProfileName="one")["fargateProfile"]
    assert (found["status"], found["subnets"]) == ("ACTIVE", SUBNETS)
    attached = refusal(lambda: active.eks.delete_cluster(name=NAME))
    assert attached[:3] == (409, "ResourceInUseException", "Cluster has Fargate profiles attached")
    active.eks.delete_fargate_profile(clusterName=NAME, fargateProfileName="one")
    busy = refusal(lambda: active.eks.delete_fargate_profile(clusterName=NAME, fargateProfileName="two"))
    expected = f"Cannot delete Fargate Profile two because cluster {NAME} currently has Fargate profile one in status"
    assert busy[2].startswith(expected)
    active.wait(240)
    active.eks.delete_fargate_profile(clusterName=NAME, fargateProfileName="two")
    active.wait(240)
    assert is_gone(active.eks.describe_fargate_profile, clusterName=NAME, fargateProfileName="two")
    assert active.eks.delete_cluster(name=NAME)["cluster"]["status"] == "DELETING"


@pytest.mark.parametrize("refused", [{"selectors": []}, {"podExecutionRoleArn": f"{FARGATE_ROLE}-gone"}])
def test_a_fargate_profile_that_cannot_be(active: House, refused: dict[str, Any]) -> None:
    params = fargate_params() | refused
    said = refusal(lambda: active.call("create_fargate_profile", **params))
    assert said[:2] == (400, "InvalidParameterException")


@pytest.mark.parametrize("vanishes", [True, False])
def test_a_later_cluster_of_the_name_does_not_get_the_first_ones_answer(house: House, *, vanishes: bool) -> None:
    first = house.eks.create_cluster(**cluster_params(), clientRequestToken=TOKEN)["cluster"]
    house.wait(700)
    if vanishes:
        house.faults.add(Change("VanishCluster", {"clusterName": NAME}))
    else:
        house.eks.delete_cluster(name=NAME)
        house.wait(522)
    again = house.eks.create_cluster(**cluster_params(), clientRequestToken=TOKEN)["cluster"]
    assert again["createdAt"] > first["createdAt"]
    assert house.status() == "CREATING"


def test_a_node_group_that_cannot_be_deleted_can_be_tried_again(working: House) -> None:
    rule = Force("nodegroup", "DELETE_FAILED", (Issue("Ec2SecurityGroupDeletionFailure"),), name="workers")
    added = working.faults.add(rule)
    working.eks.delete_nodegroup(clusterName=NAME, nodegroupName="workers")
    assert working.nodegroup_status() == "DELETING"
    working.wait(2000)
    found = working.eks.describe_nodegroup(clusterName=NAME, nodegroupName="workers")["nodegroup"]
    assert found["status"] == "DELETE_FAILED"
    assert "DependencyViolation" in found["health"]["issues"][0]["message"]
    assert working.faults.fired(added) == 1
    assert refusal(lambda: working.eks.delete_cluster(name=NAME))[1] == "ResourceInUseException"
    working.eks.delete_nodegroup(clusterName=NAME, nodegroupName="workers")
    working.wait(700)
    assert is_gone(working.eks.describe_nodegroup, clusterName=NAME, nodegroupName="workers")


def test_an_addon_that_cannot_be_deleted_can_be_tried_again(working: House) -> None:
    working.faults.add(Force("addon", "DELETE_FAILED", name="vpc-cni"))
    working.eks.delete_addon(clusterName=NAME, addonName="vpc-cni")
    working.wait(100)
    assert working.addon_status("vpc-cni") == "DELETE_FAILED"
    working.eks.delete_addon(clusterName=NAME, addonName="vpc-cni")
    working.wait(100)
    assert is_gone(working.eks.describe_addon, clusterName=NAME, addonName="vpc-cni")


def test_a_lost_answer_of_a_deletion_is_asked_for_again(working: House) -> None:
    first = working.eks.delete_nodegroup(clusterName=NAME, nodegroupName="workers")["nodegroup"]
    working.wait(100)
    again = working.eks.delete_nodegroup(clusterName=NAME, nodegroupName="workers")["nodegroup"]
    assert (again["status"], again["modifiedAt"]) == (first["status"], first["modifiedAt"])


def test_the_security_group_comes_and_goes_with_the_cluster(house: House, estate: FakeEstate) -> None:
    group = house.cluster()["resourcesVpcConfig"]["clusterSecurityGroupId"]
    assert group.startswith(f"sg-eks-cluster-sg-{NAME}-")
    assert estate.security_groups[group][f"kubernetes.io/cluster/{NAME}"] == "owned"
    house.wait(700)
    house.eks.delete_cluster(name=NAME)
    assert estate.security_groups
    house.wait(522)
    house.twin.settle()
    assert estate == FakeEstate()


def test_a_refused_cluster_makes_nothing(house: House, estate: FakeEstate) -> None:
    wrong: Any = {
        "accessConfig": {"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": False}
    }
    refusal(lambda: house.cluster(**wrong))
    assert estate == FakeEstate()


@pytest.mark.parametrize("later", [True, False])
def test_a_control_plane_that_logs_makes_its_log_group(house: House, estate: FakeEstate, *, later: bool) -> None:
    asked: Any = {} if later else {"logging": LOGS}
    house.active_cluster(**asked)
    house.twin.settle()
    if later:
        assert estate.log_groups == set()
        house.eks.update_cluster_config(name=NAME, logging=LOGS)
        house.wait(120)
        house.twin.settle()
    assert estate.log_groups == {LOG_GROUP}


def test_a_log_group_deleted_before_its_cluster_comes_back(house: House, estate: FakeEstate) -> None:
    house.active_cluster(logging=LOGS)
    house.eks.delete_cluster(name=NAME)
    estate.log_groups.clear()
    house.wait(522)
    house.twin.settle()
    assert estate.log_groups == {LOG_GROUP}
    estate.log_groups.clear()
    house.wait(3600)
    house.twin.settle()
    assert estate.log_groups == set()


def test_a_log_group_may_come_back_after_its_cluster_is_gone(house: House, estate: FakeEstate) -> None:
    house.active_cluster(logging=LOGS)
    house.faults.add(Leave(log_group=True))
    house.faults.add(Change("VanishCluster", {"clusterName": NAME}))
    estate.log_groups.clear()
    house.wait(360)
    house.twin.settle()
    assert estate.log_groups == {LOG_GROUP}


@pytest.mark.parametrize(
    ("rule", "description", "tagged"),
    [(Leave(2), "aws-K8S-i-", True), (Leave(2, of="controlPlane", cluster=NAME), f"Amazon EKS {NAME}", False)],
)
def test_interfaces_left_behind_keep_the_security_group(
    house: House, estate: FakeEstate, rule: Leave, description: str, *, tagged: bool
) -> None:
    house.active_cluster()
    house.faults.add(rule)
    house.eks.delete_cluster(name=NAME)
    house.wait(522)
    house.twin.settle()
    (group,) = estate.security_groups
    assert [(subnet, worn) for subnet, worn, _, _ in estate.interfaces] == [(SUBNETS[0], group)] * 2
    for _, _, text, tags in estate.interfaces:
        assert text.startswith(description)
        assert (tags.get("cluster.k8s.amazonaws.com/name") == NAME) is tagged


def test_what_is_left_is_of_the_cluster_named(house: House, estate: FakeEstate) -> None:
    house.active_cluster()
    house.faults.add(Leave(1, cluster="another"))
    house.faults.add(Change("VanishCluster", {"clusterName": NAME}))
    assert estate == FakeEstate()


@pytest.mark.parametrize("rule", [Leave(), Leave(-1), Leave(101)])
def test_a_rule_that_leaves_nothing_or_too_much_is_none(house: House, rule: Leave) -> None:
    with pytest.raises(RuleError):
        house.faults.add(rule)


def test_a_twin_is_behind_until_somebody_looks(house: House) -> None:
    house.cluster()
    assert not house.twin.is_behind()
    house.wait(700)
    assert house.twin.is_behind()
    house.twin.settle()
    assert not house.twin.is_behind()


def test_a_twin_at_work_is_not_waited_for(house: House) -> None:
    house.cluster()
    with ThreadPoolExecutor(1) as others:

        def work(_: object) -> bool:
            house.wait(700)
            return others.submit(house.twin.is_behind).result(timeout=5)

        assert house.twin.intervene(work) is False
    assert house.twin.is_behind()
