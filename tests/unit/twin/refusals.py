"""What tables of refusals are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.unit.twin.house import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

INVALID_PARAMETER = (400, "InvalidParameterException")
INVALID_REQUEST = (400, "InvalidRequestException")
IN_USE = (409, "ResourceInUseException")
NOT_FOUND = (404, "ResourceNotFoundException")
LIMIT = (400, "ResourceLimitExceededException")


@dataclass(frozen=True)
class Case:
    """Parameters added to a create call that works, and the refusal they meet."""

    about: str
    params: dict[str, Any]
    error: tuple[int, str]
    message: str
    body: dict[str, Any] = field(default_factory=dict)


def ids(case: Case) -> str:
    return case.about


def check(call: Callable[[], object], case: Case) -> None:
    status, code, message, body = refusal(call)
    assert (status, code) == case.error
    assert case.message in message
    assert case.body.items() <= body.items()
