"""The routes of a cluster's drift."""

from __future__ import annotations

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response  # noqa: TC002 -- Powertools reads the routes' annotations
from aws_lambda_powertools.event_handler.api_gateway import Router

from lambdas.domain.drift import Drift
from lambdas.domain.views import DriftView
from lambdas.handlers import looking
from lambdas.handlers.drift import watch
from lambdas.handlers.exchange import answer
from lambdas.handlers.openapi import responses
from lambdas.handlers.shown import known
from lambdas.steps.reviewing import accepted

router = Router()  # type: ignore[no-untyped-call]  # Powertools leaves its parameters untyped


@router.get(
    "/clusters/<name>/drift",
    summary="Show what the last look found to differ, and since when",
    description="A look comes every hour, unless the spec says drift: off; a run that provisions leaves no drift.",
    responses=responses(HTTPStatus.OK, DriftView, HTTPStatus.NOT_FOUND),
)
def get_drift(name: str) -> Response[str]:
    """What is noted in the registry."""
    record = known(name)
    return answer(DriftView.of(accepted(record).drift, Drift.of(record.drift)))


@router.post(
    "/clusters/<name>/drift",
    summary="Look for drift now",
    description="As the hourly look, also where the spec says drift: off; but nothing is repaired. While a run works, "
    "or after one that failed, there is nothing to look for: then the last look is shown.",
    responses=responses(HTTPStatus.OK, DriftView, HTTPStatus.NOT_FOUND),
)
def post_drift(name: str) -> Response[str]:
    """Looks at AWS with every step's eyes."""
    record = known(name)
    drift = watch(looking.surroundings()).one(record, asked=True) or Drift.of(known(name).drift)
    return answer(DriftView.of(accepted(record).drift, drift))
