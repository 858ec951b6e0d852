"""Calendars, times and sizes that the door refuses, for the tests in process and over HTTP."""

from __future__ import annotations

import json
from typing import Any

from tests.api.bodies import Refusal

Json = Any

GROUPS = ("system", "workers")
"""The node groups of the cluster that the bodies are about; each may have 1 to 3 nodes."""

WEEK = ["Mon-Fri 07:30-20:30"]


def calendar(**members: Json) -> bytes:
    return json.dumps({"timezone": "Europe/Berlin", "awake": WEEK, **members}).encode()


def week(*windows: Json) -> bytes:
    return calendar(awake=list(windows))


def exceptions(*days: Json) -> bytes:
    return calendar(exceptions=list(days))


def night(**members: Json) -> bytes:
    return calendar(nodegroups=[{"nodegroupName": "workers", **members}])


def until(value: Json) -> bytes:
    return json.dumps({"until": value}).encode()


def sizes(**members: Json) -> bytes:
    return json.dumps({"nodegroups": [{"nodegroupName": "workers", "desiredSize": 2, **members}]}).encode()


DESIRED = "/nodegroups/0/desiredSize"
CHRISTMAS = {"date": "2026-12-25", "awake": False}

NOT_JSON = [
    Refusal("null", b"null", 400, ""),
    Refusal("a list", b"[]", 400, ""),
    Refusal("a string", b'"Europe/Berlin"', 400, ""),
    Refusal("two objects", b"{}{}", 400, ""),
    Refusal("YAML", b"timezone: Europe/Berlin\n", 400, "", "Send a JSON object"),
    Refusal("white space", b" \n", 400, ""),
    Refusal("a key twice", b'{"until": 1, "until": 1}', 400, "", "Keep one of the two"),
    Refusal("half a character", b'{"a": "\\ud800"}', 400, "/a", "Correct the text"),
    Refusal("brackets without end", b"[" * 60_000, 400, ""),
    Refusal("more than 64 KiB", calendar(exceptions="a" * 66_000), 413, "", "Shorten it"),
]
"""What is refused as a body of any of these calls."""

