from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.environment import server_environment
from sandbox.settings import Settings, read_settings


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ([], {}, {"port": 4566, "region": "eu-central-1", "speed": 60.0}),
        ([], {"SANDBOX_PORT": "0", "SANDBOX_SPEED": "1"}, {"port": 0, "speed": 1.0}),
        (["--port", "1"], {"SANDBOX_PORT": "2"}, {"port": 1}),
        ([], {"AWS_DEFAULT_REGION": "us-east-1"}, {"region": "us-east-1"}),
        ([], {"AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-west-2"}, {"region": "us-west-2"}),
        ([], {"SANDBOX_LOG": "x.log"}, {"log": Path("x.log")}),
    ],
)
def test_read(arguments: list[str], environment: dict[str, str], expected: dict[str, object]) -> None:
    settings = read_settings(arguments, environment)
    assert {name: getattr(settings, name) for name in expected} == expected


@pytest.mark.parametrize("arguments", [["--port", "65536"], ["--port", "x"], ["--speed", "0"], ["--speed", "inf"]])
def test_what_cannot_be_understood_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_settings(arguments, {})
    assert arguments[0] in capsys.readouterr().err


def test_nothing_of_the_users_aws_reaches_the_servers(tmp_path: Path) -> None:
    inherited = {
        "PATH": "/bin",
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL_EKS": "https://eks.example",
        "AWS_SESSION_TOKEN": "secret",
        "PYTHONPATH": "/elsewhere",
        "LAMBDA_EXECUTOR": "docker",
    }
    environment = server_environment(inherited, Settings(speed=4), "http://127.0.0.1:4000", tmp_path)
    assert environment["PATH"] == "/bin"
    assert environment["LAMBDA_EXECUTOR"] == "local"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4000"
    assert environment["GATEWAY_PORT"] == "4000"
    assert environment["SFN_WAIT_SCALE"] == "0.25"
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL_EKS", "AWS_SESSION_TOKEN", "PYTHONPATH"} & environment.keys()
