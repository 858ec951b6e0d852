"""The few words of ASGI the front door speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    # ASGI's own open dictionaries: https://asgi.readthedocs.io/en/latest/specs/main.html
    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def read_headers(scope: Scope) -> dict[str, str]:
    """The request's headers in lower case; a repeated one is joined by commas, as HTTP means it."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


async def read_body(receive: Receive) -> bytes:
    """The whole request body."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that hands out a body already read, and afterwards what still comes."""
    handed_out = False

    async def receive_again() -> Message:
        nonlocal handed_out
        if handed_out:
            return await receive()
        handed_out = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


async def respond(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Send one whole response."""
    fields = {"content-length": str(len(body)), **{name.lower(): value for name, value in headers.items()}}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def hang_up(send: Send) -> None:
    """Close the connection before an answer is complete, which is as near as ASGI comes to closing it without one."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
