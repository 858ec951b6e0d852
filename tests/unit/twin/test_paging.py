"""Lists in pages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.twin.faults import Advise
from sandbox.twin.model import AUTOSCALING, EKS, service_model
from tests.unit.twin.house import NAME, PERSON, POD_ROLE, VIEW_POLICY, refusal

if TYPE_CHECKING:
    from tests.unit.twin.house import House

LISTS: list[tuple[str, str, dict[str, Any]]] = [
    ("list_clusters", "clusters", {}),
    ("list_nodegroups", "nodegroups", {"clusterName": NAME}),
    ("list_fargate_profiles", "fargateProfileNames", {"clusterName": NAME}),
    ("list_addons", "addons", {"clusterName": NAME}),
    ("list_access_entries", "accessEntries", {"clusterName": NAME}),
    ("list_pod_identity_associations", "associations", {"clusterName": NAME}),
    ("list_associated_access_policies", "associatedAccessPolicies", {"clusterName": NAME, "principalArn": PERSON}),
    ("list_insights", "insights", {"clusterName": NAME}),
    ("list_updates", "updateIds", {"name": NAME}),
    ("list_access_policies", "accessPolicies", {}),
    ("describe_addon_versions", "addons", {}),
    ("describe_cluster_versions", "clusterVersions", {}),
]


@pytest.fixture
def full(active: House) -> House:
    """A cluster with three of everything."""
    for number in range(2):
        active.cluster(f"other-{number}")
    for number in range(3):
        active.nodegroup(f"n{number}", scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 0})
        active.eks.create_pod_identity_association(
            clusterName=NAME, namespace="default", serviceAccount=f"a{number}", roleArn=POD_ROLE
        )
    for name in ("batch", "jobs", "tests"):
        active.fargate_profile(name)
        active.wait(180)
    for addon in ("vpc-cni", "kube-proxy", "coredns"):
        active.eks.create_addon(clusterName=NAME, addonName=addon)
    active.eks.create_access_entry(clusterName=NAME, principalArn=PERSON)
    active.eks.create_access_entry(clusterName=NAME, principalArn="arn:aws:iam::000000000000:user/bob")
    for policy in ("AmazonEKSViewPolicy", "AmazonEKSEditPolicy", "AmazonEKSAdminPolicy"):
        active.eks.associate_access_policy(
            clusterName=NAME,
            principalArn=PERSON,
            policyArn=VIEW_POLICY.replace("AmazonEKSViewPolicy", policy),
            accessScope={"type": "cluster"},
        )
    for number in range(3):
        active.faults.add(Advise(f"check {number}", "WARNING", "1.36"))
    for protection in (True, False, True):
        active.eks.update_cluster_config(name=NAME, deletionProtection=protection)
        active.wait(120)
    return active


@pytest.mark.parametrize(("operation", "member", "params"), LISTS)
def test_pages_add_up_to_the_whole(full: House, operation: str, member: str, params: dict[str, Any]) -> None:
    whole = full.call(operation, **params)
    assert len(whole[member]) >= 3
    assert "nextToken" not in whole
    paginator: Any = full.eks.get_paginator(operation)  # type: ignore[call-overload]
    pages = list(paginator.paginate(**params, PaginationConfig={"PageSize": 2}))
    assert [len(page[member]) for page in pages[:-1]] == [2] * (len(pages) - 1)
    assert [item for page in pages for item in page[member]] == whole[member]


def test_a_token_of_ones_own_making(house: House) -> None:
    for token in ("later", "b2Zmc2V0OnR3bw==", "dGltZTox"):
        refused = refusal(partial(house.call, "list_clusters", nextToken=token))
        assert refused[1:3] == ("InvalidParameterException", "Invalid nextToken")


@pytest.mark.parametrize("size", [0, 101])
def test_a_page_has_between_1_and_100_items(house: House, size: int) -> None:
    assert refusal(lambda: house.eks.list_clusters(maxResults=size))[1] == "InvalidParameterException"


def test_every_list_of_the_model_that_the_twin_has_is_tried() -> None:
    from sandbox.twin import OPERATIONS  # noqa: PLC0415 - only here

    model = service_model(EKS)
    paged = {
        name
        for name in OPERATIONS
        if (shape := model.operation_model(name).output_shape) is not None and "nextToken" in shape.members
    }
    empty = {"ListIdentityProviderConfigs"}  # no cluster of the twin has any
    assert {operation.replace("_", "") for operation, *_ in LISTS} == {name.lower() for name in paged - empty}


def test_auto_scaling_pages_too(active: House) -> None:
    for number in range(3):
        active.nodegroup(f"n{number}", scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 0})
    active.wait(70)
    assert service_model(AUTOSCALING).operation_names
    pages = list(
        active.autoscaling.get_paginator("describe_auto_scaling_groups").paginate(PaginationConfig={"PageSize": 2})
    )
    assert [len(page["AutoScalingGroups"]) for page in pages] == [2, 1]
