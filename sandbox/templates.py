"""Closes: MiniStack forgets what a launch template says of capacity blocks, and answers for one that is not there.

EC2 keeps the market and the capacity reservation, and has three errors for what is not there: for an id, for a name and
for a version. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import ec2

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Any], Any]
    Data = dict[str, Any]

_MARKET = "InstanceMarketOptions.MarketType"
_RESERVATION = "CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId"
_DESCRIBE = "DescribeLaunchTemplateVersions"


def install() -> None:
    """Put wrappers in the place of MiniStack's functions that read, write and describe launch templates."""
    ec2._parse_lt_data = _reading(ec2._parse_lt_data)  # noqa: SLF001 - how it reads a template's data
    ec2._lt_data_xml = _writing(ec2._lt_data_xml)  # noqa: SLF001 - how it writes them
    actions: dict[str, Handler] = ec2._ACTION_MAP  # noqa: SLF001 - its table of actions
    actions[_DESCRIBE] = _describing(actions[_DESCRIBE])


def _reading(read: Callable[..., Data]) -> Callable[..., Data]:
    def read_all(params: Any, prefix: str = "LaunchTemplateData") -> Data:  # noqa: ANN401 - form fields
        said = {path: ec2._p(params, f"{prefix}.{path}") for path in (_MARKET, _RESERVATION)}  # noqa: SLF001
        return read(params, prefix) | {path: value for path, value in said.items() if value}

    return read_all


def _writing(write: Callable[[Data], str]) -> Callable[[Data], str]:
    def write_all(data: Data) -> str:
        found = [_element(path, data[path]) for path in (_MARKET, _RESERVATION) if path in data]
        return write(data) + "".join(found)

    return write_all


def _element(path: str, value: str) -> str:
    """The element for a value at the path of a form field: EC2 writes its names with a small first letter."""
    for name in reversed(path.split(".")):
        tag = name[0].lower() + name[1:]
        value = f"<{tag}>{value}</{tag}>"
    return value


def _describing(describe: Handler) -> Handler:
    def describe_what_is_there(params: Any) -> Any:  # noqa: ANN401 - MiniStack's form fields and response
        missing = _missing(params)
        return ec2._error(*missing, 400) if missing else describe(params)  # noqa: SLF001 - its error response

    return describe_what_is_there


def _missing(params: Any) -> tuple[str, str] | None:  # noqa: ANN401 - form fields
    """The error for a template or a version that is not there."""
    wanted, name = (str(ec2._p(params, f"LaunchTemplate{it}")) for it in ("Id", "Name"))  # noqa: SLF001
    templates = list(ec2._launch_templates.values())  # noqa: SLF001 - its store
    found = [
        it for it in templates if wanted in (it["LaunchTemplateId"], "") and name in (it["LaunchTemplateName"], "")
    ]
    if not found:
        spoken = f"template ID {wanted}" if wanted else f"template name {name}"
        code = "InvalidLaunchTemplateId.NotFound" if wanted else "InvalidLaunchTemplateName.NotFoundException"
        return code, f"The specified launch template, with {spoken}, does not exist."
    there = {str(version["VersionNumber"]) for version in found[0]["Versions"]} | {"$Latest", "$Default"}
    unknown = [it for it in ec2._parse_member_list(params, "LaunchTemplateVersion") if it not in there]  # noqa: SLF001
    if not unknown:
        return None
    text = f"Could not find the specified version {unknown[0]} for the launch template"
    return "InvalidLaunchTemplateId.VersionNotFound", f"{text} with ID {found[0]['LaunchTemplateId']}."
