"""Who may do what: the contracts' permissions, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.runs import Verb
from lambdas.steps.contracts import FUNCTIONS
from lambdas.steps.roles import POLICIES
from tests.stacks.conftest import KEY, text, texts

if TYPE_CHECKING:
    from lambdas.steps.contract import Permission, StepContract
    from tests.stacks.conftest import Template

    Json = dict[str, Any]

CONTRACTS = {contract.name: contract for contract in FUNCTIONS}
EACH = pytest.mark.parametrize("name", sorted(CONTRACTS))
HERE = {"partition": "${AWS::Partition}", "account": "${AWS::AccountId}", "region": "${AWS::Region}"}
ROLE = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role"
STATES = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
SCHEDULER = "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}"
HARMLESS_IAM = {
    "iam:PassRole",
    "iam:GetRole",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:CreateServiceLinkedRole",
    "iam:ListRoles",
    "iam:ListRoleTags",
}
REMOVING_ROLES = {
    "iam:ListRolePolicies", "iam:ListInstanceProfilesForRole", "iam:DetachRolePolicy", "iam:DeleteRolePolicy",
    "iam:DeleteRole",
}  # fmt: skip
DISSOLVING_PROFILES = {"iam:RemoveRoleFromInstanceProfile", "iam:DeleteInstanceProfile"}
REMOVING_PROVIDERS = {"iam:GetOpenIDConnectProvider", "iam:DeleteOpenIDConnectProvider"}
ON_ROLES = {"iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:DeleteRolePolicy"}
X_RAY = {
    "actions": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
    "resources": ["*"],
    "conditions": {},
}


def role_of(template: Template, name: str) -> str:
    return str(template.functions()[name]["Role"]["Fn::GetAtt"][0])


def scheduler_role(template: Template) -> tuple[str, Json]:
    """The role that EventBridge Scheduler acts as: its logical id and its properties."""
    ((name, role),) = [
        (name, it["Properties"])
        for name, it in template.of_type("AWS::IAM::Role").items()
        if "scheduler.amazonaws.com" in str(it["Properties"]["AssumeRolePolicyDocument"])
    ]
    return name, role


def places(template: Template, *, passable: list[str], keys: list[str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What the contracts' placeholders stand for: those of one value, and those of several."""
    one = {
        **HERE,
        "table": f"${{{template.only('AWS::DynamoDB::Table')[0]}.Arn}}",
        "boundary": f"${{{template.only('AWS::IAM::ManagedPolicy')[0]}}}",
        "machines": f"{STATES}:stateMachine:Slipway-*",
        "executions": f"{STATES}:execution:Slipway-*",
        "schedules": f"{SCHEDULER}:schedule/Slipway/*",
        "scheduler_role": f"${{{scheduler_role(template)[0]}.Arn}}",
        "bus": f"${{{template.only('AWS::Events::EventBus')[0]}.Arn}}",
    }
    several = {
        "{passable_roles}": passable,
        "{keys}": [f"${{{template.only('AWS::KMS::Key')[0]}.Arn}}", *keys],
    }
    return one, several


def stated(permission: Permission, one: dict[str, str], several: dict[str, list[str]]) -> Json:
    resources = [filled for it in permission.resources for filled in several.get(it, [it])]
    return {
        "actions": sorted(permission.actions),
        "resources": sorted(it.format(**one) if "{" in it and "$" not in it else it for it in resources),
        "conditions": {
            operator: {
                key: sorted(it.format(**one) for it in ([value] if isinstance(value, str) else value))
                for key, value in keys.items()
            }
            for operator, keys in permission.conditions.items()
        },
    }


def expected(contract: StepContract, template: Template, **chosen: list[str]) -> list[Json]:
    function = template.functions()[contract.name]
    log_group = function["LoggingConfig"]["LogGroup"]["Ref"]
    logs = {
        "actions": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "resources": [f"${{{log_group}.Arn}}"],
        "conditions": {},
    }
    granted = [stated(permission, *places(template, **chosen)) for permission in contract.permissions]
    return [logs, X_RAY, *(statement for statement in granted if statement["resources"])]


