from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.calendar import Asleep, Awake, Calendar, Override, State, desired, next_events, override
from lambdas.domain.calendar.admission import admit_calendar
from tests.calendar.strategies import INSTANTS, documents

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia", "UTC")
OFFICE = ("Mon-Fri 07:30-20:30",)
CHRISTMAS = ({"date": "2026-12-25", "awake": False}, {"date": "2026-12-26", "awake": ["08:00-12:00"]})
# Clocks in Berlin go forward at 2026-03-29T01:00Z and back at 2026-10-25T01:00Z, in Lord Howe by half an hour at
# 2026-10-03T15:30Z, in Cairo over midnight at 2026-04-23T22:00Z.
FORWARD = ("daily 01:00-02:30",)
JUMPED = ("daily 02:15-02:45",)
INTO = ("daily 02:30-05:00",)
BACK = ("daily 02:00-03:00",)
ST_JOHNS = "America/St_Johns"


def calendar(*awake: str, timezone: str = "Europe/Berlin", exceptions: tuple[dict[str, Any], ...] = ()) -> Calendar:
    document = {"timezone": timezone, "awake": list(awake) or "never", "exceptions": list(exceptions)}
    return admit_calendar(document, ())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("when", "now", "state", "until", "reason"),
    [
        (calendar(*OFFICE), "2026-11-23T06:29:59Z", Asleep, "2026-11-23T06:30Z", "outside Mon-Fri 07:30-20:30"),
        (calendar(*OFFICE), "2026-11-23T06:30Z", Awake, "2026-11-23T19:30Z", "within Mon-Fri 07:30-20:30"),
        (calendar(*OFFICE), "2026-11-23T19:29:59Z", Awake, "2026-11-23T19:30Z", "within Mon-Fri 07:30-20:30"),
        (calendar(*OFFICE), "2026-11-27T19:30Z", Asleep, "2026-11-30T06:30Z", "outside Mon-Fri 07:30-20:30"),
        # A window belongs to the day on which it starts.
        (calendar("Sat 22:00-02:00"), "2026-11-29T00:59Z", Awake, "2026-11-29T01:00Z", "within Sat 22:00-02:00"),
        (calendar("Sun 22:00-02:00"), "2026-11-29T00:59Z", Asleep, "2026-11-29T21:00Z", "outside Sun 22:00-02:00"),
        # What overlaps or touches is one time to be awake.
        (calendar(*OFFICE, "Mon 20:30-22:00"), "2026-11-23T12:00Z", Awake, "2026-11-23T21:00Z", "within Mon-Fri"),
        (calendar(*OFFICE, "daily 19:00-23:00"), "2026-11-23T12:00Z", Awake, "2026-11-23T22:00Z", "within Mon-Fri"),
        # Exceptions replace what starts on their date.
        (calendar(*OFFICE, exceptions=CHRISTMAS), "2026-12-25T12:00Z", Asleep, "2026-12-26T07:00Z",
         "the day off 2026-12-25"),
        (calendar(*OFFICE, exceptions=CHRISTMAS), "2026-12-26T07:00Z", Awake, "2026-12-26T11:00Z",
         "within the exception 2026-12-26 08:00-12:00"),
        (calendar(*OFFICE, exceptions=CHRISTMAS), "2026-12-26T11:00Z", Asleep, "2026-12-28T06:30Z",
         "outside the exception 2026-12-26 08:00-12:00"),
        (calendar("Thu 22:00-02:00", exceptions=CHRISTMAS), "2026-12-25T00:00Z", Awake, "2026-12-25T01:00Z",
         "within Thu 22:00-02:00"),
        (calendar(exceptions=CHRISTMAS), "2026-01-01T00:00Z", Asleep, "2026-12-26T07:00Z", "never to be awake"),
        (calendar(exceptions=CHRISTMAS), "2026-12-26T11:00Z", Asleep, None, "outside the exception 2026-12-26"),
        (calendar("daily 00:00-24:00", exceptions=CHRISTMAS), "2026-01-01T00:00Z", Awake, "2026-12-24T23:00Z",
         "within daily 00:00-24:00"),
        (calendar("daily 00:00-24:00"), "2026-01-01T00:00Z", Awake, None, "within daily 00:00-24:00"),
        (calendar(), "2026-01-01T00:00Z", Asleep, None, "never to be awake (Europe/Berlin)."),
        (calendar("Mon 01:00-02:00", "Tue 01:00-02:00", "Wed 01:00-02:00", "Thu 01:00-03:00"), "2026-11-23T12:00Z",
         Asleep, "2026-11-24T00:00Z", "outside all of its 4 awake windows"),
        # 02:00 to 03:00 does not exist: what would end in it ends at the jump, what would begin in it begins there.
        (calendar(*FORWARD), "2026-03-29T00:59Z", Awake, "2026-03-29T01:00Z", "within daily 01:00-02:30"),
        (calendar(*FORWARD), "2026-03-29T01:00Z", Asleep, "2026-03-29T23:00Z", "outside daily 01:00-02:30"),
        (calendar(*INTO), "2026-03-29T00:59Z", Asleep, "2026-03-29T01:00Z", "outside daily 02:30-05:00"),
        (calendar(*INTO), "2026-03-29T01:00Z", Awake, "2026-03-29T03:00Z", "within daily 02:30-05:00"),
        (calendar(*JUMPED), "2026-03-28T02:00Z", Asleep, "2026-03-30T00:15Z", "outside daily 02:15-02:45"),
        # 02:00 to 03:00 comes twice: awake from the first time that the clock says so to the last.
        (calendar(*FORWARD), "2026-10-25T00:45Z", Awake, "2026-10-25T01:30Z", "within daily 01:00-02:30"),
        (calendar(*JUMPED), "2026-10-25T00:14Z", Asleep, "2026-10-25T00:15Z", "outside daily 02:15-02:45"),
        (calendar(*JUMPED), "2026-10-25T00:50Z", Awake, "2026-10-25T01:45Z", "within daily 02:15-02:45"),
        (calendar(*BACK), "2026-10-24T23:59Z", Asleep, "2026-10-25T00:00Z", "outside daily 02:00-03:00"),
        (calendar(*BACK), "2026-10-25T00:00Z", Awake, "2026-10-25T02:00Z", "within daily 02:00-03:00"),
        (calendar("daily 00:00-02:00"), "2026-10-25T00:00Z", Asleep, "2026-10-25T23:00Z", "outside daily 00:00-02:00"),
        (calendar("daily 01:00-02:15", timezone="Australia/Lord_Howe"), "2026-10-03T15:29Z", Awake, "2026-10-03T15:30Z",
         "within"),
        (calendar("daily 23:30-00:30", timezone="Africa/Cairo"), "2026-04-23T21:59Z", Awake, "2026-04-23T22:00Z",
         "within"),
        # Clocks in St John's went back from Sunday 00:01 to Saturday 23:01 at 2010-11-07T02:31Z.
        (calendar("Sun 00:00-00:30", timezone=ST_JOHNS), "2010-11-07T03:00Z", Awake, "2010-11-07T04:00Z", "within Sun"),
        (calendar("Fri 23:59-23:58", timezone=ST_JOHNS), "2010-11-07T02:30:30Z", Awake, "2010-11-07T03:28Z",
         "within Fri"),
        (None, "2026-01-01T00:00Z", Awake, None, "It has no calendar, so it never sleeps."),
    ],
)  # fmt: skip
def test_the_calendar_decides(
    when: Calendar | None, now: str, state: type[Awake | Asleep], until: str | None, reason: str
) -> None:
    answer = desired(when, None, at(now))
    assert isinstance(answer, state)
    assert answer.until == (at(until) if until else None)
    assert reason in answer.reason


