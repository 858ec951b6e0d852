"""What the functions of the deployed template may not do, whatever their code would try."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.domain.failures import ACCESS_DENIED_CODES
from tests.sandbox.small_app import trust
from tests.sandbox.test_sandbox_iam import caller

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from tests.sandbox.conftest import RunningSandbox

TRUST = json.dumps(trust("eks.amazonaws.com"))
CLUSTER_POLICY = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
NETWORK = {"subnetIds": ["subnet-00000001", "subnet-00000002"]}


def deployed(sandbox: RunningSandbox, function: str) -> Any:  # noqa: ANN401 -- Lambda's own words
    """The configuration of a function of the template, by what it runs."""
    functions = sandbox.client("lambda").list_functions()["Functions"]
    return next(it for it in functions if it["Handler"] == f"lambdas.handlers.{function}.handler")


def statements_of(sandbox: RunningSandbox, function: str) -> list[dict[str, Any]]:
    """The statements of the role that the deployed function works as."""
    iam = sandbox.client("iam")
    name = deployed(sandbox, function)["Role"].rpartition("/")[2]
    policies = [
        iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    assert policies
    return [statement for policy in policies for statement in policy["Statement"]]


def boundary(sandbox: RunningSandbox) -> str:
    variables = deployed(sandbox, "roles")["Environment"]["Variables"]
    return next(str(value) for value in variables.values() if ":policy/" in value)


@pytest.fixture(scope="module")
def session(sandbox: RunningSandbox) -> Callable[[str], boto3.Session]:
    """A session that may do what the deployed function may, and nothing else."""
    return lambda function: caller(sandbox, statements_of(sandbox, function))


def verdict(call: Callable[[], object]) -> str:
    """``allowed``, or the action that IAM does not allow."""
    try:
        call()
    except ClientError as error:
        said = error.response["Error"]
        if said["Code"] not in ACCESS_DENIED_CODES:
            return "allowed"
        return str(said["Message"]).partition("not authorized to perform: ")[2].partition(" ")[0]
    return "allowed"


@pytest.mark.parametrize(
    ("name", "path", "bound", "expected"),
    [
        ("inside", "/slipway/", True, "allowed"),
        ("outside", "/", True, "iam:CreateRole"),
        ("elsewhere", "/slipwayer/", True, "iam:CreateRole"),
        ("unbound", "/slipway/", False, "iam:CreateRole"),
    ],
)
def test_the_function_roles_makes_roles_below_its_path_and_within_its_boundary_only(
    sandbox: RunningSandbox,
    session: Callable[[str], boto3.Session],
    name: str,
    path: str,
    bound: bool,  # noqa: FBT001 -- a column of the table
    expected: str,
) -> None:
    iam = sandbox.client("iam", session("roles"))
    more = {"PermissionsBoundary": boundary(sandbox)} if bound else {}
    made = {"RoleName": f"proof-{name}", "Path": path, "AssumeRolePolicyDocument": TRUST, **more}
    assert verdict(lambda: iam.create_role(**made)) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("AmazonEKSClusterPolicy", "allowed"),
        ("AdministratorAccess", "iam:AttachRolePolicy"),
        ("IAMFullAccess", "iam:AttachRolePolicy"),
    ],
)
def test_the_function_roles_attaches_no_policy_but_its_own_four(
    sandbox: RunningSandbox, session: Callable[[str], boto3.Session], policy: str, expected: str
) -> None:
    name = f"proof-{policy}"
    sandbox.client("iam").create_role(
        RoleName=name, Path="/slipway/", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=boundary(sandbox)
    )
    iam = sandbox.client("iam", session("roles"))
    arn = f"arn:aws:iam::aws:policy/{policy}"
    assert verdict(lambda: iam.attach_role_policy(RoleName=name, PolicyArn=arn)) == expected


@pytest.mark.parametrize("method", ["delete_role_permissions_boundary", "delete_role"])
def test_the_function_roles_takes_nothing_off_a_role(
    sandbox: RunningSandbox, session: Callable[[str], boto3.Session], method: str
) -> None:
    name = f"proof-{method.replace('_', '-')}"
    sandbox.client("iam").create_role(
        RoleName=name, Path="/slipway/", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=boundary(sandbox)
    )
    iam = sandbox.client("iam", session("roles"))
    assert verdict(lambda: getattr(iam, method)(RoleName=name)) not in {"allowed", ""}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("/slipway/proof-passed", "allowed"),
        ("/platform/proof-passed", "allowed"),  # the sandbox's operator allows platform/*
        ("/proof-passed-root", "iam:PassRole"),
        ("/team/proof-passed-team", "iam:PassRole"),
    ],
)
def test_the_function_cluster_passes_roles_of_ours_and_of_the_operators_choice_only(
    sandbox: RunningSandbox, session: Callable[[str], boto3.Session], place: str, expected: str
) -> None:
    path, _, name = place.rpartition("/")
    name = f"{name}-{path.strip('/') or 'root'}"
    role = sandbox.client("iam").create_role(RoleName=name, Path=f"{path}/", AssumeRolePolicyDocument=TRUST)["Role"]
    eks = sandbox.client("eks", session("cluster"))
    wanted = {"name": "proof", "roleArn": role["Arn"], "resourcesVpcConfig": NETWORK}
    assert verdict(lambda: eks.create_cluster(**wanted)) == expected


@pytest.mark.parametrize("function", ["roles", "network", "cluster", "access", "addons", "nodegroups", "runs", "api"])
def test_no_function_may_do_what_another_is_for(
    sandbox: RunningSandbox, session: Callable[[str], boto3.Session], function: str
) -> None:
    mine = session(function)
    others = {
        "roles": lambda: sandbox.client("iam", mine).create_role(RoleName="x", AssumeRolePolicyDocument=TRUST),
        "cluster": lambda: sandbox.client("eks", mine).create_cluster(
            name="proof", roleArn="arn:aws:iam::000000000000:role/slipway/x", resourcesVpcConfig=NETWORK
        ),
        "addons": lambda: sandbox.client("eks", mine).create_addon(clusterName="proof", addonName="vpc-cni"),
        "network": lambda: sandbox.client("ec2", mine).create_vpc(CidrBlock="10.0.0.0/16"),
    }
    assert "allowed" not in {name: verdict(call) for name, call in others.items() if name != function}.values()