CALENDARS = [
    Refusal("an empty body", b"", 400, ""),
    Refusal("an empty object", b"{}", 422, "/timezone", "Europe/Berlin"),
    Refusal("no windows given", b'{"timezone": "UTC"}', 422, "/awake", "Mon-Fri 07:30-20:30"),
    Refusal("a misspelt field", calendar(exception=[]), 422, "/exception", "Did you mean exceptions?"),
    Refusal("an unknown field", calendar(colour="red"), 422, "/colour", "The fields here are timezone"),
    Refusal("the field of a spec", calendar(name="bank"), 422, "/name"),
    # The zone
    Refusal("an unknown zone", calendar(timezone="Europe/Berlim"), 422, "/timezone", "Did you mean Europe/Berlin?"),
    Refusal("a city alone", calendar(timezone="Berlin"), 422, "/timezone", "Did you mean Europe/Berlin?"),
    Refusal("a zone in small letters", calendar(timezone="europe/berlin"), 422, "/timezone", "Europe/Berlin?"),
    Refusal("an offset for a zone", calendar(timezone="+01:00"), 422, "/timezone"),
    Refusal("an empty zone", calendar(timezone=""), 422, "/timezone", "Write the IANA name"),
    Refusal("a path for a zone", calendar(timezone="../../etc/passwd"), 422, "/timezone"),
    Refusal("a number for a zone", calendar(timezone=1), 422, "/timezone", "Put it in quotes"),
    Refusal("null for a zone", calendar(timezone=None), 422, "/timezone"),
    # Windows
    Refusal("no window", week(), 422, "/awake", "always or never"),
    Refusal("an empty window", week(""), 422, "/awake/0", "Mon-Fri 07:30-20:30"),
    Refusal("a window of spaces", week("   "), 422, "/awake/0"),
    Refusal("a window of no length", week("Mon 08:00-08:00"), 422, "/awake/0", "00:00-24:00"),
    Refusal("a window of no length at midnight", week("Mon 00:00-00:00"), 422, "/awake/0"),
    Refusal("the second window is wrong", week("Mon 08:00-09:00", "Tue"), 422, "/awake/1"),
    Refusal("hours without days", week("08:00-09:00"), 422, "/awake/0"),
    Refusal("days without hours", week("Mon-Fri"), 422, "/awake/0"),
    Refusal("an hour that no clock shows", week("Mon 08:00-25:00"), 422, "/awake/0", "00:00 to 24:00"),
    Refusal("a minute that no clock shows", week("Mon 08:60-09:00"), 422, "/awake/0"),
    Refusal("a window that starts at 24:00", week("Mon 24:00-02:00"), 422, "/awake/0"),
    Refusal("three digits", week("Mon 8:00-9:00"), 422, "/awake/0", "four digits"),
    Refusal("twelve hours", week("Mon 08:00am-05:00pm"), 422, "/awake/0"),
    Refusal("no such day", week("Foo 08:00-09:00"), 422, "/awake/0", "Mon-Fri"),
    Refusal("spaces between days", week("Mon, Tue 08:00-09:00"), 422, "/awake/0"),
    Refusal("a cron expression", week("0 8 * * 1-5"), 422, "/awake/0"),
    Refusal("another word", calendar(awake="sometimes"), 422, "/awake", "always or never"),
    Refusal("a window that is no list", calendar(awake="Mon-Fri 08:00-09:00"), 422, "/awake"),
    Refusal("true for the week", calendar(awake=True), 422, "/awake"),
    Refusal("null for the week", calendar(awake=None), 422, "/awake"),
    Refusal("a number as a window", week(730), 422, "/awake/0", "Put it in quotes"),
    Refusal("a list as a window", week(["Mon 08:00-09:00"]), 422, "/awake/0"),
    Refusal("too many entries", week(*["Mon 08:00-09:00"] * 101), 422, "/awake", "at most 100"),
    Refusal("too many windows", week(*[f"Mon 08:00-09:{n:02}" for n in range(1, 52)]), 422, "", "at most 50"),
    # Exceptions
    Refusal("one date twice", exceptions(CHRISTMAS, CHRISTMAS), 422, "/exceptions/1/date", "Keep one of the two"),
    Refusal(
        "one date with two meanings",
        exceptions(CHRISTMAS, {"date": "2026-12-25", "awake": True}),
        422,
        "/exceptions/1/date",
    ),
    Refusal(
        "a date that does not exist",
        exceptions({"date": "2026-02-30", "awake": False}),
        422,
        "/exceptions/0/date",
        "01 to 28",
    ),
    Refusal(
        "the 29th of February of a common year",
        exceptions({"date": "2027-02-29", "awake": False}),
        422,
        "/exceptions/0/date",
    ),
    Refusal("a thirteenth month", exceptions({"date": "2026-13-01", "awake": False}), 422, "/exceptions/0/date"),
    Refusal("a day of another order", exceptions({"date": "25.12.2026", "awake": False}), 422, "/exceptions/0/date"),
    Refusal("a date of long ago", exceptions({"date": "0001-01-01", "awake": False}), 422, "/exceptions/0/date"),
    Refusal("a date and a time", exceptions({"date": "2026-12-25T00:00", "awake": True}), 422, "/exceptions/0/date"),
    Refusal("a number as a date", exceptions({"date": 20261225, "awake": True}), 422, "/exceptions/0/date"),
    Refusal("an exception without a date", exceptions({"awake": False}), 422, "/exceptions/0/date", "2026-12-25"),
    Refusal("an exception without hours", exceptions({"date": "2026-12-25"}), 422, "/exceptions/0/awake"),
    Refusal("an exception of no hours", exceptions({**CHRISTMAS, "awake": []}), 422, "/exceptions/0/awake"),
    Refusal("an exception by a word", exceptions({**CHRISTMAS, "awake": "never"}), 422, "/exceptions/0/awake"),
    Refusal(
        "an exception with days", exceptions({**CHRISTMAS, "awake": ["Mon 08:00-09:00"]}), 422, "/exceptions/0/awake/0"
    ),
    Refusal(
        "an exception of no length", exceptions({**CHRISTMAS, "awake": ["08:00-08:00"]}), 422, "/exceptions/0/awake/0"
    ),
    Refusal("a date for an exception", exceptions("2026-12-25"), 422, "/exceptions/0", "Give an object"),
    Refusal("an object for exceptions", calendar(exceptions={}), 422, "/exceptions", "Give a list"),
    Refusal("null for exceptions", calendar(exceptions=None), 422, "/exceptions"),
    Refusal(
        "a misspelt field of an exception",
        exceptions({"day": "2026-12-25", "awake": False}),
        422,
        "/exceptions/0/day",
        "The fields here are date",
    ),
    # Node groups
    Refusal(
        "a node group that does not exist",
        night(nodegroupName="worker"),
        422,
        "/nodegroups/0/nodegroupName",
        "Did you mean workers?",
    ),
    Refusal(
        "a node group that is like none",
        night(nodegroupName="gpu"),
        422,
        "/nodegroups/0/nodegroupName",
        "The node groups are system, workers",
    ),
    Refusal(
        "one node group twice",
        calendar(nodegroups=[{"nodegroupName": "workers"}] * 2),
        422,
        "/nodegroups/1/nodegroupName",
        "Keep one of the two",
    ),
    Refusal("a node group without a name", calendar(nodegroups=[{}]), 422, "/nodegroups/0/nodegroupName"),
    Refusal("a name for a node group", calendar(nodegroups=["workers"]), 422, "/nodegroups/0"),
    Refusal("a word for sleep", night(sleep="no"), 422, "/nodegroups/0/sleep", "true or false"),
    Refusal("a number for sleep", night(sleep=0), 422, "/nodegroups/0/sleep"),
    Refusal("an order below 0", night(wakeOrder=-1), 422, "/nodegroups/0/wakeOrder", "lower number wake first"),
    Refusal("an order above 100", night(wakeOrder=101), 422, "/nodegroups/0/wakeOrder"),
    Refusal("an order between numbers", night(wakeOrder=1.5), 422, "/nodegroups/0/wakeOrder"),
    Refusal("true for an order", night(wakeOrder=True), 422, "/nodegroups/0/wakeOrder"),
    Refusal("NaN for an order", night(wakeOrder=float("nan")), 400, "/nodegroups/0/wakeOrder"),
    Refusal(
        "a misspelt field of a group", night(wakeorder=1), 422, "/nodegroups/0/wakeorder", "Did you mean wakeOrder?"
    ),
]

