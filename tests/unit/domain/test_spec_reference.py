import importlib
from pathlib import Path

import pytest

from lambdas.domain.spec.fields import classes, fields_of

ROOT = Path(__file__).parents[3]


@pytest.fixture
def reference() -> str:
    text: str = importlib.import_module("docs.spec_reference").reference()
    return text


def test_the_reference_is_fresh(reference: str) -> None:
    stored = (ROOT / "docs" / "spec.md").read_text()
    assert stored == reference, "Run: make docs"


def test_the_reference_has_every_field(reference: str) -> None:
    for cls in classes():
        section = reference.partition(f"## {cls.__name__}\n")[2].partition("\n## ")[0]
        for field in fields_of(cls):
            assert f"\n| `{field.name}` |" in section
