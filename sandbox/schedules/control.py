"""The sandbox's control endpoint for firings: `/_sandbox/firings` tells of them, and adds and removes interferences."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.schedules.interference import Interference, InterferenceError, Interferences, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.schedules.clockwork import Outcome

FIRINGS_PATH = "/_sandbox/firings"


class FiringsControl:
    """Answers for the Scheduler of the whole sandbox. `outcomes` are those of the firings, the oldest first."""

    def __init__(self, interferences: Interferences, outcomes: Iterable[Outcome]) -> None:
        self._interferences = interferences
        self._outcomes = outcomes

    def concerns(self, path: str) -> bool:
        """Is this path the endpoint's?"""
        return path == FIRINGS_PATH or path.startswith(f"{FIRINGS_PATH}/")

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Return the status and the JSON body of the answer to a request."""
        rule_id = path.removeprefix(FIRINGS_PATH).strip("/")
        match method:
            case "POST" if not rule_id:
                status, document = self._add(body)
            case "GET" if not rule_id:
                status, document = HTTPStatus.OK, self._document()
            case "DELETE":
                status, document = self._remove(rule_id)
            case _:
                status, document = (
                    HTTPStatus.METHOD_NOT_ALLOWED,
                    {"message": f"POST, GET and DELETE {FIRINGS_PATH}, or DELETE {FIRINGS_PATH}/ID"},
                )
        return status, json.dumps(document).encode()

    def _document(self) -> dict[str, Any]:
        standing = [_encode(one) for one in self._interferences.standing()]
        return {"interferences": standing, "firings": msgspec.to_builtins(list(self._outcomes))}

    def _add(self, body: bytes) -> tuple[HTTPStatus, dict[str, Any]]:
        try:
            one = self._interferences.add(msgspec.json.decode(body, type=Interference))
        except (InterferenceError, msgspec.DecodeError, UnicodeDecodeError) as error:
            return HTTPStatus.BAD_REQUEST, {"message": str(error)}
        return HTTPStatus.CREATED, _encode(one)

    def _remove(self, rule_id: str) -> tuple[HTTPStatus, dict[str, Any]]:
        try:
            if rule_id:
                self._interferences.remove(rule_id)
            else:
                self._interferences.clear()
        except KeyError:
            return HTTPStatus.NOT_FOUND, {"message": f"no interference has the id {rule_id}"}
        return HTTPStatus.OK, self._document()


def _encode(one: Standing) -> dict[str, Any]:
    return {"id": one.id, "fired": one.fired} | dict(msgspec.to_builtins(one.what))
