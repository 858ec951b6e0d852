"""Somebody changes things past their updates: what drift is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.twin.faults import Change, Force, Issue, RuleError
from sandbox.twin.faults.altering import ALTERATIONS
from sandbox.twin.model import EKS, enum_of
from tests.unit.twin.house import NAME, NODE_ROLE, OTHER_POD_ROLE, PERSON, POD_ROLE

if TYPE_CHECKING:
    from tests.unit.twin.house import House

OF = {"clusterName": NAME}
WORKERS = OF | {"nodegroupName": "workers"}
CNI = OF | {"addonName": "vpc-cni"}
ENTRY = OF | {"principalArn": PERSON}
TAINTS = [{"key": "k", "value": "v", "effect": "NO_SCHEDULE"}]
LOGS = {"clusterLogging": [{"types": ["api"], "enabled": True}]}
DRIFT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("AlterCluster", OF, {"version": "1.34", "platformVersion": "eks.1", "roleArn": NODE_ROLE}),
    ("AlterCluster", OF, {"resourcesVpcConfig": {"endpointPublicAccess": False, "publicAccessCidrs": []}}),
    ("AlterCluster", OF, {"logging": LOGS}),
    ("AlterCluster", OF, {"deletionProtection": True, "upgradePolicy": {"supportType": "STANDARD"}}),
    ("AlterCluster", OF, {"zonalShiftConfig": {"enabled": True}, "controlPlaneScalingConfig": {"tier": "tier-xl"}}),
    ("AlterCluster", OF, {"tags": {"team": "theirs"}}),
    ("AlterNodegroup", WORKERS, {"labels": {"a": "b"}, "taints": TAINTS, "tags": {"team": "theirs"}}),
    ("AlterNodegroup", WORKERS, {"scalingConfig": {"minSize": 1, "maxSize": 4, "desiredSize": 2}}),
    ("AlterNodegroup", WORKERS, {"updateConfig": {"maxUnavailable": 7}, "nodeRepairConfig": {"enabled": True}}),
    ("AlterNodegroup", WORKERS, {"version": "1.34", "releaseVersion": "1.34.6-20261109", "subnets": ["subnet-a"]}),
    ("AlterNodegroup", WORKERS, {"instanceTypes": ["m5.large"], "capacityType": "SPOT", "diskSize": 99}),
    ("AlterAddon", CNI, {"addonVersion": "v1.20.4-eksbuild.1", "configurationValues": "{}", "tags": {"a": "b"}}),
    ("AlterAddon", CNI, {"serviceAccountRoleArn": NODE_ROLE, "namespaceConfig": {"namespace": "elsewhere"}}),
    ("AlterAccessEntry", ENTRY, {"kubernetesGroups": ["theirs"], "username": "eve", "tags": {"a": "b"}}),
    ("AlterPodIdentityAssociation", OF, {"roleArn": OTHER_POD_ROLE, "namespace": "other", "tags": {"a": "b"}}),
]


@pytest.fixture
def furnished(working: House) -> House:
    """A twin in whose cluster there is one of everything."""
    working.eks.create_access_entry(clusterName=NAME, principalArn=PERSON)
    working.eks.create_pod_identity_association(clusterName=NAME, namespace="a", serviceAccount="b", roleArn=POD_ROLE)
    return working


def read(house: House, does: str, names: dict[str, str]) -> Any:  # noqa: ANN401 - any resource
    operation = {
        "AlterCluster": "describe_cluster",
        "AlterNodegroup": "describe_nodegroup",
        "AlterAddon": "describe_addon",
        "AlterAccessEntry": "describe_access_entry",
        "AlterPodIdentityAssociation": "describe_pod_identity_association",
    }[does]
    answer = house.call(operation, **({"name": NAME} if does == "AlterCluster" else names))
    return next(value for name, value in answer.items() if name != "ResponseMetadata")


def named(house: House, does: str, names: dict[str, str]) -> dict[str, str]:
    if does != "AlterPodIdentityAssociation":
        return names
    (found,) = house.eks.list_pod_identity_associations(clusterName=NAME)["associations"]
    return names | {"associationId": found["associationId"]}


@pytest.mark.parametrize(("does", "names", "change"), DRIFT)
def test_a_change_shows_at_once_and_nothing_tells_of_it(
    furnished: House, does: str, names: dict[str, str], change: dict[str, Any]
) -> None:
    names = named(furnished, does, names)
    before = read(furnished, does, names)
    furnished.faults.add(Change(does, names | change))
    after = read(furnished, does, names)
    for name, value in change.items():
        assert after[name] == (before.get(name, {}) | value if isinstance(value, dict) and name != "tags" else value)
    same = set(before) - set(change) - {"externalId"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert furnished.eks.list_updates(name=NAME)["updateIds"] == []
    assert furnished.eks.list_updates(name=NAME, nodegroupName="workers")["updateIds"] == []
    assert furnished.eks.list_updates(name=NAME, addonName="vpc-cni")["updateIds"] == []


def test_sizes_that_somebody_changed_are_real(furnished: House) -> None:
    furnished.faults.add(Change("AlterNodegroup", WORKERS | {"scalingConfig": {"desiredSize": 3}}))
    furnished.wait(120)
    assert furnished.lifecycles() == ["InService"] * 3


def test_null_takes_a_setting_away(furnished: House) -> None:
    furnished.faults.add(Change("AlterAddon", CNI | {"configurationValues": "{}", "tags": {"a": "b"}}))
    furnished.faults.add(Change("AlterAddon", CNI | {"configurationValues": None, "tags": None}))
    addon = furnished.eks.describe_addon(clusterName=NAME, addonName="vpc-cni")["addon"]
    assert ("configurationValues" in addon, addon["tags"]) == (False, {})


def test_it_can_happen_while_we_look_or_update_and_takes_only_names_from_us(furnished: House) -> None:
    furnished.faults.add(Change("AlterNodegroup", {"taints": TAINTS}, on="UpdateNodegroupConfig", moment="after"))
    furnished.call("update_nodegroup_config", **WORKERS, labels={"addOrUpdateLabels": {"a": "b"}})
    shown = read(furnished, "AlterNodegroup", WORKERS)
    assert (shown["taints"], shown["labels"]) == (TAINTS, {"a": "b"})


@pytest.mark.parametrize(
    ("does", "params", "words"),
    [
        ("AlterCluster", {"clusterName": "nobody", "version": "1.34"}, "No cluster found for name: nobody"),
        ("AlterAddon", {"clusterName": NAME, "addonVersion": "v1"}, "addonName must be given"),
        ("AlterCluster", {"clusterName": NAME, "deletionProtection": "yes"}, "'deletionProtection' must be a boolean"),
        ("AlterCluster", {"clusterName": NAME, "version": None}, "'version' must be a string"),
        ("AlterNodegroup", WORKERS | {"scalingConfig": {"minSize": 9}}, "Minimum capacity 9"),
        ("AlterNodegroup", WORKERS | {"capacityType": "CHEAP"}, "enum value set"),
    ],
)
def test_what_cannot_be_altered_so_is_refused(furnished: House, does: str, params: dict[str, Any], words: str) -> None:
    with pytest.raises(RuleError, match=words):
        furnished.faults.add(Change(does, params))


def test_every_member_that_describe_shows_can_be_altered_or_is_nobodys_to_change() -> None:
    assert set(ALTERATIONS["AlterNodegroup"].members) == {
        *("version", "releaseVersion", "scalingConfig", "instanceTypes", "subnets", "remoteAccess", "amiType"),
        *("nodeRole", "labels", "taints", "diskSize", "updateConfig", "nodeRepairConfig", "launchTemplate", "tags"),
        *("capacityType", "warmPoolConfig"),
    }
    assert set(ALTERATIONS["AlterAccessEntry"].members) == {"kubernetesGroups", "username", "type", "tags"}


@pytest.mark.parametrize(
    ("resource", "status", "codes"),
    [("cluster", "ACTIVE", "ClusterIssueCode"), ("nodegroup", "DEGRADED", "NodegroupIssueCode")],
)
def test_whatever_can_ail_a_cluster_or_a_node_group_can_be_had(
    working: House,
    resource: Any,  # noqa: ANN401 - a word of the rule's
    status: str,
    codes: str,
) -> None:
    issues = tuple(Issue(code) for code in sorted(enum_of(EKS, codes)))
    name = "workers" if resource == "nodegroup" else None
    working.faults.add(Force(resource, status, issues, cluster=NAME, name=name, now=True))
    shown = read(working, "AlterNodegroup" if name else "AlterCluster", WORKERS)
    assert shown["status"] == status
    assert {it["code"] for it in shown["health"]["issues"]} == enum_of(EKS, codes)
