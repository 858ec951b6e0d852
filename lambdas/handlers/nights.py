"""The routes of a cluster's nights and sizes: its calendar, sleep and waking by hand, and other sizes."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import Response  # noqa: TC002 -- Powertools reads the routes' annotations
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from lambdas.domain.calendar import State
from lambdas.domain.calendar.admission import admit_calendar, admit_until
from lambdas.domain.schedule_bodies import UNTIL_EXAMPLE, admit_sizes, require_object
from lambdas.domain.schedule_showing import show_schedule
from lambdas.domain.schedule_sizes import sizes_by_day
from lambdas.domain.views import Arranged, ScheduleView
from lambdas.handlers import looking
from lambdas.handlers.exchange import answer, document_in, document_or_nothing_in
from lambdas.handlers.openapi import BODY_REFUSALS, arranged
from lambdas.handlers.openapi import responses as described
from lambdas.handlers.shown import cluster_view, instant, known, run_view
from lambdas.steps.night import Nights

if TYPE_CHECKING:
    from lambdas.domain.calendar import Calendar
    from lambdas.domain.records import ClusterRecord, Sizes
    from lambdas.domain.runs import Run

router = Router()  # type: ignore[no-untyped-call]  # Powertools leaves its parameters untyped


@router.put(
    "/clusters/<name>/schedule",
    summary="Give a cluster its calendar, in the place of the one that it has",
    description="Answers 202 with the run that sees to it; 200 where nothing is left to do. An override that has no "
    "end is taken away, since the calendar would never have its turn.",
    responses=arranged(*BODY_REFUSALS),
)
def put_schedule(name: str) -> Response[str]:
    """Nothing is written unless the whole calendar is good."""
    known(name)
    document = document_in(_event())

    def calendar(record: ClusterRecord) -> Calendar:
        return admit_calendar(document, sizes_by_day(record).keys())

    return _arranged(*_nights().plan(name, calendar, instant()))


@router.get(
    "/clusters/<name>/schedule",
    summary="Show a cluster's calendar, what it is to be now and why, and its next five events",
    responses=described(HTTPStatus.OK, ScheduleView, HTTPStatus.NOT_FOUND),
)
def get_schedule(name: str) -> Response[str]:
    """A cluster without a calendar never sleeps by itself."""
    return answer(show_schedule(known(name), instant()))


@router.delete(
    "/clusters/<name>/schedule",
    summary="Take a cluster's calendar and override away: it wakes if it sleeps",
    responses=arranged(),
)
def delete_schedule(name: str) -> Response[str]:
    """May be repeated."""
    known(name)
    return _arranged(*_nights().forget(name, instant()))


@router.post(
    "/clusters/<name>/sleep",
    summary="Put a cluster to sleep until a time, by default until the calendar's next event",
    responses=arranged(*BODY_REFUSALS),
)
def post_sleep(name: str) -> Response[str]:
    """Without a calendar and a time: until somebody says otherwise."""
    return _held(name, State.ASLEEP)


@router.post(
    "/clusters/<name>/wake",
    summary="Wake a cluster, or keep it awake, until a time, by default until the calendar's next event",
    responses=arranged(*BODY_REFUSALS),
)
def post_wake(name: str) -> Response[str]:
    """Without a calendar and a time: until somebody says otherwise."""
    return _held(name, State.AWAKE)


@router.post(
    "/clusters/<name>/scale",
    summary="Give node groups other sizes, at once or, while they sleep, at waking",
    responses=arranged(*BODY_REFUSALS),
)
def post_scale(name: str) -> Response[str]:
    """``minSize`` and ``maxSize`` stay as they are unless they are given, too."""
    known(name)
    document = document_in(_event())

    def sizes(record: ClusterRecord) -> dict[str, Sizes]:
        return admit_sizes(document, sizes_by_day(record))

    return _arranged(*_nights().resize(name, sizes, instant()))


def _held(name: str, state: State) -> Response[str]:
    known(name)
    now = instant()
    document = document_or_nothing_in(_event())
    require_object(document, UNTIL_EXAMPLE)
    until = admit_until(document, now)
    return _arranged(*_nights().hold(name, state, until, now))


def _event() -> APIGatewayProxyEvent:
    event = router.current_event
    assert isinstance(event, APIGatewayProxyEvent)  # what the app that includes the router resolves
    return event


def _nights() -> Nights:
    around = looking.surroundings()
    return Nights(around.registry, around.starter)


def _arranged(record: ClusterRecord, run: Run | None) -> Response[str]:
    """202 and where the run is to be found; 200 if there is none because nothing is left to do."""
    caller = _event().request_context.identity.user_arn
    looking.logger.info("arranged", extra={"cluster": record.name, "run": run.id if run else None, "caller": caller})
    view = Arranged(
        cluster=cluster_view(record), run=run_view(run) if run else None, schedule=show_schedule(record, instant())
    )
    if run is None:
        return answer(view)
    return answer(view, HTTPStatus.ACCEPTED, location=f"../../runs/{run.id}")
