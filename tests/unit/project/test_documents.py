"""The documents say what is there."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from docs.generate import ROOT, documents

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DEPENDENCIES = (ROOT / "docs" / "dependencies.md").read_text()
README = (ROOT / "README.md").read_text()


def declared() -> set[str]:
    groups = [*PROJECT["dependency-groups"].values(), PROJECT["project"]["dependencies"]]
    return {re.split(r"[\[<>=]", name)[0] for group in groups for name in group if isinstance(name, str)}


def test_every_dependency_has_its_line_and_every_line_its_dependency() -> None:
    rows = re.findall(r"^\| ([a-z][a-z0-9, -]+) \|", DEPENDENCIES, re.MULTILINE)
    told = {name for row in rows for name in row.split(", ")} - {"package"}
    assert told == declared()


def test_generated_documents_are_fresh() -> None:
    assert not [path.name for path, text in documents().items() if path.read_text() != text]


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_locks_have_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    for block in re.split(r"\n(?=\S)", text):
        if re.match(r"[a-z]", block):
            assert "--hash=sha256:" in block, block.splitlines()[0]


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readme_names_only_targets_and_commands_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make ([a-z]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    main = (ROOT / "cli" / "main.py").read_text()
    for command in re.findall(r"^(?:\$ )?slipway ([a-z]+)", README, re.MULTILINE):
        assert f"def {command}(" in main or f'"{command}"' in main, command


def test_the_package_lock_has_no_address() -> None:
    assert "resolved" not in (ROOT / "package-lock.json").read_text()
