"""What API Gateway does between HTTP and the function: proxy events, and a server on loopback that hands them over."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Json = Any
    Function = Callable[[dict[str, Json]], "Answer"]

STAGE = "/v1"
"""Where the API is mounted: callers see it in their URL, the resolver does not."""


@dataclass(frozen=True)
class Answer:
    """What API Gateway would send."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:  # noqa: ANN401 -- JSON
        return json.loads(self.body)

    @property
    def content_type(self) -> str:
        return self.headers["Content-Type"]


def proxy_event(method: str, url: str, headers: Mapping[str, str], body: str | bytes | None) -> dict[str, Json]:
    """The event of a request; a body in bytes is wrapped as an API with binary media types wraps it."""
    path, query = unquote(urlsplit(url).path, errors="replace"), parse_qs(urlsplit(url).query, keep_blank_values=True)
    return {
        "httpMethod": method,
        "path": path,
        "resource": "/{proxy+}",
        "headers": dict(headers),
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": {"proxy": path.removeprefix("/")},
        "stageVariables": None,
        "requestContext": {
            "requestId": "request-1",
            "path": f"{STAGE}{path}",
            "stage": STAGE.removeprefix("/"),
            "identity": {"userArn": "arn:aws:iam::000000000000:user/alice"},
        },
        "body": b64encode(body).decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": isinstance(body, bytes),
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave together, so that neither waits for the other's acknowledgement.
    wbufsize = -1
    function: Function
    one_at_a_time: Lock

    def handle_any(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        # The API has no binary media types, so every body is handed on as text.
        body = sent.decode(errors="replace") or None
        event = proxy_event(self.command, self.path, dict(self.headers.items()), body)
        with self.one_at_a_time:
            given = self.function(event)
        payload = given.body.encode()
        self.send_response(given.status)
        for name, value in given.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):  # what http.server looks for: do_GET, do_POST, and whatever else is sent
            return self.handle_any
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def served(function: Function) -> Iterator[str]:
    """The URL at which the function answers, on a free port of this machine, until the end."""
    handler = type("Handler", (_Handler,), {"function": staticmethod(function), "one_at_a_time": Lock()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
