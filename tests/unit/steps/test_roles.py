from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from lambdas.domain.names import PATH, Home, RoleKind, role_name
from lambdas.domain.pacing import Part
from lambdas.domain.progress import Failed, Ready, Waiting, Word, word
from lambdas.domain.spec import ClusterSpec, Nodegroup
from lambdas.steps.convergence import ensure, observe
from lambdas.steps.roles import POLICIES, resources, trust
from lambdas.steps.scope import Scope
from tests.house import ACCOUNT, house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.progress import Report
    from tests.house import House

PARTS = {RoleKind.CLUSTER: Part.CLUSTER_ROLE, RoleKind.NODE: Part.NODE_ROLE}
KINDS = pytest.mark.parametrize("kind", list(RoleKind))
TRUSTING_LAMBDA = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
PLATFORM = f"arn:aws:iam::{ACCOUNT}:role/platform"


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with house() as home:
        yield home


@pytest.fixture
def spec(request: pytest.FixtureRequest) -> ClusterSpec:
    """A cluster of the test's own, so that all can share the house."""
    name = f"c{abs(hash(request.node.nodeid)):x}"
    return ClusterSpec(name=name, nodegroups=(Nodegroup(nodegroupName="workers"),), tags={"team": "platform"})


def scope(home: House, spec: ClusterSpec) -> Scope:
    around = home.around
    return Scope(
        spec=spec, run="run-1", observed={}, aws=around.aws, home=around.settings.home(), settings=around.settings
    )


def ensured(home: House, spec: ClusterSpec, kind: RoleKind) -> list[Report]:
    return ensure(resources(scope(home, spec), PARTS[kind]))


def role_as_it_is(home: House, name: str) -> tuple[Any, Any] | None:
    """The role with its policies: what nobody may change unasked."""
    iam = home.around.aws.iam
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        return None
    return role, iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]


def make(home: House, spec: ClusterSpec, kind: RoleKind, **changed: Any) -> None:  # noqa: ANN401 -- CreateRole's own
    """A role of our name, like ours in all that is not changed."""
    like_ours = {
        "RoleName": role_name(spec.name, kind),
        "Path": PATH,
        "AssumeRolePolicyDocument": json.dumps(trust(home.around.settings.home(), kind)),
        "PermissionsBoundary": home.around.settings.boundary_arn,
        "Tags": [{"Key": "slipway/cluster", "Value": spec.name}],
    }
    members = {name: value for name, value in (like_ours | changed).items() if value is not None}
    home.around.aws.iam.create_role(**members)


@KINDS
def test_what_is_missing_is_due_and_seeing_so_changes_nothing(home: House, spec: ClusterSpec, kind: RoleKind) -> None:
    before = role_as_it_is(home, role_name(spec.name, kind))
    reports = observe(resources(scope(home, spec), PARTS[kind]))
    assert role_as_it_is(home, role_name(spec.name, kind)) == before
    assert [(report.action.verb, report.action.resource) for report in reports if report.action] == [
        ("create", f"roles/{kind}"),
        *(("attach", f"roles/{kind}/{policy}") for policy in POLICIES[kind]),
    ]
    assert {word(report.progress) for report in reports} == {Word.WAITING}


@KINDS
def test_a_role_is_there_after_two_looks_and_stays_as_it_is(home: House, spec: ClusterSpec, kind: RoleKind) -> None:
    ensured(home, spec, kind)
    second = ensured(home, spec, kind)
    assert {report.progress for report in second} == {Ready()}
    before = role_as_it_is(home, role_name(spec.name, kind))
    third = ensured(home, spec, kind)
    assert role_as_it_is(home, role_name(spec.name, kind)) == before
    assert [report.action for report in third] == [None] * (1 + len(POLICIES[kind]))
    assert third[0].facts == {"arn": f"arn:aws:iam::{ACCOUNT}:role{PATH}slipway-{spec.name}-{kind}"}


@KINDS
def test_a_role_bears_all_our_marks(home: House, spec: ClusterSpec, kind: RoleKind) -> None:
    ensured(home, spec, kind)
    name = role_name(spec.name, kind)
    found = role_as_it_is(home, name)
    assert found is not None
    described, attached = found
    assert described["Path"] == PATH
    assert described["PermissionsBoundary"]["PermissionsBoundaryArn"] == home.around.settings.boundary_arn
    assert {tag["Key"]: tag["Value"] for tag in described["Tags"]} == {
        "team": "platform", "slipway/cluster": spec.name, "slipway/run": "run-1",
    }  # fmt: skip
    assert {policy["PolicyArn"] for policy in attached} == {f"arn:aws:iam::aws:policy/{it}" for it in POLICIES[kind]}


