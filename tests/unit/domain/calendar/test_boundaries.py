from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.calendar import Boundary, Calendar, Override, State, boundaries, next_events, schedules_hash
from lambdas.domain.calendar.admission import admit_calendar
from tests.calendar.strategies import INSTANTS, documents

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAYS_OFF = [{"date": "2026-12-25", "awake": False}, {"date": "2026-12-31", "awake": ["08:00-12:00"]}]


def calendar(awake: list[str] | str, exceptions: object = (), timezone: str = "Europe/Berlin") -> Calendar:
    return admit_calendar({"timezone": timezone, "awake": awake, "exceptions": list(exceptions)}, ())  # type: ignore[call-overload] # JSON


def shown(found: tuple[Boundary, ...]) -> list[tuple[str, str]]:
    return [(boundary.expression, boundary.expected) for boundary in found]


@pytest.mark.parametrize(
    ("awake", "exceptions", "expected"),
    [
        (["Mon-Fri 07:30-20:30"], [], [("cron(30 20 ? * MON-FRI *)", "sleep"), ("cron(30 7 ? * MON-FRI *)", "wake")]),
        (["Sat,Sun 08:00-24:00"], [], [("cron(0 0 ? * MON,SUN *)", "sleep"), ("cron(0 8 ? * SAT,SUN *)", "wake")]),
        (["Thu-Sun 22:00-02:00"], [],
         [("cron(0 2 ? * MON,FRI,SAT,SUN *)", "sleep"), ("cron(0 22 ? * THU,FRI,SAT,SUN *)", "wake")]),
        (["daily 22:00-06:00"], [], [("cron(0 22 ? * * *)", "wake"), ("cron(0 6 ? * * *)", "sleep")]),
        (["Mon 08:00-12:00", "Tue 12:00-18:00"], [],
         [("cron(0 12 ? * MON,TUE *)", "sleep or wake"), ("cron(0 18 ? * TUE *)", "sleep"),
          ("cron(0 8 ? * MON *)", "wake")]),
        (["Mon 08:00-12:00", "Mon 12:00-13:00"], [],
         [("cron(0 13 ? * MON *)", "sleep"), ("cron(0 8 ? * MON *)", "wake")]),
        ("always", [], []),
        ("never", [], []),
        # A day off needs nothing of its own: the weekly ones find nothing to do.
        (["Mon-Fri 07:30-20:30"], DAYS_OFF, [
            ("at(2026-12-31T08:00:00)", "wake"), ("at(2026-12-31T12:00:00)", "sleep"),
            ("cron(30 20 ? * MON-FRI *)", "sleep"), ("cron(30 7 ? * MON-FRI *)", "wake"),
        ]),
        ("always", DAYS_OFF, [
            ("at(2026-12-25T00:00:00)", "sleep"), ("at(2026-12-26T00:00:00)", "wake"),
            ("at(2026-12-31T00:00:00)", "sleep"), ("at(2026-12-31T08:00:00)", "wake"),
            ("at(2026-12-31T12:00:00)", "sleep"), ("at(2027-01-01T00:00:00)", "wake"),
        ]),
        ("never", [{"date": "2026-11-22", "awake": True}], []),
        ("never", [{"date": "2026-11-23", "awake": ["08:00-14:00"]}], [("at(2026-11-23T14:00:00)", "sleep")]),
    ],
)  # fmt: skip
def test_a_calendar_has_its_schedules(
    awake: list[str] | str, exceptions: list[dict[str, Any]], expected: list[tuple[str, str]]
) -> None:
    found = boundaries(calendar(awake, exceptions), None, NOW)
    assert shown(found) == expected
    assert {boundary.timezone for boundary in found} <= {"Europe/Berlin"}
    assert all(boundary.once is boundary.expression.startswith("at(") for boundary in found)


@pytest.mark.parametrize(
    ("when", "until", "expected"),
    [
        (None, "2026-11-23T13:00:00+00:00", [("at(2026-11-23T13:00:00)", "wake")]),
        (None, "2026-11-23T14:00:00+01:00", [("at(2026-11-23T13:00:00)", "wake")]),
        (None, "2026-11-23T13:00:00.5+00:00", [("at(2026-11-23T13:01:00)", "wake")]),
        (None, "2026-11-23T12:00:00+00:00", []),
        (calendar("never"), "2026-11-23T13:00:00+00:00", [("at(2026-11-23T13:00:00)", "sleep")]),
        (None, None, []),
    ],
)
def test_an_override_has_a_schedule_for_its_end(
    when: Calendar | None, until: str | None, expected: list[tuple[str, str]]
) -> None:
    by_hand = Override(State.ASLEEP, datetime.fromisoformat(until) if until else None)
    found = boundaries(when, by_hand, NOW)
    assert shown(found) == expected
    assert {boundary.timezone for boundary in found} <= {"UTC"}


def test_hashes_differ_where_schedules_do() -> None:
    office, home = calendar(["Mon-Fri 07:30-20:30"]), calendar(["Mon-Fri 07:30-20:30"], timezone="Asia/Tokyo")
    found = [*boundaries(office, None, NOW), *boundaries(home, None, NOW)]
    assert len({boundary.hash for boundary in found}) == len(found) == 4
    assert all(len(boundary.hash) == 12 for boundary in found)
    by_hand = Override(State.ASLEEP, NOW)
    wanted = [schedules_hash(*each) for each in ((office, None), (home, None), (None, by_hand), (office, by_hand))]
    assert len(set(wanted)) == 4
    assert schedules_hash(None, None) is None
    assert schedules_hash(calendar(["Mon,Tue,Wed,Thu,Fri 07:30-20:30"]), None) == wanted[0]


@settings(max_examples=40, deadline=None)
@given(
    document=documents(st.just("America/New_York")),
    by_hand=st.none() | st.builds(Override, st.sampled_from(State), INSTANTS),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_every_event_has_its_schedule_unless_clocks_change(
    document: dict[str, Any], by_hand: Override | None, now: datetime
) -> None:
    when = admit_calendar(document, ())
    found = boundaries(when, by_hand, now)
    for event in next_events(when, by_hand, now, 12):
        if not _clocks_change_near(event.at, when.zone):
            assert any(_fires(boundary, event.at) for boundary in found), (event, shown(found))


def _clocks_change_near(at: datetime, zone: ZoneInfo) -> bool:
    near = (at + timedelta(hours=hours) for hours in range(-24, 25, 12))
    return len({instant.astimezone(zone).utcoffset() for instant in near}) > 1


def _fires(boundary: Boundary, at: datetime) -> bool:
    """Whether it fires at an instant, or in its minute's course after it."""
    wall = at.astimezone(ZoneInfo(boundary.timezone)).replace(tzinfo=None)
    kind, _, rest = boundary.expression.rstrip(")").partition("(")
    if kind == "at":
        return timedelta(0) <= datetime.fromisoformat(rest) - wall < timedelta(minutes=1)
    minute, hour, day, month, days, year = rest.split()
    assert (day, month, year) == ("?", "*", "*")
    return (int(hour), int(minute)) == (wall.hour, wall.minute) and f"{wall:%a}".upper() in _days(days)


def _days(days: str) -> set[str]:
    week = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
    if days == "*":
        return set(week)
    first, dash, last = days.partition("-")
    return set(week[week.index(first) : week.index(last) + 1] if dash else days.split(","))
