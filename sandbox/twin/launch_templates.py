"""Launch templates of one's own: what they must not say, and what must not be said beside them.

Sources: https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html, and for capacity blocks
https://docs.aws.amazon.com/eks/latest/userguide/capacity-blocks-mng.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.twin.errors import invalid_parameter, invalid_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.twin.core import Core
    from sandbox.twin.wire import Json
    from sandbox.world import LaunchTemplate

CUSTOM = "CUSTOM"
CAPACITY_BLOCK = "CAPACITY_BLOCK"
_BLOCK_MARKET = "capacity-block"

Names = dict[str, str]


def check_exclusions(params: Json, names: Names) -> None:
    """Refuse what a launch template must say instead, and what only a launch template can say."""
    if "launchTemplate" in params:
        if "diskSize" in params:
            raise invalid_parameter("Disk size must be specified within the launch template.", **names)
        if "remoteAccess" in params:
            raise invalid_parameter("Remote access configuration cannot be specified with a launch template.", **names)
        return
    if params.get("capacityType") == CAPACITY_BLOCK:
        raise invalid_parameter("The capacity type CAPACITY_BLOCK requires a launch template", **names)
    if params.get("amiType") == CUSTOM:
        raise invalid_parameter("The AMI type CUSTOM requires a launch template that specifies an AMI", **names)


def look_up(core: Core, asked: Json) -> LaunchTemplate | None:
    """Return the launch template that `asked` names by id or by name, if it exists."""
    return core.world.launch_template(
        template_id=asked.get("id"), name=asked.get("name"), version=asked.get("version", "$Default")
    )


def find(core: Core, asked: Json, names: Names) -> LaunchTemplate:
    """Return the launch template that `asked` names by id or by name, or refuse."""
    if ("id" in asked) == ("name" in asked):
        raise invalid_parameter("Either the id or the name of the launch template must be given, not both", **names)
    found = look_up(core, asked)
    if found is None:
        which = asked.get("id") or asked["name"]
        raise invalid_parameter(f"Launch template {which} with the version given does not exist", **names)
    return found


def check_content(found: LaunchTemplate, names: Names) -> None:
    """Refuse a template that says what EKS itself must decide."""
    wrong = next(_prohibited(found.data), None)
    if wrong:
        raise invalid_request(wrong, **names)


def check_conflicts(found: LaunchTemplate, params: Json, names: Names) -> None:
    """Refuse parameters that the template already decides, or that do not go with it."""
    if found.instance_type and params.get("instanceTypes"):
        raise invalid_request("Cannot specify instance types in launch template and API request", **names)
    if found.image_id:
        given = [member for member in ("amiType", "version", "releaseVersion") if member in params]
        if given:
            raise invalid_parameter(
                f"{', '.join(given)} cannot be given when the launch template has a custom AMI", **names
            )
    elif params.get("amiType") == CUSTOM:
        raise invalid_parameter("The AMI type CUSTOM requires a launch template that specifies an AMI", **names)
    _check_capacity_block(found, params, names)


def _prohibited(data: Json) -> Iterator[str]:
    """Yield why the template cannot be a node group's."""
    if data.get("IamInstanceProfile"):
        yield (
            "Launch template should not specify an instance profile. The noderole in your request will be used to"
            " construct an instance profile."
        )
    if any("SubnetId" in interface for interface in data.get("NetworkInterfaces", [])):
        yield "Launch template should not specify a subnet"
    if _market(data) == "spot":
        yield "Launch template should not request Spot Instances"
    if data.get("HibernationOptions", {}).get("Configured"):
        yield "Launch template should not specify hibernation options"
    if "InstanceInitiatedShutdownBehavior" in data:
        yield "Launch template should not specify a shutdown behavior"


def _check_capacity_block(found: LaunchTemplate, params: Json, names: Names) -> None:
    asked, offered = params.get("capacityType") == CAPACITY_BLOCK, _market(found.data) == _BLOCK_MARKET
    if offered and not asked:
        raise invalid_parameter("A launch template for a capacity block requires the capacity type it has", **names)
    reservation = found.data.get("CapacityReservationSpecification", {}).get("CapacityReservationTarget", {})
    if asked and not (offered and found.instance_type and reservation.get("CapacityReservationId")):
        raise invalid_parameter(
            "The capacity type CAPACITY_BLOCK requires a launch template with the market type capacity-block, the id"
            " of a capacity reservation and an instance type",
            **names,
        )


def _market(data: Json) -> str | None:
    market: str | None = data.get("InstanceMarketOptions", {}).get("MarketType")
    return market
