"""Calendars as users may write them, in the simplest forms, which the oracle reads too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
DAY = 24 * 60


def _text(start: int, length: int) -> str:
    end = start + length
    end -= DAY if end > DAY else 0
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


HOURS = st.builds(_text, st.integers(0, DAY - 1), st.integers(1, DAY - 1)) | st.just("00:00-24:00")
DAYS = st.sets(st.sampled_from(DAY_NAMES), min_size=1).map(",".join) | st.just("daily")
WINDOWS = st.builds("{} {}".format, DAYS, HOURS)


@st.composite
def documents(draw: st.DrawFn, timezone: st.SearchStrategy[str], around: date | None = None) -> dict[str, Any]:
    """Documents with windows, and with exceptions within three days of a date or on any."""
    near = st.integers(-3, 3).map(lambda days: (around or date(2026, 3, 29)) + timedelta(days=days))
    dates = near if around else near | st.dates(date(2000, 1, 1), date(2199, 12, 31))
    kinds: st.SearchStrategy[Any] = st.booleans() | st.lists(HOURS, min_size=1, max_size=3)
    return {
        "timezone": draw(timezone),
        "awake": draw(st.lists(WINDOWS, min_size=1, max_size=4)),
        "exceptions": [
            {"date": day.isoformat(), "awake": draw(kinds)} for day in draw(st.lists(dates, max_size=3, unique=True))
        ],
    }