MONDAY = "2026-11-23T12:00Z"
FOREVER = "until somebody says otherwise."


@pytest.mark.parametrize(
    ("when", "state", "asked", "until", "next_change", "reason"),
    [
        # Without an end it holds until the calendar's next change.
        (calendar(*OFFICE), State.ASLEEP, None, "2026-11-23T19:30Z", "2026-11-24T06:30Z",
         "until Mon 2026-11-23 20:30 CET."),
        (calendar(*OFFICE), State.AWAKE, None, "2026-11-23T19:30Z", "2026-11-23T19:30Z", "It is kept awake by hand"),
        (calendar(*OFFICE), State.ASLEEP, "2026-11-23T13:00Z", "2026-11-23T13:00Z", "2026-11-23T13:00Z",
         "It was put to sleep"),
        (calendar(*OFFICE), State.ASLEEP, "2026-11-23T22:00+01:00", "2026-11-23T21:00Z", "2026-11-24T06:30Z",
         "22:00 CET."),
        (calendar(*OFFICE), State.AWAKE, "2026-11-24T00:00Z", "2026-11-24T00:00Z", "2026-11-24T00:00Z", "01:00 CET."),
        (calendar(), State.AWAKE, None, None, None, FOREVER),
        (calendar(), State.AWAKE, "2026-11-24T00:00Z", "2026-11-24T00:00Z", "2026-11-24T00:00Z", "kept awake"),
        (None, State.ASLEEP, None, None, None, FOREVER),
        (None, State.ASLEEP, "2026-11-24T00:00Z", "2026-11-24T00:00Z", "2026-11-24T00:00Z", "00:00 UTC."),
    ],
)  # fmt: skip
def test_what_is_asked_for_by_hand_comes_first_until_it_ends(
    when: Calendar | None, state: State, asked: str | None, until: str | None, next_change: str | None, reason: str
) -> None:
    by_hand = override(state, at(asked) if asked else None, when, at(MONDAY))
    assert by_hand == Override(state, at(until) if until else None)
    answer = desired(when, by_hand, at(MONDAY))
    assert isinstance(answer, Awake) is (state is State.AWAKE)
    assert answer.until == (at(next_change) if next_change else None)
    assert reason in answer.reason
    if by_hand.until:
        assert desired(when, by_hand, by_hand.until) == desired(when, None, by_hand.until)


