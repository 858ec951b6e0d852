"""What a benchmark answers: figures against their targets, tables, plots, and the assumptions behind them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Cell = str | float
"""A number in a table is shown as it is, so round it to what it is worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number. Without ``at_most`` nobody has promised anything of it.

    ``why`` names the bottleneck and what was tried; it is shown where the target is missed.
    """

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    why: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; nothing if there is none."""
        return None if self.at_most is None else self.value <= self.at_most


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under columns; each row has a cell for each column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Look(StrEnum):
    """How a plot draws each of its series."""

    LINE = "line"
    BARS = "bars"
    """One bar for each point, beside those of the other series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Points of one name: ``xs`` and ``ys`` are of one length; with words as ``xs`` the axis has categories."""

    name: str
    xs: tuple[Cell, ...]
    ys: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One picture, written as ``<benchmark>-<name>.svg``."""

    name: str
    title: str
    x: str
    y: str
    series: tuple[Series, ...]
    look: Look = Look.LINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One benchmark's answer.

    ``measured`` is true if the figures were taken with a clock on the wall, so that they differ between machines;
    all others come out the same everywhere.
    """

    name: str
    title: str
    assumptions: tuple[str, ...]
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()
    notes: tuple[str, ...] = ()
    measured: bool = False
