"""One HTTP request and one HTTP response, as plain values: what the twin is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]
"""A JSON object. Its values are whatever the service model says, which no static type can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request as it came over the wire.

    Attributes:
        service: the signing name, `eks` or `autoscaling`.
        method: GET, POST or DELETE.
        path: without the query string and still percent-encoded, for ARNs in paths contain slashes.
        query: the raw query string, without the question mark.
        headers: header names in any case.
        body: the raw body.
        caller: ARN of the principal that signed the request, or None for the account's root.
    """

    service: str
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    caller: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """A response as it goes over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AnswerLost(Exception):  # noqa: N818 - what becomes of an answer, not a fault of this program
    """The connection ends and no answer comes, whatever was done."""


class Answers(Protocol):
    """Whoever answers requests: the twin, or something that stands before it."""

    def handle(self, request: HttpRequest) -> HttpResponse | None:
        """Return the answer, or None to leave the request to others.

        Raises:
            AnswerLost: the connection is to end without an answer.
        """
