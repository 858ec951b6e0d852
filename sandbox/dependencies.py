"""Closes: MiniStack's EC2 deletes what others depend on, and knows neither filters nor tags of network interfaces.

EC2 refuses, in these words: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html. What goes with
a thing (a subnet's association with a route table, an address of a NAT gateway that is deleted) goes here too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ministack.services import ec2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Handler = Callable[[Any], Any]
    Record = dict[str, Any]

_VIOLATION: Final = "DependencyViolation"
_GONE: Final = "deleted"


def install() -> None:
    """Put wrappers in the place of MiniStack's actions."""
    actions: dict[str, Handler] = ec2._ACTION_MAP  # noqa: SLF001 - its table of actions
    for action, complaint in _COMPLAINTS.items():
        actions[action] = _refusing(actions[action], complaint)
    actions["DeleteSubnet"] = _dissociating(actions["DeleteSubnet"])
    actions["CreateNetworkInterface"] = _tagging(actions["CreateNetworkInterface"])
    actions["DescribeNetworkInterfaces"] = _filtering(actions["DescribeNetworkInterfaces"])


def _param(params: Any, name: str) -> str:  # noqa: ANN401 - form fields
    return str(ec2._p(params, name))  # noqa: SLF001 - reads a form field


def _refusing(do: Handler, complaint: Callable[[Any], tuple[str, str] | None]) -> Handler:
    def do_unless_needed(params: Any) -> Any:  # noqa: ANN401 - MiniStack's form fields and response
        refused = complaint(params)
        return ec2._error(*refused, 400) if refused else do(params)  # noqa: SLF001 - its error response

    return do_unless_needed


def _dependencies(kind: str, name: str) -> tuple[str, str]:
    return _VIOLATION, f"The {kind} '{name}' has dependencies and cannot be deleted."


def _interfaces(member: str, value: str) -> bool:
    return any(it[member] == value for it in ec2._network_interfaces.values())  # noqa: SLF001 - its store


def _nat_gateways() -> Iterator[Record]:
    return (it for it in ec2._nat_gateways.values() if it["State"] != _GONE)  # noqa: SLF001


def _subnet(params: Any) -> tuple[str, str] | None:  # noqa: ANN401 - form fields, as below
    name = _param(params, "SubnetId")
    used = _interfaces("SubnetId", name) or any(it["SubnetId"] == name for it in _nat_gateways())
    return _dependencies("subnet", name) if used else None


def _vpc(params: Any) -> tuple[str, str] | None:  # noqa: ANN401
    name = _param(params, "VpcId")
    tables = [it for it in ec2._route_tables.values() if it["VpcId"] == name]  # noqa: SLF001
    own = any(not any(it.get("Main") for it in table["Associations"]) for table in tables)
    gateways = any(it["VpcId"] == name for it in [*_nat_gateways(), *ec2._egress_igws.values()])  # noqa: SLF001
    return _dependencies("vpc", name) if own or gateways else None


def _security_group(params: Any) -> tuple[str, str] | None:  # noqa: ANN401
    name = _param(params, "GroupId")
    worn = any(it["GroupId"] == name for eni in ec2._network_interfaces.values() for it in eni["Groups"])  # noqa: SLF001
    others = [it for group, it in ec2._security_groups.items() if group != name]  # noqa: SLF001
    named = any(
        pair.get("GroupId") == name
        for group in others
        for rule in [*group["IpPermissions"], *group["IpPermissionsEgress"]]
        for pair in rule.get("UserIdGroupPairs", [])
    )
    return (_VIOLATION, f"resource {name} has a dependent object") if worn or named else None


def _internet_gateway(params: Any) -> tuple[str, str] | None:  # noqa: ANN401
    name = _param(params, "InternetGatewayId")
    attached = ec2._internet_gateways.get(name, {}).get("Attachments")  # noqa: SLF001
    return _dependencies("internetGateway", name) if attached else None


def _detaching(params: Any) -> tuple[str, str] | None:  # noqa: ANN401
    name, vpc = _param(params, "InternetGatewayId"), _param(params, "VpcId")
    gateway = ec2._internet_gateways.get(name)  # noqa: SLF001
    if gateway is None:
        return "InvalidInternetGatewayID.NotFound", f"The internetGateway ID '{name}' does not exist"
    if vpc not in [it["VpcId"] for it in gateway["Attachments"]]:
        return "Gateway.NotAttached", f"resource {name} is not attached to network {vpc}"
    if any(it["VpcId"] == vpc and it["AllocationId"] for it in _nat_gateways()):
        text = f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before"
        return _VIOLATION, f"{text} detaching the gateway."
    return None


