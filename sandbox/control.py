"""The sandbox's control endpoint for fault rules: `/_sandbox/faults` adds, lists and removes them."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from sandbox.twin.faults import RuleError
from sandbox.twin.faults.codec import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.twin.faults import Faults

FAULTS_PATH = "/_sandbox/faults"


class FaultsControl:
    """Adds, lists and removes the fault rules before one twin, which `faults` finds when it is needed."""

    def __init__(self, faults: Callable[[], Faults]) -> None:
        self._faults = faults

    def concerns(self, path: str) -> bool:
        """Is this path the endpoint's?"""
        return path == FAULTS_PATH or path.startswith(f"{FAULTS_PATH}/")

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Return the status and the JSON body of the answer to a request."""
        rule_id = path.removeprefix(FAULTS_PATH).strip("/")
        match method:
            case "POST" if not rule_id:
                status, document = self._add(body)
            case "GET" if not rule_id:
                status, document = HTTPStatus.OK, {"faults": [encode(it) for it in self._faults().rules()]}
            case "DELETE":
                status, document = self._remove(rule_id)
            case _:
                status, document = (
                    HTTPStatus.METHOD_NOT_ALLOWED,
                    {"message": f"POST, GET and DELETE {FAULTS_PATH}, or DELETE {FAULTS_PATH}/ID"},
                )
        return status, json.dumps(document).encode()

    def _add(self, body: bytes) -> tuple[HTTPStatus, dict[str, object]]:
        faults = self._faults()
        try:
            rule_id = faults.add(decode(body))
        except RuleError as error:
            return HTTPStatus.BAD_REQUEST, {"message": str(error)}
        return HTTPStatus.CREATED, next(encode(it) for it in faults.rules() if it.id == rule_id)

    def _remove(self, rule_id: str) -> tuple[HTTPStatus, dict[str, object]]:
        faults = self._faults()
        try:
            if rule_id:
                faults.remove(rule_id)
            else:
                faults.clear()
        except KeyError:
            return HTTPStatus.NOT_FOUND, {"message": f"no rule has the id {rule_id}"}
        return HTTPStatus.OK, {"faults": [encode(it) for it in faults.rules()]}