def test_events_say_what_happens_when_and_why() -> None:
    by_hand = Override(State.ASLEEP, at("2026-11-23T13:00Z"))
    events = next_events(calendar(*OFFICE, exceptions=CHRISTMAS), by_hand, at(MONDAY), 3)
    assert [(event.at, event.what, event.why) for event in events] == [
        (
            at("2026-11-23T13:00Z"),
            "wake",
            "What was asked for by hand ends. It is within Mon-Fri 07:30-20:30 (Europe/Berlin).",
        ),
        (at("2026-11-23T19:30Z"), "sleep", "Mon-Fri 07:30-20:30 ends."),
        (at("2026-11-24T06:30Z"), "wake", "Mon-Fri 07:30-20:30 begins."),
    ]


def test_of_windows_that_overlap_the_last_is_named_when_it_ends() -> None:
    events = next_events(calendar(*OFFICE, "Mon 20:00-22:00"), None, at(MONDAY), 2)
    assert [event.why for event in events] == ["Mon 20:00-22:00 ends.", "Mon-Fri 07:30-20:30 begins."]


def test_an_exception_is_named_when_it_begins_and_ends() -> None:
    events = next_events(calendar(exceptions=CHRISTMAS), None, at(MONDAY), 9)
    assert [event.why for event in events] == [
        "the exception 2026-12-26 08:00-12:00 begins.",
        "the exception 2026-12-26 08:00-12:00 ends.",
    ]


OVERRIDES = st.none() | st.builds(Override, st.sampled_from(State), st.none() | INSTANTS)


@settings(max_examples=80, deadline=None)
@given(document=documents(st.sampled_from(ZONES)), by_hand=OVERRIDES, now=INSTANTS)
def test_until_is_the_next_event_and_there_the_other_state_begins(
    document: dict[str, Any], by_hand: Override | None, now: datetime
) -> None:
    when = admit_calendar(document, ())
    answer = desired(when, by_hand, now)
    events = next_events(when, by_hand, now, 3)
    assert answer.until == (events[0].at if events else None)
    state = isinstance(answer, Awake)
    for before, event in zip((now, *(event.at for event in events)), events, strict=False):
        assert before < event.at
        assert isinstance(desired(when, by_hand, event.at - timedelta(microseconds=1)), Awake) is state
        state = not state
        assert isinstance(desired(when, by_hand, event.at), Awake) is state
        assert event.what == ("wake" if state else "sleep")