UNTILS = [
    Refusal("a time in the past", until("2020-01-01T00:00:00Z"), 422, "/until", "Give a later time"),
    Refusal("this instant", until("2026-11-21T09:00:00+00:00"), 422, "/until", "Give a later time"),
    Refusal("a time without an offset", until("2036-12-31T22:00:00"), 422, "/until", "offset from UTC"),
    Refusal("a date", until("2036-12-31"), 422, "/until"),
    Refusal("a date that does not exist", until("2036-02-30T22:00:00Z"), 422, "/until"),
    Refusal("hours", until("22:00"), 422, "/until"),
    Refusal("tomorrow", until("tomorrow"), 422, "/until"),
    Refusal("an empty text", until(""), 422, "/until"),
    Refusal("seconds since 1970", until(2_111_000_000), 422, "/until"),
    Refusal("null", until(None), 422, "/until"),
    Refusal("far away", until("9999-12-31T23:59:59Z"), 422, "/until", "Write it like"),
    Refusal("at the end of time", until("9999-12-31T23:59:59-14:00"), 422, "/until"),
    Refusal("long ago", until("0001-01-01T00:00:00+14:00"), 422, "/until"),
    Refusal("a misspelt field", b'{"untill": "2036-12-31T22:00:00Z"}', 422, "/untill", "Did you mean until?"),
    Refusal("a duration", b'{"for": "2h"}', 422, "/for", "The fields here are until"),
]

