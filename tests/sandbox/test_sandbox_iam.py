"""Who may do what: each case is a policy, a call, and AWS's verdict."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.small_app import FUNCTION, trust

if TYPE_CHECKING:
    import boto3

    from tests.sandbox.conftest import RunningSandbox

Statement = dict[str, Any]

ROLES = "arn:aws:iam::000000000000:role"
BOUNDARY = "arn:aws:iam::000000000000:policy/slipway/boundary"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
CLUSTER_POLICY = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
BOUND = {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}
ONLY_CLUSTER_POLICY = BOUND | {"ArnEquals": {"iam:PolicyARN": CLUSTER_POLICY}}
TRUST = json.dumps(
    trust("eks.amazonaws.com")
    | {"Statement": trust("eks.amazonaws.com")["Statement"] + trust("scheduler.amazonaws.com")["Statement"]}
)
NETWORK = {"subnetIds": ["subnet-00000001", "subnet-00000002"]}

FACTORY: list[Statement] = [
    {"Effect": "Allow", "Action": "iam:CreateRole", "Resource": f"{ROLES}/slipway/*", "Condition": BOUND},
    {
        "Effect": "Allow",
        "Action": ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
        "Resource": f"{ROLES}/slipway/*",
        "Condition": ONLY_CLUSTER_POLICY,
    },
    {"Effect": "Allow", "Action": ["iam:GetRole", "iam:DeleteRole"], "Resource": f"{ROLES}/slipway/*"},
    {
        "Effect": "Allow",
        "Action": "iam:TagRole",
        "Resource": f"{ROLES}/slipway/*",
        "Condition": {
            "StringEquals": {"aws:ResourceTag/owner": "slipway"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["run"]},
        },
    },
    {
        "Effect": "Allow",
        "Action": "iam:CreateServiceLinkedRole",
        "Resource": f"{ROLES}/aws-service-role/eks.amazonaws.com/*",
        "Condition": {"StringEquals": {"iam:AWSServiceName": "eks.amazonaws.com"}},
    },
]
"""The role factory: roles under /slipway/ only, within the boundary, with one policy of AWS's."""


def passing(role: str, service: str) -> Statement:
    condition = {"StringEquals": {"iam:PassedToService": service}}
    return {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role, "Condition": condition}


def allowing(*actions: str, resource: str = "*") -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


@dataclass
class Call:
    """One call to AWS; `{new}` in an argument is a name nobody has used yet."""

    service: str
    method: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def make(self, sandbox: RunningSandbox, session: boto3.Session, new: str) -> None:
        filled = json.loads(json.dumps(self.arguments).replace("{new}", new))
        getattr(sandbox.client(self.service, session), self.method)(**filled)


def create_role(**more: str) -> Call:
    return Call("iam", "create_role", {"RoleName": "{new}", "AssumeRolePolicyDocument": TRUST} | more)


UNDER = {"Path": "/slipway/"}
WITHIN = {"PermissionsBoundary": BOUNDARY}
OURS, FOREIGN, LOOSE = {"RoleName": "ours"}, {"RoleName": "foreign"}, {"RoleName": "loose"}
CLUSTER = Call(
    "eks", "create_cluster", {"name": "{new}", "roleArn": f"{ROLES}/slipway/ours", "resourcesVpcConfig": NETWORK}
)
MACHINE = Call(
    "stepfunctions",
    "create_state_machine",
    {
        "name": "{new}",
        "definition": '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        "roleArn": f"{ROLES}/slipway/ours",
    },
)
SCHEDULE = Call(
    "scheduler",
    "create_schedule",
    {
        "Name": "{new}",
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": "arn:aws:states:eu-central-1:000000000000:stateMachine:x",
            "RoleArn": f"{ROLES}/slipway/ours",
        },
    },
)
PASS_TO_SCHEDULER = passing(f"{ROLES}/slipway/*", "scheduler.amazonaws.com")
VPC = Call("ec2", "create_vpc", {"CidrBlock": "10.9.0.0/16"})


def in_group(name: str) -> Call:
    return Call("scheduler", "create_schedule", SCHEDULE.arguments | {"GroupName": name})


RECONFIGURE = Call(
    "lambda", "update_function_configuration", {"FunctionName": FUNCTION, "Role": f"{ROLES}/slipway/ours"}
)

