"""Refusals of the API: an RFC 9457 problem, or an error of API Gateway's own, as lines to read."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, cast

from cli.errors import REMEDIES, CliError
from cli.shapes import FieldError, Json, Problem

_EXCERPT_LENGTH: Final = 200


class RefusedError(CliError):
    """The API answered, but not what was asked for. ``status`` is HTTP's."""

    def __init__(self, status: int, *lines: str) -> None:
        super().__init__(*lines)
        self.status = status


def refusal(status: int, headers: Mapping[str, str], body: str) -> RefusedError:
    """The refusal that an answer with a status of 300 and more is."""
    answer = _json_object(body)
    if answer is None:
        return RefusedError(status, f"{_phrase(status)}: {_excerpt(body)}{_request(status, headers)}")
    if "title" in answer or "errors" in answer:
        return RefusedError(status, *problem_lines(status, cast("Problem", answer)))
    return RefusedError(status, _gateway_line(status, headers, answer))


def problem_lines(status: int, problem: Problem) -> list[str]:
    """A headline, then ``pointer: detail -> remedy`` for each field."""
    title = problem.get("title") or _phrase(status)
    detail = problem.get("detail")
    headline = f"{title}: {detail}" if detail and detail != title else title
    return [headline, *(field_line(error) for error in problem.get("errors") or [])]


def field_line(error: FieldError) -> str:
    """``pointer: detail -> remedy``, without what the API left out."""
    text = ": ".join(part for part in (error.get("pointer"), error.get("detail")) if part)
    remedy = error.get("remedy")
    return f"{text} -> {remedy}" if remedy else text


def _gateway_line(status: int, headers: Mapping[str, str], answer: Json) -> str:
    """API Gateway writes ``message`` or ``Message`` and names the error in a header."""
    message = str(answer.get("message") or answer.get("Message") or _phrase(status)).rstrip(".")
    code = headers.get("x-amzn-errortype", "").split(":")[0]
    remedy = REMEDIES.get(code)
    return f"{_phrase(status)}: {message}" + (f": {remedy}" if remedy else _request(status, headers))


def _phrase(status: int) -> str:
    known = status in HTTPStatus.__members__.values()
    return f"{status} {HTTPStatus(status).phrase}" if known else str(status)


def _request(status: int, headers: Mapping[str, str]) -> str:
    """A failure on the other side is looked up in its logs by this id."""
    request = headers.get("x-amzn-requestid")
    failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return f" (request {request})" if failed and request else ""


def _json_object(body: str) -> Json | None:
    try:
        answer = json.loads(body)
    except json.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None


def _excerpt(body: str) -> str:
    text = " ".join(body.split())
    return text if len(text) <= _EXCERPT_LENGTH else f"{text[:_EXCERPT_LENGTH]}…"
