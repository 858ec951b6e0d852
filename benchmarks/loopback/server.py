"""A process that answers ``GetItem`` from items in memory, and of every execution that it runs."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from lambdas.domain.table import PARTITION_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from benchmarks.loopback.registry import Items


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together
    items: Items

    def do_POST(self) -> None:
        """Every call of DynamoDB and Step Functions is one."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        payload = json.dumps(self._answer(self.headers["X-Amz-Target"].rpartition(".")[2], asked)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        match operation:
            case "GetItem":
                item = self.items.get(asked["Key"][PARTITION_KEY]["S"])
                return {"Item": item} if item else {}
            case "DescribeExecution":
                return {"executionArn": asked["executionArn"], "status": "RUNNING"}
            case _:
                raise ValueError(f"Nothing that is measured calls {operation}.")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def _serve(items: Items, port: Connection) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"items": items})) as server:
        server.daemon_threads = True
        port.send(server.server_port)
        server.serve_forever()


@contextmanager
def served(items: Items) -> Iterator[str]:
    """Its URL, until the end. It is a process of its own, so as not to take the interpreter from what is measured."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(items, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()
