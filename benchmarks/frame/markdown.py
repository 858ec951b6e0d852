"""Results as the part of docs/benchmarks/README.md between its marks, made from the JSON beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from benchmarks.frame.files import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from benchmarks.frame.result import Cell

_MARKED = re.compile(r"(<!-- results -->\n).*?(<!-- /results -->)", re.DOTALL)


def refresh(folder: Path) -> str:
    """The README of a folder as it ought to be."""
    part = "".join(f"{line}\n" for result in read(folder) for line in _section(result))
    text, found = _MARKED.subn(lambda it: f"{it[1]}{part}{it[2]}", (folder / "README.md").read_text())
    assert found == 1, "docs/benchmarks/README.md has no <!-- results --> and <!-- /results -->."
    return text


def cell(value: Cell) -> str:
    """A cell's text: numbers with three decimals at most, thousands apart."""
    if isinstance(value, str):
        return value
    if value and abs(value) < 0.1:  # noqa: PLR2004 -- dollars, mostly
        return f"{value:.3g}"
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def verdict(met: bool | None) -> str:  # noqa: FBT001 -- an answer, not a switch
    """A word for whether a target is met."""
    return {True: "yes", False: "**no**", None: ""}[met]


def _section(result: dict[str, Any]) -> Iterator[str]:
    yield from (f"### {result['title']}", "")
    if "machine" in result:
        yield from (f"Measured on {result['machine']}.", "")
    yield from _table(("figure", "value", "target", "met"), map(_figure, result["figures"]))
    missed = [it for it in result["figures"] if it["why"] and it["at_most"] is not None and it["value"] > it["at_most"]]
    if missed:
        yield from ("", *(f"- Missed: {it['name']}. {it['why']}" for it in missed))
    for table in result["tables"]:
        yield from ("", f"{table['title']}:", "")
        yield from _table(table["columns"], table["rows"])
    for plot in result["plots"]:
        yield from ("", f"![{plot['title']}]({result['name']}-{plot['name']}.svg)")
    for title, texts in (("Notes", result["notes"]), ("Assumptions", result["assumptions"])):
        if texts:
            yield from ("", f"{title}:", "", *(f"- {it}" for it in texts))
    yield ""


def _figure(figure: dict[str, Any]) -> tuple[str, str, str, str]:
    target = figure["at_most"]
    met = None if target is None else bool(figure["value"] <= target)
    value = f"{cell(figure['value'])} {figure['unit']}".rstrip()
    return figure["name"], value, "" if target is None else f"≤ {cell(target)}", verdict(met)


def _table(columns: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    names = list(columns)
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(map(cell, row))} |"