CASES: list[tuple[str, list[Statement], Call, str | None]] = [
    ("a role under the path and the boundary", FACTORY, create_role(**UNDER, **WITHIN), None),
    ("a role without the boundary", FACTORY, create_role(**UNDER), "iam:CreateRole"),
    ("a role with another boundary", FACTORY, create_role(**UNDER, PermissionsBoundary=ADMIN), "iam:CreateRole"),
    ("a role without the path", FACTORY, create_role(**WITHIN), "iam:CreateRole"),
    ("a role under another path", FACTORY, create_role(Path="/x/slipway/", **WITHIN), "iam:CreateRole"),
    ("reading a role under the path", FACTORY, Call("iam", "get_role", OURS), None),
    ("reading a role elsewhere", FACTORY, Call("iam", "get_role", FOREIGN), "iam:GetRole"),
    ("the one policy", FACTORY, Call("iam", "attach_role_policy", OURS | {"PolicyArn": CLUSTER_POLICY}), None),
    (
        "any other policy",
        FACTORY,
        Call("iam", "attach_role_policy", OURS | {"PolicyArn": ADMIN}),
        "iam:AttachRolePolicy",
    ),
    (
        "the one policy on a role without boundary",
        FACTORY,
        Call("iam", "attach_role_policy", LOOSE | {"PolicyArn": CLUSTER_POLICY}),
        "iam:AttachRolePolicy",
    ),
    (
        "taking the boundary off",
        FACTORY,
        Call("iam", "delete_role_permissions_boundary", OURS),
        "iam:DeleteRolePermissionsBoundary",
    ),
    (
        "an inline policy",
        FACTORY,
        Call("iam", "put_role_policy", OURS | {"PolicyName": "p", "PolicyDocument": TRUST}),
        "iam:PutRolePolicy",
    ),
    ("tagging what is ours", FACTORY, Call("iam", "tag_role", OURS | {"Tags": [{"Key": "run", "Value": "1"}]}), None),
    (
        "tagging it with another key",
        FACTORY,
        Call("iam", "tag_role", OURS | {"Tags": [{"Key": "owner", "Value": "me"}]}),
        "iam:TagRole",
    ),
    (
        "tagging what is not tagged as ours",
        FACTORY,
        Call("iam", "tag_role", LOOSE | {"Tags": [{"Key": "run", "Value": "1"}]}),
        "iam:TagRole",
    ),
    (
        "another service's own role",
        FACTORY,
        Call("iam", "create_service_linked_role", {"AWSServiceName": "ec2.amazonaws.com"}),
        "iam:CreateServiceLinkedRole",
    ),
    ("listing clusters", [allowing("eks:ListClusters")], Call("eks", "list_clusters"), None),
    ("listing clusters without leave", FACTORY, Call("eks", "list_clusters"), "eks:ListClusters"),
    (
        "describing another cluster",
        [allowing("eks:DescribeCluster", resource="arn:aws:eks:*:*:cluster/mine")],
        Call("eks", "describe_cluster", {"name": "yours"}),
        "eks:DescribeCluster",
    ),
    ("a cluster without PassRole", [allowing("eks:*")], CLUSTER, "iam:PassRole"),
    (
        "a cluster with the role passed to another service",
        [allowing("eks:*"), passing(f"{ROLES}/slipway/*", "ec2.amazonaws.com")],
        CLUSTER,
        "iam:PassRole",
    ),
    (
        "a cluster with PassRole on another path",
        [allowing("eks:*"), passing(f"{ROLES}/other/*", "eks.amazonaws.com")],
        CLUSTER,
        "iam:PassRole",
    ),
    ("a state machine without PassRole", [allowing("states:*")], MACHINE, "iam:PassRole"),
    (
        "a state machine with PassRole",
        [allowing("states:*"), passing(f"{ROLES}/slipway/*", "states.amazonaws.com")],
        MACHINE,
        None,
    ),
    ("a schedule without PassRole", [allowing("scheduler:*")], SCHEDULE, "iam:PassRole"),
    (
        "a schedule with PassRole",
        [allowing("scheduler:*"), passing(f"{ROLES}/slipway/*", "scheduler.amazonaws.com")],
        SCHEDULE,
        None,
    ),
    (
        "a schedule in the group allowed",
        [allowing("scheduler:*", resource="arn:aws:scheduler:*:*:schedule/tenant/*"), PASS_TO_SCHEDULER],
        in_group("tenant"),
        None,
    ),
    (
        "a schedule in another group",
        [allowing("scheduler:*", resource="arn:aws:scheduler:*:*:schedule/tenant/*"), PASS_TO_SCHEDULER],
        in_group("default"),
        "scheduler:CreateSchedule",
    ),
    (
        "reading a schedule in another group",
        [allowing("scheduler:*", resource="arn:aws:scheduler:*:*:schedule/tenant/*")],
        Call("scheduler", "get_schedule", {"Name": "x", "GroupName": "other"}),
        "scheduler:GetSchedule",
    ),
    ("a VPC", [allowing("ec2:CreateVpc", resource="arn:aws:ec2:*:*:vpc/*")], VPC, None),
    (
        "tagging the default VPC",
        [allowing("ec2:CreateTags", resource="arn:aws:ec2:*:*:vpc/*")],
        Call("ec2", "create_tags", {"Resources": ["vpc-00000001"], "Tags": [{"Key": "a", "Value": "b"}]}),
        None,
    ),
    ("a function's new role without PassRole", [allowing("lambda:*")], RECONFIGURE, "iam:PassRole"),
    (
        "auto scaling without leave",
        [allowing("eks:*")],
        Call("autoscaling", "describe_auto_scaling_groups"),
        "autoscaling:DescribeAutoScalingGroups",
    ),
]

