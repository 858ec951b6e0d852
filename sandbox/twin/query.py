"""The AWS query protocol, read from the service model: input, output and errors of Auto Scaling."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from sandbox.twin.errors import COMMON_ERRORS, Refusal
from sandbox.twin.model import AUTOSCALING, service_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel

    from sandbox.twin.wire import Json

ACTION = "Action"


def form(body: bytes) -> dict[str, str]:
    """Return the form's fields."""
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def parse(operation: OperationModel, fields: Mapping[str, str]) -> Json:
    """Return the operation's parameters from flat fields such as `AutoScalingGroupNames.member.1`."""
    return _read(operation.input_shape, fields, "") or {}


def _read(shape: Any, fields: Mapping[str, str], prefix: str) -> Any:  # noqa: ANN401 - walks any shape
    """Return what `fields` hold below `prefix` in the form of `shape`, or None for nothing."""
    if shape.type_name == "structure":
        found = {
            name: _read(member, fields, _dot(prefix, member.serialization.get("name", name)))
            for name, member in shape.members.items()
        }
        return {name: value for name, value in found.items() if value is not None} or None
    if shape.type_name == "list":
        return _read_list(shape, fields, prefix)
    text = fields.get(prefix)
    return None if text is None else _scalar(shape.type_name, text, prefix)


def _read_list(shape: Any, fields: Mapping[str, str], prefix: str) -> list[Any] | None:  # noqa: ANN401 - likewise
    items: list[Any] = []
    while (item := _read(shape.member, fields, f"{prefix}.member.{len(items) + 1}")) is not None:
        items.append(item)
    return items or None


def _scalar(type_name: str, text: str, where: str) -> object:
    if type_name == "boolean":
        return text.lower() == "true"
    if type_name == "integer":
        try:
            return int(text)
        except ValueError as error:
            raise Refusal("ValidationError", f"Value '{text}' at '{where}' must be an integer") from error
    return text


def _dot(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def render(operation: OperationModel, value: Json, request_id: str) -> bytes:
    """Return the XML answer of `operation`."""
    root = ET.Element(f"{operation.name}Response", xmlns=operation.service_model.metadata["xmlNamespace"])
    shape = operation.output_shape
    if shape is not None:
        _write(ET.SubElement(root, str(shape.serialization["resultWrapper"])), shape, value)
    metadata = ET.SubElement(root, "ResponseMetadata")
    ET.SubElement(metadata, "RequestId").text = request_id
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _write(element: ET.Element, shape: Any, value: Any) -> None:  # noqa: ANN401 - walks any shape
    if shape.type_name == "structure":
        unknown = set(value) - set(shape.members)
        if unknown:
            raise KeyError(f"{shape.name} has no member {sorted(unknown)}")
        for name, item in value.items():
            if item is not None:
                member = shape.members[name]
                _write(ET.SubElement(element, member.serialization.get("name", name)), member, item)
    elif shape.type_name == "list":
        for item in value:
            _write(ET.SubElement(element, "member"), shape.member, item)
    else:
        element.text = _text(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return str(value)


def error(refusal: Refusal, request_id: str) -> tuple[int, bytes]:
    """Return status and XML body of a refusal."""
    root = ET.Element("ErrorResponse", xmlns=service_model(AUTOSCALING).metadata["xmlNamespace"])
    element = ET.SubElement(root, "Error")
    for name, text in (("Type", "Sender"), ("Code", refusal.code), ("Message", refusal.message)):
        ET.SubElement(element, name).text = text
    ET.SubElement(root, "RequestId").text = request_id
    return _status(refusal.code), bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _status(code: str) -> int:
    declared = {
        shape.metadata["error"].get("code", shape.name): shape.metadata["error"]
        for shape in service_model(AUTOSCALING).error_shapes
    }
    return int(declared[code]["httpStatusCode"]) if code in declared else COMMON_ERRORS.get(code, 400)
