"""What comes in with a request, and what goes out with an answer."""

from __future__ import annotations

import base64
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aws_lambda_powertools.event_handler import Response

from lambdas.aws.registry import ForeignKey
from lambdas.domain.admission import admit_object
from lambdas.domain.documents import parsed
from lambdas.handlers.openapi import JSON
from lambdas.handlers.problems import Unfulfilled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

    from lambdas.domain.constraints import JsonValue
    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.spec import ClusterSpec


_LONGEST_KEY: Final = 1024
"""The bytes that DynamoDB allows in a sort key; a partition key may have twice as many."""


def spec_in(event: APIGatewayProxyEvent) -> tuple[ClusterSpec, Sent]:
    """The admitted spec of the body, and the body as it was sent. Raises Refused, or Unfulfilled for another type."""
    document = document_in(event)
    spec = admit_object(document)
    assert isinstance(document, dict)  # nothing else is admitted
    return spec, document


def document_in(event: APIGatewayProxyEvent) -> JsonValue:
    """The JSON in the body. Raises Refused if there is none, or Unfulfilled for another type."""
    content_type = (event.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if content_type != JSON:
        raise Unfulfilled(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"The body is said to be {content_type or 'of no type'}, so it was not read; nothing was started.",
            pointer="",
            why=f"Only {JSON} is read here.",
            remedy=f"Send JSON with Content-Type: {JSON}.",
        )
    body = event.body or ""
    return parsed(base64.b64decode(body) if event.is_base64_encoded else body)


def document_or_nothing_in(event: APIGatewayProxyEvent) -> JsonValue:
    """The JSON in the body, or an empty object for a request without a body, which needs no type. Raises likewise."""
    return document_in(event) if event.body else {}


def page_after(event: APIGatewayProxyEvent) -> dict[str, str] | None:
    """Where the page starts: the key inside ``nextToken``. Raises ForeignKey for one that we never gave."""
    token = event.get_query_string_value("nextToken")
    if not token:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, RecursionError):
        key = None
    if not isinstance(key, dict) or not all(_is_key(value) for value in key.values()):
        raise ForeignKey
    return key


def _is_key(value: object) -> bool:
    """Whether DynamoDB would take the value as a key: it refuses empty ones and long ones; ours are in ASCII."""
    return isinstance(value, str) and value.isascii() and 0 < len(value) <= _LONGEST_KEY


def next_token(following: Mapping[str, Any] | None) -> str | None:
    """The token for the page that starts after a key."""
    return base64.urlsafe_b64encode(json.dumps(following).encode()).decode() if following else None


def answer(view: object, status: HTTPStatus = HTTPStatus.OK, location: str = "") -> Response[str]:
    """A view as JSON."""
    headers: dict[str, str | list[str]] = {"Location": location} if location else {}
    body = msgspec.json.encode(view).decode()
    return Response(status_code=int(status), content_type=JSON, body=body, headers=headers)
