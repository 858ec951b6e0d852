"""DynamoDB for a house: the simulator's table behind the wire that everything else goes over, too.

moto's took two fifths of the time of tests that are about something else. The registry's own tests are held to moto,
and so is the table.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sandbox.twin.inprocess import attach
from sandbox.twin.wire import HttpResponse
from tests.simulation.refusals import Refused

if TYPE_CHECKING:
    import boto3

    from sandbox.twin.wire import HttpRequest
    from tests.simulation.table import Table

_HEADERS: Final = {"Content-Type": "application/x-amz-json-1.0"}


@dataclass(frozen=True, slots=True)
class Database:
    """One table, as an account's DynamoDB."""

    table: Table

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request in AWS's JSON, version 1.0."""
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        try:
            status, answer = 200, self.table.call(operation, json.loads(request.body))
        except Refused as refused:
            status, answer = refused.status, {"__type": refused.code, "message": refused.message, **refused.members}
        return HttpResponse(status=status, headers=_HEADERS, body=json.dumps(answer).encode())


def install(session: boto3.session.Session, table: Table) -> None:
    """Let every client of DynamoDB that the session makes from now on read and write the table."""
    attach(session, Database(table), ["dynamodb"])
