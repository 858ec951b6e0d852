"""What EKS makes and takes away outside itself: security groups, network interfaces and log groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_ec2.type_defs import TagTypeDef


class Estate(Protocol):
    """The few things that the twin does to the rest of AWS."""

    def make_security_group(self, name: str, description: str, vpc_id: str, tags: Mapping[str, str]) -> str:
        """Make a security group and return its id."""

    def delete_security_group(self, group_id: str) -> None:
        """Take a security group away, unless it is gone or something still uses it."""

    def make_network_interface(self, subnet_id: str, group_id: str, description: str, tags: Mapping[str, str]) -> None:
        """Make a network interface that nothing is attached to, unless its subnet is gone."""

    def make_log_group(self, name: str) -> None:
        """Make a log group, unless it is there."""


class AwsEstate:
    """The estate in EC2 and CloudWatch Logs: MiniStack by endpoint URL, or moto.

    Args:
        client: returns a boto3 client for the service named.
    """

    def __init__(self, client: Callable[[Literal["ec2", "logs"]], Any]) -> None:
        self._client = client

    def make_security_group(self, name: str, description: str, vpc_id: str, tags: Mapping[str, str]) -> str:
        """Make a security group and return its id."""
        made = self._client("ec2").create_security_group(
            GroupName=name,
            Description=description,
            VpcId=vpc_id,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": _tags(tags)}],
        )
        return str(made["GroupId"])

    def delete_security_group(self, group_id: str) -> None:
        """Take a security group away, unless it is gone or something still uses it."""
        ec2 = self._client("ec2")
        _but_for(("InvalidGroup.NotFound", "DependencyViolation"), lambda: ec2.delete_security_group(GroupId=group_id))

    def make_network_interface(self, subnet_id: str, group_id: str, description: str, tags: Mapping[str, str]) -> None:
        """Make a network interface that nothing is attached to, unless its subnet is gone."""
        ec2 = self._client("ec2")
        more: Any = {"TagSpecifications": [{"ResourceType": "network-interface", "Tags": _tags(tags)}]} if tags else {}
        _but_for(
            ("InvalidSubnetID.NotFound",),
            lambda: ec2.create_network_interface(
                SubnetId=subnet_id, Groups=[group_id], Description=description, **more
            ),
        )

    def make_log_group(self, name: str) -> None:
        """Make a log group, unless it is there."""
        logs = self._client("logs")
        _but_for(("ResourceAlreadyExistsException",), lambda: logs.create_log_group(logGroupName=name))


def _but_for(codes: tuple[str, ...], do: Callable[[], object]) -> None:
    try:
        do()
    except ClientError as error:
        if error.response["Error"]["Code"] not in codes:
            raise


def _tags(tags: Mapping[str, str]) -> list[TagTypeDef]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
