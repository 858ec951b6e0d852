"""The door: what users send becomes a calendar or an instant, or a refusal that names everything wrong with it."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from lambdas.domain.calendar.fields import exceptions_of, instant, nodegroups_of, week_of
from lambdas.domain.calendar.model import Calendar
from lambdas.domain.calendar.reading import Reader
from lambdas.domain.calendar.texts import instant_text
from lambdas.domain.calendar.zones import known_zone
from lambdas.domain.documents import BAD_REQUEST, require_json
from lambdas.domain.refusal import UNPROCESSABLE, FieldError, Refused

MOST_WINDOWS: Final = 50
"""In the weeks and in the exceptions together: each can need two schedules."""

_REQUIRED: Final = {"timezone": '"Europe/Berlin"', "awake": '["Mon-Fri 07:30-20:30"]'}
_OPTIONAL: Final = {
    "exceptions": '[{"date": "2026-12-25", "awake": false}]',
    "nodegroups": '[{"nodegroupName": "system", "sleep": false}]',
}
_UNTIL: Final = {"until": '"2026-12-31T22:00:00+01:00"'}
_EXAMPLE: Final = '{"timezone": "Europe/Berlin", "awake": ["Mon-Fri 07:30-20:30"]}'


def admit_calendar(document: object, nodegroups: Collection[str]) -> Calendar:
    """Answer the calendar of an object as JSON parsers give it.

    Args:
        document: What a user sent.
        nodegroups: The names of the cluster's node groups: the calendar may name no others.

    Raises:
        Refused: The object could not have come from JSON (status 400), or is not a valid calendar (422).
    """
    if not isinstance(document, dict):
        error = FieldError("", "The schedule is not an object.", f"Send an object such as {_EXAMPLE}.")
        raise Refused([error], BAD_REQUEST)
    require_json(document)
    reader = Reader()
    calendar = _calendar(reader, document, nodegroups)
    _require_no_errors(reader)
    return calendar


def admit_until(document: object, now: datetime) -> datetime | None:
    """Answer until when an override is to hold, in UTC; None if it is left out: until the calendar's next change.

    Args:
        document: What a user sent: `{}` or `{"until": "2026-12-31T22:00:00+01:00"}`.
        now: `until` must be later.

    Raises:
        Refused: The object could not have come from JSON (status 400), or is not valid (422).
    """
    if isinstance(document, dict):
        require_json(document)
    reader = Reader()
    given = reader.members((), document, {}, _UNTIL)
    until = reader.text(("until",), given["until"], instant) if "until" in given else None
    if until is not None and until <= now:
        reader.wrong(
            ("until",),
            f"{instant_text(until)} is in the past: it is {instant_text(now)}.",
            "Give a later time, or leave it out to hold until the calendar's next event.",
        )
    _require_no_errors(reader)
    return until


def _require_no_errors(reader: Reader) -> None:
    if reader.errors:
        raise Refused(reader.errors, UNPROCESSABLE)


def _calendar(reader: Reader, document: object, nodegroups: Collection[str]) -> Calendar:
    """Answer the calendar; what could not be read is empty in it."""
    given = reader.members((), document, _REQUIRED, _OPTIONAL)
    zone = reader.text(("timezone",), given["timezone"], known_zone) if "timezone" in given else None
    calendar = Calendar(
        timezone=zone or "",
        awake=week_of(reader, ("awake",), given["awake"]) if "awake" in given else (),
        exceptions=exceptions_of(reader, ("exceptions",), given.get("exceptions", [])),
        nodegroups=nodegroups_of(reader, ("nodegroups",), given.get("nodegroups", []), nodegroups),
    )
    windows = len(calendar.awake) + sum(len(exception.hours) for exception in calendar.exceptions)
    if windows > MOST_WINDOWS:
        reader.wrong((), f"The schedule has {windows} windows.", f"Keep at most {MOST_WINDOWS}, exceptions included.")
    return calendar
