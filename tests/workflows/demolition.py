"""One cluster among neighbours that is built and taken away, and what must be true afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3

from lambdas.domain.names import OWNER_TAG
from lambdas.domain.runs import RunStatus
from tests.house import ACCOUNT, REGION
from tests.invariants import foreign, things
from tests.volumes import age, hold
from tests.workflows.attempts import account_of, spec

if TYPE_CHECKING:
    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from tests.house import House
    from tests.simulation.interpreter import Invoke, Stop
    from tests.workflows.clockwork import Clockwork

    Inventory = dict[tuple[str, str], Any]


def inventory(home: House) -> Inventory:
    """Everything in the account that a cluster's life could leave something of, with every word that AWS says of it."""
    ec2, logs = boto3.client("ec2", region_name=REGION), boto3.client("logs", region_name=REGION)
    # EC2 shows a NAT gateway for an hour after it is gone; moto keeps the network interface, too.
    gone = [it for it in ec2.describe_nat_gateways()["NatGateways"] if it["State"] == "deleted"]
    forgotten = {it["NatGatewayId"] for it in gone}
    forgotten |= {address["NetworkInterfaceId"] for it in gone for address in it["NatGatewayAddresses"]}
    interfaces = {
        ("network interface", it["NetworkInterfaceId"]): it["Status"]
        for it in ec2.describe_network_interfaces()["NetworkInterfaces"]
    }
    groups = {("log group", it["logGroupName"]): "" for it in logs.describe_log_groups()["logGroups"]}
    listed, _ = home.around.registry.clusters()
    known = {("record", it.name): it.generation for it in listed}
    # No name is the name of no cluster: everything belongs to somebody else.
    every = {**foreign(things(account_of(home)), ""), **interfaces, **groups, **known}
    return {key: said for key, said in {**every, **_from_within()}.items() if key[1] not in forgotten}


def _from_within() -> Inventory:
    """What controllers in clusters make, and what lets their pods have roles."""
    client = partial(boto3.client, region_name=REGION)
    balancing, iam = client("elbv2"), client("iam")
    listed = {
        "load balancer": (balancing.describe_load_balancers()["LoadBalancers"], "LoadBalancerArn"),
        "classic load balancer": (client("elb").describe_load_balancers()["LoadBalancerDescriptions"], "DNSName"),
        "target group": (balancing.describe_target_groups()["TargetGroups"], "TargetGroupArn"),
        "volume": (client("ec2").describe_volumes()["Volumes"], "VolumeId"),
        "OIDC provider": (iam.list_open_id_connect_providers()["OpenIDConnectProviderList"], "Arn"),
    }
    return {(kind, it[member]): it for kind, (found, member) in listed.items() for it in found}


def work_within(home: House, cluster: str, *, tagged: str | None = None) -> None:
    """Do what services, an ingress and a claim in a cluster do, and make its issuer's OIDC provider known to IAM.

    With ``tagged`` all of it bears the tags of another cluster.
    """
    owner = tagged or cluster
    described = home.around.aws.eks.describe_cluster(name=cluster)["cluster"]
    network = described["resourcesVpcConfig"]
    client = partial(boto3.client, region_name=REGION)
    balancing, ec2 = client("elbv2"), client("ec2")
    by_service: Any = [
        {"Key": f"kubernetes.io/cluster/{owner}", "Value": "owned"},
        {"Key": "kubernetes.io/service-name", "Value": "shop/front"},
        {"Key": "kubernetes.io/created-for/pvc/name", "Value": "ledger"},
    ]
    by_controller: Any = [{"Key": "elbv2.k8s.aws/cluster", "Value": owner}]
    classic, worn = (
        ec2.create_security_group(
            GroupName=name, Description="-", VpcId=network["vpcId"],
            TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
        )["GroupId"]
        for name, tags in ((f"k8s-elb-{owner}", by_service[:1]), (f"k8s-traffic-{owner}", by_controller))
    )  # fmt: skip
    client("elb").create_load_balancer(
        LoadBalancerName=owner, Tags=by_service, Subnets=network["subnetIds"][:1], SecurityGroups=[classic],
        Listeners=[{"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 30080}],
    )  # fmt: skip
    balancer = balancing.create_load_balancer(
        Name=owner, Subnets=network["subnetIds"], SecurityGroups=[worn], Tags=by_controller
    )["LoadBalancers"][0]
    target = balancing.create_target_group(
        Name=owner, Protocol="HTTP", Port=80, VpcId=network["vpcId"], Tags=by_controller
    )["TargetGroups"][0]
    balancing.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target["TargetGroupArn"]}],
    )  # fmt: skip
    volume = ec2.create_volume(
        AvailabilityZone=f"{REGION}a", Size=1, TagSpecifications=[{"ResourceType": "volume", "Tags": by_service}]
    )["VolumeId"]
    age(ACCOUNT, REGION, volume, home.clock.now())
    client("iam").create_open_id_connect_provider(
        Url=described["identity"]["oidc"]["issuer"] + (f"/{tagged}" if tagged else ""),
        ThumbprintList=["0" * 40], Tags=[{"Key": OWNER_TAG, "Value": owner}],
    )  # fmt: skip


