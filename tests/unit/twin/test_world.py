"""The world as boto3 sees it: IAM and KMS by moto; EC2 by botocore's stubs, for moto's takes a second to load."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from sandbox.world import AwsWorld, LaunchTemplate, Subnet
from tests.unit.twin.house import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def aws() -> Iterator[boto3.session.Session]:
    with mock_aws():
        yield boto3.session.Session(aws_access_key_id="id", aws_secret_access_key="secret", region_name=REGION)


@pytest.fixture(scope="module")
def ec2() -> Any:  # noqa: ANN401 - an EC2 client
    return boto3.session.Session(aws_access_key_id="i", aws_secret_access_key="s").client("ec2", region_name=REGION)


@pytest.fixture
def stubs(ec2: Any) -> Iterator[Stubber]:  # noqa: ANN401 - an EC2 client
    with Stubber(ec2) as stubs:
        yield stubs
        stubs.assert_no_pending_responses()


def test_a_role_is_known_by_its_whole_arn(aws: boto3.session.Session) -> None:
    iam = aws.client("iam")
    statement = {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    made = iam.create_role(RoleName="cluster", Path="/slipway/", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    empty = json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Resource": "*"}]})
    policy = iam.create_policy(PolicyName="p", PolicyDocument=empty)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="cluster", PolicyArn=policy)
    world = AwsWorld.of_session(aws)
    role = world.role(made["Arn"])
    assert role is not None
    assert role.managed_policies == {policy}
    assert role.trust_policy == trust
    assert role.role_id == made["RoleId"]
    assert world.role(made["Arn"].replace("/slipway", "")) is None
    assert world.role("arn:aws:iam::123456789012:role/nobody") is None
    assert world.role("arn:aws:iam::123456789012:role/") is None


def test_a_key_has_a_state(aws: boto3.session.Session) -> None:
    kms = aws.client("kms")
    made = kms.create_key()["KeyMetadata"]
    world = AwsWorld.of_session(aws)
    assert world.key_state(made["Arn"]) == "Enabled"
    kms.disable_key(KeyId=made["KeyId"])
    assert world.key_state(made["Arn"]) == "Disabled"
    assert world.key_state("arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000") is None


def filters(name: str, *values: str) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": list(values)}]}


def test_subnets_come_in_the_order_asked_for(ec2: Any, stubs: Stubber) -> None:  # noqa: ANN401 - an EC2 client
    found = [
        {
            "SubnetId": name,
            "VpcId": "vpc-1",
            "AvailabilityZone": f"{REGION}{zone}",
            "AvailabilityZoneId": f"euc1-az{number}",
            "AvailableIpAddressCount": 10 * number,
        }
        for number, (name, zone) in enumerate([("subnet-a", "a"), ("subnet-b", "b")], start=1)
    ]
    asked = ("subnet-b", "subnet-x", "subnet-a")
    stubs.add_response("describe_subnets", {"Subnets": found}, filters("subnet-id", *asked))
    world = AwsWorld(lambda _service: ec2)
    b, a = world.subnets(asked)
    assert b == Subnet(subnet_id="subnet-b", vpc_id="vpc-1", zone=f"{REGION}b", zone_id="euc1-az2", free_addresses=20)
    assert a.subnet_id == "subnet-a"
    assert world.subnets([]) == []


def test_security_groups_tell_their_vpc(ec2: Any, stubs: Stubber) -> None:  # noqa: ANN401 - an EC2 client
    # MiniStack does not know this filter and answers with all groups.
    found = {"SecurityGroups": [{"GroupId": "sg-1", "VpcId": "vpc-1"}, {"GroupId": "sg-3", "VpcId": "vpc-1"}]}
    stubs.add_response("describe_security_groups", found, filters("group-id", "sg-1", "sg-2"))
    world = AwsWorld(lambda _service: ec2)
    assert world.security_groups(["sg-1", "sg-2"]) == {"sg-1": "vpc-1"}
    assert world.security_groups([]) == {}


def test_a_vpc_has_all_its_blocks(ec2: Any, stubs: Stubber) -> None:  # noqa: ANN401 - an EC2 client
    blocks = [{"CidrBlock": "10.0.0.0/16"}, {"CidrBlock": "100.64.0.0/16"}]
    vpc = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "CidrBlockAssociationSet": blocks}
    stubs.add_response("describe_vpcs", {"Vpcs": [vpc]}, filters("vpc-id", "vpc-1"))
    stubs.add_response("describe_vpcs", {"Vpcs": [{"CidrBlock": "10.1.0.0/16"}]}, filters("vpc-id", "vpc-2"))
    stubs.add_response("describe_vpcs", {"Vpcs": []}, filters("vpc-id", "vpc-3"))
    world = AwsWorld(lambda _service: ec2)
    assert world.vpc_cidrs("vpc-1") == ["10.0.0.0/16", "100.64.0.0/16"]
    assert world.vpc_cidrs("vpc-2") == ["10.1.0.0/16"]
    assert world.vpc_cidrs("vpc-3") == []


def test_zones_have_ids(ec2: Any, stubs: Stubber) -> None:  # noqa: ANN401 - an EC2 client
    found = {"AvailabilityZones": [{"ZoneName": f"{REGION}a", "ZoneId": "euc1-az2"}]}
    stubs.add_response("describe_availability_zones", found, {})
    assert AwsWorld(lambda _service: ec2).zones() == {f"{REGION}a": "euc1-az2"}


def test_a_launch_template_is_known_by_id_or_by_name(ec2: Any, stubs: Stubber) -> None:  # noqa: ANN401 - an EC2 client
    version = {
        "LaunchTemplateId": "lt-1",
        "LaunchTemplateName": "nodes",
        "VersionNumber": 3,
        "CreateTime": datetime(2026, 1, 1, tzinfo=UTC),
        "LaunchTemplateData": {"InstanceType": "m5.large"},
    }
    found = {"LaunchTemplateVersions": [version]}
    by_id = {"LaunchTemplateId": "lt-1", "Versions": ["$Latest"]}
    by_name = {"LaunchTemplateName": "nodes", "Versions": ["3"]}
    stubs.add_response("describe_launch_template_versions", found, by_id)
    stubs.add_response("describe_launch_template_versions", found, by_name)
    stubs.add_client_error("describe_launch_template_versions", "InvalidLaunchTemplateId.NotFound")
    world = AwsWorld(lambda _service: ec2)
    template = LaunchTemplate(template_id="lt-1", name="nodes", version="3", data={"InstanceType": "m5.large"})
    assert (template.instance_type, template.image_id) == ("m5.large", None)
    assert world.launch_template(template_id="lt-1", name=None, version="$Latest") == template
    assert world.launch_template(template_id=None, name="nodes", version="3") == template
    assert world.launch_template(template_id="lt-2", name=None, version="1") is None


def test_a_refusal_of_another_kind_is_not_taken_for_absence(ec2: Any, stubs: Stubber) -> None:  # noqa: ANN401 - likewise
    stubs.add_client_error("describe_launch_template_versions", "UnauthorizedOperation")
    with pytest.raises(ec2.exceptions.ClientError, match="UnauthorizedOperation"):
        AwsWorld(lambda _service: ec2).launch_template(template_id="lt-1", name=None, version="1")
