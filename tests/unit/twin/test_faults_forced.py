"""Fault rules that force a status, upon what exists or as the outcome of what begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.twin.faults import ALWAYS, Change, Force, Issue, Lose, RuleError, first
from sandbox.twin.faults.checking import ISSUE_CODES, STATUS_ENUMS
from sandbox.twin.faults.forcing import STATUSES
from sandbox.twin.model import EKS, enum_of
from tests.unit.twin.asking import ask
from tests.unit.twin.house import NAME, cluster_params, refusal

if TYPE_CHECKING:
    from tests.unit.twin.house import House

IAM_THROTTLING = (Issue("IamThrottling"),)
NEVER_JOINED = (Issue("NodeCreationFailure"),)
NO_CAPACITY = (Issue("AsgInstanceLaunchFailures"),)
TOO_FEW = (Issue("InsufficientNumberOfReplicas"),)
CONFLICT = (Issue("ConfigurationConflict", "Conflicts found", ("Deployment/coredns",)),)


def nodegroup(house: House, name: str = "workers") -> Any:  # noqa: ANN401 - a Nodegroup of EKS
    return house.eks.describe_nodegroup(clusterName=NAME, nodegroupName=name)["nodegroup"]


def addon(house: House, name: str) -> Any:  # noqa: ANN401 - an Addon of EKS
    return house.eks.describe_addon(clusterName=NAME, addonName=name)["addon"]


def create_addon(house: House, name: str) -> None:
    house.eks.create_addon(clusterName=NAME, addonName=name)


@pytest.mark.parametrize("resource", STATUSES)
def test_every_status_of_the_model_can_be_forced(resource: str) -> None:
    assert set(STATUSES[resource]) == enum_of(EKS, STATUS_ENUMS[resource])


def test_a_cluster_fails_in_its_own_time(house: House) -> None:
    house.faults.add(Force("cluster", "FAILED", (Issue("InternalFailure", "sorry"),)))
    house.cluster()
    house.wait(399)
    assert house.status() == "CREATING"
    house.wait(301)
    shown = house.eks.describe_cluster(name=NAME)["cluster"]
    assert shown["status"] == "FAILED"
    assert shown["health"]["issues"] == [{"code": "InternalFailure", "message": "sorry", "resourceIds": [NAME]}]
    assert "not in ACTIVE status" in refusal(house.nodegroup)[2]
    house.eks.delete_cluster(name=NAME)
    house.wait(600)
    house.active_cluster()
    assert house.status() == "ACTIVE", "the rule was for one creation"


@pytest.mark.parametrize(
    ("issues", "early", "late", "groups", "instances", "words"),
    [
        (IAM_THROTTLING, 84, 200, 0, 0, "unable to create an IAM Instance Profile"),
        (NO_CAPACITY, 84, 200, 1, 0, "InsufficientInstanceCapacity"),
        (NEVER_JOINED, 899, 1000, 1, 2, "Instances failed to join"),
    ],
    ids=lambda it: it[0].code if isinstance(it, tuple) else "",
)
def test_a_node_group_fails_as_its_issue_says(
    active: House, issues: tuple[Issue, ...], early: int, late: int, groups: int, instances: int, words: str
) -> None:
    active.faults.add(Force("nodegroup", "CREATE_FAILED", issues))
    create_addon(active, "vpc-cni")
    active.nodegroup(scalingConfig={"minSize": 2, "maxSize": 2, "desiredSize": 2})
    active.wait(early)
    assert active.nodegroup_status() == "CREATING"
    active.wait(late - early)
    shown = nodegroup(active)
    assert shown["status"] == "CREATE_FAILED"
    (issue,) = shown["health"]["issues"]
    assert (issue["code"], words in issue["message"]) == (issues[0].code, True)
    found = active.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert (len(found), sum(len(group["Instances"]) for group in found)) == (groups, instances)
    if instances:
        assert issue["resourceIds"] == [it["InstanceId"] for it in found[0]["Instances"]]


def test_instances_that_could_not_be_had_are_in_the_activities(active: House) -> None:
    active.faults.add(Force("nodegroup", "CREATE_FAILED", NO_CAPACITY, after=60))
    active.nodegroup()
    active.wait(60)
    (activity,) = active.autoscaling.describe_scaling_activities()["Activities"]
    assert (activity["StatusCode"], "capacity" in activity["StatusMessage"]) == ("Failed", True)
    name = activity["AutoScalingGroupName"]
    active.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MaxSize=5, DesiredCapacity=5)
    active.wait(100)
    assert active.group()["Instances"] == []


def test_nodes_of_a_group_that_fails_run_no_addon(active: House) -> None:
    active.faults.add(Force("nodegroup", "CREATE_FAILED", NEVER_JOINED))
    for name in ("vpc-cni", "coredns"):
        create_addon(active, name)
    active.nodegroup()
    active.wait(1100)
    assert active.addon_status("coredns") == "DEGRADED"


def test_a_failed_node_group_is_deleted_and_made_anew(active: House) -> None:
    active.faults.add(Force("nodegroup", "CREATE_FAILED", IAM_THROTTLING, name="workers", after=5))
    create_addon(active, "vpc-cni")
    active.nodegroup()
    active.nodegroup("others")
    active.wait(200)
    assert (active.nodegroup_status(), active.nodegroup_status("others")) == ("CREATE_FAILED", "ACTIVE")
    active.eks.delete_nodegroup(clusterName=NAME, nodegroupName="workers")
    active.wait(400)
    active.nodegroup()
    active.wait(200)
    assert active.nodegroup_status() == "ACTIVE"


def test_a_degraded_node_group_has_nodes_and_can_be_scaled(active: House) -> None:
    active.faults.add(Force("nodegroup", "DEGRADED", NO_CAPACITY))
    for name in ("vpc-cni", "coredns"):
        create_addon(active, name)
    active.nodegroup()
    active.wait(400)
    assert (active.nodegroup_status(), active.addon_status("coredns")) == ("DEGRADED", "ACTIVE")
    active.scale(0, 2, 0)
    active.wait(600)
    assert active.nodegroup_status() == "DEGRADED"
    assert active.group()["Instances"] == []


def test_an_addon_that_failed_shadows_a_new_one(active: House) -> None:
    active.faults.add(Force("addon", "CREATE_FAILED", CONFLICT, name="kube-proxy"))
    create_addon(active, "kube-proxy")
    active.wait(60)
    shown = addon(active, "kube-proxy")
    assert shown["status"] == "CREATE_FAILED"
    assert shown["health"]["issues"] == [
        {"code": "ConfigurationConflict", "message": "Conflicts found", "resourceIds": ["Deployment/coredns"]}
    ]
    status, code, message, _ = refusal(lambda: create_addon(active, "kube-proxy"))
    assert (status, code, "CREATE_FAILED" in message) == (400, "InvalidParameterException", True)
    active.eks.delete_addon(clusterName=NAME, addonName="kube-proxy")
    active.wait(30)
    create_addon(active, "kube-proxy")
    active.wait(30)
    assert active.addon_status("kube-proxy") == "ACTIVE"


def test_an_addon_stays_degraded_with_nodes_until_its_time_is_over(working: House) -> None:
    working.faults.add(Force("addon", "DEGRADED", TOO_FEW, name="coredns", after=30, lasts=300))
    create_addon(working, "coredns")
    working.wait(31)
    assert addon(working, "coredns")["health"]["issues"][0]["code"] == "InsufficientNumberOfReplicas"
    working.wait(298)
    assert working.addon_status("coredns") == "DEGRADED"
    working.wait(1)
    assert (working.addon_status("coredns"), addon(working, "coredns")["health"]["issues"]) == ("ACTIVE", [])


def test_an_addon_can_be_active_with_an_issue(active: House) -> None:
    active.faults.add(Force("addon", "ACTIVE", (Issue("AddonPermissionFailure"),), name="vpc-cni"))
    create_addon(active, "vpc-cni")
    active.nodegroup()
    active.wait(250)
    assert addon(active, "vpc-cni")["health"]["issues"][0]["code"] == "AddonPermissionFailure"
    assert active.nodegroup_status() == "ACTIVE", "it does its work"


@pytest.mark.parametrize(
    ("resource", "name", "status", "code"),
    [
        ("cluster", None, "ACTIVE", "KmsKeyDisabled"),
        ("nodegroup", "workers", "DEGRADED", "AutoScalingGroupNotFound"),
        ("addon", "vpc-cni", "DEGRADED", "AccessDenied"),
    ],
)
def test_a_status_can_be_forced_upon_what_exists_and_taken_back(
    working: House, resource: Any, name: str | None, status: str, code: str # noqa: ANN401 - one of four words
) -> None:  # fmt: skip
    def shown() -> tuple[str, list[str]]:
        if resource == "cluster":
            found: Any = working.eks.describe_cluster(name=NAME)["cluster"]
        else:
            found = nodegroup(working) if resource == "nodegroup" else addon(working, "vpc-cni")
        return found["status"], [issue["code"] for issue in found["health"]["issues"]]

    working.faults.add(Force(resource, status, (Issue(code),), cluster=NAME, name=name, now=True))
    working.wait(5000)
    assert shown() == (status, [code])
    working.faults.add(Force(resource, "ACTIVE", cluster=NAME, name=name, now=True))
    assert shown() == ("ACTIVE", [])


def test_what_is_not_there_cannot_be_forced(house: House) -> None:
    with pytest.raises(RuleError, match="No cluster found for name: bank"):
        house.faults.add(Force("cluster", "FAILED", cluster=NAME, now=True))
    house.active_cluster()
    with pytest.raises(RuleError, match="No update of bank is going on"):
        house.faults.add(Force("update", "Failed", cluster=NAME, now=True))
    assert house.faults.rules() == []


@pytest.mark.parametrize(
    ("operation", "names", "code", "after"),
    [
        ("update_cluster_config", {}, "IpNotAvailable", "ACTIVE"),
        ("update_nodegroup_version", {"nodegroupName": "workers"}, "PodEvictionFailure", "ACTIVE"),
        ("update_addon", {"addonName": "vpc-cni"}, "ConfigurationConflict", "UPDATE_FAILED"),
    ],
)
def test_an_update_fails(working: House, operation: str, names: dict[str, str], code: str, after: str) -> None:
    name = next(iter(names.values()), None)
    working.faults.add(Force("update", "Failed", (Issue(code),), name=name))
    params = {"clusterName": NAME, **names} if names else {"name": NAME, "deletionProtection": True}
    begun = working.call(operation, **params)["update"]
    working.wait(5000)
    update = working.call("describe_update", name=NAME, updateId=begun["id"], **names)["update"]
    assert (update["status"], [error["errorCode"] for error in update["errors"]]) == ("Failed", [code])
    statuses = {"workers": working.nodegroup_status(), "vpc-cni": working.addon_status("vpc-cni")}
    assert (statuses[name] if name else working.status()) == after
    assert not working.eks.describe_cluster(name=NAME)["cluster"]["deletionProtection"], "it came to nothing"


@pytest.mark.parametrize("desired", [0, 1])
def test_a_creation_can_go_on_for_ever(active: House, desired: int) -> None:
    active.faults.add(Force("nodegroup", "CREATING"))
    create_addon(active, "vpc-cni")
    active.nodegroup(scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": desired})
    for seconds in (70, 5000):
        active.wait(seconds)
        assert active.nodegroup_status() == "CREATING"


@pytest.mark.parametrize("name", [None, "workers", "vpc-cni", "coredns"])
def test_an_update_can_go_on_for_ever(working: House, name: str | None) -> None:
    def status() -> str:
        if name is None:
            return working.status()
        return working.nodegroup_status() if name == "workers" else working.addon_status(name)

    create_addon(working, "coredns")
    working.wait(60)
    working.faults.add(Force("update", "InProgress", name=name))
    if name is None:
        working.eks.update_cluster_config(name=NAME, deletionProtection=True)
    elif name == "workers":
        working.scale(0, 5, 2)
    else:
        working.faults.add(Change("VanishNodegroup", {"clusterName": NAME, "nodegroupName": "workers"}))
        working.eks.update_addon(clusterName=NAME, addonName=name)
    working.wait(100_000)
    assert status() == "UPDATING"
    working.faults.add(Force("update", "Cancelled", cluster=NAME, name=name, now=True))
    assert status() == "ACTIVE"


def test_an_update_of_an_addon_makes_it_well_again(working: House) -> None:
    working.faults.add(Force("addon", "DEGRADED", cluster=NAME, name="vpc-cni", now=True))
    working.eks.update_addon(clusterName=NAME, addonName="vpc-cni")
    working.wait(60)
    assert working.addon_status("vpc-cni") == "ACTIVE"


def test_a_refused_update_is_none(working: House) -> None:
    rule = working.faults.add(Force("update", "Failed", name="workers", when=ALWAYS))
    working.scale(0, 5, 2)
    assert refusal(lambda: working.scale(0, 5, 3))[0] == 409
    assert working.faults.fired(rule) == 1


def test_a_refusal_or_a_repeated_answer_is_no_creation(house: House) -> None:
    rule = house.faults.add(Force("cluster", "FAILED", when=ALWAYS))
    params = cluster_params() | {"clientRequestToken": "t" * 40}
    assert ask(house.faults, "CreateCluster", params | {"roleArn": "nobody"}).status == 400
    assert house.faults.fired(rule) == 0
    for _ in range(3):
        house.eks.create_cluster(**params)
    assert house.faults.fired(rule) == 1


def test_the_outcome_of_a_creation_whose_answer_is_lost_is_forced_too(house: House) -> None:
    house.faults.add(Force("cluster", "FAILED"))
    house.faults.add(Lose("CreateCluster", "error", when=first(1)))
    assert refusal(house.cluster)[0] == 500
    house.wait(700)
    assert house.status() == "FAILED"


def test_what_would_recover_is_left_in_peace_when_it_is_being_deleted(house: House) -> None:
    house.faults.add(Force("cluster", "FAILED", after=10, lasts=100))
    house.cluster()
    house.wait(60)
    house.eks.delete_cluster(name=NAME)
    house.wait(60)
    assert house.status() == "DELETING"


def test_what_is_being_deleted_is_left_in_peace(active: House) -> None:
    active.faults.add(Force("addon", "CREATE_FAILED", after=20, lasts=60))
    create_addon(active, "coredns")
    active.wait(18)
    active.eks.delete_addon(clusterName=NAME, addonName="coredns")
    active.wait(3)
    assert active.addon_status("coredns") == "DELETING"
    active.wait(60)
    assert active.eks.list_addons(clusterName=NAME)["addons"] == []


@pytest.mark.parametrize("resource", ISSUE_CODES)
def test_every_issue_code_of_the_model_can_be_given(house: House, resource: Any) -> None:  # noqa: ANN401 - a word
    status = "Failed" if resource == "update" else "ACTIVE"
    codes = sorted(enum_of(EKS, ISSUE_CODES[resource]))
    assert house.faults.add(Force(resource, status, tuple(map(Issue, codes))))
