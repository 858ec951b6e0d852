"""Sandboxes in processes of their own, shared by all tests of a session."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.once import once
from tests.sandbox.machines import Machines
from tests.sandbox.small_app import write_assembly

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
Client = Any

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 120
END_SECONDS = 60


@dataclass
class RunningSandbox:
    """A sandbox that has deployed everything."""

    process: subprocess.Popen[bytes]
    health: dict[str, Any]
    log: Path
    output: Path

    @property
    def url(self) -> str:
        return str(self.health["url"])

    @property
    def api_url(self) -> str:
        return str(self.health["apiUrl"])

    @property
    def speed(self) -> float:
        return float(self.health["speed"])

    @property
    def account(self) -> str:
        return str(self.health["account"])

    @cached_property
    def _root(self) -> boto3.Session:
        return self.session("test", "test")

    def session(self, key: str, secret: str, token: str | None = None) -> boto3.Session:
        """A session of whom the credentials belong to."""
        return boto3.Session(
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            region_name=self.health["region"],
        )

    def client(self, service: str, session: boto3.Session | None = None) -> Client:
        """A client of the account's root, or of another session."""
        return (session or self._root).client(service, endpoint_url=self.url)  # type: ignore[call-overload]

    def environment(self) -> dict[str, str]:
        """What the AWS command line needs in its environment."""
        return {
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": self.health["region"],
            "AWS_CONFIG_FILE": os.devnull,
        }

    def call_api(
        self, method: str, path: str, document: Json = None, session: boto3.Session | None = None
    ) -> tuple[int, Json]:
        """A request to the deployed API, signed; its status and JSON body."""
        url = self.api_url + path
        body = b"" if document is None else json.dumps(document).encode()
        request = AWSRequest(method, url, {"content-type": "application/json"}, body)
        credentials = (session or self._root).get_credentials()
        assert credentials is not None
        SigV4Auth(credentials, "execute-api", self.health["region"]).add_auth(request)
        return fetch(url, method=method, headers=dict(request.headers), body=body)


def fetch(
    url: str, *, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b""
) -> tuple[int, Json]:
    """The status and the JSON body of a response, whatever the status."""
    response = urllib3.request(method, url, headers=headers, body=body or None, retries=False, timeout=60)
    return response.status, json.loads(response.data or b"null")


def run(command: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command of ours to its end, whatever it ends with."""
    return subprocess.run(  # noqa: S603 - the tests' own words
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )


def start(directory: Path, *arguments: str) -> RunningSandbox:
    """Start a sandbox on a free port and wait until it is ready."""
    log, output = directory / "sandbox.log", directory / "output.txt"
    temporary = directory / "tmp"
    temporary.mkdir()
    with output.open("wb") as stdout:
        process = subprocess.Popen(  # noqa: S603 - as above
            [sys.executable, "-m", "sandbox", "--port", "0", "--log", str(log), *arguments],
            cwd=REPOSITORY,
            env={**os.environ, "TMPDIR": str(temporary)},
            stdout=stdout,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        health = _health(output)
        if health is not None:
            return RunningSandbox(process=process, health=health, log=log, output=output)
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise AssertionError(f"the sandbox did not get ready\n{output.read_text()}\n{log.read_text()[-4000:]}")


def _health(output: Path) -> dict[str, Any] | None:
    found = re.search(r"http://127\.0\.0\.1:\d+", output.read_text())
    if found is None:
        return None
    status, body = fetch(found[0] + "/_sandbox/health")
    return body if status == 200 else None


def end(sandbox: RunningSandbox, number: signal.Signals = signal.SIGINT) -> None:
    """End a sandbox as a person would, and see that nothing is left of it."""
    os.kill(sandbox.process.pid, number)
    code = sandbox.process.wait(END_SECONDS)
    assert code == 0, sandbox.output.read_text()
    with pytest.raises(ProcessLookupError):  # nobody is left in the process group, Lambda workers included
        os.killpg(sandbox.process.pid, 0)
    assert not list((sandbox.output.parent / "tmp").iterdir())


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """The sandbox with Slipway deployed: the first of a session as `make sandbox` starts it, the others like it."""
    directory = tmp_path_factory.mktemp("sandbox")
    started: list[RunningSandbox] = []

    def synthesise_by_starting(made: Path) -> None:
        started.append(start(directory))
        (assembly,) = (directory / "tmp").glob("*/cdk.out")
        shutil.copytree(assembly, made, dirs_exist_ok=True)

    assembly = once(tmp_path_factory, "cdk.out", synthesise_by_starting)
    running = started[0] if started else start(directory, "--assembly", str(assembly))
    yield running
    end(running)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox with a small app of the tests' own, for what it emulates rather than what is deployed on it."""
    directory = tmp_path_factory.mktemp("small")
    write_assembly(directory / "assembly")
    running = start(directory, "--assembly", str(directory / "assembly"), "--speed", "60")
    yield running
    end(running)


@pytest.fixture(scope="session")
def machines(small: RunningSandbox) -> Machines:
    """State machines on the small sandbox."""
    return Machines(small)
