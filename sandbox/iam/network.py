"""Closes: MiniStack authorises a call about a VPC on one of its things, and knows neither new nor existing tags of EC2.

AWS asks for permission on every thing that such a call involves, the new one with `aws:RequestTag/*` and the existing
ones with `aws:ResourceTag/*`: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ministack.services import ec2

if TYPE_CHECKING:
    from sandbox.iam.form import ApiRequest

_CREATED = {
    "AllocateAddress": "elastic-ip",
    "CreateEgressOnlyInternetGateway": "egress-only-internet-gateway",
    "CreateInternetGateway": "internet-gateway",
    "CreateNatGateway": "natgateway",
    "CreateRouteTable": "route-table",
    "CreateSubnet": "subnet",
    "CreateVpc": "vpc",
}
_CHANGING = frozenset(
    {
        "AssociateRouteTable",
        "AttachInternetGateway",
        "CreateRoute",
        "DeleteEgressOnlyInternetGateway",
        "DeleteInternetGateway",
        "DeleteNatGateway",
        "DeleteNetworkInterface",
        "DeleteRouteTable",
        "DeleteSecurityGroup",
        "DeleteSubnet",
        "DeleteVolume",
        "DeleteVpc",
        "DescribeVpcAttribute",
        "DetachInternetGateway",
        "DisassociateRouteTable",
        "ModifySubnetAttribute",
        "ModifyVpcAttribute",
        "ReleaseAddress",
        "ReplaceRoute",
    }
)
_NAMED = {
    "AllocationId": "elastic-ip",
    "InternetGatewayId": "internet-gateway",
    "RouteTableId": "route-table",
    "SubnetId": "subnet",
    "VpcId": "vpc",
}
_DELETED = {
    "DeleteEgressOnlyInternetGateway": ("EgressOnlyInternetGatewayId", "egress-only-internet-gateway"),
    "DeleteNatGateway": ("NatGatewayId", "natgateway"),
    "DeleteNetworkInterface": ("NetworkInterfaceId", "network-interface"),
    "DeleteSecurityGroup": ("GroupId", "security-group"),
    "DeleteVolume": ("VolumeId", "volume"),
}
"""What is named where it is deleted, and elsewhere only mentioned."""
_TAG_KEY = re.compile(r"(TagSpecification\.\d+\.Tag\.\d+)\.Key")


@dataclass(frozen=True, slots=True)
class Involved:
    """A thing that a call involves, and the condition keys that are looked at for it."""

    arn: str
    context: dict[str, str] = field(default_factory=dict)


def involved(request: ApiRequest) -> list[Involved]:
    """All that a call about a VPC or a volume is authorised on; nothing for any other call."""
    if request.service != "ec2" or request.action not in _CREATED.keys() | _CHANGING:
        return []
    created = _CREATED.get(request.action)
    new = [Involved(_arn(request, created, "*"), _new_tags(request))] if created else []
    named = [(kind, request.param(name)) for name, kind in _NAMED.items()]
    if request.action in _DELETED:
        member, kind = _DELETED[request.action]
        named = [(kind, request.param(member))]
    if request.action == "DisassociateRouteTable":
        named = _associated(request.param("AssociationId"))
    return [*new, *(Involved(_arn(request, kind, it), _tags(it)) for kind, it in named if it)]


def _associated(association: str) -> list[tuple[str, str]]:
    """The route table and the subnet of an association."""
    return [
        thing
        for name, table in ec2._route_tables.items()  # noqa: SLF001 - its store
        for it in table["Associations"]
        if it["RouteTableAssociationId"] == association
        for thing in (("route-table", name), ("subnet", it.get("SubnetId", "")))
    ]


def _arn(request: ApiRequest, kind: str, name: str) -> str:
    return f"arn:aws:ec2:{request.region}:{request.account}:{kind}/{name}"


def _new_tags(request: ApiRequest) -> dict[str, str]:
    found = [match.group(1) for name in request.params if (match := _TAG_KEY.fullmatch(name))]
    return {f"aws:RequestTag/{request.param(f'{tag}.Key')}": request.param(f"{tag}.Value") for tag in found}


def _tags(name: str) -> dict[str, str]:
    return {f"aws:ResourceTag/{tag['Key']}": tag["Value"] for tag in ec2._tags.get(name) or []}  # noqa: SLF001 - its store
