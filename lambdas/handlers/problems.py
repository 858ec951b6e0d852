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
from lambdas.domain.views import PROBLEM_JSON, FieldProblem, ProblemDocument
from lambdas.steps.adopting import NotAdoptable, NotThere
from lambdas.steps.deletion import Protected
from lambdas.steps.intake import NameTaken, NameUnknown
from lambdas.steps.starting import BeingDeleted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_lambda_powertools.event_handler import APIGatewayRestResolver

    from lambdas.aws.errors import CallError
    from lambdas.domain.adoption_notes import Objection

_TYPE: Final = "about:blank"


class Unfulfilled(Exception):  # noqa: N818 -- an answer to a user
    """A request that is not carried out: the status, what is so, and the part that it is about with what to do."""

    def __init__(self, status: HTTPStatus, detail: str, *, pointer: str, why: str, remedy: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.error = FieldProblem(pointer=pointer, detail=why, remedy=remedy)


def register(app: APIGatewayRestResolver) -> None:
    """Make every error of the API a problem document."""
    app.exception_handler(Refused)(_refused)
    app.exception_handler(NameTaken)(_name_taken)
    app.exception_handler(NameUnknown)(_name_unknown)
    app.exception_handler(NotThere)(_not_there)
    app.exception_handler(NotAdoptable)(_not_adoptable)
    app.exception_handler(Protected)(_protected)
    app.exception_handler(BeingDeleted)(_being_deleted)
    app.exception_handler(Conflict)(_conflict)
    app.exception_handler(Unfulfilled)(_unfulfilled)
    app.exception_handler(ForeignKey)(_foreign_key)
    app.exception_handler(NotFoundError)(_no_route)
    for error in CALL_ERRORS:
        app.exception_handler(error)(_hindered)


def problem(status: HTTPStatus, detail: str, errors: Iterable[FieldProblem] = ()) -> Response[str]:
    """The answer to a request that was not carried out. Nothing has been changed."""
    document = ProblemDocument(type=_TYPE, title=status.phrase, status=int(status), detail=detail, errors=tuple(errors))
    return Response(status_code=int(status), content_type=PROBLEM_JSON, body=msgspec.json.encode(document).decode())


def _refused(refusal: Refused) -> Response[str]:
    errors = [FieldProblem(pointer=e.pointer, detail=e.detail, remedy=e.remedy) for e in refusal.errors]
    count = f"{len(errors)} things are" if len(errors) > 1 else "One thing is"
    return problem(HTTPStatus(refusal.status), f"{count} wrong with the request; nothing was changed.", errors)


def _name_taken(error: NameTaken) -> Response[str]:
    name = error.args[0]
    detail = f"There is a cluster {name} with another spec, which this request leaves as it is."
    remedy = (
        f"To change that cluster, send the spec by PUT /clusters/{name}, or with `slipway update`; "
        f"GET /clusters/{name} shows the spec that it has. For another cluster, choose another name."
    )
    return problem(
        HTTPStatus.CONFLICT, detail, [FieldProblem(pointer="/name", detail="This name is taken.", remedy=remedy)]
    )


def _name_unknown(error: NameUnknown) -> Response[str]:
    unknown = FieldProblem(
        pointer="/name",
        detail="No cluster has this name.",
        remedy="GET /clusters lists those that there are; POST /clusters makes another one.",
    )
    return problem(HTTPStatus.NOT_FOUND, f"There is no cluster {error.args[0]}.", [unknown])


def _not_there(error: NotThere) -> Response[str]:
    unknown = FieldProblem(
        pointer="/name",
        detail="EKS knows no cluster of this name in this account and region.",
        remedy="`aws eks list-clusters` lists those that there are; POST /clusters makes another one.",
    )
    return problem(HTTPStatus.NOT_FOUND, f"There is no cluster {error.args[0]} to adopt.", [unknown])


def _not_adoptable(error: NotAdoptable) -> Response[str]:
    objection: Objection = error.args[0]
    field = FieldProblem(pointer="/name", detail=objection.why, remedy=objection.remedy)
    return problem(objection.status, f"{objection.detail} Nothing was changed.", [field])


def _protected(error: Protected) -> Response[str]:
    name = error.args[0]
    held = FieldProblem(
        pointer="/deletionProtection",
        detail="The cluster's spec has deletionProtection: true.",
        remedy=f"If it is really to go, PUT /clusters/{name} with the same spec and deletionProtection: false, which "
        f"`slipway update` does; then DELETE it again.",
    )
    return problem(HTTPStatus.CONFLICT, f"The cluster {name} is protected from deletion; nothing was changed.", [held])


def _being_deleted(error: BeingDeleted) -> Response[str]:
    name, run = error.args
    going = FieldProblem(
        pointer="/name",
        detail="A cluster that is to go takes nothing else in.",
        remedy=f"See GET /runs/{run}. Once it has succeeded, POST a spec to make the cluster anew. If it has failed, "
        "DELETE the cluster again, or POST its spec to have it back.",
    )
    return problem(HTTPStatus.CONFLICT, f"The cluster {name} is being deleted.", [going])


def _conflict(_: Conflict) -> Response[str]:
    crowd = FieldProblem(pointer="/name", detail="Others were quicker, again and again.", remedy="Send the same again.")
    return problem(HTTPStatus.CONFLICT, "Many requests change this cluster at the same time.", [crowd])


def _unfulfilled(error: Unfulfilled) -> Response[str]:
    return problem(error.status, error.detail, [error.error])


def _foreign_key(_: ForeignKey) -> Response[str]:
    foreign = FieldProblem(
        pointer="/nextToken",
        detail="It is not a token that this list has answered.",
        remedy="Start without nextToken, and send the tokens as they come.",
    )
    return problem(HTTPStatus.BAD_REQUEST, "There is no such page of this list.", [foreign])


def _hindered(error: CallError) -> Response[str]:
    """A call of ours that AWS did not carry out: 503 for what passes, 500 for what does not."""
    progress = meaning(error)
    if isinstance(progress, Waiting):
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{progress.detail}. Send the same request again in a while.")
    detail = f"{progress.cause} {progress.remedy}" if isinstance(progress, Failed) else str(error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _no_route(_: NotFoundError) -> Response[str]:
    unknown = FieldProblem(
        pointer="",
        detail="No call has this path and method.",
        remedy="GET /openapi.json lists the calls that there are.",
    )
    return problem(HTTPStatus.NOT_FOUND, "There is no such call.", [unknown])
