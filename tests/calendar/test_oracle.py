"""`desired` against brute force, for every IANA zone, around every change of its clocks from 2024 to 2040.

EXHAUSTIVE=1 looks at every minute around every change; otherwise it is one in five, others for each change, and the
minutes before and at which the state changes.
"""

from __future__ import annotations

import zoneinfo
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.calendar import Awake, Calendar, desired, next_events
from lambdas.domain.calendar.admission import admit_calendar
from lambdas.domain.calendar.windows import cover_the_week
from lambdas.domain.calendar.zones import zone_names
from tests.calendar.oracle import MINUTE, awake, flips, walls, within
from tests.calendar.strategies import documents
from tests.calendar.zones import clocks
from tests.sampling import EXHAUSTIVE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.calendar.oracle import Instance
    from tests.calendar.zones import Clock

    Around = Callable[[date], dict[str, Any]]
    """A calendar's document, without its time zone, for the local date on which a clock changes."""

AROUND = 3 * 60
"""Minutes looked at before and after a change."""

STEP = 1 if EXHAUSTIVE else 5
"""Minutes from one that is looked at to the next. Where a state changes all of them are."""

MARGIN = 2 * 60
"""More minutes on both sides, as a window goes on through hours that come twice: at most two, on Antarctica/Troll."""


def small_hours(_: date) -> dict[str, Any]:
    return {"awake": ["daily 00:00-02:30", "daily 03:15-04:00"]}


def across_midnight(_: date) -> dict[str, Any]:
    return {"awake": ["daily 23:15-01:30", "Sat,Sun 01:45-02:00"]}


def the_very_hours(_: date) -> dict[str, Any]:
    return {"awake": ["daily 02:00-03:00", "daily 00:30-01:00", "daily 22:00-23:30"]}


def exceptions(day: date) -> dict[str, Any]:
    before = (day - timedelta(days=1)).isoformat()
    return {
        "awake": ["daily 22:00-03:00"],
        "exceptions": [
            {"date": before, "awake": ["21:00-00:30"]},
            {"date": day.isoformat(), "awake": ["01:15-02:15", "02:45-03:30", "23:45-01:00"]},
        ],
    }


def days_off(day: date) -> dict[str, Any]:
    after = (day + timedelta(days=1)).isoformat()
    return {
        "awake": ["daily 20:00-02:20"],
        "exceptions": [{"date": day.isoformat(), "awake": False}, {"date": after, "awake": True}],
    }


DOCUMENTS: tuple[Around, ...] = (small_hours, across_midnight, exceptions, the_very_hours, days_off)


def test_every_zone_is_looked_at() -> None:
    assert {name for clock in clocks() for name in clock.names} == zone_names()
    assert len(zone_names()) > 400
    assert len(zoneinfo.available_timezones() - zone_names()) <= 3


def test_at_every_minute_desired_is_what_the_clock_on_the_wall_says() -> None:
    """Around every change, with the calendars in turn; that all have their turns in the right place is below."""
    minutes = 0
    for number, (clock, change) in enumerate(changes()):
        calendar, start, instances = _case(DOCUMENTS[number % len(DOCUMENTS)], clock, change)
        states = awake(instances)
        turns = flips(states, start)
        for minute in _looked_at(states, number % STEP):
            now = start + minute * MINUTE
            answer = desired(calendar, None, now)
            assert isinstance(answer, Awake) is states[minute], (calendar, now)
            assert states[minute] or not instances[minute], (calendar, now)
            following = next((turn for turn in turns if turn > now), None)
            assert answer.until == following if following else answer.until and answer.until > now, (calendar, now)
            minutes += 1
    assert minutes > 1000 * 2 * AROUND / STEP


def _looked_at(states: list[bool], first: int) -> list[int]:
    """The minutes, from a first one on, at which to ask: the last and the first of each state among them."""
    return [
        minute
        for minute in range(MARGIN, MARGIN + 2 * AROUND + 1)
        if minute % STEP == first or states[minute - 1] != states[minute] or states[minute] != states[minute + 1]
    ]


@pytest.mark.parametrize("around", DOCUMENTS)
def test_the_next_events_are_where_the_state_changes(around: Around) -> None:
    found = 0
    for clock, change in changes():
        calendar, start, instances = _case(around, clock, change)
        found += _require_turns(calendar, start, instances)
    assert found > 1000


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_the_next_events_of_any_calendar_are_where_the_state_changes(data: st.DataObject) -> None:
    clock, change = data.draw(st.sampled_from(changes()))
    day = change.astimezone(ZoneInfo(clock.name)).date()
    document = data.draw(documents(st.just(clock.name), day))
    _require_turns(*_case(lambda _: document, clock, change))


def _require_turns(calendar: Calendar, start: datetime, instances: list[list[Instance]]) -> int:
    """Compare the events within these minutes, but for the margin at both ends, with brute force."""
    inside = (start + MARGIN * MINUTE, start + (MARGIN + 2 * AROUND) * MINUTE)
    turns = [turn for turn in flips(awake(instances), start) if inside[0] < turn <= inside[1]]
    events = next_events(calendar, None, inside[0], len(turns) + 1)
    assert [event.at for event in events if event.at <= inside[1]] == turns, (calendar, start)
    assert len(events) > len(turns) or not calendar.awake or cover_the_week(calendar.awake), (calendar, start)
    return len(turns)


@cache
def changes() -> tuple[tuple[Clock, datetime], ...]:
    return tuple((clock, change) for clock in clocks() for change in clock.instants)


def _case(around: Around, clock: Clock, change: datetime) -> tuple[Calendar, datetime, list[list[Instance]]]:
    """For a change of a clock: a calendar, an instant before, and the windows of each minute from then on."""
    zone = ZoneInfo(clock.name)
    document = {**around(change.astimezone(zone).date()), "timezone": clock.name}
    start = change - (AROUND + MARGIN) * MINUTE
    instances = within(document, walls(zone, start, 2 * (AROUND + MARGIN) + 1))
    return admit_calendar(document, ()), start, instances
