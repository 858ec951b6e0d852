from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.calendar.windows import DAY, EVERY_DAY, Hours, Window, cover_the_week, hours, window
from lambdas.domain.constraints import UnacceptableError
from tests.calendar.oracle import awake, within
from tests.calendar.strategies import HOURS, WINDOWS

WORKDAYS = (0, 1, 2, 3, 4)
OFFICE = Hours(7 * 60 + 30, 20 * 60 + 30)


@pytest.mark.parametrize(
    ("text", "days", "when", "canonical"),
    [
        ("Mon-Fri 07:30-20:30", WORKDAYS, OFFICE, "Mon-Fri 07:30-20:30"),
        (" mon-FRI  07:30-20:30 ", WORKDAYS, OFFICE, "Mon-Fri 07:30-20:30"),
        ("Wed,Mon,Tue 07:30-20:30", (0, 1, 2), OFFICE, "Mon-Wed 07:30-20:30"),
        ("Sat,Sun 07:30-20:30", (5, 6), OFFICE, "Sat,Sun 07:30-20:30"),
        ("Sat-Mon 07:30-20:30", (0, 5, 6), OFFICE, "Mon,Sat,Sun 07:30-20:30"),
        ("Mon-Wed,Fri 07:30-20:30", (0, 1, 2, 4), OFFICE, "Mon-Wed,Fri 07:30-20:30"),
        ("Mon,Mon 07:30-20:30", (0,), OFFICE, "Mon 07:30-20:30"),
        ("Tue-Mon 07:30-20:30", EVERY_DAY, OFFICE, "daily 07:30-20:30"),
        ("Sat 22:00-02:00", (5,), Hours(1320, 1560), "Sat 22:00-02:00"),
        ("daily 00:00-24:00", EVERY_DAY, Hours(0, DAY), "daily 00:00-24:00"),
        ("Sun 22:00-00:00", (6,), Hours(1320, DAY), "Sun 22:00-24:00"),
        ("Sun 00:01-24:00", (6,), Hours(1, DAY), "Sun 00:01-24:00"),
    ],
)
def test_a_window_is_read_and_written_in_one_way(text: str, days: tuple[int, ...], when: Hours, canonical: str) -> None:
    assert window(text) == Window(days, when)
    assert str(window(text)) == canonical
    assert window(canonical) == window(text)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("Mon-Fri", "days or hours are missing"),
        ("07:30-20:30", "the days are missing"),
        ("Mon-Fri 7:30-20:30", "is not a time"),
        ("Mon-Fri 07:30-24:30", "is not a time"),
        ("Mon-Fri 24:00-02:00", "is not a time"),
        ("Mon-Fri 07:30-20:60", "is not a time"),
        ("Mon-Fri 07:30", "is not a time"),
        ("Mon-Fri 07:30 - 20:30", "is not a time"),
        ("Mon-Fri 07:30-20:30 Sat", "is not a time"),
        ("Mon-Fri \N{ARABIC-INDIC DIGIT ZERO}7:30-20:30", "is not a time"),
        ("Mon-Fri 08:00-08:00", "has no length"),
        ("Mo-Fr 07:30-20:30", "are not days"),
        ("Mon-Fri-Sat 07:30-20:30", "are not days"),
        ("Mon- 07:30-20:30", "are not days"),
        ("Mon,,Fri 07:30-20:30", "are not days"),
        ("Mon, Fri 07:30-20:30", "are not days"),
    ],
)
def test_what_is_no_window_is_said_with_what_to_do(text: str, detail: str) -> None:
    with pytest.raises(UnacceptableError, match=detail) as caught:
        window(text)
    assert caught.value.remedy.startswith("Write ")


def test_hours_end_after_they_start() -> None:
    assert hours("22:00-02:00") == Hours(1320, 1560)
    assert hours("02:00-22:00") == Hours(120, 1320)


@pytest.mark.parametrize(
    ("windows", "covered"),
    [
        (["daily 00:00-24:00"], True),
        (["daily 08:00-20:00", "daily 20:00-08:00"], True),
        (["daily 08:00-20:00", "daily 20:01-08:00"], False),
        (["Mon-Sat 00:00-24:00", "Sun 00:00-23:59"], False),
        (["Mon-Sat 00:00-24:00", "Sun 00:00-12:00", "Sun 12:00-03:00"], True),
        (["Mon 00:01-24:00", "Tue-Sat 00:00-24:00", "Sun 00:00-12:00", "Sun 11:00-00:01"], True),
        ([], False),
    ],
)
def test_windows_cover_the_week_or_not(windows: list[str], covered: bool) -> None:  # noqa: FBT001
    assert cover_the_week(map(window, windows)) is covered


@settings(max_examples=15, deadline=None)
@given(st.lists(WINDOWS, max_size=4))
def test_windows_cover_the_week_as_brute_force_finds(windows: list[str]) -> None:
    monday = date(2026, 11, 23).toordinal()
    week = [(monday + minute // DAY, minute % DAY) for minute in range(7 * DAY)]
    assert cover_the_week(map(window, windows)) is all(awake(within({"awake": windows}, week)))


@given(HOURS)
def test_hours_are_written_as_they_are_read(text: str) -> None:
    assert str(hours(text)) == text
