"""Closes: MiniStack puts every schedule into the group `default` and authorises some EC2 and log calls on `*`.

Resource types: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
and https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.iam.form import ApiRequest

_CREATED = {
    "AllocateAddress": "elastic-ip/*",
    "CreateInternetGateway": "internet-gateway/*",
    "CreateVpc": "vpc/*",
}
"""What an EC2 call creates; its id is not known before, so the ARN ends in a wildcard."""

_KINDS = {
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "igw": "internet-gateway",
    "lt": "launch-template",
    "nat": "natgateway",
    "rtb": "route-table",
    "sg": "security-group",
    "subnet": "subnet",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
"""The resource type in an EC2 ARN by the first part of an id."""


def schedule_resource(request: ApiRequest, resource: str) -> str:
    """The ARN of a schedule, its group included."""
    stem, found, name = resource.partition(":schedule/default/")
    if not found:
        return resource
    group = request.document().get("GroupName") or request.param("groupName") or "default"
    return f"{stem}:schedule/{group}/{name}"


def logs_resource(request: ApiRequest, resource: str) -> str:
    """The ARN of log groups where a list of them is asked for: a list that is narrower is authorised on all the same.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
    """
    if request.action != "DescribeLogGroups" or resource != "*":
        return resource
    return f"arn:aws:logs:{request.region}:{request.account}:log-group:*"


def ec2_resource(request: ApiRequest, resource: str) -> str:
    """The ARN of what is created or tagged, where MiniStack has none."""
    if resource != "*":
        return resource
    kind = _CREATED.get(request.action, "")
    if request.action in {"CreateTags", "DeleteTags"}:
        kind = _tagged(request.param("ResourceId.1"))
    return f"arn:aws:ec2:{request.region}:{request.account}:{kind}" if kind else resource


def _tagged(resource_id: str) -> str:
    kind = _KINDS.get(resource_id.partition("-")[0])
    return f"{kind}/{resource_id}" if kind else ""
