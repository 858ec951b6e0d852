"""Add-ons, access entries, associations and tags that EKS refuses, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.twin.house import (
    IAM,
    NAME,
    NODE_ROLE,
    PERSON,
    POD_ROLE,
    House,
    refusal,
)
from tests.unit.twin.refusals import IN_USE, INVALID_PARAMETER, INVALID_REQUEST, NOT_FOUND, Case, check, ids

ADDON_CASES = [
    Case(
        "unknown version",
        {"addonVersion": "v9.9.9-eksbuild.1"},
        INVALID_PARAMETER,
        "Addon version specified is not supported",
        {"clusterName": "vpc-cni", "addonName": NAME},
    ),
    Case("unknown add-on", {"addonName": "ftp"}, INVALID_PARAMETER, "Addon specified is not supported"),
    Case(
        "preserve",
        {"resolveConflicts": "PRESERVE"},
        INVALID_PARAMETER,
        "Resolve conflicts option preserve is not supported for operation CreateAddon",
    ),
    Case(
        "configuration outside the schema",
        {"configurationValues": '{"colour": "red"}'},
        INVALID_PARAMETER,
        "Json schema validation failed with error: [$.colour: is not defined in the schema",
    ),
    Case("configuration of a wrong type", {"configurationValues": "env: 3"}, INVALID_PARAMETER, "$.env: int found"),
    Case("no configuration at all", {"configurationValues": "{"}, INVALID_PARAMETER, "neither JSON nor YAML"),
    Case("a list for a configuration", {"configurationValues": "[]"}, INVALID_PARAMETER, "$: object expected"),
    Case(
        "a role for somebody else",
        {"podIdentityAssociations": [{"serviceAccount": "aws-node", "roleArn": NODE_ROLE}]},
        INVALID_PARAMETER,
        "Trust policy of the role provided is invalid.",
    ),
]


@pytest.mark.parametrize("case", ADDON_CASES, ids=ids)
def test_add_ons_that_are_not_created(active: House, case: Case) -> None:
    params = {"clusterName": NAME, "addonName": "vpc-cni"} | case.params
    check(lambda: active.call("create_addon", **params), case)
    assert active.eks.list_addons(clusterName=NAME)["addons"] == []
    assert active.eks.list_pod_identity_associations(clusterName=NAME)["associations"] == []


def test_a_word_outside_an_enumeration_of_the_schema(active: House) -> None:
    values = '{"mode": "magic"}'
    refused = refusal(
        lambda: active.eks.create_addon(clusterName=NAME, addonName="kube-proxy", configurationValues=values)
    )
    assert "$.mode: does not have a value in the enumeration" in refused[2]


def test_an_add_on_exists_once(active: House) -> None:
    active.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    status, code, message, body = refusal(lambda: active.eks.create_addon(clusterName=NAME, addonName="vpc-cni"))
    assert (status, code) == IN_USE
    assert message == "Addon already exists."
    assert body["addonName"] == "vpc-cni"


ENTRY_CASES = [
    Case("no such role", {"principalArn": f"{IAM}:role/nobody"}, INVALID_PARAMETER, "invalid principal"),
    Case("unknown type", {"type": "ROBOT"}, INVALID_PARAMETER, "The type ROBOT is invalid"),
    Case(
        "a group of the system",
        {"kubernetesGroups": ["system:masters"]},
        INVALID_PARAMETER,
        "The kubernetes group name system:masters is invalid, it cannot start with system:",
    ),
    Case("a user of the system", {"username": "system:me"}, INVALID_PARAMETER, "reserved prefix"),
    Case("groups for nodes", {"type": "EC2_LINUX", "kubernetesGroups": ["a"]}, INVALID_PARAMETER, "for type EC2_LINUX"),
]


@pytest.mark.parametrize("case", ENTRY_CASES, ids=ids)
def test_access_entries_that_are_not_created(active: House, case: Case) -> None:
    params = {"clusterName": NAME, "principalArn": PERSON} | case.params
    check(lambda: active.call("create_access_entry", **params), case)
    assert active.eks.list_access_entries(clusterName=NAME)["accessEntries"] == []


def test_an_access_entry_exists_once(active: House) -> None:
    active.eks.create_access_entry(clusterName=NAME, principalArn=PERSON)
    status, code, message, _ = refusal(lambda: active.eks.create_access_entry(clusterName=NAME, principalArn=PERSON))
    assert (status, code) == IN_USE
    assert message == "The specified access entry resource is already in use on this cluster."


def test_access_entries_need_a_mode_that_looks_at_them(house: House) -> None:
    house.active_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    status, code, message, _ = refusal(lambda: house.eks.list_access_entries(clusterName=NAME))
    assert (status, code) == INVALID_REQUEST
    assert message == (
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation."
    )


def test_a_service_account_has_one_association(active: House) -> None:
    params = {"clusterName": NAME, "namespace": "a", "serviceAccount": "b", "roleArn": POD_ROLE}
    first = active.call("create_pod_identity_association", **params)["association"]["associationId"]
    status, code, message, _ = refusal(lambda: active.call("create_pod_identity_association", **params))
    assert (status, code) == IN_USE
    assert message == f"Association already exists: {first}"


MISSING: list[tuple[str, dict[str, Any], str]] = [
    ("describe_cluster", {"name": "x"}, "No cluster found for name: x."),
    ("delete_cluster", {"name": "x"}, "No cluster found for name: x."),
    ("create_addon", {"clusterName": "x", "addonName": "vpc-cni"}, "No cluster found for name: x."),
    ("describe_nodegroup", {"clusterName": NAME, "nodegroupName": "x"}, "No node group found for name: x."),
    ("delete_nodegroup", {"clusterName": NAME, "nodegroupName": "x"}, "No node group found for name: x."),
    ("describe_addon", {"clusterName": NAME, "addonName": "x"}, f"No addon: x found in cluster: {NAME}"),
    ("describe_access_entry", {"clusterName": NAME, "principalArn": PERSON}, PERSON),
    ("describe_pod_identity_association", {"clusterName": NAME, "associationId": "a-1"}, "a-1"),
    ("describe_update", {"name": NAME, "updateId": "u"}, "No update found for ID: u"),
    ("describe_addon_configuration", {"addonName": "x", "addonVersion": "v1"}, "not supported"),
]


@pytest.mark.parametrize(("operation", "params", "expected"), MISSING)
def test_what_is_not_there(active: House, operation: str, params: dict[str, Any], expected: str) -> None:
    status, code, message, _ = refusal(lambda: active.call(operation, **params))
    assert (status, code) == NOT_FOUND
    assert expected in message


def test_tags_of_what_is_not_there(house: House) -> None:
    arn = "arn:aws:eks:eu-central-1:000000000000:cluster/x"
    assert refusal(lambda: house.eks.list_tags_for_resource(resourceArn=arn))[:2] == (404, "NotFoundException")
    foreign = "arn:aws:s3:::bucket"
    assert refusal(lambda: house.eks.list_tags_for_resource(resourceArn=foreign))[:2] == (400, "BadRequestException")


def test_tags_that_are_not_taken(active: House) -> None:
    arn = active.eks.describe_cluster(name=NAME)["cluster"]["arn"]
    many = {f"k{number}": "v" for number in range(50)}
    assert "aws:" in refusal(lambda: active.eks.tag_resource(resourceArn=arn, tags={"aws:x": "y"}))[2]
    active.eks.tag_resource(resourceArn=arn, tags=many)
    assert "at most 50" in refusal(lambda: active.eks.tag_resource(resourceArn=arn, tags={"more": "v"}))[2]
    active.eks.untag_resource(resourceArn=arn, tagKeys=list(many))
    assert active.eks.list_tags_for_resource(resourceArn=arn)["tags"] == {}


UP: list[tuple[str, dict[str, Any]]] = [
    ("create_addon", {"addonName": "vpc-cni"}),
    ("update_addon", {"addonName": "vpc-cni"}),
    ("create_access_entry", {"principalArn": PERSON}),
    ("create_pod_identity_association", {"namespace": "a", "serviceAccount": "b", "roleArn": POD_ROLE}),
]


@pytest.mark.parametrize(("operation", "params"), UP)
def test_what_needs_a_control_plane_that_is_up(house: House, operation: str, params: dict[str, Any]) -> None:
    house.cluster()
    status, code, message, _ = refusal(lambda: house.call(operation, clusterName=NAME, **params))
    assert (status, code) == INVALID_REQUEST
    assert message == f"Cluster '{NAME}' is not in ACTIVE status"
    house.wait(700)
    house.eks.delete_cluster(name=NAME)
    assert refusal(lambda: house.call(operation, clusterName=NAME, **params))[:2] == INVALID_REQUEST
