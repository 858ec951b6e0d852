"""EKS asked in Python, held to EKS asked over the wire: each operation and refusal gives a client the very same."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.exceptions import ClientError

from sandbox.clock import VirtualClock
from sandbox.twin.inprocess import attach
from tests.quick import new_session
from tests.simulation.door import client_of
from tests.simulation.eks import Eks, Groups
from tests.simulation.errors import operations
from tests.unit.twin.house import (
    KEY,
    NAME,
    ODD_SUBNET,
    OTHER_POD_ROLE,
    PERSON,
    POD_ROLE,
    REGION,
    START,
    VIEW_POLICY,
    FakeWorld,
    cluster_params,
    fargate_params,
    new_twin,
    nodegroup_params,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.twin import Twin

    Client = Any
    Json = Any

OF: Final = {"clusterName": NAME}
GROUP: Final = {**OF, "nodegroupName": "workers"}
ENTRY: Final = {**OF, "principalArn": PERSON}
ARN: Final = f"arn:aws:eks:{REGION}:000000000000:cluster/{NAME}"
TOKEN, OTHER = "t" * 64, "o" * 64
OLD: Final = {**cluster_params(), "version": "1.34", "tags": {"team": "harbour"}, "clientRequestToken": TOKEN}
POD: Final = {**OF, "namespace": "payments", "serviceAccount": "ledger"}


def _association(answers: list[Json]) -> Json:
    return {**OF, "associationId": next(it["association"]["associationId"] for it in answers if "association" in it)}


def _update(answers: list[Json]) -> Json:
    return {"name": NAME, "updateId": [it["update"]["id"] for it in answers if "update" in it][-1]}


Ask = tuple[str, "Json | Callable[[list[Json]], Json]"] | float

LIFE: Final[tuple[Ask, ...]] = (
    ("DescribeCluster", {"name": NAME}),
    ("DescribeClusterVersions", {}),
    ("CreateCluster", {**OLD, "resourcesVpcConfig": {"subnetIds": ["subnet-a", ODD_SUBNET]}}),
    ("CreateCluster", {**OLD, "roleArn": PERSON}),
    ("CreateCluster", OLD),
    ("CreateCluster", OLD),
    ("CreateCluster", {**OLD, "version": "1.35"}),
    ("CreateCluster", {**OLD, "clientRequestToken": OTHER}),
    ("CreateNodegroup", nodegroup_params()),
    700,
    ("CreateCluster", OLD),
    ("DescribeCluster", {"name": NAME}),
    ("ListClusters", {}),
    ("ListClusters", {"maxResults": 1}),
    ("ListClusters", {"nextToken": "none"}),
    ("TagResource", {"resourceArn": ARN, "tags": {"a": "b", "c": "d"}}),
    ("UntagResource", {"resourceArn": ARN, "tagKeys": ["c"]}),
    ("TagResource", {"resourceArn": ARN + "-2", "tags": {"a": "b"}}),
    ("CreateAddon", {**OF, "addonName": "vpc-cni", "clientRequestToken": TOKEN}),
    ("CreateAddon", {**OF, "addonName": "vpc-cni", "clientRequestToken": TOKEN}),
    ("CreateAddon", {**OF, "addonName": "vpc-cni", "clientRequestToken": OTHER}),
    ("CreateAddon", {**OF, "addonName": "no-such-addon"}),
    ("DescribeAddonVersions", {"addonName": "vpc-cni", "kubernetesVersion": "1.35"}),
    ("DescribeAddonConfiguration", {"addonName": "vpc-cni", "addonVersion": "v1.21.1-eksbuild.3"}),
    ("CreateNodegroup", {**nodegroup_params(), "labels": {"tier": "web"}, "clientRequestToken": TOKEN}),
    250,
    ("DescribeNodegroup", GROUP),
    ("DescribeAddon", {**OF, "addonName": "vpc-cni"}),
    ("ListAddons", OF),
    ("ListNodegroups", OF),
    ("UpdateAddon", {**OF, "addonName": "vpc-cni", "configurationValues": "{"}),
    ("UpdateAddon", {**OF, "addonName": "vpc-cni", "podIdentityAssociations": []}),
    ("CreateAccessEntry", {**ENTRY, "kubernetesGroups": ["readers"], "clientRequestToken": TOKEN}),
    ("UpdateAccessEntry", {**ENTRY, "kubernetesGroups": ["writers"]}),
    ("AssociateAccessPolicy", {**ENTRY, "policyArn": VIEW_POLICY, "accessScope": {"type": "cluster"}}),
    ("ListAssociatedAccessPolicies", ENTRY),
    ("DescribeAccessEntry", ENTRY),
    ("ListAccessEntries", OF),
    ("DisassociateAccessPolicy", {**ENTRY, "policyArn": VIEW_POLICY}),
    ("CreatePodIdentityAssociation", {**POD, "roleArn": POD_ROLE, "clientRequestToken": TOKEN}),
    ("CreatePodIdentityAssociation", {**POD, "roleArn": OTHER_POD_ROLE}),
    ("ListPodIdentityAssociations", OF),
    ("DescribePodIdentityAssociation", _association),
    ("UpdatePodIdentityAssociation", lambda answers: {**_association(answers), "roleArn": OTHER_POD_ROLE}),
    ("UpdateClusterConfig", {"name": NAME, "deletionProtection": True, "clientRequestToken": TOKEN}),
    ("UpdateClusterConfig", {"name": NAME, "deletionProtection": True, "clientRequestToken": TOKEN}),
    ("DescribeUpdate", _update),
    ("DeleteCluster", {"name": NAME}),
    120,
    ("UpdateClusterConfig", {"name": NAME, "deletionProtection": False}),
    120,
    (
        "AssociateEncryptionConfig",
        {"clusterName": NAME, "encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": KEY}}]},
    ),
    3000,
    ("ListInsights", OF),
    ("StartInsightsRefresh", OF),
    600,
    ("ListInsights", OF),
    ("UpdateClusterVersion", {"name": NAME, "version": "1.31"}),
    ("UpdateClusterVersion", {"name": NAME, "version": "1.35", "clientRequestToken": TOKEN}),
    ("UpdateClusterVersion", {"name": NAME, "version": "1.35", "clientRequestToken": OTHER}),
    1200,
    ("UpdateNodegroupVersion", {**GROUP, "clientRequestToken": TOKEN}),
    1800,
    ("UpdateNodegroupConfig", {**GROUP, "scalingConfig": {"minSize": 3, "desiredSize": 1}}),
    ("UpdateNodegroupConfig", {**GROUP, "scalingConfig": {"minSize": 0, "desiredSize": 0}}),
    300,
    ("CreateFargateProfile", fargate_params()),
    ("DescribeFargateProfile", {**OF, "fargateProfileName": "batch"}),
    ("ListFargateProfiles", OF),
    ("ListIdentityProviderConfigs", OF),
    ("DeleteCluster", {"name": NAME}),
    300,
    ("DeleteFargateProfile", {**OF, "fargateProfileName": "batch"}),
    ("DeleteAccessEntry", ENTRY),
    ("DeletePodIdentityAssociation", _association),
    ("DeleteAddon", {**OF, "addonName": "vpc-cni"}),
    ("DeleteNodegroup", GROUP),
    ("DeleteNodegroup", GROUP),
    1200,
    ("DescribeNodegroup", GROUP),
    ("DeleteCluster", {"name": NAME}),
    1200,
    ("DescribeCluster", {"name": NAME}),
)
"""What is asked, or how many seconds pass; some of it is refused, some is asked twice under one token."""

CODES: Final = {
    "InvalidParameterException",
    "InvalidRequestException",
    "NotFoundException",
    "ResourceInUseException",
    "ResourceNotFoundException",
    "UnsupportedAvailabilityZoneException",
}


@pytest.fixture(scope="module")
def lived() -> list[tuple[str, Json, Json]]:
    """What was asked, and what it came to by each way: two twins that live the same life."""
    clocks = VirtualClock(START), VirtualClock(START)
    wired, asked = (new_twin(FakeWorld(), clock) for clock in clocks)
    session = new_session(REGION)
    attach(session, wired)
    clients = session.client("eks"), client_of("eks", Eks(asked), clocks[1])
    told: list[tuple[str, Json, Json]] = []
    answers: tuple[list[Json], list[Json]] = ([], [])
    for ask in LIFE:
        if isinstance(ask, int | float):
            for clock in clocks:
                clock.advance(ask)
            continue
        operation, said = ask
        ways = [
            _outcome(client, operation, said(known) if callable(said) else said)
            for client, known in zip(clients, answers, strict=True)
        ]
        for known, way in zip(answers, ways, strict=True):
            known.append(way)
        told.append((operation, *ways))
    return told


def _outcome(client: Client, operation: str, params: Json) -> Json:
    """The answer or the error, with its status and all that a client reads of it."""
    try:
        answer = client._make_api_call(operation, deepcopy(params))
    except ClientError as error:
        answer = {**error.response, "raised": type(error).__name__, "text": str(error)}
    metadata = answer.pop("ResponseMetadata")
    return {**answer, "status": metadata["HTTPStatusCode"]}


def test_each_way_answers_the_same(lived: list[tuple[str, Json, Json]]) -> None:
    for number, (operation, wired, asked) in enumerate(lived):
        assert asked == wired, (number, operation)


def test_all_that_slipway_asks_for_is_answered(lived: list[tuple[str, Json, Json]]) -> None:
    assert set(operations()) <= {operation for operation, _, asked in lived if asked["status"] == 200}


def test_refusals_of_each_kind_are_met(lived: list[tuple[str, Json, Json]]) -> None:
    assert {asked["Error"]["Code"] for _, _, asked in lived if "Error" in asked} == CODES
    (zones,) = {tuple(asked["validZones"]) for _, _, asked in lived if "validZones" in asked}
    assert zones
    assert {asked["status"] for _, _, asked in lived} == {200, 400, 404, 409}


def test_instants_are_instants(lived: list[tuple[str, Json, Json]]) -> None:
    created = [asked["cluster"]["createdAt"] for _, _, asked in lived if "cluster" in asked]
    assert {type(it) for it in created} == {datetime}
    assert {it.utcoffset().total_seconds() for it in created} == {0}


def test_a_token_is_answered_as_before(lived: list[tuple[str, Json, Json]]) -> None:
    made = [asked for operation, _, asked in lived if operation == "CreateCluster"]
    replayed = [it for it in made if it["status"] == 200]
    assert len(replayed) == 3
    assert replayed == [replayed[0]] * 3


def test_nobody_who_keeps_an_answer_changes_the_twin() -> None:
    clock = VirtualClock(START)
    client = client_of("eks", Eks(new_twin(FakeWorld(), clock)), clock)
    said = deepcopy(OLD)
    answer = client.create_cluster(**said)["cluster"]
    before = deepcopy(answer)
    answer["tags"]["team"] = said["tags"]["team"] = "other"
    answer["resourcesVpcConfig"]["subnetIds"].clear()
    assert client.describe_cluster(name=NAME)["cluster"] == before


GROUPS: Final[tuple[tuple[str, Json], ...]] = (
    ("DescribeAutoScalingGroups", {}),
    ("DescribeAutoScalingGroups", {"AutoScalingGroupNames": ["{group}"]}),
    ("DescribeAutoScalingGroups", {"IncludeInstances": False}),
    ("DescribeAutoScalingInstances", {}),
    ("DescribeScalingActivities", {"AutoScalingGroupName": "{group}"}),
    ("SetDesiredCapacity", {"AutoScalingGroupName": "{group}", "DesiredCapacity": 2}),
    ("SetDesiredCapacity", {"AutoScalingGroupName": "{group}", "DesiredCapacity": 200}),
    ("UpdateAutoScalingGroup", {"AutoScalingGroupName": "{group}", "MinSize": 0, "MaxSize": 4}),
    ("DescribeAutoScalingGroups", {}),
    ("DescribeScalingActivities", {}),
)


def test_its_auto_scaling_groups_too_answer_the_same_each_way() -> None:
    clocks = VirtualClock(START), VirtualClock(START)
    twins = [new_twin(FakeWorld(), clock) for clock in clocks]
    session = new_session(REGION)
    attach(session, twins[0])
    wired, asked = session.client("autoscaling"), client_of("autoscaling", Groups(twins[1]), clocks[1])
    for clock, twin in zip(clocks, twins, strict=True):
        _furnish(clock, twin)
    (group,) = asked.describe_auto_scaling_groups()["AutoScalingGroups"]
    told = []
    for operation, said in GROUPS:
        params = json.loads(json.dumps(said).replace("{group}", group["AutoScalingGroupName"]))
        told.append(_outcome(asked, operation, params))
        assert told[-1] == _outcome(wired, operation, params), operation
    assert {it["status"] for it in told} == {200, 400}
    assert group["Instances"]


def test_groups_of_others_are_not_its_to_answer() -> None:
    twin = new_twin(FakeWorld(), VirtualClock(START))
    assert Groups(twin).call("DescribeAutoScalingGroups", {"AutoScalingGroupNames": ["theirs"]}) is None
    assert Groups(twin).call("DescribePolicies", {}) is None


def _furnish(clock: VirtualClock, twin: Twin) -> None:
    """A cluster with a node group of some nodes."""
    twin.answer("CreateCluster", deepcopy(OLD))
    clock.advance(700)
    twin.answer("CreateNodegroup", {**nodegroup_params(), "clientRequestToken": TOKEN})
    clock.advance(300)
