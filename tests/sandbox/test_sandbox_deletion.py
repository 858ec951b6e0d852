"""What AWS does not delete while something depends on it, and what EKS makes and leaves outside itself, over HTTP."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import fetch
from tests.sandbox.machines import REAL_SECONDS
from tests.sandbox.small_app import allow, trust
from tests.sandbox.test_sandbox_front_door import create_cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandbox.conftest import Client, RunningSandbox

VIOLATION = "DependencyViolation"
Network = dict[str, str]


@pytest.fixture
def ec2(small: RunningSandbox) -> Client:
    return small.client("ec2")


@pytest.fixture
def network(ec2: Client) -> Network:
    """A VPC of one subnet, with all that stands in the way of its deletion."""
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="g", Description="d")["GroupId"]
    interface = ec2.create_network_interface(
        SubnetId=subnet,
        Groups=[group],
        Description="Amazon EKS old",
        TagSpecifications=[{"ResourceType": "network-interface", "Tags": [{"Key": "a", "Value": "b"}]}],
    )["NetworkInterface"]["NetworkInterfaceId"]
    return {
        "VpcId": vpc,
        "InternetGatewayId": gateway,
        "SubnetId": subnet,
        "RouteTableId": table,
        "AssociationId": association,
        "AllocationId": address,
        "NatGatewayId": nat,
        "GroupId": group,
        "NetworkInterfaceId": interface,
    }


STEPS: list[tuple[str, tuple[str, ...], str | None]] = [
    ("delete_nat_gateway", ("NatGatewayId",), None),
    ("detach_internet_gateway", ("InternetGatewayId", "VpcId"), VIOLATION),
    ("release_address", ("AllocationId",), "InvalidIPAddress.InUse"),
    ("delete_internet_gateway", ("InternetGatewayId",), VIOLATION),
    ("delete_network_interface", ("NetworkInterfaceId",), None),
    ("delete_security_group", ("GroupId",), VIOLATION),
    ("disassociate_route_table", ("AssociationId",), None),
    ("delete_route_table", ("RouteTableId",), VIOLATION),
    ("delete_subnet", ("SubnetId",), VIOLATION),
    ("delete_vpc", ("VpcId",), VIOLATION),
]
"""A working order, with the error that each step meets when it comes first."""


def code(call: Callable[[], object]) -> str | None:
    """The error that a call meets, None if it succeeds."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


def take(ec2: Client, network: Network, step: str, members: tuple[str, ...]) -> str | None:
    return code(lambda: getattr(ec2, step)(**{member: network[member] for member in members}))


def test_a_network_goes_in_order_and_in_no_other(ec2: Client, network: Network) -> None:
    for step, members, refused in STEPS:
        if refused is not None:
            assert (step, take(ec2, network, step, members)) == (step, refused)
    assert [take(ec2, network, step, members) for step, members, _ in STEPS] == [None] * len(STEPS)
    assert code(lambda: ec2.describe_vpcs(VpcIds=[network["VpcId"]])) == "InvalidVpcID.NotFound"


@pytest.mark.parametrize("last", ["delete_subnet", "delete_route_table"])
def test_a_vpc_waits_for_each_of_its_things(ec2: Client, network: Network, last: str) -> None:
    for step, members, _ in [it for it in STEPS if it[0] not in (last, "delete_vpc")]:
        assert (step, take(ec2, network, step, members)) == (step, None)
    assert take(ec2, network, "delete_vpc", ("VpcId",)) == VIOLATION


def test_a_subnet_takes_its_association_along(ec2: Client, network: Network) -> None:
    for step in ("delete_nat_gateway", "delete_network_interface", "delete_subnet", "delete_route_table"):
        (members,) = [members for name, members, _ in STEPS if name == step]
        assert (step, take(ec2, network, step, members)) == (step, None)


def test_a_security_group_that_another_names_stays(ec2: Client, network: Network) -> None:
    other = ec2.create_security_group(VpcId=network["VpcId"], GroupName="h", Description="d")["GroupId"]
    pairs = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": other}]}]
    ec2.authorize_security_group_ingress(GroupId=network["GroupId"], IpPermissions=pairs)
    assert code(lambda: ec2.delete_security_group(GroupId=other)) == VIOLATION


@pytest.mark.parametrize(
    ("name", "value", "matches"),
    [
        ("tag:a", "b", True),
        ("tag:a", "c", False),
        ("description", "Amazon EKS *", True),
        ("description", "Amazon EKS new", False),
        ("status", "available", True),
        ("status", "in-use", False),
        ("group-id", "GroupId", True),
        ("vpc-id", "VpcId", True),
        ("subnet-id", "subnet-other", False),
        ("a-filter-that-is-none", "b", False),
    ],
)
def test_network_interfaces_can_be_searched_for(
    ec2: Client, network: Network, name: str, value: str, *, matches: bool
) -> None:
    filters = [{"Name": name, "Values": [network.get(value, value)]}]
    found = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert (network["NetworkInterfaceId"] in [it["NetworkInterfaceId"] for it in found]) is matches


def test_an_interface_in_use_is_not_deleted(ec2: Client, network: Network) -> None:
    ids = {"NetworkInterfaceId": network["NetworkInterfaceId"]}
    attachment = ec2.attach_network_interface(**ids, InstanceId="i-1", DeviceIndex=1)["AttachmentId"]
    assert code(lambda: ec2.delete_network_interface(**ids)) == "InvalidParameterValue"
    ec2.detach_network_interface(AttachmentId=attachment)
    assert code(lambda: ec2.delete_network_interface(**ids)) is None


