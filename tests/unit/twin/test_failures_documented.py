"""The table of failures in docs/twin.md: no row is missing, and every rule in it can be added as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.twin import faults
from sandbox.twin.faults.codec import KINDS

if TYPE_CHECKING:
    from tests.unit.twin.house import House

TEXT = (Path(__file__).parents[3] / "docs" / "twin.md").read_text()
ROWS = dict(re.findall(r"^\| (F\d\d) \| (.*)$", TEXT, re.MULTILINE))
WORDS = {name: getattr(faults, name) for name in faults.__all__}
RULES = [
    pytest.param(found, id=f"{number}-{found.partition('(')[0]}")
    for number, row in ROWS.items()
    for found in re.findall(r"`([A-Z]\w+\([^`]*\))`", row)
]


def test_every_failure_is_listed_once_and_in_order() -> None:
    numbers = re.findall(r"^\| (F\d\d) \|", TEXT, re.MULTILINE)
    assert numbers == [f"F{number:02}" for number in (*range(1, 51), 53, 54, 65, 66)]


def test_every_failure_says_how_and_where_it_was_learned() -> None:
    assert {len(row.split(" | ")) for row in ROWS.values()} == {3}
    silent = [number for number, row in ROWS.items() if not re.search(r"twin|the sandbox|IAM's|`\w+\(", row)]
    assert silent == []


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_of_the_table_can_be_added(working: House, rule: str) -> None:
    made = eval(rule, WORDS.copy())  # noqa: S307 - our own documentation
    assert working.faults.add(made)


def test_every_kind_of_rule_is_described() -> None:
    assert set(re.findall(r"^\| `([A-Z]\w+)\(", TEXT, re.MULTILINE)) == {kind.__name__ for kind in KINDS.values()}
