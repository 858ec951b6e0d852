from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.calendar import (
    Override,
    Savings,
    State,
    calendar_from_text,
    from_json,
    override_from_text,
    savings_from_text,
    to_json,
    to_text,
)
from lambdas.domain.calendar.admission import admit_calendar
from tests.calendar.strategies import INSTANTS, documents

GROUPS = ("batch", "system")
NIGHTS = st.lists(
    st.fixed_dictionaries(
        {"nodegroupName": st.sampled_from(GROUPS)}, optional={"sleep": st.booleans(), "wakeOrder": st.integers(0, 100)}
    ),
    unique_by=lambda night: night["nodegroupName"],
)


@settings(max_examples=60, deadline=None)
@given(document=documents(st.sampled_from(["Europe/Berlin", "UTC"])), nights=NIGHTS, always=st.booleans())
def test_a_calendar_comes_back_from_its_canonical_form(
    document: dict[str, Any], nights: list[dict[str, Any]], *, always: bool
) -> None:
    calendar = admit_calendar({**document, "nodegroups": nights} | ({"awake": "always"} if always else {}), GROUPS)
    canonical = to_json(calendar)
    assert from_json(canonical) == calendar
    assert admit_calendar(canonical, GROUPS) == calendar
    assert json.loads(to_text(calendar)) == canonical
    assert calendar_from_text(to_text(calendar)) == calendar


@pytest.mark.parametrize(
    ("document", "canonical"),
    [
        ({"awake": "always"}, {"awake": "always"}),
        ({"awake": ["daily 00:00-24:00"]}, {"awake": "always"}),
        ({"awake": ["Mon-Sun 00:00-24:00"]}, {"awake": "always"}),
        ({"awake": "never"}, {"awake": "never"}),
        ({"awake": ["Tue 08:00-09:00", "mon 08:00-09:00", "Tue 08:00-09:00"]},
         {"awake": ["Mon 08:00-09:00", "Tue 08:00-09:00"]}),
        (
            {"awake": "never",
             "exceptions": [{"date": "2026-12-31", "awake": ["00:00-24:00"]}, {"date": "2026-12-25", "awake": False}]},
            {"awake": "never",
             "exceptions": [{"date": "2026-12-25", "awake": False}, {"date": "2026-12-31", "awake": True}]},
        ),
        (
            {"awake": "never", "nodegroups": [{"nodegroupName": "system"}, {"nodegroupName": "batch", "wakeOrder": 2}]},
            {"awake": "never", "nodegroups": [
                {"nodegroupName": "batch", "sleep": True, "wakeOrder": 2},
                {"nodegroupName": "system", "sleep": True, "wakeOrder": 1},
            ]},
        ),
    ],
)  # fmt: skip
def test_what_means_the_same_is_written_the_same(document: dict[str, Any], canonical: dict[str, Any]) -> None:
    calendar = admit_calendar({"timezone": "UTC", **document}, GROUPS)
    assert to_json(calendar) == {"timezone": "UTC", "exceptions": [], "nodegroups": [], **canonical}


@given(st.builds(Override, st.sampled_from(State), st.none() | INSTANTS))
def test_an_override_comes_back_from_its_text(override: Override) -> None:
    assert override_from_text(to_text(override)) == override


@given(st.builds(Savings, node_seconds=st.integers(0, 2**40), asleep_since=st.none() | INSTANTS, nodes=st.integers(0)))
def test_savings_come_back_from_their_text(savings: Savings) -> None:
    assert savings_from_text(to_text(savings)) == savings


def test_the_stored_forms_stay_as_they_are() -> None:
    until = datetime(2026, 11, 23, 20, tzinfo=UTC)
    assert to_text(Override(State.ASLEEP, until)) == '{"state":"asleep","until":"2026-11-23T20:00:00Z"}'
    assert to_text(Savings()) == '{"node_seconds":0,"asleep_since":null,"nodes":0}'
    calendar = admit_calendar({"timezone": "UTC", "awake": ["Mon 08:00-09:00"]}, ())
    assert to_text(calendar) == '{"timezone":"UTC","awake":["Mon 08:00-09:00"],"exceptions":[],"nodegroups":[]}'
