"""Results as tables in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table as Grid

from benchmarks.frame.markdown import cell, verdict

if TYPE_CHECKING:
    from rich.console import Console

    from benchmarks.frame.result import Result


def show(result: Result, console: Console) -> None:
    """Print a result's tables, then its figures against their targets."""
    console.rule(result.title)
    for table in result.tables:
        grid = Grid(*table.columns, title=table.title, title_justify="left")
        for row in table.rows:
            grid.add_row(*map(cell, row))
        console.print(grid)
    figures = Grid("figure", "value", "target", "met", title="figures", title_justify="left")
    for it in result.figures:
        target = "" if it.at_most is None else f"≤ {cell(it.at_most)}"
        figures.add_row(it.name, f"{cell(it.value)} {it.unit}".rstrip(), target, verdict(it.met))
    console.print(figures)
    for it in result.figures:
        if it.why and it.met is False:
            console.print(f"{it.name}: {it.why}")
