"""What IAM would check."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from sandbox.twin import OPERATIONS, HttpRequest
from sandbox.twin.authorization import Permission, permissions
from sandbox.twin.core import Scope
from tests.unit.twin.asking import operation_of, request_of
from tests.unit.twin.house import (
    CLUSTER_ROLE,
    KEY,
    NAME,
    NODE_ROLE,
    PERSON,
    POD_ROLE,
    REGION,
    cluster_params,
    template,
)

if TYPE_CHECKING:
    from sandbox.world import LaunchTemplate
    from tests.unit.twin.house import House

SCOPE = Scope(partition="aws", region=REGION, account="000000000000")
EKS_ARN = "arn:aws:eks:eu-central-1:000000000000"
CLUSTER = f"{EKS_ARN}:cluster/{NAME}"
OF = {"clusterName": NAME}


def needed(name: str, /, **params: Any) -> list[Permission]:  # noqa: ANN401 - any operation's members
    return permissions(request_of(operation_of(name), params), SCOPE)


def passing(role: str, service: str) -> Permission:
    return Permission(action="iam:PassRole", resource=role, context={"iam:PassedToService": service})


RESOURCES: list[tuple[str, dict[str, Any], str]] = [
    ("CreateCluster", cluster_params(), CLUSTER),
    ("DescribeCluster", {"name": NAME}, CLUSTER),
    ("UpdateClusterConfig", {"name": NAME}, CLUSTER),
    ("UpdateClusterVersion", {"name": NAME, "version": "1.35"}, CLUSTER),
    ("AssociateEncryptionConfig", OF | {"encryptionConfig": []}, CLUSTER),
    ("DescribeUpdate", {"name": NAME, "updateId": "u"}, CLUSTER),
    ("ListUpdates", {"name": NAME, "nodegroupName": "n"}, CLUSTER),
    ("ListInsights", OF, CLUSTER),
    ("DescribeInsight", OF | {"id": "i"}, CLUSTER),
    ("StartInsightsRefresh", OF, CLUSTER),
    ("DescribeInsightsRefresh", OF, CLUSTER),
    ("CreateNodegroup", OF | {"nodegroupName": "n", "subnets": [], "nodeRole": NODE_ROLE}, CLUSTER),
    ("ListNodegroups", OF, CLUSTER),
    ("DescribeNodegroup", OF | {"nodegroupName": "n"}, f"{EKS_ARN}:nodegroup/{NAME}/n/*"),
    ("UpdateNodegroupConfig", OF | {"nodegroupName": "n"}, f"{EKS_ARN}:nodegroup/{NAME}/n/*"),
    ("UpdateNodegroupVersion", OF | {"nodegroupName": "n"}, f"{EKS_ARN}:nodegroup/{NAME}/n/*"),
    ("CreateAddon", OF | {"addonName": "a"}, CLUSTER),
    ("UpdateAddon", OF | {"addonName": "a"}, f"{EKS_ARN}:addon/{NAME}/a/*"),
    ("DeleteAddon", OF | {"addonName": "a"}, f"{EKS_ARN}:addon/{NAME}/a/*"),
    ("CreateAccessEntry", OF | {"principalArn": PERSON}, CLUSTER),
    (
        "AssociateAccessPolicy",
        OF | {"principalArn": PERSON, "policyArn": "p", "accessScope": {}},
        f"{EKS_ARN}:access-entry/{NAME}/role/000000000000/people/alice/*",
    ),
    (
        "UpdateAccessEntry",
        OF | {"principalArn": PERSON},
        f"{EKS_ARN}:access-entry/{NAME}/role/000000000000/people/alice/*",
    ),
    ("UpdatePodIdentityAssociation", OF | {"associationId": "a-1"}, f"{EKS_ARN}:podidentityassociation/{NAME}/a-1"),
    ("DeletePodIdentityAssociation", OF | {"associationId": "a-1"}, f"{EKS_ARN}:podidentityassociation/{NAME}/a-1"),
    ("DescribeFargateProfile", OF | {"fargateProfileName": "f"}, f"{EKS_ARN}:fargateprofile/{NAME}/f/*"),
    ("TagResource", {"resourceArn": CLUSTER, "tags": {"a": "b"}}, CLUSTER),
    ("ListClusters", {}, "*"),
    ("DescribeAddonVersions", {}, "*"),
    ("DescribeClusterVersions", {}, "*"),
    ("ListAccessPolicies", {}, "*"),
]


@pytest.mark.parametrize(("name", "params", "resource"), RESOURCES)
def test_the_resource_of_an_action(name: str, params: dict[str, Any], resource: str) -> None:
    first = needed(name, **params)[0]
    assert (first.action, first.resource) == (f"eks:{name}", resource)


def test_creating_a_cluster_passes_its_role_and_uses_its_key() -> None:
    encryption = [{"resources": ["secrets"], "provider": {"keyArn": KEY}}]
    create, *more = needed("CreateCluster", **cluster_params(), tags={"team": "a"}, encryptionConfig=encryption)
    assert create.context == {
        "aws:RequestTag/team": "a",
        "aws:TagKeys": ["team"],
        "eks:authenticationMode": "API",
        "eks:bootstrapClusterCreatorAdminPermissions": "false",
        "eks:bootstrapSelfManagedAddons": "false",
    }
    assert more == [
        passing(CLUSTER_ROLE, "eks.amazonaws.com"),
        Permission(action="kms:DescribeKey", resource=KEY),
        Permission(action="kms:CreateGrant", resource=KEY),
    ]


def test_a_node_role_is_passed_to_eks_and_to_ec2() -> None:
    more = needed("CreateNodegroup", **OF, nodegroupName="n", subnets=[], nodeRole=NODE_ROLE)[1:]
    assert more[:2] == [passing(NODE_ROLE, "eks.amazonaws.com"), passing(NODE_ROLE, "ec2.amazonaws.com")]
    assert [it.action for it in more[2:]] == ["iam:GetRole"]


TEMPLATE = template(image="ami-1", TagSpecifications=[{"ResourceType": "volume", "Tags": [{"Key": "a", "Value": "b"}]}])
EC2_ARN = "arn:aws:ec2:eu-central-1:000000000000"


def launching(asked: dict[str, str], found: LaunchTemplate | None) -> list[Permission]:
    group = {"nodegroupName": "n", "subnets": ["subnet-a"], "nodeRole": NODE_ROLE, "launchTemplate": asked}
    request = request_of(operation_of("CreateNodegroup"), OF | group)
    needed = permissions(request, SCOPE, templates=lambda wanted: found if wanted == asked else None)
    return [it for it in needed if it.action.startswith("ec2:")]


def test_a_launch_template_is_launched_from_in_the_callers_name() -> None:
    read, *launches, tag = launching({"name": "nodes", "version": "1"}, TEMPLATE)
    assert read == Permission(action="ec2:DescribeLaunchTemplateVersions", resource="*")
    assert {it.action for it in launches} == {"ec2:RunInstances"}
    assert [it.resource for it in launches] == [
        f"{EC2_ARN}:launch-template/lt-1",
        "arn:aws:ec2:eu-central-1::image/ami-1",
        f"{EC2_ARN}:subnet/subnet-a",
        f"{EC2_ARN}:instance/*",
        f"{EC2_ARN}:network-interface/*",
        f"{EC2_ARN}:volume/*",
        f"{EC2_ARN}:security-group/*",
    ]
    assert {it.context["ec2:LaunchTemplate"] for it in launches} == {f"{EC2_ARN}:launch-template/lt-1"}
    assert (tag.action, tag.resource) == ("ec2:CreateTags", f"{EC2_ARN}:volume/*")
    assert tag.context == {"aws:RequestTag/a": "b", "ec2:CreateAction": "RunInstances"}


def test_eks_says_which_launch_was_refused_in_a_code() -> None:
    _, first, *_ = launching({"id": "lt-1"}, TEMPLATE)
    words, _, encoded = first.eks_says.rpartition(" ")
    assert words.endswith("Encoded authorization failure message:")
    failure = json.loads(base64.urlsafe_b64decode(encoded))
    assert failure["context"] == {"action": "ec2:RunInstances", "resource": first.resource}


def test_a_launch_template_that_is_not_there_is_not_launched_from() -> None:
    assert launching({"id": "lt-2"}, None) == []


def test_the_twin_looks_launch_templates_up(active: House) -> None:
    active.world.templates = [template()]
    group = {"nodegroupName": "n", "subnets": [], "nodeRole": NODE_ROLE}
    for asked, known in (({"name": "nodes"}, True), ({"name": "others"}, False), ({}, False)):
        request = request_of(operation_of("CreateNodegroup"), OF | group | {"launchTemplate": asked})
        assert any(it.action == "ec2:RunInstances" for it in active.twin.permissions(request)) is known


def test_an_add_ons_roles_are_passed() -> None:
    associations = [{"serviceAccount": "s", "roleArn": POD_ROLE}]
    more = needed(
        "CreateAddon", **OF, addonName="a", serviceAccountRoleArn=NODE_ROLE, podIdentityAssociations=associations
    )[1:]
    assert more == [
        passing(NODE_ROLE, "eks.amazonaws.com"),
        Permission(action="eks:CreatePodIdentityAssociation", resource=CLUSTER),
        passing(POD_ROLE, "pods.eks.amazonaws.com"),
    ]


def test_pod_identity_passes_its_role_to_pods() -> None:
    account = {"namespace": "n", "serviceAccount": "s"}
    more = needed("CreatePodIdentityAssociation", **OF, **account, roleArn=POD_ROLE)[1:]
    assert more == [passing(POD_ROLE, "pods.eks.amazonaws.com")]


def test_an_entry_for_nodes_passes_their_role() -> None:
    assert needed("CreateAccessEntry", **OF, principalArn=PERSON)[1:] == []
    more = needed("CreateAccessEntry", **OF, principalArn=NODE_ROLE, type="EC2_LINUX")[1:]
    assert more == [passing(NODE_ROLE, "eks.amazonaws.com")]


def test_access_conditions() -> None:
    scope = {"type": "namespace", "namespaces": ["a", "b"]}
    (only,) = needed("AssociateAccessPolicy", **OF, principalArn=PERSON, policyArn="p", accessScope=scope)
    assert only.context == {
        "eks:principalArn": PERSON,
        "eks:policyArn": "p",
        "eks:accessScope": "namespace",
        "eks:namespaces": ["a", "b"],
    }


def test_removing_tags_names_their_keys() -> None:
    (only,) = needed("UntagResource", resourceArn=CLUSTER, tagKeys=["a", "b"])
    assert only.context == {"aws:TagKeys": ["a", "b"]}


def test_without_a_scope_the_region_is_the_one_signed_for() -> None:
    header = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20261121/eu-west-1/eks/aws4_request, Signature=0"}
    request = HttpRequest(service="eks", method="GET", path=f"/clusters/{NAME}", headers=header)
    assert permissions(request)[0].resource == f"arn:aws:eks:eu-west-1:000000000000:cluster/{NAME}"


def test_nothing_is_needed_for_what_does_nothing() -> None:
    assert permissions(HttpRequest(service="eks", method="GET", path="/nowhere")) == []
    assert permissions(HttpRequest(service="s3", method="GET", path="/clusters")) == []
    assert permissions(HttpRequest(service="autoscaling", method="POST", path="/", body=b"Action=Fly")) == []


def test_a_body_that_eks_will_refuse_is_still_authorised() -> None:
    path = f"/clusters/{NAME}/node-groups"
    (only,) = permissions(HttpRequest(service="eks", method="POST", path=path, body=b"{"), SCOPE)
    assert only == Permission(action="eks:CreateNodegroup", resource=CLUSTER)


def test_auto_scaling() -> None:
    def first(body: str) -> Permission:
        return permissions(HttpRequest(service="autoscaling", method="POST", path="/", body=body.encode()), SCOPE)[0]

    assert first("Action=DescribeAutoScalingGroups").resource == "*"
    arn = "arn:aws:autoscaling:eu-central-1:000000000000:autoScalingGroup:*:autoScalingGroupName/g"
    assert first("Action=SetDesiredCapacity&AutoScalingGroupName=g").resource == arn


def test_the_twin_knows_the_arns_and_tags_of_what_exists(working: House) -> None:
    nodegroup = working.eks.describe_nodegroup(clusterName=NAME, nodegroupName="workers")["nodegroup"]
    working.eks.tag_resource(resourceArn=nodegroup["nodegroupArn"], tags={"owner": "x"})
    request = request_of(operation_of("DeleteNodegroup"), OF | {"nodegroupName": "workers"})
    (only,) = working.twin.permissions(request)
    assert only.resource == nodegroup["nodegroupArn"]
    assert only.context == {"aws:ResourceTag/owner": "x"}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_modelled_operation_needs_its_action(name: str) -> None:
    operation = operation_of(name)
    members: dict[str, Any] = getattr(operation.input_shape, "members", {})
    labels = {key: "arn:x" for key, shape in members.items() if shape.serialization.get("location") == "uri"}
    request = request_of(operation, labels)
    assert json.dumps(request.path)
    assert quote("arn:x", safe="") in request.path or not labels
    assert permissions(request, SCOPE)[0].action == f"eks:{name}"
