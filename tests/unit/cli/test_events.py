import json
from typing import TYPE_CHECKING

import pytest

from cli.errors import ExitCode
from tests.unit.cli.conftest import Terminal
from tests.unit.cli.server import NOT_FOUND, Answer, ScriptedApi

if TYPE_CHECKING:
    from cli.shapes import Event

ROUTE = "GET /clusters/simple-bank/events"


def event(kind: str, minute: int) -> "Event":
    return {
        "id": f"{kind}/{minute}",
        "type": kind,
        "at": f"2026-10-07T12:{minute:02}:00+00:00",
        "message": f"simple-bank [is] {kind}.",
    }


READY, ASLEEP, AWAKE = (event(kind, at) for at, kind in enumerate(("ClusterReady", "ClusterAsleep", "ClusterAwake")))
LINES = """\
2026-10-07T12:00:00+00:00 ClusterReady: simple-bank [is] ClusterReady.
2026-10-07T12:01:00+00:00 ClusterAsleep: simple-bank [is] ClusterAsleep.
2026-10-07T12:02:00+00:00 ClusterAwake: simple-bank [is] ClusterAwake.
"""


def page(*events: "Event", token: str | None = None) -> Answer:
    """The events as the API lists them, newest first."""
    return Answer(200, {"items": list(events), "nextToken": token})


def test_events_read_like_a_log(served: ScriptedApi, slipway: Terminal) -> None:
    served.script(ROUTE, page(AWAKE, token="t"))
    served.script(f"{ROUTE}?nextToken=t", page(ASLEEP, READY))
    assert slipway("events", "simple-bank").stdout == LINES


def test_programs_get_them_as_the_api_lists_them(served: ScriptedApi, slipway: Terminal) -> None:
    served.script(ROUTE, page(ASLEEP, READY))
    assert json.loads(slipway("events", "simple-bank", "-o", "json").stdout) == [ASLEEP, READY]


def test_where_nothing_has_happened_it_says_so(served: ScriptedApi, slipway: Terminal) -> None:
    served.script(ROUTE, page())
    assert "Nothing has happened yet" in slipway("events", "simple-bank").stdout


def test_following_prints_each_event_once_until_interrupted(served: ScriptedApi, slipway: Terminal) -> None:
    served.script(ROUTE, page(READY), page(READY), page(ASLEEP, READY), page(AWAKE, ASLEEP, READY))

    def interrupt() -> None:
        if len(slipway.pauses) == 5:
            raise KeyboardInterrupt

    slipway.on_pause = interrupt
    ended = slipway("events", "simple-bank", "--follow")
    assert (ended.stdout, ended.exit_code) == (LINES, ExitCode.INTERRUPTED)


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_following_is_for_people(served: ScriptedApi, slipway: Terminal, form: str) -> None:
    ended = slipway("events", "simple-bank", "--follow", "-o", form)
    assert (ended.exit_code, served.requests) == (ExitCode.USAGE, [])
    assert "leave -o out" in ended.stderr


def test_an_unknown_cluster_is_an_error(served: ScriptedApi, slipway: Terminal) -> None:
    served.script("GET /clusters/other/events", NOT_FOUND)
    assert slipway("events", "other", "--follow").exit_code == ExitCode.FAILED
