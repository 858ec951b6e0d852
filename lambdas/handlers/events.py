"""The route of a cluster's events."""

from __future__ import annotations

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response  # noqa: TC002 -- Powertools reads the routes' annotations
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from lambdas.domain.showing import show_event
from lambdas.domain.spec import could_be_name
from lambdas.domain.views import EventList
from lambdas.handlers import looking
from lambdas.handlers.exchange import answer, next_token, page_after
from lambdas.handlers.openapi import responses
from lambdas.steps.intake import NameUnknown

router = Router()  # type: ignore[no-untyped-call]  # Powertools leaves its parameters untyped


@router.get(
    "/clusters/<name>/events",
    summary="List what has happened to a cluster, newest first, fifty a page",
    description="The events of the last 90 days, as they went to the event bus; of a deleted cluster, too.",
    responses=responses(HTTPStatus.OK, EventList, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
)
def get_events(name: str) -> Response[str]:
    """Those of earlier clusters of the name are among them."""
    registry = looking.surroundings().registry
    if not could_be_name(name) or (registry.cluster(name) is None and registry.tombstone(name) is None):
        raise NameUnknown(name)
    event = router.current_event
    assert isinstance(event, APIGatewayProxyEvent)  # what the app that includes the router resolves
    notices, following = registry.events(name, page_after(event))
    return answer(EventList(items=tuple(map(show_event, notices)), nextToken=next_token(following)))
