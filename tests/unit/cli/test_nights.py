import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from cli.errors import ExitCode
from cli.night_view import arranged_text, night_sections, schedule_view
from tests.unit.cli.conftest import Terminal
from tests.unit.cli.samples import (
    ASLEEP,
    CONSOLE,
    NEVER_SLEEPS,
    RUN_ID,
    SCHEDULE,
    a_run,
    arranged,
    failed,
    succeeded,
)
from tests.unit.cli.server import Answer, ScriptedApi
from tests.unit.cli.test_render import printed

if TYPE_CHECKING:
    from cli.shapes import Schedule

CALENDAR = {
    "timezone": "Europe/Berlin",
    "awake": ["Mon-Fri 07:30-20:30"],
    "exceptions": [{"date": "2026-12-25", "awake": False}],
}
YAML = """\
timezone: Europe/Berlin
awake: [Mon-Fri 07:30-20:30]
exceptions:
  - {date: 2026-12-25, awake: false}
"""
DONE = (
    "simple-bank: to be asleep until Thu 2026-10-08 07:30 CEST\nIt was put to sleep by hand.\nNothing is left to do.\n"
)
PATH = "/clusters/simple-bank"


@pytest.mark.parametrize(("file", "text"), [("hours.yaml", YAML), ("hours.json", json.dumps(CALENDAR))])
def test_a_calendar_is_sent_as_the_file_says_it(
    served: ScriptedApi, slipway: Terminal, tmp_path: Path, file: str, text: str
) -> None:
    (tmp_path / file).write_text(text)
    served.script(f"PUT {PATH}/schedule", Answer(200, arranged(None)))
    result = slipway("schedule", "simple-bank", "set", str(tmp_path / file))
    assert (result.exit_code, result.stdout) == (0, DONE)
    assert [request.json for request in served.requests] == [CALENDAR]


def test_a_calendar_is_shown_and_deleted(served: ScriptedApi, slipway: Terminal) -> None:
    served.script(f"GET {PATH}/schedule", Answer(200, SCHEDULE))
    served.script(f"DELETE {PATH}/schedule", Answer(200, arranged(None)))
    assert "timezone: Europe/Berlin" in slipway("schedule", "simple-bank").stdout
    assert yaml.safe_load(slipway("schedule", "simple-bank", "show", "-o", "yaml").stdout) == SCHEDULE
    assert slipway("schedule", "simple-bank", "delete").stdout == DONE
    assert served.routes()[-1] == f"DELETE {PATH}/schedule"


@pytest.mark.parametrize("verb", ["sleep", "wake"])
@pytest.mark.parametrize(
    ("options", "body"), [((), {}), (("--until", "2026-12-31T22:00:00Z"), {"until": "2026-12-31T22:00:00Z"})]
)
def test_sleep_and_wake_may_say_until_when(
    served: ScriptedApi, slipway: Terminal, verb: str, options: tuple[str, ...], body: dict[str, str]
) -> None:
    served.script(f"POST {PATH}/{verb}", Answer(202, arranged(a_run())))
    result = slipway(verb, "simple-bank", *options)
    assert (result.exit_code, served.requests[0].json) == (0, body)
    assert result.stdout.endswith(f"run {RUN_ID} RUNNING\nconsole: {CONSOLE}\n")


def test_sizes_are_sent_for_each_group(served: ScriptedApi, slipway: Terminal) -> None:
    served.script(f"POST {PATH}/scale", Answer(202, arranged(a_run())))
    assert slipway("scale", "simple-bank", "workers=2", "batch=0,min=0,max=5").exit_code == 0
    assert served.requests[0].json == {
        "nodegroups": [
            {"nodegroupName": "workers", "desiredSize": 2},
            {"nodegroupName": "batch", "desiredSize": 0, "minSize": 0, "maxSize": 5},
        ]
    }


@pytest.mark.parametrize(("last", "code"), [(succeeded(), 0), (failed(), ExitCode.FAILED)])
def test_the_run_can_be_waited_for(served: ScriptedApi, slipway: Terminal, last: object, code: int) -> None:
    served.script(f"POST {PATH}/wake", Answer(202, arranged(a_run())))
    served.script(f"GET /runs/{RUN_ID}", Answer(200, last))
    result = slipway("wake", "simple-bank", "--wait")
    assert (result.exit_code, served.routes()) == (code, [f"POST {PATH}/wake", f"GET /runs/{RUN_ID}"])


