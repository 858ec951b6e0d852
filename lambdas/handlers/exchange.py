"""What comes in with a request, and what goes out with an answer."""

from __future__ import annotations

import base64
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from aws_lambda_powertools.event_handler import Response

from lambdas.aws.registry import ForeignKey
from lambdas.domain.admission import admit
from lambdas.handlers.openapi import JSON
from lambdas.handlers.problems import Unfulfilled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

    from lambdas.domain.spec import ClusterSpec


def spec_in(event: APIGatewayProxyEvent) -> ClusterSpec:
    """The admitted spec of the body. Raises Refused, or Unfulfilled for another content type."""
    content_type = (event.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if content_type != JSON:
        raise Unfulfilled(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"The body is said to be {content_type or 'of no type'}: send JSON with Content-Type: {JSON}.",
        )
    body = event.body or ""
    return admit(base64.b64decode(body) if event.is_base64_encoded else body)


def page_after(event: APIGatewayProxyEvent) -> dict[str, str] | None:
    """Where the page starts: the key inside ``nextToken``. Raises ForeignKey for one that we never gave."""
    token = event.get_query_string_value("nextToken")
    if not token:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        key = None
    if not isinstance(key, dict) or not all(isinstance(value, str) for value in key.values()):
        raise ForeignKey
    return key


def next_token(following: Mapping[str, Any] | None) -> str | None:
    """The token for the page that starts after a key."""
    return base64.urlsafe_b64encode(json.dumps(following).encode()).decode() if following else None


def answer(view: object, status: HTTPStatus = HTTPStatus.OK, location: str = "") -> Response[str]:
    """A view as JSON."""
    headers: dict[str, str | list[str]] = {"Location": location} if location else {}
    body = msgspec.json.encode(view).decode()
    return Response(status_code=int(status), content_type=JSON, body=body, headers=headers)
