"""The wire protocol is botocore's: every request is understood, every answer fits the model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.clock import VirtualClock
from sandbox.twin import OPERATIONS, HttpResponse, Twin, query, restjson, state
from sandbox.twin.cluster_updates import KINDS
from sandbox.twin.model import AUTOSCALING, EKS, enum_of, service_model
from sandbox.twin.validation import complaints
from tests.unit.twin.asking import ask, operation_of, parsed, request_of
from tests.unit.twin.house import (
    CLUSTER_ROLE,
    KEY,
    NAME,
    NODE_ROLE,
    PERSON,
    POD_ROLE,
    START,
    SUBNETS,
    VIEW_POLICY,
    FakeWorld,
    cluster_params,
    fargate_params,
    new_twin,
    nodegroup_params,
)
from tests.unit.twin.shapes import values

if TYPE_CHECKING:
    from botocore.model import OperationModel

MODEL = service_model(EKS)
ALL = sorted(MODEL.operation_names)
MODELLED = sorted(OPERATIONS)
KNOWN: dict[str, list[Any]] = {
    "name": [NAME, "fresh"],
    "clusterName": [NAME],
    "nodegroupName": ["workers", "fresh"],
    "addonName": ["vpc-cni", "coredns", "kube-proxy"],
    "principalArn": [NODE_ROLE, PERSON],
    "policyArn": [VIEW_POLICY],
    "roleArn": [CLUSTER_ROLE, POD_ROLE],
    "nodeRole": [NODE_ROLE],
    "subnets": [SUBNETS],
    "subnetIds": [SUBNETS],
    "version": ["1.35"],
    "resourceArn": [f"arn:aws:eks:eu-central-1:000000000000:cluster/{NAME}"],
    "clientRequestToken": ["t" * 40],
}
# Examples are few, for every operation is a test of its own.
# ListAccessPolicies declares no error that fits a bad page size.
UNDECLARED = {"ListAccessPolicies": {"InvalidParameterException"}}
FEW = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), database=None)


def assert_fits_the_model(operation: OperationModel, response: HttpResponse) -> None:
    """Check an answer, good or bad, against the model."""
    body = json.loads(response.body)
    if response.status == 200:
        assert operation.output_shape is not None
        report = ParamValidator().validate(parsed(operation, response), operation.output_shape)
        assert not report.has_errors(), report.generate_report()
        assert set(body) <= set(operation.output_shape.members)
        return
    code = response.headers["x-amzn-errortype"]
    assert body["message"]
    if response.status != 501:
        shape: Any = MODEL.shape_for(code)
        assert response.status == shape.metadata["error"]["httpStatusCode"]
        assert code in {it.name for it in operation.error_shapes} | UNDECLARED.get(operation.name, set())
        assert set(body) <= set(shape.members)


@pytest.mark.parametrize("name", ALL)
@FEW
@given(data=st.data())
def test_a_request_is_understood_as_it_was_meant(name: str, data: st.DataObject) -> None:
    operation = operation_of(name)
    params = data.draw(values(operation.input_shape, {}))
    request = request_of(operation, params)
    found = restjson.find_route(request.method, request.path)
    assert found is not None
    route, labels = found
    assert route.name == name
    traceless = _in_query(operation)
    meant = {member: value for member, value in params.items() if value != [] or member not in traceless}
    assert restjson.parse(route, labels, request) == meant


def _in_query(operation: OperationModel) -> set[str]:
    """Members of the query string: an empty list leaves no trace there."""
    members: dict[str, Any] = getattr(operation.input_shape, "members", {})
    return {name for name, shape in members.items() if shape.serialization.get("location") == "querystring"}


@pytest.fixture(scope="module")
def inhabited() -> Twin:
    """A twin in which most things exist already."""
    twin = new_twin(FakeWorld(), clock := VirtualClock(START))
    ask(twin, "CreateCluster", cluster_params())
    clock.advance(700)
    ask(twin, "CreateAddon", {"clusterName": NAME, "addonName": "vpc-cni"})
    ask(twin, "CreateNodegroup", nodegroup_params())
    clock.advance(250)
    ask(twin, "CreateAccessEntry", {"clusterName": NAME, "principalArn": PERSON})
    return twin


@pytest.mark.parametrize("name", MODELLED)
@FEW
@given(data=st.data())
def test_whatever_is_asked_the_answer_fits_the_model(inhabited: Twin, name: str, data: st.DataObject) -> None:
    operation = operation_of(name)
    assert_fits_the_model(operation, ask(inhabited, name, data.draw(values(operation.input_shape, KNOWN))))


OF = {"clusterName": NAME}
WORKERS = OF | {"nodegroupName": "workers"}
BATCH = OF | {"fargateProfileName": "batch"}
ENTRY = OF | {"principalArn": PERSON}
ASSOCIATION = OF | {"associationId": "from the answer"}
ACCOUNT = {"namespace": "a", "serviceAccount": "b"}
RESOURCE = {"resourceArn": f"arn:aws:eks:eu-central-1:000000000000:cluster/{NAME}"}
ENCRYPTION = {"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": KEY}}]}
SOME = {"type": "namespace", "namespaces": ["a"]}
WALK: list[tuple[str, dict[str, Any], int]] = [
    ("DescribeClusterVersions", {}, 0),
    ("CreateCluster", cluster_params() | {"version": "1.34"}, 700),
    ("DescribeCluster", {"name": NAME}, 0),
    ("ListClusters", {}, 0),
    ("TagResource", RESOURCE | {"tags": {"a": "b"}}, 0),
    ("ListTagsForResource", RESOURCE, 0),
    ("UntagResource", RESOURCE | {"tagKeys": ["a"]}, 0),
    ("DescribeAddonVersions", {"kubernetesVersion": "1.34"}, 0),
    ("DescribeAddonConfiguration", {"addonName": "vpc-cni", "addonVersion": "v1.21.2-eksbuild.1"}, 0),
    ("CreateAddon", OF | {"addonName": "vpc-cni"}, 0),
    ("CreateNodegroup", nodegroup_params(), 300),
    ("DescribeAddon", OF | {"addonName": "vpc-cni"}, 0),
    ("ListAddons", OF, 0),
    ("UpdateAddon", OF | {"addonName": "vpc-cni"}, 0),
    ("DescribeNodegroup", WORKERS, 0),
    ("ListNodegroups", OF, 0),
    ("UpdateNodegroupConfig", WORKERS | {"scalingConfig": {"minSize": 0, "desiredSize": 0}}, 60),
    ("UpdateNodegroupVersion", WORKERS, 0),
    ("CreateAccessEntry", ENTRY, 0),
    ("DescribeAccessEntry", ENTRY, 0),
    ("UpdateAccessEntry", ENTRY | {"kubernetesGroups": ["viewers"]}, 0),
    ("ListAccessEntries", OF, 0),
    ("ListAccessPolicies", {}, 0),
    ("AssociateAccessPolicy", ENTRY | {"policyArn": VIEW_POLICY, "accessScope": SOME}, 0),
    ("ListAssociatedAccessPolicies", ENTRY, 0),
    ("ListIdentityProviderConfigs", OF, 0),
    ("DisassociateAccessPolicy", ENTRY | {"policyArn": VIEW_POLICY}, 0),
    ("DeleteAccessEntry", ENTRY, 0),
    ("CreatePodIdentityAssociation", OF | ACCOUNT | {"roleArn": POD_ROLE}, 0),
    ("DescribePodIdentityAssociation", ASSOCIATION, 0),
    ("ListPodIdentityAssociations", OF, 0),
    ("UpdatePodIdentityAssociation", ASSOCIATION | {"roleArn": POD_ROLE}, 0),
    ("DeletePodIdentityAssociation", ASSOCIATION, 0),
    ("UpdateClusterConfig", {"name": NAME, "deletionProtection": True}, 120),
    ("ListUpdates", {"name": NAME}, 0),
    ("UpdateClusterConfig", {"name": NAME, "deletionProtection": False}, 120),
    ("DescribeUpdate", {"name": NAME, "updateId": "from the answer"}, 0),
    ("AssociateEncryptionConfig", OF | ENCRYPTION, 120),
    ("ListInsights", OF | {"filter": {"statuses": ["PASSING"]}}, 0),
    ("DescribeInsight", OF | {"id": "from the answer"}, 0),
    ("StartInsightsRefresh", OF, 180),
    ("DescribeInsightsRefresh", OF, 0),
    ("UpdateClusterVersion", {"name": NAME, "version": "1.35"}, 720),
    ("CreateFargateProfile", fargate_params(), 180),
    ("DescribeFargateProfile", BATCH, 0),
    ("ListFargateProfiles", OF, 0),
    ("DeleteFargateProfile", BATCH, 240),
    ("DeleteAddon", OF | {"addonName": "vpc-cni"}, 0),
    ("DeleteNodegroup", WORKERS, 330),
    ("DeleteCluster", {"name": NAME}, 0),
]
"""Every modelled operation with parameters that work, and the seconds that pass after it."""


def test_every_modelled_operation_has_a_good_answer_that_fits_the_model() -> None:
    twin = new_twin(FakeWorld(), clock := VirtualClock(START))
    known: dict[str, str] = {}
    for name, params, seconds in WALK:
        response = ask(twin, name, {member: known.get(member, value) for member, value in params.items()})
        assert response.status == 200, response.body
        assert_fits_the_model(operation_of(name), response)
        answer = parsed(operation_of(name), response)
        if "update" in answer:
            known["updateId"] = answer["update"]["id"]
        if "insights" in answer:
            known["id"] = answer["insights"][0]["id"]
        if "association" in answer:
            known["associationId"] = answer["association"]["associationId"]
        clock.advance(seconds)


def test_the_walk_leaves_no_operation_out() -> None:
    assert {name for name, *_ in WALK} == set(OPERATIONS)


@pytest.mark.parametrize("name", sorted(set(ALL) - set(OPERATIONS)))
def test_what_is_not_modelled_says_so(name: str) -> None:
    operation = operation_of(name)
    members: dict[str, Any] = getattr(operation.input_shape, "members", {})
    params = {name: "x" for name, it in members.items() if it.serialization.get("location") == "uri"}
    response = ask(new_twin(FakeWorld(), VirtualClock(START)), name, params)
    assert response.status == 501
    assert f"eks:{name}" in json.loads(response.body)["message"]


def test_the_twin_cannot_write_what_the_model_does_not_have() -> None:
    with pytest.raises(KeyError, match="Cluster has no member \\['colour'\\]"):
        restjson.render(MODEL.shape_for("Cluster"), {"colour": "red"})
    operation = service_model(AUTOSCALING).operation_model("DescribeAutoScalingGroups")
    with pytest.raises(KeyError, match="AutoScalingGroupsType has no member"):
        query.render(operation, {"colour": "red"}, "request-id")


@pytest.mark.parametrize(
    ("ours", "shape"),
    [
        (state.ClusterStatus, "ClusterStatus"),
        (state.NodegroupStatus, "NodegroupStatus"),
        (state.AddonStatus, "AddonStatus"),
        (state.UpdateStatus, "UpdateStatus"),
        (state.AuthenticationMode, "AuthenticationMode"),
        ([kind for kind, _ in KINDS.values()], "UpdateType"),
        ([param for _, param in KINDS.values()], "UpdateParamType"),
    ],
)
def test_our_words_are_the_models(ours: Any, shape: str) -> None:  # noqa: ANN401 - an enum or a list
    assert {str(word) for word in ours} <= enum_of(EKS, shape)


def test_our_lifecycle_states_are_the_models() -> None:
    assert {str(word) for word in state.Lifecycle} <= enum_of(AUTOSCALING, "LifecycleState")


def test_what_can_be_updated_is_what_the_model_can_update() -> None:
    shape: Any = operation_of("UpdateClusterConfig").input_shape
    assert {path[0] for path in KINDS} == set(shape.members) - {"name", "clientRequestToken"}
    assert {path[1] for path in KINDS if path[0] == "resourcesVpcConfig"} == set(
        shape.members["resourcesVpcConfig"].members
    )


def test_every_pattern_of_the_models_can_be_used() -> None:
    for service in (EKS, AUTOSCALING):
        model = service_model(service)
        for name in model.shape_names:
            shape = model.shape_for(name)
            if shape.type_name == "string":
                list(complaints(shape, "a"))