WHERE = {
    "iam:GetRole": "role foreign ",
    "iam:AttachRolePolicy": "role ",
    "iam:DeleteRolePermissionsBoundary": "role ours ",
    "iam:PutRolePolicy": "role ours ",
    "iam:TagRole": "role ",
    "eks:ListClusters": "* ",
    "autoscaling:DescribeAutoScalingGroups": "* ",
}
"""How AWS names the resource in a refusal where it is not an ARN."""

_numbers = itertools.count()


@pytest.fixture(scope="module")
def world(small: RunningSandbox) -> RunningSandbox:
    """A boundary, a role of ours within it, one under our path without it, and one elsewhere."""
    iam = small.client("iam")
    boundary = json.dumps({"Version": "2012-10-17", "Statement": [allowing("ec2:*")]})
    owner = [{"Key": "owner", "Value": "slipway"}]
    iam.create_policy(PolicyName="boundary", Path="/slipway/", PolicyDocument=boundary)
    small.client("scheduler").create_schedule_group(Name="tenant")
    common = {"AssumeRolePolicyDocument": TRUST}
    iam.create_role(RoleName="ours", Path="/slipway/", PermissionsBoundary=BOUNDARY, Tags=owner, **common)
    iam.create_role(RoleName="loose", Path="/slipway/", **common)
    iam.create_role(RoleName="foreign", **common)
    return small


def caller(sandbox: RunningSandbox, statements: list[Statement]) -> boto3.Session:
    """A session of a role that holds just these statements."""
    iam, name = sandbox.client("iam"), f"caller{next(_numbers)}"
    principal = {"AWS": f"arn:aws:iam::{sandbox.account}:root"}
    assume = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName=name,
        Path="/callers/",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [assume]}),
    )
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    found = sandbox.client("sts").assume_role(RoleArn=f"{ROLES}/callers/{name}", RoleSessionName="test")["Credentials"]
    return sandbox.session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


