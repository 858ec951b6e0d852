from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox.schedules import next_time


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


BERLIN = "Europe/Berlin"

CASES = [
    ("cron(30 7 ? * MON-FRI *)", BERLIN, "2026-01-05T00:00", "2026-01-05T06:30"),
    ("cron(30 7 ? * MON-FRI *)", BERLIN, "2026-07-06T00:00", "2026-07-06T05:30"),
    ("cron(30 7 ? * MON-FRI *)", BERLIN, "2026-07-03T05:30", "2026-07-06T05:30"),
    ("cron(30 7 ? * MON-FRI *)", None, "2026-07-06T00:00", "2026-07-06T07:30"),
    # the clocks skip from 2:00 to 3:00 on 29 March: nothing that day
    ("cron(30 2 * * ? *)", BERLIN, "2026-03-28T12:00", "2026-03-30T00:30"),
    # and repeat the hour from 2:00 on 25 October: once
    ("cron(30 2 * * ? *)", BERLIN, "2026-10-24T12:00", "2026-10-25T00:30"),
    ("cron(30 2 * * ? *)", BERLIN, "2026-10-25T00:30", "2026-10-26T01:30"),
    ("at(2026-12-31T12:00:00)", BERLIN, "2026-12-01T00:00", "2026-12-31T11:00"),
    ("at(2026-12-31T12:00:00)", "UTC", "2026-12-31T12:00", None),
    ("cron(0 0 1 1 ? 2025)", "UTC", "2026-01-01T00:00", None),
    ("rate(15 minutes)", BERLIN, "2026-01-01T00:20", "2026-01-01T00:30"),
    ("rate(15 minutes)", BERLIN, "2026-01-01T00:30", "2026-01-01T00:45"),
]


@pytest.mark.parametrize(("expression", "zone", "after", "due"), CASES)
def test_next_time(expression: str, zone: str | None, after: str, due: str | None) -> None:
    schedule = {
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": zone,
        "CreationDate": utc("2026-01-01T00:00").timestamp(),
    }
    assert next_time(schedule, utc(after)) == (utc(due) if due else None)
