"""The REST-JSON protocol, read from the service model: routes, input, output and errors of EKS."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from sandbox.twin.errors import COMMON_ERRORS, Refusal, invalid_parameter
from sandbox.twin.model import EKS, service_model

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

    from sandbox.twin.wire import HttpRequest, Json

_LABEL = re.compile(r"\{(\w+)\+?\}")
_TRUE = "true"
UNKNOWN_OPERATION = "UnknownOperationException"
_STATUS = {UNKNOWN_OPERATION: 404} | COMMON_ERRORS


@dataclass(frozen=True, slots=True)
class Route:
    """One operation's method and path."""

    operation: OperationModel
    method: str
    pattern: re.Pattern[str]


@cache
def routes() -> tuple[Route, ...]:
    """Return every route of the EKS model, the longest paths first so that a general one cannot shadow them."""
    model = service_model(EKS)
    operations = [model.operation_model(name) for name in model.operation_names]
    operations.sort(key=lambda operation: -operation.http["requestUri"].count("/"))
    return tuple(Route(it, it.http["method"], _pattern(it.http["requestUri"])) for it in operations)


def _pattern(uri: str) -> re.Pattern[str]:
    """Turn `/clusters/{name}` into a pattern; an ARN's slashes may have been decoded on the way."""
    parts = _LABEL.split(uri)
    texts, labels = parts[::2], parts[1::2]
    groups = [f"(?P<{label}>{'.+' if label.endswith('Arn') else '[^/]+'})" for label in labels]
    return re.compile("".join(re.escape(text) + group for text, group in zip(texts, [*groups, ""], strict=True)))


def find_route(method: str, path: str) -> tuple[OperationModel, dict[str, str]] | None:
    """Return the operation that answers `method path` and the labels in the path, or None."""
    for route in routes():
        match = route.pattern.fullmatch(path) if route.method == method else None
        if match:
            return route.operation, {name: unquote(text) for name, text in match.groupdict().items()}
    return None


def parse(operation: OperationModel, labels: dict[str, str], request: HttpRequest) -> Json:
    """Return the operation's parameters by their member names; members that the model lacks are ignored.

    Raises:
        Refusal: a body that is not a JSON object, or a number that is none.
    """
    query = parse_qs(request.query, keep_blank_values=True)
    body = _object(request.body)
    headers = {name.lower(): text for name, text in request.headers.items()}
    params: Json = {}
    for name, shape in _members(operation.input_shape).items():
        key = shape.serialization.get("name", name)
        match shape.serialization.get("location"):
            case "uri":
                params[name] = labels[key]
            case "querystring" if key in query:
                params[name] = _from_query(shape, query[key], name)
            case "header" if key.lower() in headers:
                params[name] = headers[key.lower()]
            case None if body.get(key) is not None:
                params[name] = _known_members(shape, body[key])
    return params


def _members(shape: Shape | None) -> dict[str, Any]:
    return dict(getattr(shape, "members", {}))


def _object(body: bytes) -> Json:
    try:
        value = json.loads(body or b"{}")
    except ValueError as error:
        raise Refusal("SerializationException", f"The body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Refusal("SerializationException", "The body is not a JSON object")
    return value


def _from_query(shape: Shape, texts: list[str], name: str) -> object:
    if shape.type_name == "list":
        return texts
    if shape.type_name == "boolean":
        return texts[0].lower() == _TRUE
    if shape.type_name == "integer":
        if not re.fullmatch(r"-?\d+", texts[0]):
            raise invalid_parameter(f"Value '{texts[0]}' at '{name}' must be an integer")
        return int(texts[0])
    return texts[0]


def _known_members(shape: Any, value: Any) -> Any:  # noqa: ANN401 - walks JSON of any shape
    """Drop nulls and members that the model does not have, as the service does."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: _known_members(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_known_members(shape.member, item) for item in value]
    return value


def render(shape: Any, value: Any) -> Any:  # noqa: ANN401 - walks JSON of any shape
    """Return `value` as JSON in the form of `shape`: no nulls, instants as epoch seconds.

    Raises:
        KeyError: the twin wrote a member that the model does not have.
    """
    if shape.type_name == "structure":
        unknown = set(value) - set(shape.members)
        if unknown:
            raise KeyError(f"{shape.name} has no member {sorted(unknown)}")
        return {name: render(shape.members[name], item) for name, item in value.items() if item is not None}
    if shape.type_name == "list":
        return [render(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: render(shape.value, item) for key, item in value.items()}
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    return value


def error(refusal: Refusal) -> tuple[int, Json]:
    """Return status and body of a refusal, both from the error's shape."""
    model = service_model(EKS)
    if refusal.code not in model.shape_names:
        return _STATUS.get(refusal.code, 400), {"message": refusal.message}
    shape = model.shape_for(refusal.code)
    known = {name: value for name, value in refusal.fields.items() if name in _members(shape)}
    return int(shape.metadata["error"]["httpStatusCode"]), {**known, "message": refusal.message}