@pytest.mark.parametrize(
    ("statements", "call", "refused"),
    [pytest.param(*case[1:], id=case[0]) for case in CASES],
)
def test_verdict(world: RunningSandbox, statements: list[Statement], call: Call, refused: str | None) -> None:
    session, new = caller(world, statements), f"new{next(_numbers)}"
    if refused is None:
        call.make(world, session, new)
        return
    with pytest.raises(ClientError) as raised:
        call.make(world, session, new)
    error = raised.value.response
    assert error["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    where = WHERE.get(refused, "arn:aws:")
    assert f"is not authorized to perform: {refused} on resource: {where}" in error["Error"]["Message"]
    assert f"because no identity-based policy allows the {refused} action" in error["Error"]["Message"]


def test_a_cluster_with_pass_role_is_let_through_to_the_twin(world: RunningSandbox) -> None:
    session = caller(world, [allowing("eks:*"), passing(f"{ROLES}/slipway/*", "eks.amazonaws.com")])
    with pytest.raises(ClientError) as refused:
        CLUSTER.make(world, session, "passed")
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException", "the twin's own word on the role"


TEMPLATES = "arn:aws:ec2:*:000000000000:launch-template/*"
NODE_ROLE = f"{ROLES}/platform/eks-node"
MAKING_GROUPS: list[Statement] = [
    allowing("eks:CreateNodegroup"),
    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": NODE_ROLE},
]
SEEING_SERVICE_ROLE = allowing("iam:GetRole", resource=f"{ROLES}/aws-service-role/*")
READING_TEMPLATES = allowing("ec2:DescribeLaunchTemplateVersions")
LAUNCHING = allowing("ec2:RunInstances") | {"Condition": {"ArnLike": {"ec2:LaunchTemplate": TEMPLATES}}}
TAGGING = allowing("ec2:CreateTags") | {"Condition": {"StringEquals": {"ec2:CreateAction": "RunInstances"}}}
OTHER_TEMPLATE = LAUNCHING | {"Condition": {"ArnLike": {"ec2:LaunchTemplate": f"{TEMPLATES[:-1]}lt-another"}}}
NOT_AUTHORISED = "You are not authorized to launch instances with this launch template"

NODEGROUPS: list[tuple[str, list[Statement], str, str]] = [
    ("all that it takes", [SEEING_SERVICE_ROLE, READING_TEMPLATES, LAUNCHING, TAGGING], "hardened-nodes", "No cluster"),
    ("no tags to put", [SEEING_SERVICE_ROLE, READING_TEMPLATES, LAUNCHING], "reserved-gpus", "No cluster"),
    ("no leave to put tags", [SEEING_SERVICE_ROLE, READING_TEMPLATES, LAUNCHING], "hardened-nodes", NOT_AUTHORISED),
    ("no leave to launch", [SEEING_SERVICE_ROLE, READING_TEMPLATES, TAGGING], "hardened-nodes", NOT_AUTHORISED),
    (
        "leave to launch another template",
        [SEEING_SERVICE_ROLE, READING_TEMPLATES, OTHER_TEMPLATE, TAGGING],
        "hardened-nodes",
        NOT_AUTHORISED,
    ),
    (
        "the service's role unseen",
        [READING_TEMPLATES, LAUNCHING, TAGGING],
        "hardened-nodes",
        "Failed to validate if SLR",
    ),
]


@pytest.mark.parametrize(("statements", "template", "answer"), [pytest.param(*it[1:], id=it[0]) for it in NODEGROUPS])
def test_what_a_node_group_with_a_launch_template_takes(
    world: RunningSandbox, statements: list[Statement], template: str, answer: str
) -> None:
    """EKS tries the launch in its caller's name, and says in its own words what it is refused."""
    eks = world.client("eks", caller(world, MAKING_GROUPS + statements))
    with pytest.raises(ClientError) as refused:
        eks.create_nodegroup(
            clusterName="nobodys",
            nodegroupName="workers",
            nodeRole=NODE_ROLE,
            subnets=NETWORK["subnetIds"],
            launchTemplate={"name": template, "version": "1"},
        )
    error = refused.value.response["Error"]
    assert error["Message"].startswith(answer)
    code = "InvalidParameterException" if answer == "No cluster" else "InvalidRequestException"
    assert error["Code"] == code


@pytest.mark.parametrize(
    "policy",
    [
        "AmazonEKSClusterPolicy",
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKS_CNI_Policy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonSSMManagedInstanceCore",
        "service-role/AmazonEBSCSIDriverPolicy",
    ],
)
def test_policies_that_aws_manages_can_be_attached(world: RunningSandbox, policy: str) -> None:
    world.client("iam").attach_role_policy(RoleName="foreign", PolicyArn=f"arn:aws:iam::aws:policy/{policy}")


def test_an_invented_policy_cannot_be_attached(world: RunningSandbox) -> None:
    with pytest.raises(ClientError) as refused:
        world.client("iam").attach_role_policy(
            RoleName="foreign", PolicyArn="arn:aws:iam::aws:policy/AmazonEKSNonsense"
        )
    assert refused.value.response["Error"]["Code"] == "NoSuchEntity"
