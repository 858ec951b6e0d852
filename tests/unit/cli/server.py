"""The API's shapes behind real HTTP on 127.0.0.1: scripted answers, recorded requests."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final

STAGE: Final = "/prod"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server sends; a body that is no text goes out as JSON."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.body if isinstance(self.body, str) else json.dumps(self.body)


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: str

    @property
    def route(self) -> str:
        """Method and path, without the stage."""
        return f"{self.method} {self.path.removeprefix(STAGE)}"

    @property
    def json(self) -> object:
        return json.loads(self.body)


DROPPED = Answer(0)
"""The connection is closed without an answer."""

NOT_FOUND = Answer(404, {"title": "Not found", "status": 404, "detail": "there is none of that name"})


class ScriptedApi:
    """Answers a route with its script, one entry a request; the last entry is repeated."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Request] = []
        self._scripts: dict[str, list[Answer]] = {}

    def script(self, route: str, *answers: Answer) -> None:
        """``route`` is a method and a path, such as ``GET /clusters``."""
        self._scripts[route] = list(answers)

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        script = self._scripts.get(request.route)
        if not script:
            return NOT_FOUND
        return script.pop(0) if len(script) > 1 else script[0]

    def routes(self) -> list[str]:
        """The routes asked for, in order."""
        return [request.route for request in self.requests]


class _Server(ThreadingHTTPServer):
    api: ScriptedApi


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        headers = dict(self.headers.items())
        answer = self.server.api.answer(Request(self.command, self.path, headers, body))
        if answer is DROPPED:
            return
        payload = answer.text.encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - the names that http.server looks for

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def serving() -> Iterator[ScriptedApi]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.api = ScriptedApi(f"http://127.0.0.1:{server.server_port}{STAGE}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005})
        thread.start()
        try:
            yield server.api
        finally:
            server.shutdown()
            thread.join()
