"""What is asked for of access entries, policies and associations, as tables."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from lambdas.domain.planner.access import (
    association_frozen,
    association_updates,
    entry_frozen,
    entry_updates,
    policy_updates,
    where,
)
from lambdas.domain.planner.differences import Difference
from lambdas.domain.spec import AccessEntry, AccessPolicy, PodIdentityAssociation
from lambdas.domain.spec.access import AccessScope

ALICE = "arn:aws:iam::000000000000:role/people/alice"
ROLE, TARGET = "arn:aws:iam::000000000000:role/ledger", "arn:aws:iam::111111111111:role/data"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
ENTRY = AccessEntry(principalArn=ALICE)
ENTRY_THERE: dict[str, Any] = {"type": "STANDARD", "kubernetesGroups": [], "username": "by-eks"}
PODS = PodIdentityAssociation(namespace="payments", serviceAccount="ledger", roleArn=ROLE)
PODS_THERE: dict[str, Any] = {"associationId": "a-1", "roleArn": ROLE, "disableSessionTags": False}
POLICY, SAME_POLICY, OTHER_POLICY = (
    '{"Version":"2012-10-17","Statement":[]}',
    '{"Statement": [], "Version": "2012-10-17"}',
    "{}",
)
NAMES = {"clusterName": "bank", "principalArn": ALICE}


@pytest.mark.parametrize(
    ("wanted", "there", "differs"),
    [
        ({}, {}, []),
        ({"kubernetesGroups": ("a", "b")}, {"kubernetesGroups": ["b", "a"]}, []),
        ({"kubernetesGroups": ("a",)}, {}, [("kubernetesGroups", [], ["a"])]),
        ({"kubernetesGroups": ("a",)}, {"kubernetesGroups": ["b"]}, [("kubernetesGroups", ["b"], ["a"])]),
        ({}, {"kubernetesGroups": ["b"]}, [("kubernetesGroups", ["b"], [])]),
        ({"username": "pipeline"}, {}, [("username", "by-eks", "pipeline")]),
        ({"username": "by-eks"}, {}, []),
        ({}, {"type": "EC2_LINUX", "kubernetesGroups": ["system:nodes"]}, []),
    ],
)
def test_entries(wanted: dict[str, Any], there: dict[str, Any], differs: list[tuple[Any, ...]]) -> None:
    found = list(entry_updates(replace(ENTRY, **wanted), {**ENTRY_THERE, **there}))
    assert [it for update in found for it in update.differences] == [Difference(*it) for it in differs]
    assert len(found) == bool(differs)


def test_an_entry_is_updated_whole() -> None:
    (update,) = entry_updates(replace(ENTRY, kubernetesGroups=("b", "a"), username="pipeline"), ENTRY_THERE)
    assert update.request == {"kubernetesGroups": ["a", "b"], "username": "pipeline"}
    (unnamed,) = entry_updates(replace(ENTRY, kubernetesGroups=("a",)), ENTRY_THERE)
    assert unnamed.request == {"kubernetesGroups": ["a"]}


def test_the_type_of_an_entry_is_for_good() -> None:
    assert entry_frozen(ENTRY, ENTRY_THERE) == ()
    assert entry_frozen(replace(ENTRY, type="EC2"), ENTRY_THERE) == (Difference("type", "STANDARD", "EC2"),)


@pytest.mark.parametrize(
    ("wanted", "there", "differs"),
    [
        (AccessScope(), {"type": "cluster", "namespaces": []}, []),
        (AccessScope(type="namespace", namespaces=("a", "b")), {"type": "namespace", "namespaces": ["b", "a"]}, []),
        (AccessScope(type="namespace", namespaces=("a",)), {"type": "namespace", "namespaces": ["b"]},
         [("accessScope.namespaces", ["b"], ["a"])]),
        (AccessScope(type="namespace", namespaces=("a",)), {"type": "cluster", "namespaces": []},
         [("accessScope.type", "cluster", "namespace"), ("accessScope.namespaces", [], ["a"])]),
        (AccessScope(), {"type": "namespace", "namespaces": ["a"]},
         [("accessScope.type", "namespace", "cluster"), ("accessScope.namespaces", ["a"], [])]),
    ],
)  # fmt: skip
def test_policies(wanted: AccessScope, there: dict[str, Any], differs: list[tuple[Any, ...]]) -> None:
    policy = AccessPolicy(policyArn=VIEW, accessScope=wanted)
    found = list(policy_updates(policy, {"policyArn": VIEW, "accessScope": there}, NAMES))
    assert [it for update in found for it in update.differences] == [Difference(*it) for it in differs]
    assert all(update.whole for update in found)


def test_a_policy_is_associated_once_more_with_all_that_the_call_takes() -> None:
    policy = AccessPolicy(policyArn=VIEW, accessScope=AccessScope(type="namespace", namespaces=("b", "a")))
    (update,) = policy_updates(policy, {"accessScope": {"type": "cluster"}}, NAMES)
    assert update.request == {
        **NAMES, "policyArn": VIEW, "accessScope": {"type": "namespace", "namespaces": ["a", "b"]},
    }  # fmt: skip
    assert where(policy) == "a, b"
    assert where(AccessPolicy(policyArn=VIEW)) == "the whole cluster"


@pytest.mark.parametrize(
    ("wanted", "there", "differs"),
    [
        ({}, {}, []),
        ({"roleArn": TARGET}, {}, [("roleArn", ROLE, TARGET)]),
        ({"targetRoleArn": TARGET}, {}, [("targetRoleArn", None, TARGET)]),
        ({"targetRoleArn": TARGET}, {"targetRoleArn": ROLE}, [("targetRoleArn", ROLE, TARGET)]),
        ({"targetRoleArn": TARGET}, {"targetRoleArn": TARGET}, []),
        ({}, {"targetRoleArn": TARGET}, [("targetRoleArn", TARGET, None)]),
        ({"disableSessionTags": True}, {}, [("disableSessionTags", False, True)]),
        ({}, {"disableSessionTags": True}, [("disableSessionTags", True, False)]),
        ({}, {"disableSessionTags": None}, []),
        ({"policy": POLICY}, {}, [("policy", None, POLICY)]),
        ({"policy": POLICY}, {"policy": OTHER_POLICY}, [("policy", OTHER_POLICY, POLICY)]),
        ({"policy": POLICY}, {"policy": SAME_POLICY}, []),
    ],
)
def test_associations(wanted: dict[str, Any], there: dict[str, Any], differs: list[tuple[Any, ...]]) -> None:
    found = list(association_updates(replace(PODS, **wanted), {**PODS_THERE, **there}))
    assert [it for update in found for it in update.differences] == [Difference(*it) for it in differs]
    assert len(found) == bool(differs)


def test_an_association_is_updated_whole_and_by_its_id() -> None:
    wanted = replace(PODS, targetRoleArn=TARGET, disableSessionTags=True, policy=POLICY)
    (update,) = association_updates(wanted, PODS_THERE)
    assert update.request == {
        "associationId": "a-1", "roleArn": ROLE, "disableSessionTags": True, "targetRoleArn": TARGET, "policy": POLICY,
    }  # fmt: skip
    assert json.loads(POLICY) == json.loads(SAME_POLICY)


def test_a_target_role_goes_as_an_empty_string() -> None:
    (update,) = association_updates(PODS, {**PODS_THERE, "targetRoleArn": TARGET})
    assert update.request == {
        "associationId": "a-1", "roleArn": ROLE, "disableSessionTags": False, "targetRoleArn": "",
    }  # fmt: skip


def test_a_policy_cannot_be_taken_away() -> None:
    there = {**PODS_THERE, "policy": POLICY}
    assert association_frozen(PODS, there) == (Difference("policy", POLICY, None),)
    assert association_frozen(replace(PODS, policy=OTHER_POLICY), there) == ()
    assert association_frozen(PODS, PODS_THERE) == ()
