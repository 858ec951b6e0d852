"""Results as they are written down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.frame import files, markdown, suite
from benchmarks.frame.result import Figure, Result, Table
from benchmarks.frame.statistics import mean, percentile

if TYPE_CHECKING:
    from pathlib import Path

RESULT = Result(
    name="speed",
    title="Speed",
    assumptions=("Nothing is real.",),
    figures=(
        Figure(name="fast", value=1.5, at_most=2),
        Figure(name="slow", value=3, unit="s", at_most=2, why="It waits."),
        Figure(name="free", value=0.00012),
    ),
    tables=(Table(title="All of it", columns=("who", "s"), rows=(("we", 1234.5678),)),),
)


def test_a_result_is_told_with_its_targets(tmp_path: Path) -> None:
    files.write(RESULT, tmp_path)
    (tmp_path / "README.md").write_text("Before.\n<!-- results -->\nstale\n<!-- /results -->\nAfter.\n")
    text = markdown.refresh(tmp_path)
    for line in (
        "### Speed",
        "| fast | 1.5 | ≤ 2 | yes |",
        "| slow | 3 s | ≤ 2 | **no** |",
        "| free | 0.00012 |  |  |",
        "- Missed: slow. It waits.",
        "| we | 1,234.568 |",
        "- Nothing is real.",
    ):
        assert line in text.splitlines()
    assert text.startswith("Before.\n")
    assert text.endswith("After.\n")
    assert "stale" not in text
    assert json.loads((tmp_path / "speed.json").read_text())["met"] == {"fast": True, "slow": False}


def test_the_page_says_what_the_files_beside_it_say() -> None:
    assert markdown.refresh(files.FOLDER) == (files.FOLDER / "README.md").read_text()


def test_every_written_result_is_of_a_benchmark_that_there_is() -> None:
    assert {it["name"] for it in files.read(files.FOLDER)} <= set(suite.names())


def test_an_unknown_benchmark_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="makespan"):
        suite.run("luck", 1)


def test_percentiles_are_values_that_were_there() -> None:
    assert [percentile(range(1, 101), share) for share in (0, 0.5, 0.95, 1)] == [1, 50, 95, 100]
    assert mean([1, 2, 6]) == 3
