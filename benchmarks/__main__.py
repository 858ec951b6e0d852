"""Run benchmarks, print their tables and write docs/benchmarks anew.

    python -m benchmarks [--seeds N] [NAME ...]
    python -m benchmarks --page

Without names all of them run. Those that draw latencies do so for ``--seeds`` seeds.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.frame import files, markdown, suite, terminal

if TYPE_CHECKING:
    from benchmarks.frame.result import Result

SEEDS = 1000


def main(arguments: list[str]) -> int:
    """Run what is asked for. A missed target is a finding and no failure of the benchmark: it is said, not returned."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Slipway's benchmarks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(suite.names())}")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"how many draws of latencies ({SEEDS})")
    parser.add_argument("--out", type=Path, default=files.FOLDER, help="where to write (docs/benchmarks)")
    parser.add_argument("--page", action="store_true", help="run nothing; write README.md from the results beside it")
    asked = parser.parse_args(arguments)
    console, began = Console(), monotonic()
    for name in () if asked.page else asked.names or suite.names():
        result = suite.run(name, asked.seeds)
        terminal.show(result, console)
        files.write(result, asked.out)
        _draw(result, asked.out)
    readme = asked.out / "README.md"
    if readme.exists():
        readme.write_text(markdown.refresh(asked.out))
    console.print(f"Took {monotonic() - began:.0f} s; wrote {asked.out}.")
    return 0


def _draw(result: Result, folder: Path) -> None:
    from benchmarks.frame import pictures  # noqa: PLC0415 -- only who draws needs matplotlib

    pictures.draw(result, folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
