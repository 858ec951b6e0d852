"""One start: how long a fresh interpreter takes for some code, without what the interpreter itself takes."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from lambdas.settings import Settings

_PRELUDE = """
import sys
sys.path.insert(0, {folder!r})
from time import process_time
began = process_time()
"""
_MARK = "print(process_time() - began)"
_REGION = "eu-central-1"


def seconds(folder: Path, *codes: str, may_write: bool = False) -> list[float]:
    """Run codes after each other with this folder and the standard library: the time from the beginning to each end.

    It is the processor's time, because others may work on the same machine; a start that has its files in memory waits
    for nothing. ``may_write`` lets it leave bytecode behind.
    """
    options = ["-I", "-S"] if may_write else ["-I", "-S", "-B"]
    text = "\n".join([_PRELUDE.format(folder=str(folder)), *(f"{code}\n{_MARK}" for code in codes)])
    command = [str(Path(sys.executable).resolve()), *options, "-c", text]
    answer = subprocess.run(command, env=_environment(), check=True, capture_output=True, text=True)  # noqa: S603 -- our own code
    return [float(line) for line in answer.stdout.splitlines()]


def _environment() -> dict[str, str]:
    """What Lambda gives a function, and the stack."""
    settings = Settings(**{field.name: "none" for field in fields(Settings)}).to_environment()
    region = {"AWS_REGION": _REGION, "AWS_DEFAULT_REGION": _REGION}
    keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    return {"PATH": os.defpath, "HOME": "/nonexistent", "PYTHONTZPATH": "/none", **settings, **region, **keys}
