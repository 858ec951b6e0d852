from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from lambdas.domain.calendar import Override, State, describe, override
from lambdas.domain.calendar.admission import admit_calendar

NOW = datetime(2026, 10, 24, 12, tzinfo=UTC)
CALENDAR = admit_calendar({"timezone": "Europe/Berlin", "awake": ["daily 02:15-20:30"]}, ())


def test_it_says_what_is_and_what_comes_in_local_time_and_utc() -> None:
    shown = msgspec.to_builtins(describe(CALENDAR, None, NOW))
    assert {name: shown[name] for name in ("state", "reason", "until", "override")} == {
        "state": "awake",
        "reason": "It is within daily 02:15-20:30 (Europe/Berlin).",
        "until": {"utc": "2026-10-24T18:30:00+00:00", "local": "Sat 2026-10-24 20:30 CEST"},
        "override": None,
    }
    assert list(shown["next"]) == [
        {"at": {"utc": at, "local": local}, "what": what, "why": f"daily 02:15-20:30 {why}."}
        for at, local, what, why in [
            ("2026-10-24T18:30:00+00:00", "Sat 2026-10-24 20:30 CEST", "sleep", "ends"),
            ("2026-10-25T00:15:00+00:00", "Sun 2026-10-25 02:15 CEST", "wake", "begins"),
            ("2026-10-25T19:30:00+00:00", "Sun 2026-10-25 20:30 CET", "sleep", "ends"),
            ("2026-10-26T01:15:00+00:00", "Mon 2026-10-26 02:15 CET", "wake", "begins"),
            ("2026-10-26T19:30:00+00:00", "Mon 2026-10-26 20:30 CET", "sleep", "ends"),
        ]
    ]


def test_it_shows_an_override_while_it_holds() -> None:
    by_hand = override(State.ASLEEP, None, CALENDAR, NOW)
    shown = describe(CALENDAR, by_hand, NOW)
    assert (shown.state, shown.override and shown.override.state) == (State.ASLEEP, State.ASLEEP)
    assert shown.override is not None
    assert shown.override.until is not None
    assert shown.override.until.local == "Sat 2026-10-24 20:30 CEST"
    assert shown.until is not None
    assert shown.until.local == "Sun 2026-10-25 02:15 CEST"
    assert by_hand.until is not None
    assert describe(CALENDAR, by_hand, by_hand.until) == describe(CALENDAR, None, by_hand.until)


def test_without_a_calendar_it_is_told_in_utc() -> None:
    shown = describe(None, Override(State.ASLEEP, datetime(2026, 10, 25, tzinfo=UTC)), NOW)
    assert [upcoming.at.local for upcoming in shown.next] == ["Sun 2026-10-25 00:00 UTC"]
    assert (describe(None, None, NOW).until, describe(None, None, NOW).next) == (None, ())
