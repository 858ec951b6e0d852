"""Tables and lists of facts, as all views of the command line have them."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

Cells = tuple[str | Text, ...]


def facts(*known: tuple[str, str | Text | None]) -> Table:
    """A line for each fact that is known."""
    grid = Table.grid(padding=(0, 2))
    for label, value in known:
        if value:
            grid.add_row(Text(f"{label}:", style="bold"), cell(value))
    return grid


def section(headers: tuple[str, ...], rows: Iterable[Cells]) -> list[RenderableType]:
    """A table with an empty line before it."""
    return [Text(), table(headers, rows)]


def table(headers: tuple[str, ...], rows: Iterable[Cells]) -> Table:
    """Columns without lines, as kubectl prints them."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*map(cell, row))
    return table


def cell(value: str | Text) -> Text:
    """Text as it is: rich would take what stands in brackets for its markup."""
    return value if isinstance(value, Text) else Text(value, overflow="fold")
