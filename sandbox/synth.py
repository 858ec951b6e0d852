"""Synthesise the CDK app as `cdk deploy` would: the app's own process, the CLI's own environment variables."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from sandbox.neighbours import PASSABLE_ROLES, key_arn
from sandbox.settings import ACCOUNT

if TYPE_CHECKING:
    import threading
    from pathlib import Path

_SANDBOX_CONTEXT: dict[str, object] = {
    # Tells the app to build the Lambda asset for this host; the templates are the ones sent to AWS.
    "slipway:target": "sandbox",
    # What the CDK CLI always adds: each resource's construct path in its metadata.
    "aws:cdk:enable-path-metadata": True,
    "aws:cdk:enable-asset-metadata": True,
}


class SynthesisError(Exception):
    """The CDK app did not synthesise; the message is what it said."""


def synthesise(app: Path, output: Path, region: str, stop: threading.Event) -> None:
    """Run `python app.py`, which writes a cloud assembly to `output`.

    Raises:
        SynthesisError: When the app is missing, fails, or `stop` is set before it is done.
    """
    if not app.is_file():
        raise SynthesisError(f"{app} does not exist; give the CDK app to deploy with --app")
    variables = {
        **os.environ,
        "CDK_OUTDIR": str(output),
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": region,
        "CDK_CONTEXT_JSON": json.dumps(_project_context(app.parent) | _SANDBOX_CONTEXT | _operators_choice(region)),
        # jsii draws a box on the terminal for a Node.js it no longer supports; the list is of major versions.
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "18,20,22",
    }
    command = [sys.executable, str(app)]
    # A session of its own: a Ctrl-C reaches the sandbox alone, which then ends this whole group (the app's node too).
    with subprocess.Popen(  # noqa: S603 - our own interpreter on the app the user named
        command,
        cwd=app.parent,
        env=variables,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        said = _wait(process, stop)
    if stop.is_set():
        raise SynthesisError("interrupted")
    if process.returncode:
        raise SynthesisError(f"{app.name} failed with exit code {process.returncode}:\n{said.strip()}")


def _project_context(directory: Path) -> dict[str, object]:
    """The `context` of cdk.json (feature flags), which the CDK CLI hands to the app."""
    file = directory / "cdk.json"
    context: dict[str, object] = json.loads(file.read_text()).get("context", {}) if file.is_file() else {}
    return context


def _operators_choice(region: str) -> dict[str, object]:
    """Which of the neighbours' things the sandbox's operator lets specs name."""
    return {"slipway:passableRoles": [PASSABLE_ROLES], "slipway:usableKeys": [key_arn(region)]}


def _wait(process: subprocess.Popen[str], stop: threading.Event) -> str:
    while True:
        try:
            return process.communicate(timeout=0.1)[0]
        except subprocess.TimeoutExpired:
            if stop.is_set():
                os.killpg(process.pid, signal.SIGKILL)