def unordered(statements: list[Json]) -> list[Json]:
    return sorted(statements, key=repr)


def test_there_is_one_function_a_contract(template: Template) -> None:
    assert set(template.functions()) == set(CONTRACTS)
    assert len({role_of(template, name) for name in CONTRACTS}) == len(CONTRACTS)


@EACH
def test_a_function_may_do_what_its_contract_says_and_nothing_else(template: Template, name: str) -> None:
    chosen = {"passable": [f"{ROLE}/platform/*", f"{ROLE}/eks-admin"], "keys": [KEY]}
    assert unordered(template.statements(role_of(template, name))) == unordered(
        expected(CONTRACTS[name], template, **chosen)
    )


@EACH
def test_where_the_operator_allows_nothing_nothing_of_the_operators_is_granted(bare: Template, name: str) -> None:
    statements = bare.statements(role_of(bare, name))
    assert unordered(statements) == unordered(
        [
            {**it, "resources": [ours(resource) for resource in it["resources"]]}
            for it in expected(CONTRACTS[name], bare, passable=[], keys=[])
        ]
    )
    assert all(statement["resources"] for statement in statements)


def ours(resource: str) -> str:
    """A resource as the stack ``Bare`` names it."""
    return resource.replace("Slipway-*", "Bare-*").replace("/Slipway/*", "/Bare/*")


@EACH
def test_a_function_has_no_other_policy(template: Template, name: str) -> None:
    role = template.body["Resources"][role_of(template, name)]["Properties"]
    assert not {"ManagedPolicyArns", "Policies", "PermissionsBoundary"} & set(role)
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement == {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
    }


def test_every_policy_belongs_to_a_role_of_the_stack(template: Template) -> None:
    policies = template.of_type("AWS::IAM::Policy")
    roles = template.of_type("AWS::IAM::Role")
    assert all(role["Ref"] in roles for it in policies.values() for role in it["Properties"]["Roles"])
    assert not any({"Users", "Groups"} & set(it["Properties"]) for it in policies.values())


def test_no_action_has_a_wildcard_but_in_the_boundary(template: Template) -> None:
    wide = [(role, action) for role, it in template.every_statement() for action in it["actions"] if "*" in action]
    assert wide == []


@EACH
def test_every_wildcard_of_a_contract_has_its_reason(name: str) -> None:
    for permission in CONTRACTS[name].permissions:
        wide = any("*" in resource for resource in permission.resources)
        assert bool(permission.why_wildcard) >= wide, permission


def test_only_the_function_roles_changes_iam(template: Template) -> None:
    iam = {
        name: {
            action
            for statement in template.statements(role_of(template, name))
            for action in statement["actions"]
            if action.startswith("iam:")
        }
        for name in CONTRACTS
    }
    assert iam.pop("roles") == {
        "iam:GetRole", "iam:ListAttachedRolePolicies", "iam:CreateRole", "iam:AttachRolePolicy", "iam:TagRole",
        *REMOVING_ROLES, *DISSOLVING_PROFILES, *REMOVING_PROVIDERS,
    }  # fmt: skip
    assert {name: actions - HARMLESS_IAM for name, actions in iam.items()} == {name: set() for name in iam}


@pytest.mark.parametrize("action", ["iam:CreateRole", "iam:AttachRolePolicy"])
def test_a_role_is_made_only_below_our_path_and_within_our_boundary(template: Template, action: str) -> None:
    boundary, _ = template.only("AWS::IAM::ManagedPolicy")
    (statement,) = [it for it in template.statements(role_of(template, "roles")) if action in it["actions"]]
    assert statement["actions"] == [action]
    assert statement["resources"] == [f"{ROLE}/slipway/*"]
    assert statement["conditions"]["StringEquals"] == {"iam:PermissionsBoundary": [f"${{{boundary}}}"]}