@pytest.mark.parametrize(
    ("kind", "service", "condition"),
    [
        (RoleKind.CLUSTER, "eks.amazonaws.com", {"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
        (RoleKind.NODE, "ec2.amazonaws.com", None),
    ],
)
def test_only_its_service_may_assume_a_role(
    home: House, spec: ClusterSpec, kind: RoleKind, service: str, condition: object
) -> None:
    ensured(home, spec, kind)
    described: Any = home.around.aws.iam.get_role(RoleName=role_name(spec.name, kind))
    document = described["Role"]["AssumeRolePolicyDocument"]
    policy = json.loads(unquote(document)) if isinstance(document, str) else document
    (statement,) = policy["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRole")
    assert (statement["Principal"], statement.get("Condition")) == ({"Service": service}, condition)


@pytest.mark.parametrize(
    ("kind", "principal"),
    [
        (RoleKind.CLUSTER, "eks.amazonaws.com"),
        (RoleKind.NODE, ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]),
    ],
)
def test_in_china_nodes_have_another_name_for_ec2(kind: RoleKind, principal: object) -> None:
    home = Home(partition="aws-cn", account="210987654321", region="cn-north-1")
    statements: Any = trust(home, kind)["Statement"]
    assert statements[0]["Principal"] == {"Service": principal}


MARKS: dict[str, dict[str, Any]] = {
    "no tag": {"Tags": []},
    "another cluster's tag": {"Tags": [{"Key": "slipway/cluster", "Value": "bench"}]},
    "no boundary": {"PermissionsBoundary": None},
    "another boundary": {"PermissionsBoundary": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"},
    "another path": {"Path": "/"},
}


@pytest.mark.parametrize("mark", MARKS)
def test_a_role_that_lacks_a_mark_is_not_adopted(home: House, spec: ClusterSpec, mark: str) -> None:
    make(home, spec, RoleKind.CLUSTER, **MARKS[mark])
    role, *_ = ensured(home, spec, RoleKind.CLUSTER)
    assert isinstance(role.progress, Failed)
    assert role.progress.error == "RoleNotOurs"
    assert role_name(spec.name, RoleKind.CLUSTER) in role.progress.cause


@pytest.mark.parametrize("mark", MARKS)
def test_nobody_elses_role_is_touched(home: House, spec: ClusterSpec, mark: str) -> None:
    make(home, spec, RoleKind.CLUSTER, **MARKS[mark])
    before = role_as_it_is(home, role_name(spec.name, RoleKind.CLUSTER))
    ensured(home, spec, RoleKind.CLUSTER)
    assert role_as_it_is(home, role_name(spec.name, RoleKind.CLUSTER)) == before


def test_a_role_with_all_our_marks_is_ours_again(home: House, spec: ClusterSpec) -> None:
    make(home, spec, RoleKind.CLUSTER)
    role, policy = ensured(home, spec, RoleKind.CLUSTER)
    assert (role.progress, role.action) == (Ready(), None)
    assert policy.action is not None
    assert policy.action.verb == "attach"


def test_a_policy_that_somebody_detached_is_attached_again(home: House, spec: ClusterSpec) -> None:
    ensured(home, spec, RoleKind.NODE)
    name = role_name(spec.name, RoleKind.NODE)
    home.around.aws.iam.detach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy")
    reports = ensured(home, spec, RoleKind.NODE)
    assert [report.action.resource for report in reports if report.action] == ["roles/node/AmazonEKS_CNI_Policy"]
    assert isinstance(reports[2].progress, Waiting)
    assert {report.progress for report in ensured(home, spec, RoleKind.NODE)} == {Ready()}


@pytest.mark.parametrize(
    ("arn", "there"),
    [
        (f"{PLATFORM}/eks-cluster", True),
        (f"arn:aws:iam::{ACCOUNT}:role/eks-cluster", False),
        (f"arn:aws:iam::{ACCOUNT}:role/platform/deeper/eks-cluster", False),
        ("arn:aws:iam::210987654321:role/platform/eks-cluster", False),
        (f"{PLATFORM}/nobody", False),
    ],
)
def test_a_given_role_must_be_there_under_exactly_its_arn(
    home: House,
    arn: str,
    there: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    name = arn.rpartition("/")[2]
    before = role_as_it_is(home, name)
    (report,) = ensured(home, ClusterSpec(name="given", roleArn=arn), RoleKind.CLUSTER)
    assert (report.progress == Ready()) is there
    if not there:
        assert isinstance(report.progress, Failed)
        assert (report.progress.error, report.progress.cause) == ("RoleNotFound", f"There is no role {arn}.")
    assert report.action is None
    assert role_as_it_is(home, name) == before


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        ([], []),
        ([None, None], ["roles/node", *(f"roles/node/{policy}" for policy in POLICIES[RoleKind.NODE])]),
        ([f"{PLATFORM}/eks-node", f"{PLATFORM}/eks-node"], ["roles/eks-node"]),
        (
            [f"{PLATFORM}/eks-node", None],
            ["roles/eks-node", "roles/node", *(f"roles/node/{policy}" for policy in POLICIES[RoleKind.NODE])],
        ),
    ],
)
def test_each_role_of_the_node_groups_is_looked_at_once(home: House, given: list[str | None], paths: list[str]) -> None:
    groups = tuple(Nodegroup(nodegroupName=f"g{number}", nodeRole=role) for number, role in enumerate(given))
    wanted = ClusterSpec(name="mixed", nodegroups=groups)
    assert [it.path for it in resources(scope(home, wanted), Part.NODE_ROLE)] == paths


@KINDS
def test_a_role_of_ours_that_trusts_somebody_else_by_now_is_told(
    home: House, spec: ClusterSpec, kind: RoleKind
) -> None:
    make(home, spec, kind, AssumeRolePolicyDocument=json.dumps(TRUSTING_LAMBDA))
    role, *_ = ensured(home, spec, kind)
    assert isinstance(role.progress, Failed)
    assert role.progress.error == "RoleTrust"
    assert "lambda.amazonaws.com" in role.progress.cause


def test_a_given_role_must_trust_whom_it_is_for(home: House) -> None:
    (report,) = ensured(home, ClusterSpec(name="given", roleArn=f"{PLATFORM}/eks-node"), RoleKind.CLUSTER)
    assert isinstance(report.progress, Failed)
    assert report.progress.error == "RoleTrust"
    assert "does not let eks.amazonaws.com do sts:AssumeRole" in report.progress.cause
