"""What the EKS twin must know of AWS outside EKS: roles, subnets, security groups, keys and launch templates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import unquote

from botocore.exceptions import ClientError, ParamValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import boto3
    from mypy_boto3_ec2.client import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef
    from mypy_boto3_iam.client import IAMClient
    from mypy_boto3_kms.client import KMSClient

Service = Literal["ec2", "iam", "kms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An IAM role: its unique id, whom it trusts (the policy document) and its managed policies' ARNs."""

    arn: str
    role_id: str
    trust_policy: dict[str, Any]
    managed_policies: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A subnet and where it is; `ipv6` says whether it has an IPv6 block."""

    subnet_id: str
    vpc_id: str
    zone: str
    zone_id: str
    free_addresses: int
    ipv6: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchTemplate:
    """One version of a launch template; `data` is its LaunchTemplateData in EC2's own words."""

    template_id: str
    name: str
    version: str
    data: dict[str, Any]

    @property
    def instance_type(self) -> str | None:
        """The one instance type that it names, if it does."""
        return self.data.get("InstanceType")

    @property
    def image_id(self) -> str | None:
        """The machine image that it names, if it does."""
        return self.data.get("ImageId")


class World(Protocol):
    """Look-ups only. What does not exist is None or absent from the answer, never an error."""

    def role(self, arn: str) -> Role | None:
        """Return the role with exactly this ARN."""

    def subnets(self, subnet_ids: Sequence[str]) -> list[Subnet]:
        """Return those of the subnets that exist."""

    def security_groups(self, group_ids: Sequence[str]) -> dict[str, str]:
        """Return the VPC of each of the security groups that exists."""

    def vpc_cidrs(self, vpc_id: str) -> list[str]:
        """Return the IPv4 blocks of a VPC."""

    def zones(self) -> dict[str, str]:
        """Return the region's availability zones, name to zone id."""

    def key_state(self, key: str) -> str | None:
        """Return a KMS key's state, for instance `Enabled`."""

    def launch_template(self, *, template_id: str | None, name: str | None, version: str) -> LaunchTemplate | None:
        """Return one version of a launch template, which is known by id or by name."""


class AwsWorld:
    """The world as IAM, EC2 and KMS report it: AWS, MiniStack by endpoint URL, or moto.

    Args:
        client: returns a boto3 client for the service named.
    """

    def __init__(self, client: Callable[[Service], Any]) -> None:
        self._client = client

    @classmethod
    def of_session(cls, session: boto3.session.Session) -> AwsWorld:
        """Return the world that `session` talks to."""
        return cls(session.client)

    @property
    def _iam(self) -> IAMClient:
        client: IAMClient = self._client("iam")
        return client

    @property
    def _ec2(self) -> EC2Client:
        client: EC2Client = self._client("ec2")
        return client

    @property
    def _kms(self) -> KMSClient:
        client: KMSClient = self._client("kms")
        return client

    def role(self, arn: str) -> Role | None:
        """Return the role with exactly this ARN, its path included."""
        name = arn.rpartition("/")[2]
        iam = self._iam
        found = _unless(("NoSuchEntity", "ValidationError"), lambda: iam.get_role(RoleName=name)["Role"])
        if found is None or found["Arn"] != arn:
            return None
        pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=name)
        attached = frozenset(policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"])
        trust = _document(found.get("AssumeRolePolicyDocument", {}))
        return Role(arn=arn, role_id=found["RoleId"], trust_policy=trust, managed_policies=attached)

    def subnets(self, subnet_ids: Sequence[str]) -> list[Subnet]:
        """Return those of the subnets that exist, in the order asked for."""
        found = {it["SubnetId"]: it for it in self._describe_subnets(subnet_ids)}
        return [
            Subnet(
                subnet_id=it["SubnetId"],
                vpc_id=it["VpcId"],
                zone=it["AvailabilityZone"],
                zone_id=it.get("AvailabilityZoneId", ""),
                free_addresses=it["AvailableIpAddressCount"],
                ipv6=bool(it.get("Ipv6CidrBlockAssociationSet")),
            )
            for it in (found[subnet_id] for subnet_id in subnet_ids if subnet_id in found)
        ]

    def _describe_subnets(self, subnet_ids: Sequence[str]) -> list[Any]:
        filters = _filter("subnet-id", subnet_ids)
        return list(self._ec2.describe_subnets(Filters=filters)["Subnets"]) if subnet_ids else []

    def security_groups(self, group_ids: Sequence[str]) -> dict[str, str]:
        """Return the VPC of each of the security groups that exists."""
        if not group_ids:
            return {}
        found = self._ec2.describe_security_groups(Filters=_filter("group-id", group_ids))["SecurityGroups"]
        return {it["GroupId"]: it.get("VpcId", "") for it in found if it["GroupId"] in group_ids}

    def vpc_cidrs(self, vpc_id: str) -> list[str]:
        """Return the IPv4 blocks of a VPC, none if there is no such VPC."""
        found = self._ec2.describe_vpcs(Filters=_filter("vpc-id", [vpc_id]))["Vpcs"]
        return [
            block["CidrBlock"]
            for vpc in found
            for block in vpc.get("CidrBlockAssociationSet") or [{"CidrBlock": vpc["CidrBlock"]}]
        ]

    def zones(self) -> dict[str, str]:
        """Return the region's availability zones, name to zone id."""
        found = self._ec2.describe_availability_zones()["AvailabilityZones"]
        return {it["ZoneName"]: it.get("ZoneId", "") for it in found}

    def key_state(self, key: str) -> str | None:
        """Return a KMS key's state."""
        kms = self._kms
        found = _unless(("NotFoundException",), lambda: kms.describe_key(KeyId=key)["KeyMetadata"])
        return None if found is None else str(found["KeyState"])

    def launch_template(self, *, template_id: str | None, name: str | None, version: str) -> LaunchTemplate | None:
        """Return one version of a launch template."""
        which: Any = {"LaunchTemplateId": template_id} if template_id else {"LaunchTemplateName": name}
        ec2 = self._ec2
        found = _unless(
            (
                "InvalidLaunchTemplateId.NotFound",
                "InvalidLaunchTemplateId.NotFoundException",
                "InvalidLaunchTemplateId.VersionNotFound",
                "InvalidLaunchTemplateName.NotFoundException",
            ),
            lambda: ec2.describe_launch_template_versions(Versions=[version], **which)["LaunchTemplateVersions"],
        )
        if not found:
            return None
        return LaunchTemplate(
            template_id=found[0]["LaunchTemplateId"],
            name=found[0]["LaunchTemplateName"],
            version=str(found[0]["VersionNumber"]),
            data=dict(found[0].get("LaunchTemplateData", {})),
        )


def _unless(codes: tuple[str, ...], ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever `ask` returns
    """Return what `ask` returns, or None if AWS refuses with one of `codes` or the name could be nobody's."""
    try:
        return ask()
    except ParamValidationError:
        return None
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return None
        raise


def _filter(name: str, values: Sequence[str]) -> list[FilterTypeDef]:
    return [{"Name": name, "Values": list(values)}]


def _document(policy: object) -> dict[str, Any]:
    """Return a policy document, which an emulator may send as text where boto3 expects it decoded."""
    document = json.loads(unquote(policy)) if isinstance(policy, str) else policy
    return document if isinstance(document, dict) else {}
