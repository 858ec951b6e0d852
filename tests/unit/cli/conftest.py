from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

from cli.command_line import Outside
from cli.main import app
from tests.unit.cli.samples import NOW
from tests.unit.cli.server import ScriptedApi, serving

_UNSET: Final = [
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "KUBECONFIG",
    "SLIPWAY_URL",
    "SLIPWAY_STACK",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
    "FORCE_COLOR",
    "AWS_ENDPOINT_URL",
]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A user with credentials, a region and an empty home, and no network beyond this machine."""
    for name in _UNSET:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session-token")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws-credentials"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def server() -> Iterator[ScriptedApi]:
    with serving() as api:
        yield api


@pytest.fixture
def served(server: ScriptedApi, monkeypatch: pytest.MonkeyPatch) -> ScriptedApi:
    """The server, known to the command line through the environment."""
    monkeypatch.setenv("SLIPWAY_URL", server.url)
    return server


@dataclass
class Terminal:
    """Runs the command line as a user would, without waiting; ``pauses`` is what it would have waited."""

    pauses: list[float] = field(default_factory=list)
    on_pause: Callable[[], None] = lambda: None

    def __call__(self, *arguments: str, stdin: str | None = None) -> Result:
        outside = Outside(pause=self._pause, now=lambda: NOW)
        return CliRunner().invoke(app, list(arguments), input=stdin, obj=outside, catch_exceptions=False)

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.on_pause()


@pytest.fixture
def slipway() -> Terminal:
    return Terminal()
