"""Plots as SVG, drawn by matplotlib: the same bytes for the same points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure as Canvas

from benchmarks.frame.result import Look

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.frame.result import Plot, Result

WIDTH, HEIGHT = 8, 4.5
"""Inches."""
BARS_TAKE = 0.8
"""Of the room between two categories."""


def draw(result: Result, folder: Path) -> None:
    """Draw all plots of a result."""
    with mpl.rc_context({"svg.hashsalt": result.name, "svg.fonttype": "none", "font.family": "sans-serif"}):
        for plot in result.plots:
            path = folder / f"{result.name}-{plot.name}.svg"
            _canvas(plot).savefig(path, metadata={"Date": None, "Creator": None})


def _canvas(plot: Plot) -> Canvas:
    canvas = Canvas(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes = canvas.add_subplot()
    axes.set(title=plot.title, xlabel=plot.x, ylabel=plot.y)
    axes.grid(visible=True, alpha=0.3)
    if plot.look is Look.BARS:
        _bars(axes, plot)
    else:
        for it in plot.series:
            axes.plot(it.xs, it.ys, label=it.name)
    if len(plot.series) > 1:
        axes.legend()
    return canvas


def _bars(axes: Any, plot: Plot) -> None:  # noqa: ANN401 -- matplotlib is not there when types are checked
    width = BARS_TAKE / len(plot.series)
    for number, it in enumerate(plot.series):
        places = [place + number * width for place in range(len(it.xs))]
        axes.bar(places, it.ys, width=width, label=it.name)
    middle = width * (len(plot.series) - 1) / 2
    axes.set_xticks([place + middle for place in range(len(plot.series[0].xs))], [str(x) for x in plot.series[0].xs])
