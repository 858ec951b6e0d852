"""What the examples take for granted is there, as AWS would show it; and EC2 as far as they need it."""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from sandbox.neighbours import KEY_ALIAS, key_arn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.conftest import RunningSandbox

Json = dict[str, Any]


def test_the_key_is_the_one_that_examples_name(small: RunningSandbox) -> None:
    arn = key_arn(small.health["region"])
    for name in (arn, arn.rpartition("/")[2], KEY_ALIAS):
        key = small.client("kms").describe_key(KeyId=name)["KeyMetadata"]
        assert (key["Arn"], key["KeyState"]) == (arn, "Enabled")
        assert (key["KeyUsage"], key["KeySpec"]) == ("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT")


def test_a_key_can_be_used_under_the_id_that_it_asked_for(small: RunningSandbox) -> None:
    kms = small.client("kms")
    sealed = kms.encrypt(KeyId=KEY_ALIAS, Plaintext=b"a secret")["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed)
    assert (opened["Plaintext"], opened["KeyId"]) == (b"a secret", key_arn(small.health["region"]))


def test_other_keys_have_ids_of_their_own(small: RunningSandbox) -> None:
    kms = small.client("kms")
    first, second = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    assert first != second


def test_a_role_for_pods_lets_pods_be_tagged(small: RunningSandbox) -> None:
    role = small.client("iam").get_role(RoleName="ebs-csi")["Role"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert set(statement["Action"]) == {"sts:AssumeRole", "sts:TagSession"}


def versions(sandbox: RunningSandbox, **which: Any) -> list[Json]:  # noqa: ANN401 -- EC2's parameters
    found: list[Json] = sandbox.client("ec2").describe_launch_template_versions(**which)["LaunchTemplateVersions"]
    return found


def test_a_launch_template_for_a_capacity_block_names_it(small: RunningSandbox) -> None:
    (version,) = versions(small, LaunchTemplateName="reserved-gpus", Versions=["$Default"])
    assert version["VersionNumber"] == 1
    assert version["LaunchTemplateData"] == {
        "InstanceType": "p5.48xlarge",
        "InstanceMarketOptions": {"MarketType": "capacity-block"},
        "CapacityReservationSpecification": {
            "CapacityReservationTarget": {"CapacityReservationId": "cr-0a1b2c3d4e5f60718"}
        },
    }


def test_a_launch_template_without_a_market_has_none(small: RunningSandbox) -> None:
    (version,) = versions(small, LaunchTemplateName="hardened-nodes", Versions=["1"])
    data = version["LaunchTemplateData"]
    assert {tagged["ResourceType"] for tagged in data["TagSpecifications"]} == {"instance", "volume"}
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    assert not {"InstanceMarketOptions", "CapacityReservationSpecification"} & set(data)


@pytest.mark.parametrize(
    ("which", "code"),
    [
        ({"LaunchTemplateId": "lt-0123456789abcdef0"}, "InvalidLaunchTemplateId.NotFound"),
        ({"LaunchTemplateName": "nobodys"}, "InvalidLaunchTemplateName.NotFoundException"),
        ({"LaunchTemplateName": "hardened-nodes", "Versions": ["9"]}, "InvalidLaunchTemplateId.VersionNotFound"),
    ],
)
def test_a_launch_template_that_is_not_there(small: RunningSandbox, which: Json, code: str) -> None:
    with pytest.raises(ClientError) as refused:
        versions(small, **which)
    assert refused.value.response["Error"]["Code"] == code


@pytest.fixture(scope="module")
def vpc(small: RunningSandbox) -> Iterator[Json]:
    """A VPC with an IPv6 block, as CreateVpc answers."""
    ec2 = small.client("ec2")
    made: Json = ec2.create_vpc(CidrBlock="10.20.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    yield made
    ec2.delete_vpc(VpcId=made["VpcId"])


def block(thing: Json) -> str:
    (only,) = thing["Ipv6CidrBlockAssociationSet"]
    assert only["Ipv6CidrBlockState"]["State"] == "associated"
    return str(only["Ipv6CidrBlock"])


def test_a_vpc_has_an_ipv6_block_if_it_asks_for_one(small: RunningSandbox, vpc: Json) -> None:
    ec2 = small.client("ec2")
    (described,) = ec2.describe_vpcs(VpcIds=[vpc["VpcId"]])["Vpcs"]
    assert block(described) == block(vpc)
    assert IPv6Network(block(vpc)).prefixlen == 56
    without = ec2.create_vpc(CidrBlock="10.21.0.0/16")["Vpc"]
    assert "Ipv6CidrBlockAssociationSet" not in without
    ec2.delete_vpc(VpcId=without["VpcId"])


def test_a_subnet_has_a_part_of_the_block_and_hands_it_out_when_told_to(small: RunningSandbox, vpc: Json) -> None:
    ec2 = small.client("ec2")
    part = str(next(IPv6Network(block(vpc)).subnets(new_prefix=64)))
    of = {"VpcId": vpc["VpcId"]}
    subnet = ec2.create_subnet(**of, CidrBlock="10.20.0.0/24", Ipv6CidrBlock=part)["Subnet"]
    assert (block(subnet), subnet["AssignIpv6AddressOnCreation"]) == (part, False)
    ec2.modify_subnet_attribute(SubnetId=subnet["SubnetId"], AssignIpv6AddressOnCreation={"Value": True})
    (described,) = ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"]
    assert (block(described), described["AssignIpv6AddressOnCreation"]) == (part, True)
    with pytest.raises(ClientError, match=r"InvalidSubnet\.Range"):
        ec2.create_subnet(**of, CidrBlock="10.20.1.0/24", Ipv6CidrBlock="2001:db8:ffff:ffff::/64")
    ec2.delete_subnet(SubnetId=subnet["SubnetId"])


def test_a_route_to_ipv6_leads_where_it_is_told_to(small: RunningSandbox, vpc: Json) -> None:
    ec2 = small.client("ec2")
    table = {"RouteTableId": ec2.create_route_table(VpcId=vpc["VpcId"])["RouteTable"]["RouteTableId"]}
    gateway = ec2.create_egress_only_internet_gateway(VpcId=vpc["VpcId"])["EgressOnlyInternetGateway"]
    egress = {"EgressOnlyInternetGatewayId": gateway["EgressOnlyInternetGatewayId"]}

    def routes() -> list[Json]:
        (described,) = ec2.describe_route_tables(RouteTableIds=[table["RouteTableId"]])["RouteTables"]
        return [route for route in described["Routes"] if route.get("DestinationIpv6CidrBlock") == "::/0"]

    ec2.create_route(**table, DestinationIpv6CidrBlock="::/0", GatewayId="igw-00000001")
    assert [route["GatewayId"] for route in routes()] == ["igw-00000001"]
    ec2.replace_route(**table, DestinationIpv6CidrBlock="::/0", **egress)
    (route,) = routes()
    assert egress.items() <= route.items()
    assert "GatewayId" not in route
    ec2.delete_route_table(**table)
    ec2.delete_egress_only_internet_gateway(**egress)
