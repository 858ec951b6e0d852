"""The API's description: Powertools knows the routes, the domain knows the spec."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from lambdas.domain.admission import json_schema
from lambdas.domain.views import ProblemDocument
from lambdas.handlers.problems import CONTENT_TYPE

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import APIGatewayRestResolver
    from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

JSON: Final = "application/json"
YAML: Final = "application/yaml"
TITLE: Final = "Slipway"
VERSION: Final = "1.0.0"

SPEC_REFUSALS: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
"""How a route that takes a spec can refuse it."""

_TROUBLES: Final = (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)
"""What AWS may do to any request: hinder it for a while, or refuse what Slipway may not do."""

_SPEC: Final = "ClusterSpec"
_REF: Final = "#/components/schemas/"
_TAKES_SPEC: Final = (("/clusters", "post"), ("/plan", "post"))
_TAKES_TOKEN: Final = (("/clusters", "get"), ("/clusters/{name}/runs", "get"))


def responses(status: HTTPStatus, model: object, *refusals: HTTPStatus) -> dict[int, OpenAPIResponse]:
    """A route's answers: ``model`` as JSON (None: text in YAML), and problems. IAM can always refuse."""
    described: dict[int, OpenAPIResponse] = {
        int(refusal): {"description": refusal.phrase, "content": {CONTENT_TYPE: {"model": ProblemDocument}}}
        for refusal in (*refusals, *_TROUBLES)
    }
    described[int(HTTPStatus.FORBIDDEN)] = {
        "description": "Not signed, or not allowed by IAM: the gateway's own answer",
        "content": {JSON: {"schema": {"type": "object", "properties": {"message": {"type": "string"}}}}},
    }
    if model is None:
        described[int(status)] = {"description": status.phrase, "content": {YAML: {"schema": {"type": "string"}}}}
    else:
        described[int(status)] = {"description": status.phrase, "content": {JSON: {"model": model}}}
    return described


@cache  # Powertools can describe an app only once: doing so uses up the models of its routes
def document(app: APIGatewayRestResolver) -> dict[str, Any]:
    """OpenAPI 3.1 as JSON. A request body is the same schema that editors get."""
    described: dict[str, Any] = json.loads(
        app.get_openapi_json_schema(
            title=TITLE,
            version=VERSION,
            description="POST a cluster spec, watch its run. Every request needs an AWS SigV4 signature.",
        )
    )
    described["components"]["schemas"].update(_spec_schemas())
    body = {"required": True, "content": {JSON: {"schema": {"$ref": f"{_REF}{_SPEC}"}}}}
    token = {"name": "nextToken", "in": "query", "required": False, "schema": {"type": "string"}}
    for path, method in _TAKES_SPEC:
        described["paths"][path][method]["requestBody"] = body
    for path, method in _TAKES_TOKEN:
        described["paths"][path][method].setdefault("parameters", []).append(token)
    return described


def _spec_schemas() -> dict[str, Any]:
    """The spec's schema and its parts as components, with their references turned accordingly."""
    text = json.dumps(json_schema()).replace('"#/$defs/', f'"{_REF}{_SPEC}.')
    schema = json.loads(text)
    parts = schema.pop("$defs", {})
    schema.pop("$schema", None)
    return {_SPEC: schema, **{f"{_SPEC}.{name}": part for name, part in parts.items()}}