def test_a_load_balancer_holds_its_network_until_it_goes(small: RunningSandbox, ec2: Client, network: Network) -> None:
    balancing, classic = small.client("elbv2"), small.client("elb")
    made = balancing.create_load_balancer(Name="b", Subnets=[network["SubnetId"]], SecurityGroups=[network["GroupId"]])
    (balancer,) = made["LoadBalancers"]
    arn = balancer["LoadBalancerArn"]
    target = balancing.create_target_group(Name="t", Protocol="HTTP", Port=80, VpcId=network["VpcId"])
    ids = {"TargetGroupArn": target["TargetGroups"][0]["TargetGroupArn"]}
    action = {"Type": "forward", **ids}
    balancing.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[action])
    assert balancer["VpcId"] == network["VpcId"]
    for step in ("delete_nat_gateway", "delete_network_interface"):
        (members,) = [members for name, members, _ in STEPS if name == step]
        assert take(ec2, network, step, members) is None
    assert take(ec2, network, "delete_subnet", ("SubnetId",)) == VIOLATION
    assert take(ec2, network, "delete_security_group", ("GroupId",)) == VIOLATION
    assert code(lambda: balancing.delete_target_group(**ids)) == "ResourceInUse"
    for protected, refused in ((True, "OperationNotPermitted"), (False, None)):
        said = [{"Key": "deletion_protection.enabled", "Value": str(protected).lower()}]
        balancing.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=said)
        assert code(lambda: balancing.delete_load_balancer(LoadBalancerArn=arn)) == refused
    assert take(ec2, network, "delete_subnet", ("SubnetId",)) is None
    assert take(ec2, network, "delete_security_group", ("GroupId",)) is None
    assert code(lambda: balancing.delete_target_group(**ids)) is None
    assert balancing.describe_listeners()["Listeners"] == []
    assert classic.describe_load_balancers()["LoadBalancerDescriptions"] == []


def test_a_role_goes_after_what_hangs_on_it(small: RunningSandbox) -> None:
    iam = small.client("iam")
    name = {"RoleName": "leaving"}
    policy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    iam.create_role(**name, AssumeRolePolicyDocument=json.dumps(trust("eks.amazonaws.com")))
    iam.attach_role_policy(**name, PolicyArn=policy)
    iam.put_role_policy(
        **name, PolicyName="p", PolicyDocument=json.dumps(allow("eks:ListClusters", "*")[0]["PolicyDocument"])
    )
    iam.create_instance_profile(InstanceProfileName="leaving")
    iam.add_role_to_instance_profile(InstanceProfileName="leaving", **name)
    assert code(lambda: iam.delete_instance_profile(InstanceProfileName="leaving")) == "DeleteConflict"
    steps: tuple[Callable[[], Any], ...] = (
        lambda: iam.detach_role_policy(**name, PolicyArn=policy),
        lambda: iam.delete_role_policy(**name, PolicyName="p"),
        lambda: iam.remove_role_from_instance_profile(InstanceProfileName="leaving", **name),
    )
    for take_away in steps:
        assert code(lambda: iam.delete_role(**name)) == "DeleteConflict"
        take_away()
    assert code(lambda: iam.delete_role(**name)) is None
    assert code(lambda: iam.delete_instance_profile(InstanceProfileName="leaving")) is None
    assert code(lambda: iam.delete_role(**name)) == "NoSuchEntity"


def test_schedules_and_log_groups_are_deleted_once(small: RunningSandbox) -> None:
    scheduler, logs = small.client("scheduler"), small.client("logs")
    assert code(lambda: scheduler.delete_schedule(Name="none")) == "ResourceNotFoundException"
    logs.create_log_group(logGroupName="/aws/eks/none/cluster")
    assert code(lambda: logs.delete_log_group(logGroupName="/aws/eks/none/cluster")) is None
    gone = code(lambda: logs.delete_log_group(logGroupName="/aws/eks/none/cluster"))
    assert gone == "ResourceNotFoundException"


@pytest.fixture
def leaving(small: RunningSandbox) -> Iterator[None]:
    """Clusters leave a network interface behind while a test runs."""
    rule = json.dumps({"rule": "leave", "interfaces": 1}).encode()
    fetch(f"{small.url}/_sandbox/faults", method="POST", body=rule)
    yield
    fetch(f"{small.url}/_sandbox/faults", method="DELETE")


@pytest.mark.usefixtures("leaving")
def test_what_a_cluster_leaves_behind(small: RunningSandbox, ec2: Client) -> None:
    eks = small.client("eks")
    create_cluster(small, "old")
    until(lambda: eks.describe_cluster(name="old")["cluster"]["status"] == "ACTIVE")
    group = eks.describe_cluster(name="old")["cluster"]["resourcesVpcConfig"]["clusterSecurityGroupId"]
    eks.delete_cluster(name="old")
    until(lambda: code(lambda: eks.describe_cluster(name="old")) == "ResourceNotFoundException")
    filters = [{"Name": "tag:cluster.k8s.amazonaws.com/name", "Values": ["old"]}]
    (left,) = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert (left["Status"], left["Groups"][0]["GroupId"]) == ("available", group)
    assert code(lambda: ec2.delete_security_group(GroupId=group)) == VIOLATION
    ec2.delete_network_interface(NetworkInterfaceId=left["NetworkInterfaceId"])
    assert code(lambda: ec2.delete_security_group(GroupId=group)) is None


def until(reached: Callable[[], Any]) -> None:
    deadline = time.monotonic() + REAL_SECONDS
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.1)
