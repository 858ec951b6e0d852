"""What docs/schedule.md says of calendars is so."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from cli.files import parse_yaml
from docs.generate import ROOT
from lambdas.domain.calendar.admission import MOST_WINDOWS, admit_calendar
from lambdas.domain.calendar.windows import window
from lambdas.domain.records import Sizes
from lambdas.domain.schedule_bodies import admit_sizes
from lambdas.domain.schedule_schema import CALENDAR, schemas

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = (ROOT / "docs" / "schedule.md").read_text()
ROW = re.compile(r"^\| `([A-Za-z.\[\]]+)` \| (.+?) \| (.+?) \| (.+?) \| `(.+)` \|$", re.MULTILINE)
ROWS = {name: (kind, default, json.loads(example)) for name, kind, default, _, example in ROW.findall(TEXT)}
WORKING = {"timezone": "Europe/Berlin", "awake": "always"}
GROUPS = ("system", "workers")


def fields(schema: Any, before: str = "") -> Iterator[tuple[str, Any, bool]]:  # noqa: ANN401 -- JSON
    """Every field of a schema by the name that the document has for it, and whether it is required."""
    for name, member in schema["properties"].items():
        yield f"{before}{name}", member, name in schema["required"]
        if "properties" in member.get("items", {}):
            yield from fields(member["items"], f"{before}{name}[].")


CALENDARS = sorted((ROOT / "examples" / "calendars").glob("*.yaml"))
INDEX = (ROOT / "examples" / "README.md").read_text()
FIELDS = {name: (member, required) for name, member, required in fields(schemas()[CALENDAR])}


def test_every_field_has_its_row() -> None:
    assert list(ROWS) == list(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_a_row_tells_type_and_default(name: str) -> None:
    member, required = FIELDS[name]
    kind, default, _ = ROWS[name]
    absent: object = [] if member.get("type") == "array" else member.get("default")
    assert default == ("**required**" if required else f"`{json.dumps(absent)}`")
    assert {"string": "string", "boolean": "true", "integer": "whole number", "array": "list"}.get(
        member.get("type"), "list"
    ) in kind
    assert str(member.get("maximum", "")) in kind


@pytest.mark.parametrize("name", FIELDS)
def test_the_example_of_a_row_is_admitted(name: str) -> None:
    _, _, example = ROWS[name]
    around: dict[str, dict[str, object]] = {
        "exceptions": {"date": "2026-12-25", "awake": False},
        "nodegroups": {"nodegroupName": "system"},
    }
    top, _, member = name.partition("[].")
    value = [{**around[top], member: example}] if member else example
    admit_calendar({**WORKING, top: value}, GROUPS)


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.+?)```", TEXT, re.DOTALL))
def test_a_calendar_in_the_document_is_admitted(text: str) -> None:
    sent = parse_yaml(text, "docs/schedule.md")
    assert admit_calendar(sent, GROUPS).timezone == yaml.safe_load(text)["timezone"]


@pytest.mark.parametrize("path", CALENDARS, ids=lambda path: str(path.stem))
def test_an_example_is_admitted_and_in_the_index_with_its_own_words(path: Path) -> None:
    text = path.read_text()
    assert admit_calendar(parse_yaml(text, path.name), GROUPS).timezone == yaml.safe_load(text)["timezone"]
    (purpose,) = re.findall(rf"\| \[{path.stem}\]\(calendars/{path.name}\) \| (.+) \|", INDEX)
    assert text.startswith(f"# For {purpose}")


def test_windows_sizes_and_limits_are_as_the_document_says() -> None:
    for example in re.findall(r"`((?:Mon|Fri|Sat|daily)\S* [0-9:-]+)`", TEXT):
        window(example)
    (body,) = re.findall(r"```json\n(.+?)```", TEXT, re.DOTALL)
    assert admit_sizes(json.loads(body), {"workers": Sizes(minSize=1, maxSize=3, desiredSize=2)})
    assert f"at most {MOST_WINDOWS} windows" in TEXT


def test_the_arithmetic_of_the_costs_is_right() -> None:
    hours, week, nodes, price = 5 * 13, 7 * 24, 3, 0.0416
    assert f"{hours} of the {week} hours" in TEXT
    for dollars in (hours * nodes * price, week * nodes * price, week * 0.10):
        assert f"${dollars:.2f} a week" in TEXT or f"${dollars:.2f};" in TEXT
    assert f"${730 * 0.10:.0f} a month" in TEXT
    assert f"${730 * 0.60:.0f} a month" in TEXT
