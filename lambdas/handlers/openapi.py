"""The API's description: Powertools knows the routes, the domain knows the spec."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from lambdas.domain.admission import json_schema
from lambdas.domain.adoption_body import ADOPTION
from lambdas.domain.adoption_body import schema as adoption_schema
from lambdas.domain.schedule_schema import CALENDAR, RESIZE, UNTIL, schemas
from lambdas.domain.schema import COMPONENTS, ROOT, to_components
from lambdas.domain.views import PROBLEM_JSON, Arranged, ProblemDocument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.event_handler import APIGatewayRestResolver
    from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

JSON: Final = "application/json"
YAML: Final = "application/yaml"
TITLE: Final = "Slipway"
VERSION: Final = "1.0.0"

BODY_REFUSALS: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
"""How a route that takes a body can refuse it."""

_TROUBLES: Final = (HTTPStatus.FORBIDDEN, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)
"""What any request may meet: IAM refuses it at the gateway, or AWS refuses or hinders what it would have Slipway do."""

_TAKES: Final = {
    ("/clusters", "post"): ROOT,
    ("/clusters/{name}", "put"): ROOT,
    ("/plan", "post"): ROOT,
    ("/clusters/{name}/plan", "post"): ROOT,
    ("/clusters/{name}/schedule", "put"): CALENDAR,
    ("/clusters/{name}/sleep", "post"): UNTIL,
    ("/clusters/{name}/wake", "post"): UNTIL,
    ("/clusters/{name}/scale", "post"): RESIZE,
    ("/clusters/{name}/adopt", "post"): ADOPTION,
}
"""The name of the schema of each body."""

_OPTIONAL: Final = frozenset((f"/clusters/{{name}}/{call}", "post") for call in ("plan", "sleep", "wake", "adopt"))
"""The routes whose bodies may be left out."""

_REPLACES: Final = (("/clusters/{name}", "put"), ("/plan", "post"), ("/clusters/{name}/plan", "post"))
"""The routes that may be told what is to be made anew where nothing else will do."""

_TAKES_TOKEN: Final = (("/clusters", "get"), ("/clusters/{name}/runs", "get"), ("/clusters/{name}/events", "get"))

_CLUSTER: Final = ("name", "/cluster/name")
_LINKS: Final = (
    ("cluster", "get", "/clusters/{name}", *_CLUSTER),
    ("runs", "get", "/clusters/{name}/runs", *_CLUSTER),
    ("events", "get", "/clusters/{name}/events", *_CLUSTER),
    ("kubeconfig", "get", "/clusters/{name}/kubeconfig", *_CLUSTER),
    ("plan", "post", "/clusters/{name}/plan", *_CLUSTER),
    ("drift", "get", "/clusters/{name}/drift", *_CLUSTER),
    ("look", "post", "/clusters/{name}/drift", *_CLUSTER),
    ("schedule", "get", "/clusters/{name}/schedule", *_CLUSTER),
    ("newSchedule", "put", "/clusters/{name}/schedule", *_CLUSTER),
    ("noSchedule", "delete", "/clusters/{name}/schedule", *_CLUSTER),
    ("sleep", "post", "/clusters/{name}/sleep", *_CLUSTER),
    ("wake", "post", "/clusters/{name}/wake", *_CLUSTER),
    ("scale", "post", "/clusters/{name}/scale", *_CLUSTER),
    ("run", "get", "/runs/{run}", "run", "/run/id"),
    ("deletion", "delete", "/clusters/{name}", *_CLUSTER),
)
"""What an accepted spec leads to: a title, the call, its parameter, and where the answer has the parameter's value."""


def responses(status: HTTPStatus, model: object, *refusals: HTTPStatus) -> dict[int, OpenAPIResponse]:
    """A route's answers: ``model`` as JSON (None: text in YAML), and problems."""
    described: dict[int, OpenAPIResponse] = {
        int(refusal): {"description": refusal.phrase, "content": {PROBLEM_JSON: {"model": ProblemDocument}}}
        for refusal in (*refusals, *_TROUBLES)
    }
    if model is None:
        described[int(status)] = {"description": status.phrase, "content": {YAML: {"schema": {"type": "string"}}}}
    else:
        described[int(status)] = {"description": status.phrase, "content": {JSON: {"model": model}}}
    return described


def arranged(*refusals: HTTPStatus) -> dict[int, OpenAPIResponse]:
    """The answers of a route that changes a cluster's nights: with a run, or without one where nothing is to do."""
    return {
        **responses(HTTPStatus.OK, Arranged, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, *refusals),
        **responses(HTTPStatus.ACCEPTED, Arranged),
    }


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
    components = to_components(json_schema())
    described["components"]["schemas"].update(components | schemas() | {ADOPTION: adoption_schema()})
    _describe_bodies(described["paths"])
    _describe_parameters(described["paths"], components)
    _describe_links(described["paths"])
    return described


def _describe_bodies(paths: dict[str, Any]) -> None:
    for (path, method), schema in _TAKES.items():
        content = {JSON: {"schema": {"$ref": f"{COMPONENTS}{schema}"}}}
        paths[path][method]["requestBody"] = {"required": (path, method) not in _OPTIONAL, "content": content}


def _describe_parameters(paths: dict[str, Any], components: Mapping[str, Any]) -> None:
    """Clusters and runs are called by names of one kind; a list may be asked for its next page."""
    named = components[ROOT]["properties"]["name"]
    name = {keyword: named[keyword] for keyword in ("type", "minLength", "maxLength", "pattern")}
    for parameter in (one for item in paths.values() for it in item.values() for one in it.get("parameters", ())):
        parameter["schema"] = name
    token = {"name": "nextToken", "in": "query", "required": False, "schema": {"type": "string"}}
    for path, method in _TAKES_TOKEN:
        paths[path][method].setdefault("parameters", []).append(token)
    replace = {"name": "replace", "in": "query", "required": False, "schema": {"type": "string"}}
    for path, method in _REPLACES:
        paths[path][method].setdefault("parameters", []).append(replace)


def _describe_links(paths: dict[str, Any]) -> None:
    """Where to go on from an accepted spec."""
    paths["/clusters"]["post"]["responses"][str(int(HTTPStatus.ACCEPTED))]["links"] = {
        title: {"operationId": paths[path][method]["operationId"], "parameters": {parameter: f"$response.body#{where}"}}
        for title, method, path, parameter, where in _LINKS
    }
