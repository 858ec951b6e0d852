"""How a state fails, and which Retry or Catch takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services.stepfunctions import _ExecutionError

if TYPE_CHECKING:
    from collections.abc import Iterable

StateError = _ExecutionError
"""MiniStack's exception, with the `error` name and the `cause` text: its integrations raise it."""

RUNTIME = "States.Runtime"
TIMEOUT = "States.Timeout"
DATA_LIMIT = "States.DataLimitExceeded"
NO_CHOICE = "States.NoChoiceMatched"
QUERY = "States.QueryEvaluationError"
PERMISSIONS = "States.Permissions"

_TERMINAL = frozenset({RUNTIME, DATA_LIMIT})
"""Errors that the wildcards do not take: a definition or data that no second attempt mends."""


class Stopped(Exception):  # noqa: N818 - not an error: the execution, or the branch's Parallel, is over
    """Raised in a branch whose result nobody waits for any more."""


def takes(handler: dict[str, Any], error: str) -> bool:
    """Does this retrier or catcher handle `error`?"""
    names: Iterable[str] = handler.get("ErrorEquals", ())
    if error in names:
        return True
    if error in _TERMINAL:
        return False
    return "States.ALL" in names or ("States.TaskFailed" in names and error != TIMEOUT)