@pytest.mark.parametrize("action", ["iam:DetachRolePolicy", "iam:DeleteRolePolicy", "iam:DeleteRole"])
def test_only_a_role_that_bears_our_tag_is_taken_away(template: Template, action: str) -> None:
    (statement,) = [it for it in template.statements(role_of(template, "roles")) if action in it["actions"]]
    assert statement["resources"] == [f"{ROLE}/slipway/*"]
    assert statement["conditions"] == {"Null": {"aws:ResourceTag/slipway/cluster": ["false"]}}


def test_only_an_oidc_provider_of_eks_that_bears_our_tag_is_taken_away(template: Template) -> None:
    (statement,) = [
        it
        for it in template.statements(role_of(template, "roles"))
        if "iam:DeleteOpenIDConnectProvider" in it["actions"]
    ]
    assert statement["resources"] == [f"{ROLE.removesuffix('role')}oidc-provider/oidc.eks.*"]
    assert statement["conditions"] == {"Null": {"aws:ResourceTag/slipway/cluster": ["false"]}}


LEFT_BY_CONTROLLERS = {
    "elasticloadbalancing:DeleteLoadBalancer": [
        {"Null": {"aws:ResourceTag/elbv2.k8s.aws/cluster": ["false"]}},
        {"Null": {"aws:ResourceTag/kubernetes.io/service-name": ["false"]}},
    ],
    "elasticloadbalancing:DeleteTargetGroup": [
        {"Null": {"aws:ResourceTag/elbv2.k8s.aws/cluster": ["false"]}},
        {"Null": {"aws:ResourceTag/kubernetes.io/service-name": ["false"]}},
    ],
    "ec2:DeleteVolume": [
        {"Null": {"aws:ResourceTag/kubernetes.io/created-for/pvc/name": ["false"]}},
        {"StringEquals": {"aws:ResourceTag/ebs.csi.aws.com/cluster": ["true"]}},
    ],
    "ec2:DeleteSecurityGroup": [
        {"Null": {"aws:ResourceTag/Name": ["true"]}},
        {"Null": {"aws:ResourceTag/elbv2.k8s.aws/cluster": ["false"]}},
        {"StringLike": {"aws:ResourceTag/Name": ["eks-cluster-sg-*"]}},
    ],
}


@pytest.mark.parametrize("action", LEFT_BY_CONTROLLERS)
def test_only_what_controllers_mark_is_taken_away(template: Template, action: str) -> None:
    found = [(role, it["conditions"]) for role, it in template.every_statement() if action in it["actions"]]
    assert {role for role, _ in found} == {role_of(template, "leftovers")}
    assert unordered([conditions for _, conditions in found]) == LEFT_BY_CONTROLLERS[action]


@pytest.mark.parametrize("action", ["eks:DeleteCluster", "eks:UpdateClusterConfig"])
def test_only_a_cluster_that_bears_our_tag_is_taken_away(template: Template, action: str) -> None:
    found = [(role, it) for role, it in template.every_statement() if action in it["actions"]]
    ((role, statement),) = found
    assert role == role_of(template, "cluster")
    assert statement["conditions"] == {"Null": {"aws:ResourceTag/slipway/cluster": ["false"]}}


def test_no_policy_is_attached_but_the_four(template: Template) -> None:
    (statement,) = [
        it for it in template.statements(role_of(template, "roles")) if "iam:AttachRolePolicy" in it["actions"]
    ]
    names = {name for names in POLICIES.values() for name in names}
    assert len(names) == 4
    assert statement["conditions"]["ArnEquals"] == {
        "iam:PolicyARN": sorted(f"arn:${{AWS::Partition}}:iam::aws:policy/{name}" for name in names)
    }


def test_every_pass_role_says_to_whom(template: Template) -> None:
    passing = [it for _, it in template.every_statement() if "iam:PassRole" in it["actions"]]
    assert passing
    for statement in passing:
        assert statement["actions"] == ["iam:PassRole"]
        assert "*" not in statement["resources"]
        services = statement["conditions"]["StringEquals"]["iam:PassedToService"]
        if services != ["scheduler.amazonaws.com"]:
            ec2 = {"ec2.amazonaws.com", "ec2.amazonaws.com.cn"}
            assert set(services) <= {"eks.amazonaws.com", "pods.eks.amazonaws.com", *ec2}


