"""docs/spec.md tells everything about every field, and about every member of EKS's that is no field."""

import json
import re
from pathlib import Path

import pytest

from docs.spec_reference import reference
from lambdas.domain.coverage import DERIVED, NOT_OFFERED
from lambdas.domain.spec.fields import FieldFacts, classes, fields_of

STORED = (Path(__file__).parents[3] / "docs" / "spec.md").read_text()
FIELDS = [pytest.param(cls, field, id=f"{cls.__name__}.{field.name}") for cls in classes() for field in fields_of(cls)]


def rows(text: str, title: str) -> dict[str, list[str]]:
    """The rows of the table under a title, by the member that they are about."""
    section = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = (re.split(r"(?<!\\) \| ", line[2:-2]) for line in section.splitlines() if line.startswith("| `"))
    return {cells[0].strip("`"): cells[1:] for cells in lines}


def test_the_reference_is_fresh() -> None:
    assert reference() == STORED, "Run: make docs"


@pytest.mark.parametrize(("cls", "field"), FIELDS)
def test_every_field_has_type_default_meaning_and_example(cls: type, field: FieldFacts) -> None:
    kind, default, meaning, example = rows(STORED, cls.__name__)[field.name]
    assert kind
    assert default
    assert meaning.endswith(".")
    assert field.doc is not None
    assert json.loads(example.strip("`").replace(r"\|", "|")) == field.doc.example


@pytest.mark.parametrize(
    ("title", "table"),
    [("Members of EKS that Slipway fills in", DERIVED), ("Members of EKS that cannot be given", NOT_OFFERED)],
)
def test_every_member_that_is_no_field_has_its_reason(title: str, table: dict[str, dict[str, str]]) -> None:
    told = rows(STORED, title)
    assert set(told) == {f"{shape}.{member}" for shape, members in table.items() for member in members}
    assert all(reason.endswith(".") for (reason,) in told.values())