def test_without_a_run_there_is_nothing_to_wait_for(served: ScriptedApi, slipway: Terminal) -> None:
    served.script(f"POST {PATH}/wake", Answer(200, arranged(None)))
    assert slipway("wake", "simple-bank", "--wait").exit_code == 0
    assert served.routes() == [f"POST {PATH}/wake"]


@pytest.mark.parametrize(
    "typed",
    [
        "schedule",
        "schedule simple-bank set",
        "schedule simple-bank show file.yaml",
        "schedule simple-bank nonsense",
        "sleep",
        "scale simple-bank",
        "scale simple-bank workers",
        "scale simple-bank workers=-1",
        "scale simple-bank workers=2,max",
        "scale simple-bank =2",
    ],
)
def test_a_wrong_call_is_a_usage_error_and_reaches_nobody(served: ScriptedApi, slipway: Terminal, typed: str) -> None:
    assert (slipway(*typed.split()).exit_code, served.requests) == (ExitCode.USAGE, [])


@pytest.mark.parametrize("deed", ["show", "delete"])
def test_a_file_goes_only_with_set(served: ScriptedApi, slipway: Terminal, tmp_path: Path, deed: str) -> None:
    (tmp_path / "hours.yaml").write_text(YAML)
    result = slipway("schedule", "simple-bank", deed, str(tmp_path / "hours.yaml"))
    assert (result.exit_code, served.requests) == (ExitCode.USAGE, [])
    assert "slipway schedule NAME set FILE" in result.stderr


def test_a_night_is_shown_with_what_comes_next_and_what_was_saved() -> None:
    assert [line for part in night_sections(ASLEEP) for line in printed(part)] == [
        "",
        "power: asleep",
        "why: It is outside Mon-Fri 07:30-20:30 (Europe/Berlin).",
        "until: Thu 2026-10-08 07:30 CEST",
        "saved: 41.5 node-hours",
        "",
        "NEXT LOCAL TIME UTC WHY",
        "wake Thu 2026-10-08 07:30 CEST 2026-10-08T05:30:00+00:00 Mon-Fri 07:30-20:30 begins.",
        "",
        "SIZES TO COME MIN MAX DESIRED",
        "workers 1 5 3",
        "",
        "SIZES CHANGED MIN MAX DESIRED STATUS SINCE UPDATE",
        "workers 0 5 0 Successful 2026-10-07T18:30:04+00:00 5a1b0c3d",
    ]


@pytest.mark.parametrize(("power", "told"), [("asleep", "asleep, to be awake"), ("awake", "awake")])
def test_what_is_and_what_is_to_be_are_told_apart(power: str, told: str) -> None:
    _, shown = night_sections({**NEVER_SLEEPS, "power": power})
    assert printed(shown)[0] == f"power: {told}"


def test_a_schedule_is_shown_as_one_would_write_it() -> None:
    assert printed(schedule_view(SCHEDULE)) == [
        "timezone: Europe/Berlin",
        "awake:",
        "- Mon-Fri 07:30-20:30",
        "exceptions: []",
        "nodegroups: []",
        "",
        "wanted: asleep",
        "why: It was put to sleep by hand.",
        "until: Thu 2026-10-08 07:30 CEST",
        "by hand: asleep, until Thu 2026-10-08 07:30 CEST",
        "",
        "NEXT LOCAL TIME UTC WHY",
        "wake Thu 2026-10-08 07:30 CEST 2026-10-08T05:30:00+00:00 Mon-Fri 07:30-20:30 begins.",
    ]
    bare: Schedule = {**SCHEDULE, "calendar": None, "override": {"state": "awake", "until": None}, "nextEvents": []}
    shown = printed(schedule_view(bare))
    assert (shown[0], shown[-1]) == ("No calendar.", "by hand: awake, until somebody says otherwise")


def test_what_was_asked_for_names_the_run() -> None:
    assert arranged_text(arranged(a_run())).splitlines()[-2:] == [f"run {RUN_ID} RUNNING", f"console: {CONSOLE}"]
    assert arranged_text(arranged({**a_run(), "consoleUrl": None})).endswith(f"run {RUN_ID} RUNNING")


def test_what_was_asked_for_names_the_sizes_to_come() -> None:
    answer = arranged(None)
    answer["cluster"]["status"]["night"] = ASLEEP
    assert arranged_text(answer).splitlines()[2:] == ["sizes to come: workers=3", "Nothing is left to do."]