def test_only_the_function_scaling_hands_the_schedules_their_role(template: Template) -> None:
    arn = f"${{{scheduler_role(template)[0]}.Arn}}"
    handing = [
        (role, it)
        for role, it in template.every_statement()
        if "iam:PassRole" in it["actions"] and (arn in it["resources"] or "scheduler.amazonaws.com" in str(it))
    ]
    assert handing == [
        (
            role_of(template, "scaling"),
            {
                "actions": ["iam:PassRole"],
                "resources": [arn],
                "conditions": {"StringEquals": {"iam:PassedToService": ["scheduler.amazonaws.com"]}},
            },
        )
    ]


def test_no_other_schedule_can_borrow_the_role(template: Template) -> None:
    _, role = scheduler_role(template)
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Principal"]) == ("sts:AssumeRole", {"Service": "scheduler.amazonaws.com"})
    conditions = {
        operator: {key: text(value) for key, value in keys.items()} for operator, keys in statement["Condition"].items()
    }
    assert conditions == {
        "StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"},
        "ArnEquals": {"aws:SourceArn": f"{SCHEDULER}:schedule-group/Slipway"},
    }
    assert not {"ManagedPolicyArns", "Policies"} & set(role)


def test_the_schedules_may_start_one_machine_and_leave_what_they_cannot_deliver(template: Template) -> None:
    statements = template.statements(scheduler_role(template)[0])
    dead_letters, _ = template.only("AWS::SQS::Queue")
    assert unordered(statements) == unordered(
        [
            {
                "actions": ["states:StartExecution"],
                "resources": [f"{STATES}:stateMachine:Slipway-scale"],
                "conditions": {},
            },
            {"actions": ["sqs:SendMessage"], "resources": [f"${{{dead_letters}.Arn}}"], "conditions": {}},
        ]
    )


def test_nobody_can_touch_the_boundary(template: Template) -> None:
    """No action on policies at all, and none that takes a boundary off a role."""
    forbidden = ("Policy", "PolicyVersion", "PermissionsBoundary")
    boundary, _ = template.only("AWS::IAM::ManagedPolicy")
    for _, statement in template.every_statement():
        iam = [it for it in statement["actions"] if it.startswith("iam:") and it not in ON_ROLES]
        assert not [action for action in iam if action.endswith(forbidden)]
        assert f"${{{boundary}}}" not in statement["resources"]


def test_the_boundary_gives_nobody_iam(template: Template) -> None:
    _, boundary = template.only("AWS::IAM::ManagedPolicy")
    statements = boundary["PolicyDocument"]["Statement"]
    iam = [it for it in statements if any(action.startswith("iam:") for action in texts(it["Action"]))]
    assert [it["Action"] for it in iam] == ["iam:CreateServiceLinkedRole"]
    assert iam[0]["Condition"] == {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}}
    actions = {action for it in statements for action in texts(it["Action"])}
    assert "*" not in actions
    assert not {action for action in actions if action.startswith(("sts:", "organizations:", "secretsmanager:"))}


@pytest.mark.parametrize("verb", Verb)
def test_a_workflow_may_call_the_functions_that_it_calls(template: Template, verb: Verb) -> None:
    _, machine = template.machine(verb)
    statements = template.statements(machine["RoleArn"]["Fn::GetAtt"][0])
    (calling,) = [it for it in statements if "lambda:InvokeFunction" in it["actions"]]
    called = {name for name in CONTRACTS if f"${{{name.capitalize()}Function}}" in machine["DefinitionString"]}
    assert calling["resources"] == sorted(f"${{{template.function_id(name)}.Arn}}" for name in called)
    others = {action.partition(":")[0] for it in statements if it is not calling for action in it["actions"]}
    assert others <= {"logs", "xray"}


def test_every_function_is_called_by_somebody(template: Template) -> None:
    definitions = "".join(template.machine(verb)[1]["DefinitionString"] for verb in Verb)
    assert {name for name in CONTRACTS if f"${{{name.capitalize()}Function}}" not in definitions} == {
        "api",
        "drift",
        "orphans",
        "sweep",
    }
