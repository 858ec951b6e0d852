"""The examples, their index and their quotations say the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from docs.generate import ROOT

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
INDEX = (ROOT / "examples" / "README.md").read_text()
ROW = re.compile(r"^\| \[([a-z0-9-]+)\]\(([a-z0-9-]+\.yaml)\) \| (.+) \|$", re.MULTILINE)


def when_to_use_it(text: str) -> str:
    """The first line of the comment after the line for editors: a sentence that begins with For."""
    sentence = text.splitlines()[1].removeprefix("# ")
    assert sentence.startswith("For ")
    assert sentence.endswith(".")
    return sentence.removeprefix("For ").removesuffix(".")


def test_the_index_has_each_example_once_with_its_own_words() -> None:
    wanted = [(it.stem, it.name, when_to_use_it(it.read_text())) for it in EXAMPLES]
    assert sorted(ROW.findall(INDEX)) == sorted(wanted)


def test_the_readme_quotes_examples_as_they_are() -> None:
    quoted = re.findall(r"```yaml\n# (examples/\S+)\n(.+?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert quoted
    for file, text in quoted:
        body = [line for line in (ROOT / file).read_text().splitlines() if not line.startswith("#")]
        assert text.splitlines() == body, file


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_what_belongs_to_others_is_said_to_be_the_sandboxs(path: Path) -> None:
    text = path.read_text()
    spec = yaml.dump(yaml.safe_load(text))
    foreign = re.search(r"arn:aws:(iam::000|kms)|subnet-0|vpc-0|launchTemplate", spec)
    assert ("sandbox's" in text) == bool(foreign)
