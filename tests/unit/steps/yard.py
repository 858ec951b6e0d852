"""An account with what is left of one cluster, in moto, and looks at it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from unittest import mock

from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.elb.models import elb_backends
from moto.elbv2.models import elbv2_backends

from lambdas.aws.clients import Aws
from lambdas.domain.existing import DELETED
from lambdas.domain.pacing import Part
from lambdas.domain.progress import Ready, Waiting
from lambdas.domain.spec import ClusterSpec
from lambdas.steps.convergence import remove
from lambdas.steps.leftovers import removals
from lambdas.steps.scope import Scope
from tests.quick import new_session
from tests.unit.steps.stage import HOME, SETTINGS
from tests.volumes import age, hold
from tests.workflows.own_vpc.ground import undone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.progress import Report

    Tags = dict[str, str]

REGION = "eu-central-1"
NAME = "bank"
GROUP = f"/aws/eks/{NAME}/cluster"
MADE_AT = "2026-11-21T09:00:00+00:00"
"""When the cluster was made."""

AFTERWARDS = datetime(2026, 11, 22, tzinfo=UTC)

MOST_LOOKS = 30


class Yard:
    """An account with what is left of one cluster. What looks find is remembered."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.ec2: Any = aws.ec2
        self.logs: Any = aws.logs
        self.balancing: Any = aws.balancing
        self.classic: Any = aws.classic_balancing
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self._subnet(self.vpc)
        self.spec = ClusterSpec(name=NAME)
        self.facts: dict[str, Any] = {
            "cluster": {"status": DELETED, "vpcId": self.vpc, "logged": True, "createdAt": MADE_AT}
        }

    def _subnet(self, vpc: str) -> str:
        return str(self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"])

    def elsewhere(self) -> str:
        return self._subnet(self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])

    def interface(self, tags: Tags, description: str = "", subnet: str = "", groups: tuple[str, ...] = ()) -> str:
        made = self.ec2.create_network_interface(
            SubnetId=subnet or self.subnet, Description=description, Groups=list(groups),
            TagSpecifications=[{"ResourceType": "network-interface", "Tags": listed({"a": "b", **tags})}],
        )  # fmt: skip
        return str(made["NetworkInterface"]["NetworkInterfaceId"])

    def security_group(self, name: str, tags: Tags) -> str:
        made = self.ec2.create_security_group(
            GroupName=name, Description=name, VpcId=self.vpc,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": listed(tags)}],
        )  # fmt: skip
        return str(made["GroupId"])

    def balancer(self, name: str, tags: Tags, kind: str = "application", **more: Any) -> str:  # noqa: ANN401 -- members of a creation
        made = self.balancing.create_load_balancer(
            Name=name, Type=kind, Subnets=[more.pop("subnet", self.subnet)], Tags=listed(tags), **more
        )
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def classic_balancer(self, name: str, tags: Tags, groups: tuple[str, ...] = ()) -> None:
        listener = {"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 30080}
        self.classic.create_load_balancer(
            LoadBalancerName=name, Listeners=[listener], Subnets=[self.subnet], SecurityGroups=list(groups),
            Tags=listed(tags),
        )  # fmt: skip

    def target_group(self, name: str, tags: Tags, balancer: str = "", protocol: str = "HTTP") -> str:
        made = self.balancing.create_target_group(
            Name=name, Protocol=protocol, Port=80, VpcId=self.vpc, Tags=listed(tags)
        )
        arn = str(made["TargetGroups"][0]["TargetGroupArn"])
        if balancer:
            action = {"Type": "forward", "TargetGroupArn": arn}
            self.balancing.create_listener(
                LoadBalancerArn=balancer, Protocol=protocol, Port=80, DefaultActions=[action]
            )
        return arn

    def volume(self, tags: Tags, *, made_at: datetime = AFTERWARDS, state: str = "available") -> str:
        name = str(
            self.ec2.create_volume(
                AvailabilityZone=f"{REGION}a", Size=1,
                TagSpecifications=[{"ResourceType": "volume", "Tags": listed(tags)}],
            )["VolumeId"]
        )  # fmt: skip
        age(DEFAULT_ACCOUNT_ID, REGION, name, made_at)
        if state != "available":
            hold(DEFAULT_ACCOUNT_ID, REGION, name, state)
        return name

    def log_group(self, tags: Tags | None = None) -> None:
        self.logs.create_log_group(logGroupName=GROUP)
        self.logs.untag_log_group(logGroupName=GROUP, tags=["slipway/cluster"])  # moto remembers the last one's
        self.logs.tag_log_group(logGroupName=GROUP, tags={"a": "b", **(tags or {})})

    def scope(self) -> Scope:
        return Scope(
            spec=self.spec, run="bank-destroy-1-2", observed=self.facts, aws=self.aws, home=HOME, settings=SETTINGS
        )

    def look(self) -> dict[str, Report]:
        reports = remove(removals(self.scope(), Part.LEFTOVERS))
        self.facts |= {it.resource: dict(it.facts) for it in reports if it.facts}
        return {it.resource: it for it in reports}

    def settle(self) -> dict[str, Report]:
        for _ in range(MOST_LOOKS):
            reports = self.look()
            if not any(isinstance(it.progress, Waiting) for it in reports.values()):
                assert {it.progress for it in reports.values()} <= {Ready()}
                return reports
        raise AssertionError(self.facts)

    @property
    def interfaces(self) -> set[str]:
        found = self.ec2.describe_network_interfaces()["NetworkInterfaces"]
        return {it["NetworkInterfaceId"] for it in found}

    @property
    def balancers(self) -> set[str]:
        found = {it["LoadBalancerArn"] for it in self.balancing.describe_load_balancers()["LoadBalancers"]}
        classic = self.classic.describe_load_balancers()["LoadBalancerDescriptions"]
        return found | {it["LoadBalancerName"] for it in classic}

    @property
    def target_groups(self) -> set[str]:
        return {it["TargetGroupArn"] for it in self.balancing.describe_target_groups()["TargetGroups"]}

    @property
    def volumes(self) -> set[str]:
        return {it["VolumeId"] for it in self.ec2.describe_volumes()["Volumes"]}

    @property
    def security_groups(self) -> set[str]:
        return {it["GroupId"] for it in self.ec2.describe_security_groups()["SecurityGroups"]}

    @property
    def log_groups(self) -> list[str]:
        return [it["logGroupName"] for it in self.logs.describe_log_groups()["logGroups"]]


def listed(tags: Tags) -> list[Tags]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@contextmanager
def in_moto() -> Iterator[Aws]:
    """Clients, which take long to make, of an account in moto."""
    with mock.patch.dict(os.environ, {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}), mock_aws():
        yield Aws(new_session(REGION))


@contextmanager
def fenced(aws: Aws) -> Iterator[Yard]:
    """A yard, of which nothing is there afterwards."""
    with undone():
        made = Yard(aws)
        yield made
        for name in made.log_groups:
            made.logs.delete_log_group(logGroupName=name)
        elb_backends[DEFAULT_ACCOUNT_ID][REGION].reset()
        elbv2_backends[DEFAULT_ACCOUNT_ID][REGION].reset()
