"""Access entries, access policies and pod identity associations."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.twin.model import EKS, service_model
from tests.unit.twin.asking import request_of
from tests.unit.twin.house import (
    IAM,
    NAME,
    NODE_ROLE,
    OTHER_POD_ROLE,
    PERSON,
    POD_ROLE,
    VIEW_POLICY,
    cluster_params,
    refusal,
)

if TYPE_CHECKING:
    from tests.unit.twin.house import House

OF: Any = {"clusterName": NAME, "principalArn": PERSON}
EVERYWHERE: Any = {"type": "cluster"}


def test_an_entry_gets_its_user_name_from_its_principal(active: House) -> None:
    entry = active.eks.create_access_entry(**OF)["accessEntry"]
    assert entry["type"] == "STANDARD"
    assert entry["kubernetesGroups"] == []
    assert entry["username"] == "arn:aws:sts::000000000000:assumed-role/alice/{{SessionName}}"
    assert "access-entry/bank/role/000000000000/people/alice/" in entry["accessEntryArn"]
    user = f"{IAM}:user/bob"
    assert active.eks.create_access_entry(clusterName=NAME, principalArn=user)["accessEntry"]["username"] == user


@pytest.mark.parametrize("principal", ["alice", f"{IAM}:group/g", "arn:aws:sts::000000000000:assumed-role/r/s"])
def test_only_roles_and_users_are_principals(active: House, principal: str) -> None:
    refused = refusal(lambda: active.eks.create_access_entry(clusterName=NAME, principalArn=principal))
    assert refused[1:3] == (
        "InvalidParameterException",
        "The specified principalArn is invalid: invalid principal.",
    )


def test_the_creators_role_gets_the_entry_not_its_session(house: House) -> None:
    operation = service_model(EKS).operation_model("CreateCluster")
    params = cluster_params() | {"accessConfig": {"authenticationMode": "API"}}
    session = "arn:aws:sts::000000000000:assumed-role/deployer/session"
    house.twin.handle(replace(request_of(operation, params), caller=session))
    house.wait(700)
    assert house.eks.list_access_entries(clusterName=NAME)["accessEntries"] == [f"{IAM}:role/deployer"]


def test_an_entry_can_be_changed_and_deleted(active: House) -> None:
    active.eks.create_access_entry(**OF, kubernetesGroups=["a"], username="alice", tags={"t": "v"})
    active.wait(5)
    entry = active.eks.update_access_entry(**OF, kubernetesGroups=["b", "c"])["accessEntry"]
    assert (entry["kubernetesGroups"], entry["username"], entry["tags"]) == (["b", "c"], "alice", {"t": "v"})
    assert entry["modifiedAt"] > entry["createdAt"]
    active.eks.delete_access_entry(**OF)
    assert active.eks.list_access_entries(clusterName=NAME)["accessEntries"] == []


def test_policies_are_associated_and_disassociated(active: House) -> None:
    active.eks.create_access_entry(**OF)
    active.eks.associate_access_policy(**OF, policyArn=VIEW_POLICY, accessScope=EVERYWHERE)
    since = active.eks.list_associated_access_policies(**OF)["associatedAccessPolicies"][0]["associatedAt"]
    active.wait(9)
    narrower: Any = {"type": "namespace", "namespaces": ["a"]}
    policy = active.eks.associate_access_policy(**OF, policyArn=VIEW_POLICY, accessScope=narrower)
    assert policy["associatedAccessPolicy"]["accessScope"] == narrower
    assert policy["associatedAccessPolicy"]["associatedAt"] == since
    with_policy = active.eks.list_access_entries(clusterName=NAME, associatedPolicyArn=VIEW_POLICY)
    assert with_policy["accessEntries"] == [PERSON]
    active.eks.disassociate_access_policy(**OF, policyArn=VIEW_POLICY)
    assert active.eks.list_associated_access_policies(**OF)["associatedAccessPolicies"] == []
    again = refusal(lambda: active.eks.disassociate_access_policy(**OF, policyArn=VIEW_POLICY))
    assert again[:2] == (404, "ResourceNotFoundException")


def test_associations_that_are_refused(active: House) -> None:
    active.eks.create_access_entry(**OF)
    active.eks.create_access_entry(clusterName=NAME, principalArn=NODE_ROLE, type="EC2_LINUX")
    unknown = VIEW_POLICY.replace("View", "Magic")

    def code(policy: str, scope: Any, principal: str = PERSON) -> str:  # noqa: ANN401 - a scope of any form
        return refusal(
            lambda: active.eks.associate_access_policy(
                clusterName=NAME, principalArn=principal, policyArn=policy, accessScope=scope
            )
        )[1]

    assert code(unknown, EVERYWHERE) == "InvalidParameterException"
    assert code(VIEW_POLICY, {"type": "namespace"}) == "InvalidParameterException"
    assert code(VIEW_POLICY, {"type": "cluster", "namespaces": ["a"]}) == "InvalidParameterException"
    assert code(VIEW_POLICY, EVERYWHERE, NODE_ROLE) == "InvalidRequestException"


def test_an_entry_for_nodes_cannot_be_changed(working: House) -> None:
    entry = working.eks.describe_access_entry(clusterName=NAME, principalArn=NODE_ROLE)["accessEntry"]
    assert (entry["type"], entry["kubernetesGroups"]) == ("EC2_LINUX", ["system:nodes"])
    assert entry["username"] == "system:node:{{EC2PrivateDNSName}}"
    refused = refusal(lambda: working.eks.update_access_entry(clusterName=NAME, principalArn=NODE_ROLE, username="a"))
    assert refused[1] == "InvalidRequestException"


def associate(house: House, account: str = "b", **more: Any) -> Any:  # noqa: ANN401 - an association
    params = {"clusterName": NAME, "namespace": "a", "serviceAccount": account, "roleArn": POD_ROLE} | more
    return house.call("create_pod_identity_association", **params)["association"]


def test_pod_identity_associations_come_and_go(active: House) -> None:
    made = associate(active, tags={"t": "v"})
    associate(active, "c")
    assert made["disableSessionTags"] is False
    found = active.eks.list_pod_identity_associations(clusterName=NAME, namespace="a", serviceAccount="b")
    assert [it["associationId"] for it in found["associations"]] == [made["associationId"]]
    one: Any = {"clusterName": NAME, "associationId": made["associationId"]}
    active.eks.update_pod_identity_association(**one, roleArn=OTHER_POD_ROLE)
    told = active.eks.describe_pod_identity_association(**one)["association"]
    assert (told["roleArn"], told["tags"]) == (OTHER_POD_ROLE, {"t": "v"})
    active.eks.delete_pod_identity_association(**one)
    assert len(active.eks.list_pod_identity_associations(clusterName=NAME)["associations"]) == 1


def test_a_target_role_comes_with_an_external_id(active: House) -> None:
    assert len(associate(active, targetRoleArn=OTHER_POD_ROLE)["externalId"]) == 36


def test_a_policy_needs_session_tags_off(active: House) -> None:
    assert refusal(lambda: associate(active, policy="{}"))[1] == "InvalidParameterException"
    assert associate(active, policy="{}", disableSessionTags=True)["policy"] == "{}"


def test_an_add_ons_associations_live_and_die_with_it(active: House) -> None:
    owned: Any = [{"serviceAccount": "aws-node", "roleArn": POD_ROLE}]
    addon = active.eks.create_addon(clusterName=NAME, addonName="vpc-cni", podIdentityAssociations=owned)["addon"]
    (association,) = active.eks.list_pod_identity_associations(clusterName=NAME)["associations"]
    assert addon["podIdentityAssociations"] == [association["associationArn"]]
    assert association["ownerArn"] == addon["addonArn"]
    active.wait(40)
    other: Any = [{"serviceAccount": "aws-node", "roleArn": OTHER_POD_ROLE}]
    active.eks.update_addon(clusterName=NAME, addonName="vpc-cni", podIdentityAssociations=other)
    (updated,) = active.eks.list_pod_identity_associations(clusterName=NAME)["associations"]
    assert updated["associationId"] == association["associationId"]
    identity = active.eks.describe_pod_identity_association(clusterName=NAME, associationId=updated["associationId"])[
        "association"
    ]
    assert identity["roleArn"] == OTHER_POD_ROLE
    active.wait(40)
    active.eks.delete_addon(clusterName=NAME, addonName="vpc-cni")
    active.wait(30)
    assert active.eks.list_pod_identity_associations(clusterName=NAME)["associations"] == []


def test_an_add_ons_list_of_associations_is_what_it_has_afterwards(active: House) -> None:
    owned: Any = [{"serviceAccount": name, "roleArn": POD_ROLE} for name in ("a", "b")]
    active.eks.create_addon(clusterName=NAME, addonName="vpc-cni", podIdentityAssociations=owned)
    for wanted in ([owned[1]], []):
        active.wait(40)
        update = active.eks.update_addon(clusterName=NAME, addonName="vpc-cni", podIdentityAssociations=wanted)
        (param,) = update["update"]["params"]
        assert (param["type"], json.loads(param["value"])) == ("PodIdentityAssociations", wanted)
        found = active.eks.list_pod_identity_associations(clusterName=NAME)["associations"]
        assert [it["serviceAccount"] for it in found] == [it["serviceAccount"] for it in wanted]


def test_an_association_that_is_updated_changes(active: House) -> None:
    of: Any = {"clusterName": NAME}
    made = active.eks.create_pod_identity_association(**of, namespace="a", serviceAccount="b", roleArn=POD_ROLE)
    of["associationId"] = made["association"]["associationId"]
    assert refusal(lambda: active.eks.update_pod_identity_association(**of))[:2] == (400, "InvalidParameterException")
    changed = active.eks.update_pod_identity_association(**of, roleArn=OTHER_POD_ROLE)["association"]
    assert changed["roleArn"] == OTHER_POD_ROLE


def test_an_add_ons_refused_associations_leave_the_old_ones(active: House) -> None:
    owned: Any = [{"serviceAccount": "aws-node", "roleArn": POD_ROLE}]
    active.eks.create_addon(clusterName=NAME, addonName="vpc-cni", podIdentityAssociations=owned)
    active.wait(40)
    bad: Any = [*owned, {"serviceAccount": "other", "roleArn": NODE_ROLE}]
    refused = refusal(
        lambda: active.eks.update_addon(clusterName=NAME, addonName="vpc-cni", podIdentityAssociations=bad)
    )
    assert refused[1] == "InvalidParameterException"
    assert len(active.eks.list_pod_identity_associations(clusterName=NAME)["associations"]) == 1
    assert active.addon_status("vpc-cni") == "ACTIVE"
