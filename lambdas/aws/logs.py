"""The calls of CloudWatch Logs that Slipway makes."""

from typing import Protocol, TypedDict


class LogGroup(TypedDict):
    """A log group as DescribeLogGroups shows it."""

    logGroupName: str
    arn: str
    """Ends in ``:*``, other than what its tags are asked by."""


class LogGroups(TypedDict):
    """The answer of DescribeLogGroups."""

    logGroups: list[LogGroup]


class Tags(TypedDict):
    """The answer of ListTagsForResource."""

    tags: dict[str, str]


class LogsClient(Protocol):
    """boto3's client, as far as it is used."""

    def describe_log_groups(self, *, logGroupNamePrefix: str) -> LogGroups:  # noqa: N803 -- boto3's name
        """DescribeLogGroups."""

    def list_tags_for_resource(self, *, resourceArn: str) -> Tags:  # noqa: N803 -- boto3's name
        """ListTagsForResource."""

    def delete_log_group(self, *, logGroupName: str) -> object:  # noqa: N803 -- boto3's name
        """DeleteLogGroup."""
