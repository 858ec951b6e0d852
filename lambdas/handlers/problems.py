"""Errors as HTTP answers: RFC 9457 problem documents, in one place."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from lambdas.aws.errors import CALL_ERRORS, meaning
from lambdas.aws.registry import Conflict, ForeignKey
from lambdas.domain.progress import Failed, Waiting
from lambdas.domain.refusal import Refused
from lambdas.domain.views import FieldProblem, ProblemDocument
from lambdas.steps.intake import NameTaken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_lambda_powertools.event_handler import APIGatewayRestResolver

    from lambdas.aws.errors import CallError

CONTENT_TYPE: Final = "application/problem+json"
_TYPE: Final = "about:blank"


class Unfulfilled(Exception):  # noqa: N818 -- an answer to a user
    """A request that is not carried out, with the status and the words that say why."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def register(app: APIGatewayRestResolver) -> None:
    """Make every error of the API a problem document."""
    app.exception_handler(Refused)(_refused)
    app.exception_handler(NameTaken)(_name_taken)
    app.exception_handler(Conflict)(_conflict)
    app.exception_handler(Unfulfilled)(_unfulfilled)
    app.exception_handler(ForeignKey)(_foreign_key)
    app.exception_handler(NotFoundError)(_no_route)
    for error in CALL_ERRORS:
        app.exception_handler(error)(_hindered)


def problem(status: HTTPStatus, detail: str, errors: Iterable[FieldProblem] = ()) -> Response[str]:
    """The answer to a request that was not carried out. Nothing has been changed."""
    document = ProblemDocument(type=_TYPE, title=status.phrase, status=int(status), detail=detail, errors=tuple(errors))
    return Response(status_code=int(status), content_type=CONTENT_TYPE, body=msgspec.json.encode(document).decode())


def _refused(refusal: Refused) -> Response[str]:
    errors = [FieldProblem(pointer=e.pointer, detail=e.detail, remedy=e.remedy) for e in refusal.errors]
    count = f"{len(errors)} things are" if len(errors) > 1 else "One thing is"
    return problem(HTTPStatus(refusal.status), f"{count} wrong with the spec; nothing was started.", errors)


def _name_taken(error: NameTaken) -> Response[str]:
    name = error.args[0]
    return problem(
        HTTPStatus.CONFLICT,
        f"There is a cluster {name} with another spec, which this request leaves as it is. Choose another name, or see "
        f"GET /clusters/{name} for what it is.",
    )


def _conflict(_: Conflict) -> Response[str]:
    return problem(HTTPStatus.CONFLICT, "Many requests change this cluster at the same time. Send this one again.")


def _unfulfilled(error: Unfulfilled) -> Response[str]:
    return problem(error.status, error.detail)


def _foreign_key(_: ForeignKey) -> Response[str]:
    return problem(HTTPStatus.BAD_REQUEST, "This nextToken is not one that this list has answered. Start without it.")


def _hindered(error: CallError) -> Response[str]:
    """A call of ours that AWS did not carry out: 503 for what passes, 500 for what does not."""
    progress = meaning(error)
    if isinstance(progress, Waiting):
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{progress.detail}. Send the same request again in a while.")
    detail = f"{progress.cause} {progress.remedy}" if isinstance(progress, Failed) else str(error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _no_route(_: NotFoundError) -> Response[str]:
    return problem(HTTPStatus.NOT_FOUND, "There is no such path and method: GET /openapi.json lists what there is.")
