"""The twin behind boto3 clients of this process: no server, no socket."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError

from sandbox.twin.model import AUTOSCALING, EKS, SERVICE_QUOTAS, service_model
from sandbox.twin.wire import AnswerLost, HttpRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import boto3
    from botocore.awsrequest import AWSPreparedRequest

    from sandbox.twin.wire import Answers


ANSWERED = "http://answered-by-the-twin.invalid/"
"""botocore calls every `before-send` handler and takes the first answer; this address makes the others pass."""


class _RawBody(io.BytesIO):
    """A body as urllib3 would hand it over."""

    def stream(self, **_options: object) -> Iterator[bytes]:
        while chunk := self.read(65536):
            yield chunk


def attach(
    session: boto3.session.Session | botocore.session.Session,
    twin: Answers,
    services: Sequence[str] = (EKS, AUTOSCALING, SERVICE_QUOTAS),
) -> None:
    """Let every client of these services that `session` makes from now on talk to `twin`.

    What the twin does not answer goes on to whoever comes next: moto, a stub, or the network. Registered first,
    so that the twin also comes before moto's own `before-send` handler.
    """
    inner = session if isinstance(session, botocore.session.Session) else session._session  # noqa: SLF001 - boto3 has no public way to the session it wraps
    for service in services:
        model = service_model(service)
        event = f"before-send.{model.service_id.hyphenize()}.*"
        inner.get_component("event_emitter").register_first(event, _sender(model.signing_name, twin))


def _sender(service: str, twin: Answers) -> Any:  # noqa: ANN401 - botocore passes further arguments to handlers by name
    def send(request: AWSPreparedRequest, **_more: object) -> AWSResponse | None:
        try:
            response = twin.handle(_plain(service, request))
        except AnswerLost as lost:
            raise ConnectionClosedError(endpoint_url=request.url, error=lost) from lost
        if response is None:
            return None
        url, request.url = request.url, ANSWERED
        headers = HTTPHeaders.from_dict(dict(response.headers))
        return AWSResponse(url, response.status, headers, _RawBody(response.body))

    return send


def _plain(service: str, request: AWSPreparedRequest) -> HttpRequest:
    url = urlsplit(request.url)
    body = request.body or b""
    if not isinstance(body, str | bytes | bytearray):
        body = body.read()
    return HttpRequest(
        service=service,
        method=request.method,
        path=url.path,
        query=url.query,
        headers={name: _text(value) for name, value in request.headers.items()},
        body=body.encode() if isinstance(body, str) else bytes(body),
    )


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
