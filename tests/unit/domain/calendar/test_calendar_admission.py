from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.calendar.admission import admit_calendar, admit_until
from lambdas.domain.refusal import Refused

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
GROUPS = ("batch", "system")
GOOD: dict[str, Any] = {"timezone": "Europe/Berlin", "awake": ["Mon-Fri 07:30-20:30"]}
OFF = {"date": "2026-12-25", "awake": False}


def refused(document: object) -> Refused:
    with pytest.raises(Refused) as caught:
        admit_calendar(document, GROUPS)
    return caught.value


@pytest.mark.parametrize(
    ("changed", "pointer", "detail", "remedy"),
    [
        ({"timezone": "Europe/Berln"}, "/timezone", "timezone: 'Europe/Berln' is not a time zone.",
         "Did you mean Europe/Berlin?"),
        ({"timezone": 1}, "/timezone", "timezone: 1 is not a text.", "Put it in quotes."),
        ({"awake": []}, "/awake", "awake: it has no window.", "Write always or never, or a list of windows"),
        ({"awake": "Mon-Fri 07:30-20:30"}, "/awake", "is not when a cluster is awake.", "a list of windows"),
        ({"awake": True}, "/awake", "awake: True is not when a cluster is awake.", "Write always or never"),
        ({"awake": [""]}, "/awake/0", "awake[0]: The window is empty.", "Write days and hours"),
        ({"awake": ["daily 08:00-09:00", "Mon 8-9"]}, "/awake/1", "awake[1]: '8-9' is not a time", "four digits"),
        ({"awake": ["Mon 08:00-08:00"]}, "/awake/0", "awake[0]: '08:00-08:00' has no length.", "Write 00:00-24:00"),
        ({"awake": ["Mun 08:00-09:00"]}, "/awake/0", "'Mun' are not days of the week", "Mon-Fri"),
        ({"awake": [800]}, "/awake/0", "awake[0]: 800 is not a text.", "Put it in quotes."),
        ({"awake": ["daily 08:00-09:00"] * 101}, "/awake", "awake: it has 101 entries.", "Keep at most 100."),
        ({"awake": [f"Mon 00:00-{n // 60:02}:{n % 60:02}" for n in range(1, 52)]}, "", "The schedule has 51 windows.",
         "at most 50"),
        ({"exceptions": OFF}, "/exceptions", "is not a list.", "Give a list"),
        ({"exceptions": [OFF, {**OFF, "awake": True}]}, "/exceptions/1/date",
         "date: 2026-12-25 is there twice, first at /exceptions/0/date.", "Keep one of the two."),
        ({"exceptions": [{"date": "2026-02-29", "awake": True}]}, "/exceptions/0/date", "There is no 2026-02-29.",
         "01 to 28"),
        ({"exceptions": [{"date": "2026-13-01", "awake": True}]}, "/exceptions/0/date", "There is no 2026-13-01.",
         "01 to 12"),
        ({"exceptions": [{"date": "2026-00-01", "awake": True}]}, "/exceptions/0/date", "There is no 2026-00-01.",
         "01 to 12"),
        ({"exceptions": [{"date": "2026-12-00", "awake": True}]}, "/exceptions/0/date", "There is no 2026-12-00.",
         "01 to 31"),
        ({"exceptions": [{"date": "25.12.2026", "awake": True}]}, "/exceptions/0/date", "is not a date.",
         "like 2026-12-25"),
        ({"exceptions": [{"date": "1999-12-25", "awake": True}]}, "/exceptions/0/date", "is too far away.",
         "2000 to 2199"),
        ({"exceptions": [{"date": 20261225, "awake": True}]}, "/exceptions/0/date", "is not a text.", "quotes"),
        ({"exceptions": [{"date": "2026-12-25"}]}, "/exceptions/0/awake", "awake: it is missing.",
         "Write it like awake: false."),
        ({"exceptions": [{**OFF, "awake": []}]}, "/exceptions/0/awake", "awake: it has no hours.", "Write true"),
        ({"exceptions": [{**OFF, "awake": "never"}]}, "/exceptions/0/awake", "'never' is not when", "false for never"),
        ({"exceptions": [{**OFF, "awake": ["9:00-10:00"]}]}, "/exceptions/0/awake/0", "awake[0]: '9:00-10:00' is not",
         "four"),
        ({"exceptions": [{**OFF, "awake": ["09:00-09:00"]}]}, "/exceptions/0/awake/0", "has no length", "00:00-24:00"),
        ({"exceptions": ["2026-12-25"]}, "/exceptions/0", "exceptions[0]: '2026-12-25' is not an object.",
         "date, awake"),
        ({"nodegroups": [{"nodegroupName": "sytem"}]}, "/nodegroups/0/nodegroupName",
         "the cluster has no node group 'sytem'.", "Did you mean system?"),
        ({"nodegroups": [{"nodegroupName": "zzz"}]}, "/nodegroups/0/nodegroupName", "no node group 'zzz'",
         "batch, system"),
        ({"nodegroups": [{"nodegroupName": 7}]}, "/nodegroups/0/nodegroupName", "7 is not a text.", "quotes"),
        ({"nodegroups": [{"sleep": False}]}, "/nodegroups/0/nodegroupName", "it is missing.",
         'nodegroupName: "system"'),
        ({"nodegroups": [{"nodegroupName": "batch"}, {"nodegroupName": "batch"}]}, "/nodegroups/1/nodegroupName",
         "batch is there twice", "Keep one"),
        ({"nodegroups": [{"nodegroupName": "batch", "sleep": "no"}]}, "/nodegroups/0/sleep", "'no' is not true",
         "without quotes"),
        ({"nodegroups": [{"nodegroupName": "batch", "wakeOrder": 101}]}, "/nodegroups/0/wakeOrder", "101 is not a",
         "lower"),
        ({"nodegroups": [{"nodegroupName": "batch", "wakeOrder": True}]}, "/nodegroups/0/wakeOrder", "True is not",
         "lower"),
        ({"nodegroups": [{"nodegroupName": "batch", "wakeOrder": 1.5}]}, "/nodegroups/0/wakeOrder", "1.5 is not",
         "lower"),
        ({"nodegroups": [{"nodegroupName": "batch", "order": 1}]}, "/nodegroups/0/order", "order: there is no",
         "wakeOrder"),
        ({"timeZone": "UTC"}, "/timeZone", "timeZone: there is no such field.", "Did you mean timezone?"),
        ({"a/b": 1}, "/a~1b", "there is no such field.",
         "The fields here are timezone, awake, exceptions, nodegroups."),
    ],
)  # fmt: skip
def test_every_mistake_has_its_place_and_remedy(
    changed: dict[str, Any], pointer: str, detail: str, remedy: str
) -> None:
    answer = refused(GOOD | changed)
    assert (answer.status, [error.pointer for error in answer.errors]) == (422, [pointer])
    assert detail in answer.errors[0].detail
    assert remedy in answer.errors[0].remedy


