"""When schedules are due, and which expressions are none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox.schedules.expressions import Schedule, next_time, problem

BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(expression: str, zone: str | None = None) -> Schedule:
    return {
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": zone,
        "CreationDate": utc("2026-01-01T00:00").timestamp(),
    }


CASES = [
    ("cron(30 7 ? * MON-FRI *)", BERLIN, "2026-01-05T00:00", "2026-01-05T06:30"),
    ("cron(30 7 ? * MON-FRI *)", BERLIN, "2026-07-06T00:00", "2026-07-06T05:30"),
    ("cron(30 7 ? * MON-FRI *)", BERLIN, "2026-07-03T05:30", "2026-07-06T05:30"),
    ("cron(30 7 ? * MON-FRI *)", None, "2026-07-06T00:00", "2026-07-06T07:30"),
    ("cron(30 7 ? * mon-fri *)", None, "2026-07-06T07:29:59.999999", "2026-07-06T07:30"),
    # Sunday is 1
    ("cron(0 0 ? * 1 *)", "UTC", "2026-07-06T00:00", "2026-07-12T00:00"),
    # lists, ranges, steps, names
    ("cron(0,20,40 8-9 ? JAN,JUL 2,4 *)", "UTC", "2026-07-06T08:40", "2026-07-06T09:00"),
    ("cron(0,20,40 8-9 ? JAN,JUL 2,4 *)", "UTC", "2026-07-06T09:40", "2026-07-08T08:00"),
    ("cron(5/20 0 1/10 * ? *)", "UTC", "2026-07-01T00:25", "2026-07-01T00:45"),
    ("cron(5/20 0 1/10 * ? *)", "UTC", "2026-07-01T00:45", "2026-07-11T00:05"),
    ("cron(0/15 * * * ? 2027-2028)", "UTC", "2026-07-01T00:25", "2027-01-01T00:00"),
    # the last day, the last Friday, the third Tuesday, the weekday nearest to the first
    ("cron(0 12 L * ? *)", "UTC", "2028-02-01T00:00", "2028-02-29T12:00"),
    ("cron(0 12 ? * 6L *)", "UTC", "2026-07-01T00:00", "2026-07-31T12:00"),
    ("cron(0 12 ? * FRIL *)", "UTC", "2026-07-01T00:00", "2026-07-31T12:00"),
    ("cron(0 12 ? * 3#3 *)", "UTC", "2026-07-01T00:00", "2026-07-21T12:00"),
    ("cron(0 12 1W * ? *)", "UTC", "2026-07-31T00:00", "2026-08-03T12:00"),
    ("cron(0 12 LW * ? *)", "UTC", "2026-05-01T00:00", "2026-05-29T12:00"),
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
    assert next_time(schedule(expression, zone), utc(after)) == (utc(due) if due else None)


@pytest.mark.parametrize("expression", sorted({expression for expression, *_ in CASES}))
def test_what_is_due_some_time_is_accepted(expression: str) -> None:
    assert problem(schedule(expression)) is None


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "30 7 ? * MON-FRI *",
        "cron(30 7 ? * MON-FRI)",
        "cron(30 7 * * MON-FRI *)",
        "cron(60 7 ? * MON-FRI *)",
        "cron(30 24 ? * MON-FRI *)",
        "cron(30 7 32 * ? *)",
        "cron(30 7 0 * ? *)",
        "cron(30 7 ? 13 * *)",
        "cron(30 7 ? * 8 *)",
        "cron(30 7 ? * FRI-MON *)",
        "cron(30 7 ? * MON-FRI 1969)",
        "cron(30 7 ? * FUN *)",
        "cron(*/0 7 ? * * *)",
        "rate(0 minutes)",
        "rate(15 seconds)",
        "at(2026-12-31)",
        "at(2026-12-31T12:00:00Z)",
        "at(2026-02-30T12:00:00)",
    ],
)
def test_what_never_fires_is_no_expression(expression: str) -> None:
    assert problem(schedule(expression)) == f"Invalid Schedule Expression {expression}."


@pytest.mark.parametrize("zone", ["Europe/Bonn", "CEST", "europe/berlin", "../etc/passwd"])
def test_an_unknown_zone_is_told(zone: str) -> None:
    assert problem(schedule("cron(30 7 ? * MON-FRI *)", zone)) == f"Invalid ScheduleExpressionTimezone {zone}."
