"""What making a VPC takes of EC2: new things must bear Slipway's tag, and only what bears it may be touched.

Each action asks for permission on every thing that it involves, the new and the existing ones:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from typing import Final

from lambdas.domain.names import OWNER_TAG
from lambdas.steps.contract import OURS, Permission

_CREATIONS: Final = {
    "CreateVpc": "vpc",
    "CreateSubnet": "subnet",
    "CreateInternetGateway": "internet-gateway",
    "CreateEgressOnlyInternetGateway": "egress-only-internet-gateway",
    "AllocateAddress": "elastic-ip",
    "CreateNatGateway": "natgateway",
    "CreateRouteTable": "route-table",
}
"""What each creation makes: it bears Slipway's tag from the beginning."""

_CHANGES: Final = {
    "vpc": (
        "ModifyVpcAttribute",
        "AttachInternetGateway",
        "CreateSubnet",
        "CreateRouteTable",
        "CreateEgressOnlyInternetGateway",
        "DetachInternetGateway",
        "DeleteVpc",
    ),
    "subnet": (
        "ModifySubnetAttribute",
        "AssociateRouteTable",
        "DisassociateRouteTable",
        "CreateNatGateway",
        "DeleteSubnet",
    ),
    "internet-gateway": ("AttachInternetGateway", "DetachInternetGateway", "DeleteInternetGateway"),
    "egress-only-internet-gateway": ("DeleteEgressOnlyInternetGateway",),
    "elastic-ip": ("CreateNatGateway", "ReleaseAddress"),
    "natgateway": ("DeleteNatGateway",),
    "route-table": (
        "AssociateRouteTable",
        "DisassociateRouteTable",
        "CreateRoute",
        "ReplaceRoute",
        "DeleteRouteTable",
    ),
}
"""What may be done to a thing, or within it, that bears Slipway's tag already."""

_MARKED_NEW: Final = {"Null": {f"aws:RequestTag/{OWNER_TAG}": "false"}}
_MADE_LATER: Final = "EC2 chooses the ids; a condition on Slipway's tag says which things are meant."


def _arn(kind: str) -> str:
    return f"arn:{{partition}}:ec2:{{region}}:{{account}}:{kind}/*"


PERMISSIONS: Final = (
    Permission(
        actions=(
            "ec2:DescribeAddresses",
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeEgressOnlyInternetGateways",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeNatGateways",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        ),
        resources=("*",),
        reads=True,
        why_wildcard="EC2's Describe actions know no narrower resource.",
    ),
    Permission(
        actions=("ec2:DescribeVpcAttribute",),
        resources=(_arn("vpc"),),
        conditions=OURS,
        reads=True,
        why_wildcard=_MADE_LATER,
    ),
    *(
        Permission(
            actions=(f"ec2:{creation}",),
            resources=(_arn(kind),),
            conditions=_MARKED_NEW,
            why_wildcard=_MADE_LATER,
        )
        for creation, kind in _CREATIONS.items()
    ),
    *(
        Permission(
            actions=tuple(f"ec2:{change}" for change in changes),
            resources=(_arn(kind),),
            conditions=OURS,
            why_wildcard=_MADE_LATER,
        )
        for kind, changes in _CHANGES.items()
    ),
    Permission(
        actions=("ec2:CreateTags",),
        resources=tuple(_arn(kind) for kind in _CREATIONS.values()),
        conditions={"StringEquals": {"ec2:CreateAction": tuple(_CREATIONS)}},
        implied=True,
        why_wildcard=_MADE_LATER,
    ),
)
