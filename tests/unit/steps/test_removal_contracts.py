"""A cluster with all that can hang on one goes: the calls that take it away are those that the contracts name."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from lambdas.domain.calendar import Calendar
from lambdas.domain.calendar.windows import window
from lambdas.domain.names import RoleKind, role_name
from lambdas.domain.pacing import Part
from lambdas.domain.power import Night
from lambdas.domain.progress import Waiting, combine
from lambdas.steps import leftovers, scaling
from lambdas.steps.contract import LEDGER
from lambdas.steps.contracts import STEPS
from lambdas.steps.convergence import ensure, remove
from lambdas.steps.scope import Scope
from sandbox.twin.faults import Leave
from tests.house import ACCOUNT, EVERY_REMOVAL, REGION, example, house
from tests.removing import removing
from tests.volumes import age

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.house import House

OFFICE = Calendar(timezone="Europe/Berlin", awake=(window("Mon-Fri 07:30-20:30"),))
ORDER = (
    Part.SCHEDULES, Part.NODEGROUPS, Part.WORKLOAD_ADDONS, Part.NETWORKING_ADDONS, Part.ACCESS, Part.CLUSTER,
    Part.CLUSTER_ROLE, Part.NODE_ROLE, Part.LEFTOVERS, Part.NETWORK,
)  # fmt: skip
FUNCTIONS = {part: contract.name for contract in STEPS for part in contract.parts}
CONTRACTS = {contract.name: contract for contract in STEPS}
NO_BUCKETS = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}'
RUNNING_PODS = """{"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "eks-fargate-pods.amazonaws.com"}
}]}"""
AN_HOUR = 3600


@pytest.fixture(scope="module")
def calls() -> Iterator[dict[str, set[str]]]:
    """What each function asked of AWS on the way."""
    with house() as home:
        protected = replace(example("ipv6"), deletionProtection=True)
        assert home.provision(protected).status == "SUCCEEDED"
        spec = replace(protected, deletionProtection=False)
        around = home.around
        scope = Scope(
            spec=spec, run="six-destroy-1-2", observed={}, night=Night(calendar=OFFICE, now=home.clock.now()),
            aws=around.aws, home=around.settings.home(), settings=around.settings,
        )  # fmt: skip
        complicate(home, scope)
        home.calls.by_function.clear()
        for part in ORDER:
            scope = depart(home, scope, part)
        yield home.calls.by_function


def complicate(home: House, scope: Scope) -> None:
    """Give the cluster what not every cluster has."""
    iam, name = home.around.aws.iam, scope.cluster
    ensure(scaling.resources(scope, Part.SCHEDULES))
    home.faults.add(Leave(interfaces=1))
    leave_a_security_group(home, name)
    leave_what_controllers_make(home, name)
    iam.create_open_id_connect_provider(
        Url=home.around.aws.eks.describe_cluster(name=name)["cluster"]["identity"]["oidc"]["issuer"],
        ThumbprintList=["0" * 40], Tags=[{"Key": "slipway/cluster", "Value": name}],
    )  # fmt: skip
    node_role = role_name(name, RoleKind.NODE)
    iam.put_role_policy(RoleName=node_role, PolicyName="inline", PolicyDocument=NO_BUCKETS)
    iam.create_instance_profile(InstanceProfileName="eks-left")
    iam.add_role_to_instance_profile(InstanceProfileName="eks-left", RoleName=node_role)
    arn = iam.create_role(RoleName="fargate", AssumeRolePolicyDocument=RUNNING_PODS)["Role"]["Arn"]
    for _ in range(2):  # EKS sees the role a while after the first time that it looks
        with suppress(home.around.aws.eks.exceptions.InvalidParameterException):
            home.around.aws.eks.create_fargate_profile(
                clusterName=name, fargateProfileName="batch", selectors=[{"namespace": "b"}], podExecutionRoleArn=arn
            )
        home.clock.advance(AN_HOUR)


def leave_a_security_group(home: House, cluster: str) -> None:
    """As the leftover interface makes EKS do; moto deletes a security group that is used."""
    vpc = home.around.aws.eks.describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"]["vpcId"]
    tags: Any = [{"Key": f"kubernetes.io/cluster/{cluster}", "Value": "owned"}]
    home.around.aws.ec2.create_security_group(
        GroupName=f"eks-cluster-sg-{cluster}-0", Description="left", VpcId=vpc,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )  # fmt: skip


def leave_what_controllers_make(home: House, cluster: str) -> None:
    """As a service and a claim in the cluster do."""
    aws = home.around.aws
    network = aws.eks.describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"]
    balancing, classic = boto3.client("elbv2", region_name=REGION), boto3.client("elb", region_name=REGION)
    tags: Any = [
        {"Key": f"kubernetes.io/cluster/{cluster}", "Value": "owned"},
        {"Key": "kubernetes.io/service-name", "Value": "shop/front"},
        {"Key": "kubernetes.io/created-for/pvc/name", "Value": "ledger"},
    ]
    balancing.create_load_balancer(Name="front", Type="network", Subnets=network["subnetIds"][:1], Tags=tags)
    balancing.create_target_group(Name="front", Protocol="TCP", Port=80, VpcId=network["vpcId"], Tags=tags)
    classic.create_load_balancer(
        LoadBalancerName="old", Tags=tags, Subnets=network["subnetIds"][:1],
        Listeners=[{"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 30080}],
    )  # fmt: skip
    made = aws.ec2.create_volume(
        AvailabilityZone=f"{REGION}a", Size=1, TagSpecifications=[{"ResourceType": "volume", "Tags": tags}]
    )
    age(ACCOUNT, REGION, made["VolumeId"], home.clock.now())


def depart(home: House, scope: Scope, part: Part) -> Scope:
    """Look until there is nothing to wait for; what was found is remembered."""
    home.calls.function = FUNCTIONS[part]
    for _ in range(100):
        reports = remove(EVERY_REMOVAL[part](scope, part))
        scope = replace(scope, observed={**scope.observed, **{it.resource: dict(it.facts) for it in reports}})
        progress = combine(reports)
        if not isinstance(progress, Waiting):
            break
        home.clock.advance(progress.retry_after_seconds)
    home.calls.function = "test"
    return scope


@pytest.mark.parametrize("name", sorted({*FUNCTIONS.values()}))
def test_every_call_is_declared_and_every_removal_called(calls: dict[str, set[str]], name: str) -> None:
    declared = CONTRACTS[name].calls()
    asked = calls.get(name, set())
    assert asked <= declared
    assert asked >= removing(name, declared)


def test_leftovers_asks_for_all_that_it_may(calls: dict[str, set[str]]) -> None:
    spared = {*LEDGER.actions, "logs:ListTagsForResource"}
    assert calls["leftovers"] == leftovers.CONTRACT.calls() - spared
