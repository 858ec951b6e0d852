"""Clusters are made, slept, changed by hand and deleted, through HTTP: AWS is afterwards as it was before.

Beside them stand things of others that look like theirs. What deletion takes here is a twin figure.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.conftest import fetch
from tests.sandbox.replay import assert_simulated_alike
from tests.sandbox.small_app import trust
from tests.sandbox.test_sandbox_slipway import ended, example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandbox.conftest import Client, Json, RunningSandbox

BANK, OWN_VPC, ASLEEP, BY_HAND, GUARDED = "gone-bank", "gone-vpc", "gone-asleep", "gone-by-hand", "gone-guarded"
LOGGING = {"clusterLogging": [{"types": ["api"], "enabled": True}]}
SPECS: dict[str, dict[str, Json]] = {
    BANK: example("simple-bank", name=BANK, logging=LOGGING, deletionProtection=False),
    OWN_VPC: example("own-vpc", name=OWN_VPC, deletionProtection=False),
    ASLEEP: example("simple-bank", name=ASLEEP, deletionProtection=False),
    BY_HAND: example("simple-bank", name=BY_HAND, deletionProtection=False),
    GUARDED: example("simple-bank", name=GUARDED, nodegroups=[]),  # protected, as clusters are by default
}
NAMES = tuple(SPECS)
CALENDAR = {"timezone": "UTC", "awake": ["Mon-Sun 00:00-23:58"]}
OTHERS = "look-alike"
FARGATE_ROLE = "look-alike-fargate"
LOOKED_AT = (200, 202)


@dataclass
class Story:
    """What was there before and after, and what the doors said."""

    before: dict[str, list[str]]
    middle: dict[str, list[str]]
    after: dict[str, list[str]]
    guarded: tuple[int, Json]
    made: dict[str, Json]
    asked: dict[str, list[Json]] = field(default_factory=dict)
    runs: dict[str, Json] = field(default_factory=dict)


@pytest.fixture(scope="module")
def story(sandbox: RunningSandbox, _others: None) -> Story:
    """Live through it, all clusters side by side."""
    before = inventory(sandbox)
    made = each(sandbox, lambda name: call(sandbox, "POST", "/clusters", SPECS[name]))
    for name in (BANK, ASLEEP):
        ended(sandbox, call(sandbox, "PUT", f"/clusters/{name}/schedule", CALENDAR)["run"]["id"])
    ended(sandbox, call(sandbox, "POST", f"/clusters/{ASLEEP}/sleep")["run"]["id"])
    change_by_hand(sandbox)
    work_in_it(sandbox, OWN_VPC)
    fault(sandbox, {"rule": "leave", "interfaces": 2, "cluster": OWN_VPC})
    fault(sandbox, {"rule": "leave", "interfaces": 1, "of": "controlPlane", "log_group": True, "cluster": BANK})
    guarded = sandbox.call_api("DELETE", f"/clusters/{GUARDED}")
    sandbox.call_api("PUT", f"/clusters/{GUARDED}", SPECS[GUARDED] | {"deletionProtection": False})
    story = Story(before=before, middle=inventory(sandbox), after={}, guarded=guarded, made=made)
    story.asked = {name: [call(sandbox, "DELETE", f"/clusters/{name}") for _ in range(2)] for name in NAMES}
    story.runs = {name: ended(sandbox, asked[0]["run"]["id"]) for name, asked in story.asked.items()}
    story.after = inventory(sandbox)
    return story


@pytest.fixture(scope="module")
def _others(sandbox: RunningSandbox) -> Iterator[None]:
    """Things of others, and no fault rule that outlives the story."""
    ec2, iam, logs = (sandbox.client(service) for service in ("ec2", "iam", "logs"))
    subnet = ec2.describe_subnets()["Subnets"][0]
    group = ec2.create_security_group(
        GroupName=f"eks-cluster-sg-{OTHERS}-1", Description="theirs", VpcId=subnet["VpcId"]
    )["GroupId"]
    interfaces = [
        ec2.create_network_interface(SubnetId=subnet["SubnetId"], Groups=[group], Description=description)
        for description in (f"Amazon EKS {BANK}-2", "aws-K8S-i-1")
    ]
    roles = (FARGATE_ROLE, f"slipway-{BANK}")
    for name in roles:
        service = "eks-fargate-pods.amazonaws.com"
        iam.create_role(RoleName=name, Path="/theirs/", AssumeRolePolicyDocument=json.dumps(trust(service)))
    logs.create_log_group(logGroupName=f"/aws/eks/{BANK}-2/cluster")
    balancing = sandbox.client("elbv2")
    balancer, target, worn = balance(
        sandbox, subnet["VpcId"], [subnet["SubnetId"]], {"elbv2.k8s.aws/cluster": f"{BANK}-2"}, OTHERS
    )
    volume = claim(sandbox, {f"kubernetes.io/cluster/{BANK}-2": "owned", "kubernetes.io/created-for/pvc/name": "a"})
    yield
    fetch(f"{sandbox.url}/_sandbox/faults", method="DELETE")
    balancing.delete_load_balancer(LoadBalancerArn=balancer)
    balancing.delete_target_group(TargetGroupArn=target)
    ec2.delete_security_group(GroupId=worn)
    ec2.delete_volume(VolumeId=volume)
    for it in interfaces:
        ec2.delete_network_interface(NetworkInterfaceId=it["NetworkInterface"]["NetworkInterfaceId"])
    ec2.delete_security_group(GroupId=group)
    for name in roles:
        iam.delete_role(RoleName=name)
    logs.delete_log_group(logGroupName=f"/aws/eks/{BANK}-2/cluster")


def each(sandbox: RunningSandbox, begin: Callable[[str], Json]) -> dict[str, Json]:
    """Begin a run for every cluster, and return them once they have ended."""
    begun = {name: begin(name) for name in NAMES}
    return {name: ended(sandbox, accepted["run"]["id"]) for name, accepted in begun.items()}


def call(sandbox: RunningSandbox, method: str, path: str, body: Json = None) -> Json:
    status, answer = sandbox.call_api(method, path, body)
    assert status in LOOKED_AT, answer
    return answer


def fault(sandbox: RunningSandbox, rule: Json) -> None:
    status, said = fetch(f"{sandbox.url}/_sandbox/faults", method="POST", body=json.dumps(rule).encode())
    assert status == 201, said


def work_in_it(sandbox: RunningSandbox, name: str) -> None:
    """Leave behind what an ingress and a claim in the cluster have made, and a provider that bears our tag."""
    cluster = sandbox.client("eks").describe_cluster(name=name)["cluster"]
    network = cluster["resourcesVpcConfig"]
    balance(sandbox, network["vpcId"], network["subnetIds"], {"elbv2.k8s.aws/cluster": name}, name)
    claim(sandbox, {f"kubernetes.io/cluster/{name}": "owned", "kubernetes.io/created-for/pvc/name": "ledger"})
    sandbox.client("iam").create_open_id_connect_provider(
        Url=cluster["identity"]["oidc"]["issuer"], Tags=tagged({"slipway/cluster": name}), ThumbprintList=["0" * 40]
    )


def balance(
    sandbox: RunningSandbox, vpc: str, subnets: list[str], tags: dict[str, str], name: str
) -> tuple[str, str, str]:
    """Make a load balancer with a target group behind it and a security group of its own, as the controller does."""
    balancing, ec2 = sandbox.client("elbv2"), sandbox.client("ec2")
    said = tagged(tags)
    group = ec2.create_security_group(
        GroupName=f"k8s-traffic-{name}", Description="-", VpcId=vpc,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": said}],
    )["GroupId"]  # fmt: skip
    balancer = balancing.create_load_balancer(Name=f"k8s-{name}", Subnets=subnets, SecurityGroups=[group], Tags=said)
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    made = balancing.create_target_group(Name=f"k8s-{name}", Protocol="HTTP", Port=80, VpcId=vpc, Tags=said)
    target = made["TargetGroups"][0]["TargetGroupArn"]
    action = {"Type": "forward", "TargetGroupArn": target}
    balancing.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[action])
    return arn, target, group


def claim(sandbox: RunningSandbox, tags: dict[str, str]) -> str:
    """Make a volume, as the CSI driver does."""
    made = sandbox.client("ec2").create_volume(
        AvailabilityZone="eu-central-1a", Size=1, TagSpecifications=[{"ResourceType": "volume", "Tags": tagged(tags)}]
    )
    return str(made["VolumeId"])


def tagged(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def change_by_hand(sandbox: RunningSandbox) -> None:
    """Add a node group and two Fargate profiles to a cluster, past Slipway."""
    eks = sandbox.client("eks")
    known = eks.describe_nodegroup(clusterName=BY_HAND, nodegroupName="simple-bank")["nodegroup"]
    eks.create_nodegroup(
        clusterName=BY_HAND, nodegroupName="theirs", subnets=known["subnets"], nodeRole=known["nodeRole"]
    )
    role = sandbox.client("iam").get_role(RoleName=FARGATE_ROLE)["Role"]["Arn"]
    for name in ("one", "two"):
        until(partial(_made_fargate_profile, eks, name, role))


def _made_fargate_profile(eks: Client, name: str, role: str) -> bool:
    """Create a profile, unless EKS does not see the role yet or another one is still being made."""
    params = {"clusterName": BY_HAND, "fargateProfileName": name, "podExecutionRoleArn": role}
    with suppress(eks.exceptions.InvalidParameterException):
        eks.create_fargate_profile(**params, selectors=[{"namespace": name}])
        return True
    return False


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.3)


def inventory(sandbox: RunningSandbox) -> dict[str, list[str]]:
    """The names of all that clusters consist of, in this account, whosever it is."""
    ec2, iam, logs, balancing = (sandbox.client(service) for service in ("ec2", "iam", "logs", "elbv2"))
    nats = [it for it in ec2.describe_nat_gateways()["NatGateways"] if it["State"] != "deleted"]
    return {
        "clusters": sandbox.client("eks").list_clusters()["clusters"],
        "groups": _ids(
            sandbox.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"], "AutoScalingGroupName"
        ),
        "roles": _ids(iam.get_paginator("list_roles").paginate().build_full_result()["Roles"], "Arn"),
        "profiles": _ids(iam.list_instance_profiles()["InstanceProfiles"], "Arn"),
        "vpcs": _ids(ec2.describe_vpcs()["Vpcs"], "VpcId"),
        "subnets": _ids(ec2.describe_subnets()["Subnets"], "SubnetId"),
        "route tables": _ids(ec2.describe_route_tables()["RouteTables"], "RouteTableId"),
        "gateways": _ids(ec2.describe_internet_gateways()["InternetGateways"], "InternetGatewayId"),
        "NAT gateways": _ids(nats, "NatGatewayId"),
        "addresses": _ids(ec2.describe_addresses()["Addresses"], "AllocationId"),
        "security groups": _ids(ec2.describe_security_groups()["SecurityGroups"], "GroupId"),
        "interfaces": _ids(ec2.describe_network_interfaces()["NetworkInterfaces"], "NetworkInterfaceId"),
        "load balancers": _ids(balancing.describe_load_balancers()["LoadBalancers"], "LoadBalancerArn"),
        "target groups": _ids(balancing.describe_target_groups()["TargetGroups"], "TargetGroupArn"),
        "volumes": _ids(ec2.describe_volumes()["Volumes"], "VolumeId"),
        "providers": _ids(iam.list_open_id_connect_providers()["OpenIDConnectProviderList"], "Arn"),
        "templates": _ids(ec2.describe_launch_templates()["LaunchTemplates"], "LaunchTemplateId"),
        "log groups": _ids(logs.describe_log_groups(logGroupNamePrefix="/aws/eks/")["logGroups"], "logGroupName"),
        "schedules": _ids(sandbox.client("scheduler").list_schedules()["Schedules"], "Arn"),
    }


def _ids(things: list[Json], member: str) -> list[str]:
    return sorted(thing[member] for thing in things)


@pytest.mark.parametrize("name", NAMES)
def test_it_was_there_and_is_gone(story: Story, sandbox: RunningSandbox, name: str) -> None:
    assert story.made[name]["status"] == "SUCCEEDED", story.made[name]["error"]
    assert name in story.middle["clusters"]
    assert story.runs[name]["status"] == "SUCCEEDED", story.runs[name]["error"]
    assert sandbox.call_api("GET", f"/clusters/{name}")[0] == 404
    assert name not in [it["name"] for it in sandbox.call_api("GET", "/clusters")[1]["items"]]


@pytest.mark.parametrize("name", NAMES)
def test_the_simulation_goes_the_same_way(story: Story, sandbox: RunningSandbox, name: str) -> None:
    assert_simulated_alike(sandbox, story.runs[name]["executionArn"])


@pytest.mark.parametrize("name", NAMES)
def test_asked_twice_it_is_one_run(story: Story, name: str) -> None:
    first, second = story.asked[name]
    assert first["run"]["id"] == second["run"]["id"]
    assert first["run"]["verb"] == "destroy"


@pytest.mark.parametrize("name", NAMES)
def test_the_receipt_names_what_was_deleted(story: Story, name: str) -> None:
    run = story.runs[name]
    assert "cluster" in run["deleted"]
    assert run["left"] == []
    assert {"load balancers", "volumes", "OIDC provider"} <= set(run["lookedFor"])


def test_what_was_made_from_within_is_named_in_the_receipt(story: Story) -> None:
    kinds = {it.partition("/")[0] for it in story.runs[OWN_VPC]["deleted"]}
    assert kinds >= {"loadBalancers", "targetGroups", "securityGroups", "volumes", "networkInterfaces", "oidcProvider"}


def test_all_is_as_it_was(story: Story) -> None:
    assert {kind: sorted(set(found) - set(story.before[kind])) for kind, found in story.middle.items()}["roles"]
    assert story.after == story.before


def test_a_protected_cluster_is_kept_until_the_spec_says_otherwise(story: Story) -> None:
    status, problem = story.guarded
    assert status == 409
    assert "/deletionProtection" in json.dumps(problem)


def test_what_is_deleted_is_unknown(story: Story, sandbox: RunningSandbox) -> None:
    assert story.runs[BANK]["status"] == "SUCCEEDED"
    assert sandbox.call_api("DELETE", f"/clusters/{BANK}")[0] == 404


def test_a_later_cluster_of_the_name_is_another_one(story: Story, sandbox: RunningSandbox) -> None:
    again = call(sandbox, "POST", "/clusters", SPECS[GUARDED] | {"deletionProtection": False})
    assert again["cluster"]["generation"] > 2  # POST, PUT, and now this
    made = ended(sandbox, again["run"]["id"])
    assert made["status"] == "SUCCEEDED", made["error"]
    gone = ended(sandbox, call(sandbox, "DELETE", f"/clusters/{GUARDED}")["run"]["id"])
    assert gone["status"] == "SUCCEEDED", gone["error"]
    assert inventory(sandbox) == story.before
