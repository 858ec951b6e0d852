"""An account with good and bad things in it, and specs that name them: ``@name`` stands for the id of a thing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.house import ACCOUNT, REGION

if TYPE_CHECKING:
    from lambdas.aws.clients import Aws

Json = dict[str, Any]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/platform"
AWS_POLICY = "arn:aws:iam::aws:policy"
SIZES = {"minSize": 1, "maxSize": 2, "desiredSize": 1}


@dataclass(frozen=True)
class Place:
    """What there is in the account, by the names that the tables use."""

    ids: dict[str, str]

    def fill(self, value: Any) -> Any:  # noqa: ANN401 -- JSON
        """Put ids in the place of names that begin with @."""
        text = json.dumps(value)
        for name in sorted(self.ids, key=len, reverse=True):
            text = text.replace(f"@{name}", self.ids[name])
        return json.loads(text)


def furnished(aws: Aws) -> Place:
    """The account with everything that the specs below name."""
    return Place({**_networks(aws), **_roles(aws), **_keys(aws), **_templates(aws)})


def _networks(aws: Aws) -> dict[str, str]:
    default = aws.ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    a, b, *_ = sorted(default, key=lambda it: it["AvailabilityZone"])
    other = aws.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    there = aws.ec2.create_subnet(VpcId=other, CidrBlock="10.9.0.0/24", AvailabilityZone=f"{REGION}b")["Subnet"]
    tiny = aws.ec2.create_subnet(VpcId=other, CidrBlock="10.9.1.0/29", AvailabilityZone=f"{REGION}a")["Subnet"]
    empty = aws.ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    group = aws.ec2.create_security_group(GroupName="other", Description="other", VpcId=other)["GroupId"]
    zone, vpc = a["AvailabilityZone"], a["VpcId"]
    beside = aws.ec2.create_subnet(VpcId=vpc, CidrBlock="172.31.200.0/24", AvailabilityZone=zone)["Subnet"]
    own = aws.ec2.create_security_group(GroupName="own", Description="own", VpcId=vpc)["GroupId"]
    return {
        "a": a["SubnetId"], "beside-a": beside["SubnetId"], "b": b["SubnetId"], "elsewhere": there["SubnetId"],
        "tiny": tiny["SubnetId"], "default-vpc": vpc, "other-vpc": other, "empty-vpc": empty,
        "other-group": group, "own-group": own,
    }  # fmt: skip


def _roles(aws: Aws) -> dict[str, str]:
    ec2, eks, pods = "ec2.amazonaws.com", "eks.amazonaws.com", "pods.eks.amazonaws.com"
    for name, service, policies in (
        ("bare-cluster", eks, []),
        ("bare-node", ec2, ["AmazonEKS_CNI_Policy"]),
        ("inline-cluster", eks, []),
        ("half-pod", pods, []),
    ):
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        aws.iam.create_role(RoleName=name, Path="/platform/", AssumeRolePolicyDocument=document)
        for policy in policies:
            aws.iam.attach_role_policy(RoleName=name, PolicyArn=f"{AWS_POLICY}/{policy}")
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}
    aws.iam.put_role_policy(RoleName="inline-cluster", PolicyName="own", PolicyDocument=json.dumps(allow))
    return {}


def _keys(aws: Aws) -> dict[str, str]:
    def create(**said: Any) -> str:  # noqa: ANN401 -- CreateKey's members
        return aws.kms.create_key(**{"KeyUsage": "ENCRYPT_DECRYPT", **said})["KeyMetadata"]["Arn"]

    disabled, deleted = create(), create()
    aws.kms.disable_key(KeyId=disabled.rpartition("/")[2])
    aws.kms.schedule_key_deletion(KeyId=deleted.rpartition("/")[2])
    signing = create(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")
    return {"good-key": create(), "disabled-key": disabled, "deleted-key": deleted, "signing-key": signing}


def _templates(aws: Aws) -> dict[str, str]:
    def create(name: str, **data: Any) -> str:  # noqa: ANN401 -- EC2's own members
        said: Any = data
        made = aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=said)
        return made["LaunchTemplate"]["LaunchTemplateId"]

    subnet = [{"DeviceIndex": 0, "SubnetId": "subnet-1"}]
    return {
        "plain-template": create("plain", KeyName="k"),
        "typed-template": create("typed", InstanceType="m7i.large"),
        "profile-template": create("profile", IamInstanceProfile={"Name": "p"}, NetworkInterfaces=subnet),
        "spot-template": create("spot", InstanceMarketOptions={"MarketType": "spot"}),
        "image-template": create("image", ImageId="ami-0a1b2c3d4e5f60718"),
    }


def subnets(*ids: str) -> Json:
    return {"resourcesVpcConfig": {"subnetIds": list(ids)}}


def key(arn: str) -> Json:
    return {"encryptionConfig": [{"provider": {"keyArn": arn}}]}


def nodes(**members: Any) -> Json:  # noqa: ANN401 -- a node group's members
    return {"nodegroups": [{"nodegroupName": "workers", "scalingConfig": SIZES, **members}]}


def pods(role: str) -> Json:
    return {"podIdentityAssociations": [{"namespace": "n", "serviceAccount": "s", "roleArn": role}]}


SUBNET_IDS = "/resourcesVpcConfig/subnetIds"
KEY_ARN = "/encryptionConfig/0/provider/keyArn"
IN_ADDONS: tuple[Json, ...] = ({"addonName": "metrics-server"}, {"addonName": "coredns"})


REFUSED = (
    # versions
    pytest.param({"version": "1.30"}, {"/version": "Choose one of 1.35, 1.34"}, id="version not offered"),
    pytest.param({"version": "1.32"}, {"/version": "EXTENDED"}, id="version in extended support only"),
    pytest.param(
        {"version": "1.32", "upgradePolicy": {"supportType": "STANDARD"}},
        {"/upgradePolicy/supportType": "EXTENDED"},
        id="extended version and STANDARD",
    ),
    pytest.param(nodes(version="1.34"), {"/nodegroups/0/version": "Leave version out"}, id="nodes of another version"),
    # add-ons
    pytest.param(
        {"addons": [*IN_ADDONS, {"addonName": "aws-ebs-csi-drivr"}]},
        {"/addons/2/addonName": "Did you mean aws-ebs-csi-driver? EKS offers"},
        id="misspelt add-on",
    ),
    pytest.param(
        {"addons": [{"addonName": "metrics-server"}, {"addonName": "coredns", "addonVersion": "v1.0.0-eksbuild.1"}]},
        {"/addons/1/addonVersion": "v1.14.1-eksbuild.1"},
        id="add-on version not offered",
    ),
    pytest.param(
        {"addons": [{"addonName": "coredns", "configurationValues": {"replicaCuont": 3}}]},
        {"/addons/0/configurationValues/replicaCuont": "Did you mean replicaCount?"},
        id="unknown add-on setting",
    ),
    pytest.param(
        {"version": "1.30", "addons": [{"addonName": "nothing"}]},
        {"/version": "1.35"},
        id="add-ons wait for the version",
    ),
    # subnets
    pytest.param(subnets("subnet-00000000", "@b"), {f"{SUBNET_IDS}/0": "subnet that exists"}, id="subnet not there"),
    pytest.param(subnets("@a", "@elsewhere"), {SUBNET_IDS: "one VPC"}, id="different VPCs"),
    pytest.param(subnets("@a", "@beside-a"), {SUBNET_IDS: "another availability zone"}, id="one zone"),
    pytest.param(subnets("@elsewhere", "@tiny"), {f"{SUBNET_IDS}/1": "Free addresses"}, id="too few addresses"),
    pytest.param({"vpc": {"vpcId": "vpc-00000000"}}, {"/vpc/vpcId": "a VPC that exists"}, id="VPC not there"),
    pytest.param({"vpc": {"vpcId": "@empty-vpc"}}, {"/vpc/vpcId": "another availability zone"}, id="empty VPC"),
    pytest.param(
        {"vpc": {"vpcId": "@other-vpc"}}, {"/vpc/vpcId": "another availability zone"}, id="VPC of one usable zone"
    ),
    pytest.param(
        {**subnets("@a", "@b"), "kubernetesNetworkConfig": {"ipFamily": "ipv6"}},
        {f"{SUBNET_IDS}/0": "IPv6 block", f"{SUBNET_IDS}/1": "IPv6 block"},
        id="no IPv6",
    ),
    pytest.param(
        {"kubernetesNetworkConfig": {"ipFamily": "ipv6"}}, {"/vpc": "vpc.create"}, id="no IPv6 in the default VPC"
    ),
    pytest.param(
        {**subnets("@a", "@b"), **nodes(subnets=["@elsewhere"])},
        {"/nodegroups/0/subnets/0": "@default-vpc"},
        id="nodes in another VPC",
    ),
    pytest.param(nodes(subnets=["subnet-00000000"]), {"/nodegroups/0/subnets/0": "exists"}, id="nodes in no subnet"),
    pytest.param(
        {"resourcesVpcConfig": {"securityGroupIds": ["@own-group", "@other-group", "sg-00000000"]}},
        {
            "/resourcesVpcConfig/securityGroupIds/1": "@default-vpc",
            "/resourcesVpcConfig/securityGroupIds/2": "Correct the id",
        },
        id="security groups",
    ),
    # roles
    pytest.param({"roleArn": f"{ROLE}/nobody"}, {"/roleArn": "Create it"}, id="role not there"),
    pytest.param({"roleArn": f"{ROLE}/deeper/eks-cluster"}, {"/roleArn": "its path"}, id="role of another path"),
    pytest.param({"roleArn": f"{ROLE}/eks-node"}, {"/roleArn": "eks.amazonaws.com"}, id="role of nodes"),
    pytest.param({"roleArn": f"{ROLE}/bare-cluster"}, {"/roleArn": "AmazonEKSClusterPolicy"}, id="no policy"),
    pytest.param(
        nodes(nodeRole=f"{ROLE}/eks-cluster"), {"/nodegroups/0/nodeRole": "ec2.amazonaws.com"}, id="nodes' trust"
    ),
    pytest.param(
        nodes(nodeRole=f"{ROLE}/bare-node"),
        {"/nodegroups/0/nodeRole": "Attach AmazonEKSWorkerNodePolicy, AmazonEC2ContainerRegistryPullOnly to it"},
        id="nodes' policies",
    ),
    pytest.param(
        pods(f"{ROLE}/half-pod"), {"/podIdentityAssociations/0/roleArn": "sts:TagSession"}, id="pods without tags"
    ),
    pytest.param(
        {
            "addons": [
                {"addonName": "metrics-server"},
                {"addonName": "vpc-cni", "serviceAccountRoleArn": f"{ROLE}/nobody"},
            ]
        },
        {"/addons/1/serviceAccountRoleArn": "Create it"},
        id="role of an add-on",
    ),
    # keys
    pytest.param(key("@disabled-key"), {KEY_ARN: "enable-key"}, id="disabled key"),
    pytest.param(key("@deleted-key"), {KEY_ARN: "cancel-key-deletion"}, id="key to be deleted"),
    pytest.param(key("@signing-key"), {KEY_ARN: "SYMMETRIC_DEFAULT"}, id="key that signs"),
    pytest.param(
        key(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"),
        {KEY_ARN: "Slipway's own"},
        id="key not there",
    ),
    # launch templates
    pytest.param(
        nodes(launchTemplate={"id": "lt-00000000"}),
        {"/nodegroups/0/launchTemplate/id": "EKS makes one"},
        id="no template",
    ),
    pytest.param(
        nodes(launchTemplate={"name": "nobody"}),
        {"/nodegroups/0/launchTemplate/name": "EKS makes one"},
        id="no such name",
    ),
    pytest.param(
        nodes(launchTemplate={"id": "@plain-template", "version": "9"}),
        {"/nodegroups/0/launchTemplate/version": "its default"},
        id="no such version",
    ),
    pytest.param(
        nodes(launchTemplate={"id": "@typed-template"}, instanceTypes=["m7i.large"]),
        {"/nodegroups/0/instanceTypes": "Leave instanceTypes out"},
        id="instance types twice",
    ),
    pytest.param(
        nodes(launchTemplate={"name": "profile"}),
        {"/nodegroups/0/launchTemplate": "a SubnetId in NetworkInterfaces"},
        id="what EKS decides",
    ),
    pytest.param(
        nodes(launchTemplate={"id": "@spot-template"}),
        {"/nodegroups/0/launchTemplate": "capacityType to SPOT"},
        id="spot",
    ),
    pytest.param(
        nodes(launchTemplate={"id": "@image-template"}, amiType="BOTTLEROCKET_x86_64"),
        {"/nodegroups/0/amiType": "Leave amiType out"},
        id="two images",
    ),
    pytest.param(
        nodes(launchTemplate={"id": "@plain-template"}, amiType="CUSTOM"),
        {"/nodegroups/0/amiType": "ImageId"},
        id="no image",
    ),
    # quotas
    pytest.param(
        nodes(scalingConfig={"minSize": 0, "maxSize": 451, "desiredSize": 0}),
        {"/nodegroups/0/scalingConfig/maxSize": "L-BD136A63"},
        id="more nodes than the quota",
    ),
    # several at once
    pytest.param(
        {
            "version": "1.30",
            "roleArn": f"{ROLE}/nobody",
            **subnets("subnet-00000000", "subnet-00000001"),
            **key("@disabled-key"),
            **nodes(launchTemplate={"name": "nobody"}),
        },
        {
            "/version": "1.35",
            f"{SUBNET_IDS}/0": "exists",
            f"{SUBNET_IDS}/1": "exists",
            "/roleArn": "Create it",
            "/nodegroups/0/launchTemplate/name": "Correct the name",
            KEY_ARN: "Enable it",
        },
        id="several at once",
    ),
)
"""What cannot work: the spec, and by pointer a word of the remedy, in their order."""

PASSING = (
    pytest.param({"version": "1.32", "upgradePolicy": {"supportType": "EXTENDED"}}, id="extended support"),
    pytest.param({"vpc": {"vpcId": "@default-vpc"}}, id="a VPC"),
    pytest.param({**subnets("@a", "@b"), **nodes(subnets=["@b"])}, id="subnets"),
    pytest.param({"resourcesVpcConfig": {"securityGroupIds": ["@own-group"]}}, id="a security group"),
    pytest.param({"roleArn": f"{ROLE}/inline-cluster"}, id="a role with a policy of its own"),
    pytest.param(key("@good-key"), id="a key"),
    pytest.param(nodes(launchTemplate={"id": "@image-template", "version": "1"}, amiType="CUSTOM"), id="an image"),
    pytest.param({"addons": [{"addonName": "coredns", "configurationValues": {"replicaCount": 3}}]}, id="settings"),
    pytest.param({"addons": [{"addonName": "coredns", "configurationValues": "what: ever"}]}, id="settings in YAML"),
)
"""What can work."""