def _route_table(params: Any) -> tuple[str, str] | None:  # noqa: ANN401
    name = _param(params, "RouteTableId")
    used = ec2._route_tables.get(name, {}).get("Associations")  # noqa: SLF001
    return _dependencies("routeTable", name) if used else None


def _address(params: Any) -> tuple[str, str] | None:  # noqa: ANN401
    name = _param(params, "AllocationId")
    address = ec2._addresses.get(name, {})  # noqa: SLF001
    used = address.get("AssociationId") or any(it["AllocationId"] == name for it in _nat_gateways())
    return ("InvalidIPAddress.InUse", f"Address {address.get('PublicIp')} is in use.") if used else None


def _interface(params: Any) -> tuple[str, str] | None:  # noqa: ANN401
    name = _param(params, "NetworkInterfaceId")
    used = ec2._network_interfaces.get(name, {}).get("Status") == "in-use"  # noqa: SLF001
    return ("InvalidParameterValue", f"Network interface '{name}' is currently in use.") if used else None


_COMPLAINTS: Final[dict[str, Callable[[Any], tuple[str, str] | None]]] = {
    "DeleteInternetGateway": _internet_gateway,
    "DeleteNetworkInterface": _interface,
    "DeleteRouteTable": _route_table,
    "DeleteSecurityGroup": _security_group,
    "DeleteSubnet": _subnet,
    "DeleteVpc": _vpc,
    "DetachInternetGateway": _detaching,
    "ReleaseAddress": _address,
}
"""What each action says against doing it; None for nothing, and what is not there MiniStack refuses itself."""


def _dissociating(delete: Handler) -> Handler:
    def delete_subnet(params: Any) -> Any:  # noqa: ANN401 - MiniStack's form fields and response
        answer, name = delete(params), _param(params, "SubnetId")
        if name not in ec2._subnets:  # noqa: SLF001
            for table in ec2._route_tables.values():  # noqa: SLF001
                table["Associations"] = [it for it in table["Associations"] if it.get("SubnetId") != name]
        return answer

    return delete_subnet


def _tagging(create: Handler) -> Handler:
    def create_interface(params: Any) -> Any:  # noqa: ANN401 - likewise
        subnet = _param(params, "SubnetId")
        if subnet not in ec2._subnets:  # noqa: SLF001
            return ec2._error("InvalidSubnetID.NotFound", f"The subnet ID '{subnet}' does not exist", 400)  # noqa: SLF001
        before = set(ec2._network_interfaces)  # noqa: SLF001
        create(params)
        (name,) = set(ec2._network_interfaces) - before  # noqa: SLF001 - actions run one at a time
        ec2._parse_tag_specs(params, "network-interface", name)  # noqa: SLF001 - keeps tags of a request
        written = ec2._eni_fields_xml(ec2._network_interfaces[name], tag="networkInterface")  # noqa: SLF001
        return ec2._xml(200, "CreateNetworkInterfaceResponse", written)  # noqa: SLF001

    return create_interface


def _filtering(describe: Handler) -> Handler:
    def describe_interfaces(params: Any) -> Any:  # noqa: ANN401 - likewise
        filters = ec2._parse_filters(params)  # noqa: SLF001
        wanted = ec2._parse_member_list(params, "NetworkInterfaceId")  # noqa: SLF001
        if not filters:
            return describe(params)
        found = [
            it
            for name, it in ec2._network_interfaces.items()  # noqa: SLF001
            if (not wanted or name in wanted) and _matches(it, filters)
        ]
        items = "".join(map(ec2._eni_fields_xml, found))  # noqa: SLF001
        written = f"<networkInterfaceSet>{items}</networkInterfaceSet>"
        return ec2._xml(200, "DescribeNetworkInterfacesResponse", written)  # noqa: SLF001

    return describe_interfaces


_FILTERS: Final = {
    "description": "Description",
    "network-interface-id": "NetworkInterfaceId",
    "status": "Status",
    "subnet-id": "SubnetId",
    "vpc-id": "VpcId",
}


def _matches(interface: Record, filters: dict[str, list[str]]) -> bool:
    """Does the interface match every filter? One that is unknown here matches nothing, rather than everything."""
    if not ec2._resource_matches_tag_filters(interface["NetworkInterfaceId"], filters):  # noqa: SLF001
        return False
    plain = {name: values for name, values in filters.items() if not name.startswith("tag")}
    return all(
        any(ec2._glob_match(it, text) for it in values for text in _texts(interface, name))  # noqa: SLF001
        for name, values in plain.items()
    )


def _texts(interface: Record, name: str) -> list[str]:
    if name == "group-id":
        return [it["GroupId"] for it in interface["Groups"]]
    return [interface[_FILTERS[name]]] if name in _FILTERS else []
