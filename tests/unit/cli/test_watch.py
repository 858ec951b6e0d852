from io import StringIO

import pytest
from botocore.credentials import Credentials
from rich.console import Console

from cli.client import Api, Endpoint, connect
from cli.output import console, is_interactive
from cli.watch import POLL_SECONDS, follow, live, watch
from lambdas.domain.runs import RunStatus
from tests.unit.cli.samples import COREDNS, CREATED, CREATING, NOW, RUN_ID, a_run, succeeded
from tests.unit.cli.server import Answer, ScriptedApi


class TerminalText(StringIO):
    """What a person would see."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def api(server: ScriptedApi, pauses: list[float]) -> Api:
    credentials = Credentials("AKIDEXAMPLE", "secret")
    endpoint = Endpoint(url=server.url, region="eu-central-1", credentials=credentials)
    return connect(endpoint, pauses.append)


@pytest.fixture
def scripted(server: ScriptedApi) -> ScriptedApi:
    runs = [a_run(CREATING), a_run(CREATED, COREDNS), succeeded(CREATED)]
    server.script(f"GET /runs/{RUN_ID}", *[Answer(200, run) for run in runs])
    return server


@pytest.mark.usefixtures("scripted")
def test_a_run_is_followed_to_its_end(api: Api, pauses: list[float]) -> None:
    screen = Console(file=StringIO(), width=100)
    run = follow(api, RUN_ID, live(screen, lambda: NOW))
    assert run["status"] == RunStatus.SUCCEEDED
    assert pauses == [POLL_SECONDS] * 2


@pytest.mark.usefixtures("scripted")
def test_a_terminal_shows_the_tree_and_keeps_the_last_one(api: Api) -> None:
    file = TerminalText()
    assert watch(api, RUN_ID, Console(file=file, width=100, force_terminal=True), lambda: NOW)
    shown = file.getvalue()
    assert "● cluster" not in shown.splitlines()[-2]
    assert "✓ cluster" in shown
    assert shown.rstrip().endswith("SUCCEEDED after 9m30s: provision of simple-bank")


@pytest.mark.parametrize(
    ("terminal", "term", "interactive"),
    [(True, "xterm", True), (True, "dumb", False), (False, "xterm", False)],
)
def test_only_a_terminal_is_drawn_on(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool, term: str, interactive: bool
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", term)
    screen = Console(file=TerminalText() if terminal else StringIO())
    assert is_interactive(screen) is interactive


def test_a_log_has_no_line_breaks_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    log = StringIO()
    monkeypatch.setattr("sys.stdout", log)
    console().print("word " * 100)
    assert log.getvalue().count("\n") == 1
