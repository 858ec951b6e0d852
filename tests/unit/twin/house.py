"""A small world for the twin to stand in, and short ways to say what most tests need."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sandbox.twin import HttpRequest, HttpResponse, Twin
from sandbox.twin.faults import Faults
from sandbox.world import LaunchTemplate, Role, Subnet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_autoscaling.client import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef
    from mypy_boto3_eks.client import EKSClient

    from sandbox.clock import VirtualClock
    from sandbox.twin.wire import Answers

REGION = "eu-central-1"
ACCOUNT = "000000000000"
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
IAM = f"arn:aws:iam::{ACCOUNT}"
CLUSTER_ROLE = f"{IAM}:role/slipway/cluster"
NODE_ROLE = f"{IAM}:role/slipway/node"
POD_ROLE = f"{IAM}:role/slipway/pod"
FARGATE_ROLE = f"{IAM}:role/platform/fargate"
OTHER_POD_ROLE = f"{IAM}:role/slipway/other-pod"
PERSON = f"{IAM}:role/people/alice"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/one"
DISABLED_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/two"
SUBNETS = ["subnet-a", "subnet-b"]
FULL_SUBNET = "subnet-full"
ODD_SUBNET = "subnet-odd-zone"
FOREIGN_SUBNET = "subnet-foreign"
VIEW_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
NAME = "bank"
FOREVER = 24 * 3600


def role(
    arn: str, service: str, *policies: str, actions: tuple[str, ...] = ("sts:AssumeRole",), role_id: str = ""
) -> Role:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions)}
    return Role(
        arn=arn,
        role_id=role_id or "AROA" + arn.upper(),
        trust_policy={"Version": "2012-10-17", "Statement": [statement]},
        managed_policies=frozenset(f"arn:aws:iam::aws:policy/{policy}" for policy in policies),
    )


def pod_role(arn: str) -> Role:
    return role(arn, "pods.eks.amazonaws.com", actions=("sts:AssumeRole", "sts:TagSession"))


def subnet(
    subnet_id: str, zone: str, vpc_id: str = "vpc-1", zone_id: str = "", free: int = 250, *, ipv6: bool = False
) -> Subnet:
    return Subnet(
        subnet_id=subnet_id,
        vpc_id=vpc_id,
        zone=f"{REGION}{zone}",
        zone_id=zone_id or f"euc1-{zone}",
        free_addresses=free,
        ipv6=ipv6,
    )


def _roles() -> dict[str, Role]:
    nodes = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy")
    found = [
        role(CLUSTER_ROLE, "eks.amazonaws.com", "AmazonEKSClusterPolicy"),
        role(NODE_ROLE, "ec2.amazonaws.com", *nodes),
        role(f"{IAM}:role/distrusted", "lambda.amazonaws.com", "AmazonEKSClusterPolicy", *nodes),
        role(f"{IAM}:role/powerless-cluster", "eks.amazonaws.com"),
        role(f"{IAM}:role/powerless-node", "ec2.amazonaws.com", "AmazonEKSWorkerNodePolicy"),
        role(PERSON, "ec2.amazonaws.com"),
        pod_role(POD_ROLE),
        pod_role(OTHER_POD_ROLE),
        role(FARGATE_ROLE, "eks-fargate-pods.amazonaws.com"),
    ]
    return {it.arn: it for it in found}


def _subnets() -> dict[str, Subnet]:
    found = [
        subnet("subnet-a", "a", ipv6=True),
        subnet("subnet-b", "b", ipv6=True),
        subnet("subnet-a2", "a"),
        subnet(FULL_SUBNET, "b", free=3),
        subnet(ODD_SUBNET, "e", zone_id="use1-az3"),
        subnet(FOREIGN_SUBNET, "b", vpc_id="vpc-2"),
    ]
    return {it.subnet_id: it for it in found}


@dataclass
class FakeWorld:
    """A World out of dictionaries."""

    roles: dict[str, Role] = field(default_factory=_roles)
    known_subnets: dict[str, Subnet] = field(default_factory=_subnets)
    groups: dict[str, str] = field(default_factory=lambda: {"sg-1": "vpc-1", "sg-foreign": "vpc-2"})
    cidrs: list[str] = field(default_factory=lambda: ["10.0.0.0/16"])
    keys: dict[str, str] = field(default_factory=lambda: {KEY: "Enabled", DISABLED_KEY: "Disabled"})
    templates: list[LaunchTemplate] = field(default_factory=list)

    def role(self, arn: str) -> Role | None:
        return self.roles.get(arn)

    def subnets(self, subnet_ids: Sequence[str]) -> list[Subnet]:
        return [self.known_subnets[it] for it in subnet_ids if it in self.known_subnets]

    def security_groups(self, group_ids: Sequence[str]) -> dict[str, str]:
        return {it: self.groups[it] for it in group_ids if it in self.groups}

    def vpc_cidrs(self, vpc_id: str) -> list[str]:
        return self.cidrs if vpc_id == "vpc-1" else []

    def zones(self) -> dict[str, str]:
        return {f"{REGION}a": "euc1-a", f"{REGION}b": "euc1-b", f"{REGION}e": "use1-az3"}

    def key_state(self, key: str) -> str | None:
        return self.keys.get(key)

    def launch_template(self, *, template_id: str | None, name: str | None, version: str) -> LaunchTemplate | None:
        wanted = {"$Default": "1", "$Latest": "2"}.get(version, version)
        for template in self.templates:
            if wanted == template.version and (template.template_id == template_id or template.name == name):
                return template
        return None


def template(
    version: str = "1",
    instance_type: str | None = None,
    image: str | None = None,
    **more: Any,  # noqa: ANN401 - any member of LaunchTemplateData
) -> LaunchTemplate:
    said = {"InstanceType": instance_type, "ImageId": image, **more}
    data = {member: value for member, value in said.items() if value is not None}
    return LaunchTemplate(template_id="lt-1", name="nodes", version=version, data=data)


class Switch:
    """Stands before whichever twin a test has, so that one client serves all tests."""

    twin: Twin
    front: Answers | None = None

    def handle(self, request: HttpRequest) -> HttpResponse | None:
        return (self.front or self.twin).handle(request)


@dataclass
class House:
    """A twin, its clock and its world, and clients that talk to it."""

    world: FakeWorld
    clock: VirtualClock
    switch: Switch
    eks: EKSClient
    autoscaling: AutoScalingClient

    @property
    def twin(self) -> Twin:
        return self.switch.twin

    @twin.setter
    def twin(self, twin: Twin) -> None:
        self.switch.twin = twin

    @cached_property
    def faults(self) -> Faults:
        """Fault rules, in front of the twin from now on."""
        self.switch.front = faults = Faults(self.twin, self.wait)
        return faults

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def call(self, operation: str, **params: Any) -> Any:  # noqa: ANN401 - any operation's answer
        """Call an operation by its snake_case name."""
        return getattr(self.eks, operation)(**params)

    def cluster(self, name: str = NAME, **more: Any) -> Any:  # noqa: ANN401 - a CreateCluster answer
        """Create a cluster as Slipway would: API access only, nothing self-managed."""
        params = cluster_params(name) | more
        return self.eks.create_cluster(**params)["cluster"]

    def active_cluster(self, name: str = NAME, **more: Any) -> None:  # noqa: ANN401 - CreateCluster members
        self.cluster(name, **more)
        self.wait(700)

    def nodegroup(self, name: str = "workers", *, cluster: str = NAME, **more: Any) -> Any:  # noqa: ANN401 - likewise
        return self.eks.create_nodegroup(**nodegroup_params(name, cluster) | more)["nodegroup"]

    def working_cluster(self, name: str = NAME, nodes: int = 1) -> None:
        """Create a cluster with a network plugin and a node group, and wait until all is up."""
        self.active_cluster(name)
        self.eks.create_addon(clusterName=name, addonName="vpc-cni")
        self.nodegroup(cluster=name, scalingConfig={"minSize": 0, "maxSize": 5, "desiredSize": nodes})
        self.wait(250)

    def fargate_profile(self, name: str = "batch") -> None:
        self.eks.create_fargate_profile(**fargate_params(name))

    def status(self, name: str = NAME) -> str:
        return self.eks.describe_cluster(name=name)["cluster"]["status"]

    def nodegroup_status(self, name: str = "workers") -> str:
        return self.eks.describe_nodegroup(clusterName=NAME, nodegroupName=name)["nodegroup"]["status"]

    def addon_status(self, name: str) -> str:
        return self.eks.describe_addon(clusterName=NAME, addonName=name)["addon"]["status"]

    def group(self) -> AutoScalingGroupTypeDef:
        """Return the only auto scaling group."""
        (found,) = self.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        return found

    def lifecycles(self) -> list[str]:
        return sorted(instance["LifecycleState"] for instance in self.group()["Instances"])

    def scale(self, least: int, most: int, desired: int) -> None:
        sizes = {"minSize": least, "maxSize": most, "desiredSize": desired}
        self.call("update_nodegroup_config", clusterName=NAME, nodegroupName="workers", scalingConfig=sizes)


def cluster_params(name: str = NAME) -> dict[str, Any]:
    return {
        "name": name,
        "roleArn": CLUSTER_ROLE,
        "resourcesVpcConfig": {"subnetIds": SUBNETS},
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "bootstrapSelfManagedAddons": False,
    }


def nodegroup_params(name: str = "workers", cluster: str = NAME) -> dict[str, Any]:
    return {"clusterName": cluster, "nodegroupName": name, "subnets": SUBNETS, "nodeRole": NODE_ROLE}


def fargate_params(name: str = "batch") -> dict[str, Any]:
    selectors = [{"namespace": "batch"}]
    return {
        "clusterName": NAME,
        "fargateProfileName": name,
        "podExecutionRoleArn": FARGATE_ROLE,
        "selectors": selectors,
    }


def new_twin(world: FakeWorld, clock: VirtualClock, *, seed: int = 0, propagation: float = 0) -> Twin:
    return Twin(clock=clock, world=world, region=REGION, seed=seed, role_propagation_seconds=propagation)


def refusal(call: Callable[[], object]) -> tuple[int, str, str, dict[str, Any]]:
    """Return status, code, message and body of the refusal that `call` meets."""
    try:
        call()
    except ClientError as error:
        response: dict[str, Any] = dict(error.response)
        return (
            response["ResponseMetadata"]["HTTPStatusCode"],
            response["Error"]["Code"],
            response["Error"]["Message"],
            response,
        )
    raise AssertionError("nothing was refused")
