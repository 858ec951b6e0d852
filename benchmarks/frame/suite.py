"""Finds the benchmarks and runs them."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import benchmarks

if TYPE_CHECKING:
    from benchmarks.frame.result import Result


def names() -> tuple[str, ...]:
    """Every benchmark there is."""
    found = (it.name for it in iter_modules(benchmarks.__path__) if not it.ispkg and it.name != "__main__")
    return tuple(sorted(found))


def run(name: str, seeds: int) -> Result:
    """Run one of them. Raises ``ValueError`` if there is no such benchmark."""
    if name not in names():
        raise ValueError(f"There is no benchmark {name!r}. There are: {', '.join(names())}.")
    answer: Result = import_module(f"benchmarks.{name}").run(seeds)
    assert answer.name == name, f"benchmarks/{name}.py calls itself {answer.name}."
    return answer
