"""The JSON Schemas of what users send about a cluster's nights and sizes, for OpenAPI.

What judges is `lambdas.domain.calendar.admission` and `lambdas.domain.schedule_bodies`; a schema is never stricter.
"""

from typing import Final

from lambdas.domain.calendar.fields import GREATEST_WAKE_ORDER, MOST_ENTRIES
from lambdas.domain.calendar.windows import WEEKS
from lambdas.domain.constraints import GREATEST_INTEGER, JsonSchema, JsonValue

CALENDAR: Final = "Calendar"
UNTIL: Final = "Until"
RESIZE: Final = "Resize"

_TIME: Final = "([01][0-9]|2[0-4]):[0-5][0-9]"
_HOURS: Final = f"{_TIME}-{_TIME}"


def schemas() -> JsonSchema:
    """Answer the schemas by the names that OpenAPI's components have."""
    return {CALENDAR: _calendar(), UNTIL: _until(), RESIZE: _resize()}


def _calendar() -> JsonSchema:
    return _object(
        "When a cluster is awake. It sleeps at every other time.",
        {
            "timezone": _text("The IANA time zone whose clock everything here is about.", "Europe/Berlin"),
            "awake": {
                "description": "The windows of every week, always, or never. A window belongs to the day on which it "
                "starts, and goes on into the next if it ends at or before the hour at which it starts.",
                "anyOf": [
                    {"type": "string", "enum": [*WEEKS]},
                    _list(_text("Days and hours.", "Mon-Fri 07:30-20:30", rf"^\s*[A-Za-z,-]+\s+{_HOURS}\s*$")),
                ],
                "examples": [["Mon-Fri 07:30-20:30"]],
            },
            "exceptions": _list(_exception(), least=0),
            "nodegroups": _list(_nodegroup_night(), least=0),
        },
        ("timezone", "awake"),
        {"timezone": "Europe/Berlin", "awake": ["Mon-Fri 07:30-20:30"]},
    )


def _exception() -> JsonSchema:
    hours = _text("Hours of that date.", "08:00-12:00", rf"^\s*{_HOURS}\s*$")
    return _object(
        "A date with hours of its own: they replace the windows that start on it.",
        {
            "date": {**_text("In the calendar's time zone.", "2026-12-31"), "format": "date"},
            "awake": {
                "description": "true for the whole day, false for never, or hours.",
                "anyOf": [{"type": "boolean"}, _list(hours)],
                "examples": [["08:00-12:00"]],
            },
        },
        ("date", "awake"),
        {"date": "2026-12-25", "awake": False},
    )


def _nodegroup_night() -> JsonSchema:
    order: JsonSchema = {"type": "integer", "minimum": 0, "maximum": GREATEST_WAKE_ORDER, "default": 1, "examples": [0]}
    return _object(
        "What the night means to a node group. Those that are not named sleep.",
        {
            "nodegroupName": _text("One of the cluster's.", "system"),
            "sleep": {"type": "boolean", "default": True, "description": "Whether it sleeps.", "examples": [False]},
            "wakeOrder": {**order, "description": "Groups with a lower number wake first."},
        },
        ("nodegroupName",),
        {"nodegroupName": "system", "wakeOrder": 0},
    )


def _until() -> JsonSchema:
    until = _text("An instant (RFC 3339); left out, the calendar's next event.", "2036-12-31T22:00:00+01:00")
    return _object("Until when.", {"until": {**until, "format": "date-time"}}, (), {"until": "2036-12-31T22:00:00Z"})


def _resize() -> JsonSchema:
    sizes: JsonValue = {"nodegroupName": "workers", "desiredSize": 2}
    group = _object(
        "The sizes of a node group.",
        {
            "nodegroupName": _text("One of the cluster's.", "workers"),
            "desiredSize": _size(0, "How many nodes, within the bounds of the group.", 2),
            "minSize": _size(0, "Another lower bound; left out, it stays.", 0),
            "maxSize": _size(1, "Another upper bound; left out, it stays.", 3),
        },
        ("nodegroupName", "desiredSize"),
        sizes,
    )
    return _object("Sizes of node groups.", {"nodegroups": _list(group)}, ("nodegroups",), {"nodegroups": [sizes]})


def _object(description: str, properties: JsonSchema, required: tuple[str, ...], example: JsonValue) -> JsonSchema:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [*required],
        "additionalProperties": False,
        "examples": [example],
    }


def _list(items: JsonSchema, *, least: int = 1) -> JsonSchema:
    return {"type": "array", "items": items, "minItems": least, "maxItems": MOST_ENTRIES}


def _text(description: str, example: str, pattern: str | None = None) -> JsonSchema:
    found: JsonSchema = {"type": "string", "description": description, "examples": [example]}
    return {**found, "pattern": pattern} if pattern else found


def _size(least: int, description: str, example: int) -> JsonSchema:
    return {
        "type": "integer",
        "minimum": least,
        "maximum": GREATEST_INTEGER,
        "description": description,
        "examples": [example],
    }
