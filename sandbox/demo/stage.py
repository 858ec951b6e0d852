"""Where the demo takes place: a sandbox that lives as long as the demo does."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import urllib3

from sandbox.demo.telling import DemoFailed, say
from sandbox.settings import REPOSITORY
from sandbox.status import HEALTH_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READY_SECONDS = 180
_END_SECONDS = 20


@contextmanager
def sandbox(directory: Path) -> Iterator[dict[str, Any]]:
    """A sandbox on a free port, ended by its process id; yields its health."""
    output = directory / "output.txt"
    say("Starting the sandbox (AWS without an account, on this machine only) ...", paragraph=False)
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--port", "0"], cwd=REPOSITORY, stdout=sink, stderr=subprocess.STDOUT
        )
    try:
        yield _when_ready(process, output)
    except DemoFailed as failure:
        if process.poll() is None:
            raise
        raise DemoFailed(
            f"{failure.args[0]}\nThe sandbox has ended ({process.returncode}):\n{output.read_text()}"
        ) from failure
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _when_ready(process: subprocess.Popen[bytes], output: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if url := re.search(r"http://127\.0\.0\.1:\d+", output.read_text()):
            answer = urllib3.request("GET", url[0] + HEALTH_PATH, retries=False)
            if answer.status == 200:  # noqa: PLR2004 -- HTTP's own number
                health: dict[str, Any] = json.loads(answer.data)
                return health
        time.sleep(0.1)
    raise DemoFailed("the sandbox did not get ready.")
