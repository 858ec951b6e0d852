"""The demo, in a process and with a sandbox of its own: it waits for a minute to begin by the clock on the wall."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.sandbox.conftest import REPOSITORY


def test_the_demo_ends_well_and_leaves_nothing_behind() -> None:
    demo = subprocess.Popen(
        [sys.executable, "-m", "sandbox.demo"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    output, _ = demo.communicate(timeout=240)
    assert demo.returncode == 0, output
    assert "instances                      InService" in output
    with pytest.raises(ProcessLookupError):
        os.killpg(demo.pid, 0)
