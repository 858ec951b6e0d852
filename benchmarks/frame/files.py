"""Results as JSON in docs/benchmarks, one file a benchmark."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.frame.seeds import processors

if TYPE_CHECKING:
    from benchmarks.frame.result import Result

FOLDER = Path(__file__).parents[2] / "docs" / "benchmarks"


def write(result: Result, folder: Path) -> None:
    """Write a result; plots are written as pictures beside it."""
    written = {**asdict(result), "met": {it.name: it.met for it in result.figures if it.met is not None}}
    if result.measured:
        written["machine"] = f"{processors()} processors, Python {platform.python_version()}"
    text = json.dumps(written, indent=1, ensure_ascii=False)
    (folder / f"{result.name}.json").write_text(f"{text}\n")


def read(folder: Path) -> list[dict[str, Any]]:
    """Every result that has been written, by name."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