RESIZES = [
    Refusal("an empty body", b"", 400, ""),
    Refusal("an empty object", b"{}", 422, "/nodegroups", "workers"),
    Refusal("no group", b'{"nodegroups": []}', 422, "/nodegroups", "workers"),
    Refusal("an object for a list", b'{"nodegroups": {"workers": 2}}', 422, "/nodegroups", "Give a list"),
    Refusal("a name for a group", b'{"nodegroups": ["workers"]}', 422, "/nodegroups/0", "Give an object"),
    Refusal("an unknown field", sizes(size=3), 422, "/nodegroups/0/size"),
    Refusal("EKS's object", sizes(scalingConfig={"desiredSize": 2}), 422, "/nodegroups/0/scalingConfig"),
    Refusal("a misspelt field", sizes(minsize=0), 422, "/nodegroups/0/minsize", "Did you mean minSize?"),
    Refusal(
        "no number",
        b'{"nodegroups": [{"nodegroupName": "workers"}]}',
        422,
        "/nodegroups/0/desiredSize",
        "desiredSize: 2",
    ),
    Refusal("no name", b'{"nodegroups": [{"desiredSize": 2}]}', 422, "/nodegroups/0/nodegroupName"),
    Refusal(
        "a group that does not exist",
        sizes(nodegroupName="worker"),
        422,
        "/nodegroups/0/nodegroupName",
        "Did you mean workers?",
    ),
    Refusal(
        "a group that is like none",
        sizes(nodegroupName="gpu"),
        422,
        "/nodegroups/0/nodegroupName",
        "The node groups are system, workers",
    ),
    Refusal("a number for a name", sizes(nodegroupName=1), 422, "/nodegroups/0/nodegroupName", "Put it in quotes"),
    Refusal(
        "one group twice",
        b'{"nodegroups": [%s, %s]}' % ((b'{"nodegroupName": "workers", "desiredSize": 2}',) * 2),
        422,
        "/nodegroups/1/nodegroupName",
        "Keep one of the two",
    ),
    Refusal(
        "below the group's minSize",
        sizes(desiredSize=0),
        422,
        "/nodegroups/0/desiredSize",
        "from 1 to 3, or another minSize",
    ),
    Refusal(
        "above the group's maxSize",
        sizes(desiredSize=4),
        422,
        "/nodegroups/0/desiredSize",
        "from 1 to 3, or another maxSize",
    ),
    Refusal("below the new minSize", sizes(minSize=3), 422, "/nodegroups/0/desiredSize", "from 3 to 3"),
    Refusal("above the new maxSize", sizes(maxSize=1), 422, "/nodegroups/0/desiredSize", "from 1 to 1"),
    Refusal("minSize above maxSize", sizes(minSize=4), 422, "/nodegroups/0/minSize", "Lower minSize"),
    Refusal("maxSize 0", sizes(desiredSize=0, minSize=0, maxSize=0), 422, "/nodegroups/0/maxSize", "from 1 to"),
    Refusal("a negative number", sizes(desiredSize=-1), 422, "/nodegroups/0/desiredSize", "from 0 to 2147483647"),
    Refusal("a fraction", sizes(desiredSize=1.5), 422, "/nodegroups/0/desiredSize"),
    Refusal("a whole number with a point", sizes(desiredSize=2.0), 422, "/nodegroups/0/desiredSize"),
    Refusal("a text", sizes(desiredSize="2"), 422, "/nodegroups/0/desiredSize"),
    Refusal("true", sizes(desiredSize=True), 422, "/nodegroups/0/desiredSize"),
    Refusal("null", sizes(desiredSize=None), 422, "/nodegroups/0/desiredSize"),
    Refusal("null for a bound", sizes(maxSize=None), 422, "/nodegroups/0/maxSize"),
    Refusal("more than 32 bits", sizes(desiredSize=2**31, maxSize=2**31), 422, "/nodegroups/0/maxSize", "2147483647"),
    Refusal("NaN", sizes(desiredSize=float("nan")), 400, "/nodegroups/0/desiredSize"),
    Refusal(
        "the second group is wrong",
        b'{"nodegroups": [{"nodegroupName": "system", "desiredSize": 1}, {"nodegroupName": "workers", "desiredSize": 9}'
        b"]}",
        422,
        "/nodegroups/1/desiredSize",
    ),
    Refusal("too many groups", json.dumps({"nodegroups": [{}] * 101}).encode(), 422, "/nodegroups", "at most 100"),
]

REFUSALS = [
    *[("PUT", "schedule", refusal) for refusal in (*NOT_JSON, *CALENDARS)],
    *[("POST", path, refusal) for path in ("sleep", "wake") for refusal in (*NOT_JSON, *UNTILS)],
    *[("POST", "scale", refusal) for refusal in (*NOT_JSON, *RESIZES)],
]
"""Method, last part of the path, and what is refused there."""
