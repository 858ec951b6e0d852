"""The one HTTP front door: the sandbox's own answers, then the EKS twin, then MiniStack."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Protocol

from sandbox.asgi import hang_up, read_body, read_headers, replay, respond
from sandbox.status import HEALTH_PATH
from sandbox.twin.wire import AnswerLost

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.asgi import Application, Receive, Scope, Send
    from sandbox.status import Status

_CREDENTIAL_SCOPE = re.compile(r"Credential=[^/,]+/\d{8}/[^/]+/([^/]+)/aws4_request")

_JSON = {"content-type": "application/json"}

TWIN_SERVICES = frozenset({"eks", "autoscaling", "servicequotas"})
"""The signing names whose requests the twin is asked about before MiniStack."""


TOUCHED_SERVICES = frozenset({"ec2", "logs"})
"""Those in which the twin makes and leaves things by itself, which whoever looks there is to find."""


class Gate(Protocol):
    """Whoever may answer a request in MiniStack's place."""

    async def settle(self) -> None:
        """Let everything happen that is due by now."""

    async def answer(
        self, service: str, scope: Scope, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes] | None:
        """Status, headers and body; None leaves the request to MiniStack.

        Raises:
            AnswerLost: the connection is to end without an answer.
        """


class Control(Protocol):
    """An endpoint of the sandbox's own."""

    def concerns(self, path: str) -> bool:
        """Is this path the endpoint's?"""

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Return the status and the JSON body of the answer to a request."""


class FrontDoor:
    """An ASGI application that stands before MiniStack's on the same port."""

    def __init__(self, status: Status, controls: Sequence[Control], gate: Gate, ministack: Application) -> None:
        self._status = status
        self._controls = controls
        self._gate = gate
        self._ministack = ministack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on unread."""
        if scope["type"] != "http":
            await self._ministack(scope, receive, send)
        elif scope["path"] == HEALTH_PATH:
            code, body = self._status.answer()
            await respond(send, code, _JSON, body)
        elif control := next((it for it in self._controls if it.concerns(scope["path"])), None):
            sent = await read_body(receive)
            # In a thread: what a rule does at once may look into IAM or EC2, which this very event loop serves.
            code, body = await asyncio.to_thread(control.answer, scope["method"], scope["path"], sent)
            await respond(send, code, _JSON, body)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = read_headers(scope)
        service = signed_service(headers)
        if service in TOUCHED_SERVICES:
            await self._gate.settle()
        if service not in TWIN_SERVICES:
            await self._ministack(scope, receive, send)
            return
        body = await read_body(receive)
        try:
            answer = await self._gate.answer(service, scope, headers, body)
        except AnswerLost:
            await hang_up(send)
            return
        if answer is None:
            await self._ministack(scope, replay(body, receive), send)
        else:
            await respond(send, *answer)


def signed_service(headers: Mapping[str, str]) -> str:
    """The service a request is signed for (SigV4's credential scope), or an empty string."""
    found = _CREDENTIAL_SCOPE.search(headers.get("authorization", ""))
    return found[1] if found else ""