@dataclass
class Site:
    """One place for a cluster, in an account where others have theirs."""

    home: House
    clockwork: Clockwork
    name: str
    before: Inventory

    def spec(self, kind: str = "all sorts") -> ClusterSpec:
        """A spec of the kind that may be deleted."""
        return replace(spec(kind), name=self.name, deletionProtection=False)

    def build(self, kind: str = "all sorts") -> None:
        """Make the cluster, in peace."""
        _, run = self.home.accept(self.spec(kind))
        self.clockwork.settle()
        self.assert_ended(run, RunStatus.SUCCEEDED)

    def work_within(self) -> None:
        """Have controllers in the cluster make what they make, beside the same of clusters whose names are alike."""
        known = inventory(self.home)
        for other in (f"{self.name}-2", f"a-{self.name}"):
            work_within(self.home, self.name, tagged=other)
        theirs = {key: said for key, said in inventory(self.home).items() if key not in known}
        self.before = {**self.before, **theirs}
        work_within(self.home, self.name)

    def protect_what_is_within(self) -> None:
        """Do what keeps such things: protect the load balancer, use the volume, take our tag off the provider."""
        client = partial(boto3.client, region_name=REGION)
        balancing, iam = client("elbv2"), client("iam")
        (balancer,) = balancing.describe_load_balancers(Names=[self.name])["LoadBalancers"]
        balancing.modify_load_balancer_attributes(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}],
        )
        tagged = [{"Name": f"tag:kubernetes.io/cluster/{self.name}", "Values": ["owned"]}]
        (volume,) = client("ec2").describe_volumes(Filters=tagged)["Volumes"]
        hold(ACCOUNT, REGION, volume["VolumeId"], "in-use")
        issuer = self.home.around.aws.eks.describe_cluster(name=self.name)["cluster"]["identity"]["oidc"]["issuer"]
        iam.untag_open_id_connect_provider(
            OpenIDConnectProviderArn=f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer.removeprefix('https://')}",
            TagKeys=[OWNER_TAG],
        )

    def demolish(self, *, invoke: Invoke | None = None, stop: Stop | None = None) -> Run:
        """Have the cluster deleted, and run what that starts. Answers the run as the ledger has it then."""
        _, run = self.home.delete(self.name)
        self.clockwork.settle(invoke=invoke, stop=stop)
        return self.home.run(run.id)

    def assert_ended(self, run: Run, status: RunStatus) -> None:
        """The run has ended so."""
        now = self.home.run(run.id)
        assert now.status is status, now.error

    def assert_bare(self, run: Run) -> None:
        """The run has left nothing of the cluster, and touched nobody's things; nobody works there any more."""
        assert (run.status, run.error) == (RunStatus.SUCCEEDED, None)
        now = inventory(self.home)
        left_over = {key: said for key, said in now.items() if key not in self.before}
        assert not left_over, left_over
        touched = [(key, said, now.get(key)) for key, said in self.before.items() if now.get(key) != said]
        assert not touched, touched
        assert [it for it in self.clockwork.schedules() if f'"{self.name}"' in it["Target"]["Input"]] == []
        assert self.home.around.registry.cluster(self.name) is None
        assert self.home.around.registry.tombstone(self.name) is not None
