"""The stored forms: canonical JSON, in which equal values are equal texts and every default is written out."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from lambdas.domain.calendar.model import Calendar, ExceptionalDay, NodegroupNight
from lambdas.domain.calendar.overrides import Override
from lambdas.domain.calendar.savings import Savings
from lambdas.domain.calendar.windows import WEEKS, WHOLE_DAY, Hours, Window, hours, window
from lambdas.domain.constraints import JsonValue


def to_text(value: Calendar | Override | Savings) -> str:
    """Answer the canonical JSON text, as the registry keeps it."""
    return msgspec.json.encode(to_json(value) if isinstance(value, Calendar) else value).decode()


def calendar_from_text(text: str) -> Calendar:
    """Answer the calendar of its canonical text."""
    return from_json(msgspec.json.decode(text))


def override_from_text(text: str) -> Override:
    """Answer the override of its canonical text."""
    return msgspec.json.decode(text, type=Override)


def savings_from_text(text: str) -> Savings:
    """Answer the savings of their canonical text."""
    return msgspec.json.decode(text, type=Savings)


def to_json(calendar: Calendar) -> dict[str, JsonValue]:
    """Answer the canonical form, which is one that users may write; `from_json` is its inverse."""
    return {
        "timezone": calendar.timezone,
        "awake": _week(calendar.awake),
        "exceptions": [_exception(exception) for exception in calendar.exceptions],
        "nodegroups": [
            {"nodegroupName": night.name, "sleep": night.sleep, "wakeOrder": night.wake_order}
            for night in calendar.nodegroups
        ],
    }


def from_json(stored: Mapping[str, Any]) -> Calendar:
    """Answer the calendar of a canonical form. What users send goes through `admit_calendar` instead."""
    return Calendar(
        timezone=stored["timezone"],
        awake=WEEKS[stored["awake"]] if isinstance(stored["awake"], str) else tuple(map(window, stored["awake"])),
        exceptions=tuple(
            ExceptionalDay(date.fromisoformat(each["date"]), _hours(each["awake"])) for each in stored["exceptions"]
        ),
        nodegroups=tuple(
            NodegroupNight(each["nodegroupName"], each["sleep"], each["wakeOrder"]) for each in stored["nodegroups"]
        ),
    )


def _week(windows: tuple[Window, ...]) -> JsonValue:
    words = (word for word, week in WEEKS.items() if week == windows)
    return next(words, None) or [str(each) for each in windows]


def _exception(exception: ExceptionalDay) -> JsonValue:
    awake: JsonValue = [str(each) for each in exception.hours]
    if exception.hours in {(), (WHOLE_DAY,)}:
        awake = bool(exception.hours)
    return {"date": exception.date.isoformat(), "awake": awake}


def _hours(stored: bool | list[str]) -> tuple[Hours, ...]:  # noqa: FBT001 - JSON's own true and false
    if isinstance(stored, bool):
        return (WHOLE_DAY,) if stored else ()
    return tuple(map(hours, stored))
