"""The route by which a cluster that somebody else made becomes this Slipway's."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import Response  # noqa: TC002 -- Powertools reads the routes' annotations
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from lambdas.domain.admission import admit_object
from lambdas.domain.adoption_body import Asked, asked, below_spec
from lambdas.domain.calendar import instant_text
from lambdas.domain.refusal import UNPROCESSABLE, FieldError, Refused
from lambdas.domain.spec import could_be_name, to_json
from lambdas.domain.views import Accepted, AdoptionView, FieldProblem, planned
from lambdas.handlers import looking
from lambdas.handlers.exchange import answer, document_or_nothing_in
from lambdas.handlers.openapi import BODY_REFUSALS, responses
from lambdas.handlers.problems import Unfulfilled
from lambdas.handlers.shown import cluster_view, executions, instant, run_view
from lambdas.steps.adopting import Adopter, NotThere
from lambdas.steps.intake import Intake

if TYPE_CHECKING:
    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from lambdas.steps.adopting import Adoption

router = Router()  # type: ignore[no-untyped-call]  # Powertools leaves its parameters untyped


@router.post(
    "/clusters/<name>/adopt",
    summary="Adopt a cluster that is in EKS and that this Slipway does not know",
    description="Without confirm it changes nothing, and shows the spec that describes the cluster, what a run would "
    "do (set tags), what no spec can say, and what stands in the way. With confirm a run sets the tags slipway/cluster "
    "and slipway/run on the cluster and on all that the spec has, and changes nothing else. A spec may be given in the "
    "place of the describing one, as long as nothing would change. What is not in the spec stays somebody else's. "
    "If the run fails, the same again goes on.",
    responses={
        **responses(HTTPStatus.OK, AdoptionView),
        **responses(HTTPStatus.ACCEPTED, Accepted, *BODY_REFUSALS, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    },
)
def post_adopt(name: str) -> Response[str]:
    """Looks at AWS with every step's eyes; nothing is written unless that is confirmed and would change nothing."""
    if not could_be_name(name):
        raise NotThere(name)
    body = asked(document_or_nothing_in(_event()), name)
    adopter, at = Adopter(_intake()), instant_text(instant())
    record = looking.surroundings().registry.cluster(name)
    if record is not None:
        if not (record.adopting and body.confirm):
            raise _known(record)
        return _accepted(*adopter.again(record, body.spec, at))
    found = adopter.look(name, body.spec, body.sent)
    hindrances = below_spec((*dict.fromkeys((*_inadmissible(found.spec, body), *found.hindrances)),))
    if not body.confirm:
        return answer(_view(found, hindrances))
    if hindrances:
        raise Refused(hindrances, UNPROCESSABLE)
    return _accepted(*adopter.take(found.spec, at))


def _inadmissible(spec: ClusterSpec, body: Asked) -> tuple[FieldError, ...]:
    """Why the door would not take the spec that describes the cluster, where that says more than the rules."""
    if body.spec is not None:
        return ()
    try:
        admit_object(to_json(spec))
    except Refused as refusal:
        return refusal.errors
    return ()


def _view(found: Adoption, hindrances: list[FieldError]) -> AdoptionView:
    return AdoptionView(
        spec=dict(to_json(found.spec)),
        actions=tuple(map(planned, found.actions)),
        undescribed=found.undescribed,
        hindrances=tuple(FieldProblem(pointer=it.pointer, detail=it.detail, remedy=it.remedy) for it in hindrances),
    )


def _accepted(record: ClusterRecord, run: Run) -> Response[str]:
    caller = _event().request_context.identity.user_arn
    looking.logger.info("adopted", extra={"cluster": record.name, "run": run.id, "caller": caller})
    view = Accepted(cluster=cluster_view(record), run=run_view(run))
    return answer(view, HTTPStatus.ACCEPTED, location=f"../../runs/{run.id}")


def _known(record: ClusterRecord) -> Unfulfilled:
    name = record.name
    if record.adopting:
        why = "Its adoption has begun, and has not come to its end."
        remedy = f'GET /clusters/{name} shows its run; to go on after a failure, send {{"confirm": true}}.'
    else:
        why = "This Slipway knows a cluster of this name: there is nothing to adopt."
        remedy = f"GET /clusters/{name} shows it; PUT /clusters/{name} gives it another spec."
    detail = f"The cluster {name} is this Slipway's already."
    return Unfulfilled(HTTPStatus.CONFLICT, detail, pointer="/name", why=why, remedy=remedy)


def _event() -> APIGatewayProxyEvent:
    event = router.current_event
    assert isinstance(event, APIGatewayProxyEvent)  # what the app that includes the router resolves
    return event


def _intake() -> Intake:
    around = looking.surroundings()
    return Intake(around.registry, executions(), around.aws, around.settings)