@pytest.mark.parametrize(
    ("document", "status", "pointer"),
    [
        ([], 400, ""),
        (None, 400, ""),
        (GOOD | {"exceptions": [{"date": date(2026, 12, 25), "awake": False}]}, 400, "/exceptions/0/date"),
        ({"timezone": "UTC"}, 422, "/awake"),
        ({"awake": "always"}, 422, "/timezone"),
    ],
)
def test_what_is_no_calendar_is_refused(document: object, status: int, pointer: str) -> None:
    answer = refused(document)
    assert (answer.status, [error.pointer for error in answer.errors]) == (status, [pointer])


def test_everything_wrong_is_said_at_once() -> None:
    answer = refused({"timezone": "x", "awake": ["a", "b"], "exceptions": 1, "nodegroups": [{}], "more": 1})
    assert {error.pointer for error in answer.errors} == {
        "/timezone", "/awake/0", "/awake/1", "/exceptions", "/nodegroups/0/nodegroupName", "/more",
    }  # fmt: skip


def test_a_cluster_without_node_groups_has_none_to_name() -> None:
    with pytest.raises(Refused) as caught:
        admit_calendar(GOOD | {"nodegroups": [{"nodegroupName": "batch"}]}, ())
    assert caught.value.errors[0].remedy == "Leave it out: the cluster has none."


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([*GROUPS, "2026-02-30"])
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
FIELDS = ["timezone", "awake", "exceptions", "nodegroups"]
ENTRIES = st.lists(
    st.dictionaries(st.sampled_from(["date", "awake", "nodegroupName", "sleep", "wakeOrder"]), ANYTHING), max_size=3
)


@settings(max_examples=40, deadline=None)
@given(ANYTHING | st.dictionaries(st.sampled_from(FIELDS), ANYTHING | ENTRIES))
def test_anything_is_admitted_or_refused_in_words_that_can_be_sent(document: object) -> None:
    try:
        admit_calendar(document, GROUPS)
    except Refused as refusal:
        for error in refusal.errors:
            assert error.detail.endswith(".")
            assert error.remedy
            json.dumps([error.pointer, error.detail, error.remedy], ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("document", "until"),
    [
        ({}, None),
        ({"until": "2026-11-23T14:00:00+01:00"}, datetime(2026, 11, 23, 13, tzinfo=UTC)),
        ({"until": "2026-11-23t13:00:00.25z"}, datetime(2026, 11, 23, 13, 0, 0, 250_000, tzinfo=UTC)),
    ],
)
def test_until_is_an_instant_or_left_out(document: dict[str, Any], until: datetime | None) -> None:
    assert admit_until(document, NOW) == until


@pytest.mark.parametrize(
    ("document", "pointer", "detail", "status"),
    [
        ({"until": "2026-11-23T12:00:00Z"}, "/until", "until: 2026-11-23T12:00:00+00:00 is in the past", 422),
        ({"until": "2026-11-23T12:30:00+01:00"}, "/until", "until: 2026-11-23T11:30:00+00:00 is in the past", 422),
        ({"until": "2026-11-24T12:00:00"}, "/until", "is not an instant", 422),
        ({"until": "2026-11-24"}, "/until", "is not an instant", 422),
        ({"until": "2026-02-30T12:00:00Z"}, "/until", "is not an instant", 422),
        ({"until": "2026-11-24T12:00:00+25:00"}, "/until", "is not an instant", 422),
        ({"until": "2026-W48-1T12:00:00Z"}, "/until", "is not an instant", 422),
        ({"until": "0001-01-01T00:00:00+14:00"}, "/until", "is not between 2000 and 2199", 422),
        ({"until": "2200-01-01T00:00:00Z"}, "/until", "is not between 2000 and 2199", 422),
        ({"until": 5}, "/until", "5 is not a text", 422),
        ({"until": None}, "/until", "None is not a text", 422),
        ({"untill": "2026-11-24T12:00:00Z"}, "/untill", "there is no such field", 422),
        ({"\ud800": 1}, "", "half a character", 400),
        ([], "", "[] is not an object", 422),
    ],
)
def test_until_is_refused(document: object, pointer: str, detail: str, status: int) -> None:
    with pytest.raises(Refused) as caught:
        admit_until(document, NOW)
    assert [error.pointer for error in caught.value.errors] == [pointer]
    assert detail in caught.value.errors[0].detail
    assert caught.value.errors[0].remedy
    assert caught.value.status == status
