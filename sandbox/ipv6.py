"""Closes: MiniStack's EC2 has no IPv6, neither blocks of VPCs and subnets nor routes to IPv6 destinations.

The blocks come out of 2001:db8::/32, which is set aside for examples (RFC 3849). Here EC2 provides them all;
those of one's own, and adding one to a VPC that exists, are not there.
"""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import TYPE_CHECKING, Any

from ministack.services import ec2

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    # A Query request's form fields and MiniStack's status, headers and body.
    Handler = Callable[[Any], Any]
    Record = MutableMapping[str, Any]

_BLOCK, _ASSIGN, _DESTINATION = "Ipv6CidrBlock", "AssignIpv6AddressOnCreation", "DestinationIpv6CidrBlock"
_TARGETS = ("GatewayId", "EgressOnlyInternetGatewayId", "NatGatewayId", "InstanceId", "TransitGatewayId")


def install() -> None:
    """Put wrappers in the place of MiniStack's actions on VPCs, subnets and routes, and of their descriptions."""
    actions: dict[str, Handler] = ec2._ACTION_MAP  # noqa: SLF001 - its table of actions
    actions["CreateVpc"] = _creating_vpc(actions["CreateVpc"])
    actions["CreateSubnet"] = _creating_subnet(actions["CreateSubnet"])
    actions["ModifySubnetAttribute"] = _modifying_subnet(actions["ModifySubnetAttribute"])
    actions["CreateRoute"] = _routing(actions["CreateRoute"], "CreateRouteResponse")
    actions["ReplaceRoute"] = _routing(actions["ReplaceRoute"], "ReplaceRouteResponse")
    ec2._vpc_fields_xml = _with_block(ec2._vpc_fields_xml, "vpc")  # noqa: SLF001 - how it writes a VPC
    ec2._subnet_fields_xml = _with_block(ec2._subnet_fields_xml, "subnet")  # noqa: SLF001


def _param(params: Any, name: str) -> str:  # noqa: ANN401 - form fields
    return str(ec2._p(params, name))  # noqa: SLF001 - reads a form field


def _created(store: Any, create: Handler, params: Any) -> tuple[Any, Record | None]:  # noqa: ANN401 - MiniStack's own
    """Return the answer to a creation and the new record; actions run one at a time."""
    before = set(store)
    answer = create(params)
    new = [store[name] for name in store if name not in before]
    return answer, new[0] if new else None


def _creating_vpc(create: Handler) -> Handler:
    def create_vpc(params: Any) -> Any:  # noqa: ANN401 - as Handler
        answer, vpc = _created(ec2._vpcs, create, params)  # noqa: SLF001 - its store
        if vpc is None or _param(params, "AmazonProvidedIpv6CidrBlock").lower() != "true":
            return answer
        digits = vpc["VpcId"][-6:]
        vpc[_BLOCK] = f"2001:db8:{digits[:4]}:{digits[4:]}00::/56"
        return ec2._xml(200, "CreateVpcResponse", ec2._vpc_fields_xml(vpc, tag="vpc"))  # noqa: SLF001

    return create_vpc


def _creating_subnet(create: Handler) -> Handler:
    def create_subnet(params: Any) -> Any:  # noqa: ANN401 - as Handler
        wanted = _param(params, _BLOCK)
        vpc = ec2._vpcs.get(_param(params, "VpcId"), {})  # noqa: SLF001
        if wanted and not _lies_in(wanted, vpc.get(_BLOCK)):
            return ec2._error("InvalidSubnet.Range", f"The CIDR '{wanted}' is invalid.", 400)  # noqa: SLF001
        answer, subnet = _created(ec2._subnets, create, params)  # noqa: SLF001
        if subnet is None or not wanted:
            return answer
        subnet[_BLOCK] = wanted
        return ec2._xml(200, "CreateSubnetResponse", ec2._subnet_fields_xml(subnet, tag="subnet"))  # noqa: SLF001

    return create_subnet


def _lies_in(wanted: str, block: str | None) -> bool:
    return block is not None and IPv6Network(wanted).subnet_of(IPv6Network(block))


def _modifying_subnet(modify: Handler) -> Handler:
    def modify_subnet(params: Any) -> Any:  # noqa: ANN401 - as Handler
        subnet = ec2._subnets.get(_param(params, "SubnetId"))  # noqa: SLF001
        if subnet and (asked := _param(params, f"{_ASSIGN}.Value")):
            subnet[_ASSIGN] = asked.lower() == "true"
        return modify(params)

    return modify_subnet


def _routing(other: Handler, response: str) -> Handler:
    def route(params: Any) -> Any:  # noqa: ANN401 - as Handler
        destination = _param(params, _DESTINATION)
        table = ec2._route_tables.get(_param(params, "RouteTableId"))  # noqa: SLF001
        if not destination or table is None:
            return other(params)
        target = {name: value for name in _TARGETS if (value := _param(params, name))}
        others = [it for it in table["Routes"] if it.get(_DESTINATION) != destination]
        new = {_DESTINATION: destination, "State": "active", "Origin": "CreateRoute", **target}
        table["Routes"] = [*others, new]
        return ec2._xml(200, response, "<return>true</return>")  # noqa: SLF001

    return route


def _with_block(write: Callable[..., str], kind: str) -> Callable[..., str]:
    def write_with_block(record: Record, tag: str = "item") -> str:
        written = write(record, tag=tag)
        block = record.get(_BLOCK)
        if block is None:
            return written
        if record.get(_ASSIGN):
            written = written.replace(f"{_ON_CREATION}false<", f"{_ON_CREATION}true<")
        name = record["VpcId"] if kind == "vpc" else record["SubnetId"]
        association = (
            f"<item><associationId>{kind}-cidr-assoc-{name.partition('-')[2]}</associationId>"
            f"<ipv6CidrBlock>{block}</ipv6CidrBlock><ipv6CidrBlockState><state>associated</state></ipv6CidrBlockState>"
            "</item>"
        )
        end = written.rindex(f"</{tag}>")
        blocks = f"<ipv6CidrBlockAssociationSet>{association}</ipv6CidrBlockAssociationSet>"
        return f"{written[:end]}{blocks}{written[end:]}"

    return write_with_block


_ON_CREATION = "<assignIpv6AddressOnCreation>"
