"""What users send about sizes, and the schemas that describe what they send about nights."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from lambdas.domain.calendar.admission import admit_calendar, admit_until
from lambdas.domain.records import Sizes
from lambdas.domain.refusal import Refused
from lambdas.domain.schedule_bodies import admit_sizes
from lambdas.domain.schedule_schema import CALENDAR, RESIZE, UNTIL, schemas
from tests.api.night_bodies import CALENDARS, GROUPS, RESIZES, UNTILS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.bodies import Refusal

HAS = {name: Sizes(minSize=1, maxSize=3, desiredSize=2) for name in GROUPS}
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ADMIT: dict[str, Callable[[object], object]] = {
    CALENDAR: lambda document: admit_calendar(document, HAS.keys()),
    UNTIL: lambda document: admit_until(document, NOW),
    RESIZE: lambda document: admit_sizes(document, HAS),
}
NUMBERS = st.integers(min_value=-1, max_value=5)


def asked(**sizes: int) -> dict[str, Any]:
    return {"nodegroups": [{"nodegroupName": "workers", **sizes}]}


@given(desired=NUMBERS, least=st.none() | NUMBERS, most=st.none() | NUMBERS)
def test_sizes_are_admitted_exactly_if_eks_would_take_them(desired: int, least: int | None, most: int | None) -> None:
    bounds = {name: size for name, size in (("minSize", least), ("maxSize", most)) if size is not None}
    low, high = bounds.get("minSize", 1), bounds.get("maxSize", 3)
    if 0 <= low <= desired <= high and high >= 1:
        wanted = Sizes(minSize=low, maxSize=high, desiredSize=desired)
        assert admit_sizes(asked(desiredSize=desired, **bounds), HAS) == {"workers": wanted}
    else:
        with pytest.raises(Refused):
            admit_sizes(asked(desiredSize=desired, **bounds), HAS)


def test_several_groups_are_sized_at_once() -> None:
    groups = [{"nodegroupName": name, "desiredSize": 3} for name in GROUPS]
    assert set(admit_sizes({"nodegroups": groups}, HAS)) == set(GROUPS)


def told(table: list[Refusal]) -> list[Any]:
    """The bodies of a table that are JSON objects with members that JSON has."""
    return [json.loads(row.body) for row in table if row.status == 422]


BODIES = [
    *[(CALENDAR, body) for body in told(CALENDARS)],
    *[(UNTIL, body) for body in told(UNTILS)],
    *[(RESIZE, body) for body in told(RESIZES)],
    (CALENDAR, {"timezone": "Asia/Kathmandu", "awake": "never"}),
    (CALENDAR, {"timezone": "UTC", "awake": ["  fri-mon   22:00-02:00 "], "exceptions": [], "nodegroups": []}),
    (
        CALENDAR,
        {"timezone": "UTC", "awake": "always", "exceptions": [{"date": "2028-02-29", "awake": ["08:00-24:00"]}]},
    ),
    (CALENDAR, {"timezone": "UTC", "awake": "always", "nodegroups": [{"nodegroupName": "system", "wakeOrder": 0}]}),
    (UNTIL, {}),
    (UNTIL, {"until": "2036-12-31T22:00:00.5+05:45"}),
    (RESIZE, asked(desiredSize=0, minSize=0, maxSize=1)),
]


@pytest.mark.parametrize(("schema", "body"), BODIES)
def test_a_schema_is_never_stricter_than_the_door(schema: str, body: Any) -> None:  # noqa: ANN401 -- JSON
    described = schemas()[schema]
    assert isinstance(described, dict)
    if Draft202012Validator(described).is_valid(body):
        return
    with pytest.raises(Refused):
        ADMIT[schema](body)


@pytest.mark.parametrize("schema", [CALENDAR, UNTIL, RESIZE])
def test_a_schema_is_one_and_refuses_what_it_can(schema: str) -> None:
    described = schemas()[schema]
    assert isinstance(described, dict)
    Draft202012Validator.check_schema(described)
    valid = json.loads(json.dumps(described["examples"]))[0]
    assert not Draft202012Validator(described).is_valid({**valid, "colour": "red"})
    judged = [Draft202012Validator(described).is_valid(body) for name, body in BODIES if name == schema]
    assert True in judged
    assert judged.count(False) >= 4
