"""moto's answers, kept for as long as moto would give them again: most questions are asked by every run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tests.simulation.plain import copied

if TYPE_CHECKING:
    from collections.abc import Callable

    Json = dict[str, Any]
    Answers = dict[str, Json | ClientError]

_APART: Final = frozenset({"iam", "logs"})
"""Services in which a change alters no other service's answers."""

_SECURITY_GROUPS: Final = "SecurityGroup"
"""What is changed most often, and shows in no other of EC2's answers than those about it."""


class Memory:
    """What was answered, by what it is about; what was answered at first is known again whenever all begins anew."""

    def __init__(self) -> None:
        self._at_first: dict[str, Answers] = {}
        self._since: dict[str, Answers] = {}
        self._all_else: dict[str, Answers] | None = None

    @property
    def is_changed(self) -> bool:
        """Whether anything has changed since all began."""
        return bool(self._since) or self._all_else is not None

    def begin_anew(self) -> None:
        """Everything is as it was at first."""
        self._since, self._all_else = {}, None

    def change(self, service: str, operation: str) -> None:
        """Something changes: forget what may be answered differently from now on."""
        about = _about(service, operation)
        if about == service and service not in _APART:
            self._since, self._all_else = {}, {}
        else:
            self._since[about] = {}

    def recall(self, service: str, operation: str, params: Json, ask: Callable[[], Json]) -> Json:
        """The answer to a question, asked only if nobody knows it."""
        answers = self._answers(_about(service, operation))
        question = f"{service}:{operation}:{json.dumps(params, sort_keys=True, default=str)}"
        if question not in answers:
            answers[question] = _answered(ask)
        known = answers[question]
        if isinstance(known, ClientError):
            raise type(known)(copied(known.response), known.operation_name)
        answer: Json = copied(known)
        return answer

    def _answers(self, about: str) -> Answers:
        if about in self._since:
            return self._since[about]
        return (self._at_first if self._all_else is None else self._all_else).setdefault(about, {})


def _answered(ask: Callable[[], Json]) -> Json | ClientError:
    try:
        return ask()
    except ClientError as error:
        return error


def _about(service: str, operation: str) -> str:
    return f"{service} {_SECURITY_GROUPS}" if service == "ec2" and _SECURITY_GROUPS in operation else service
