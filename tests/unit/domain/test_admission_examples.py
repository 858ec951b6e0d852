"""The examples, judged by the door and by the schema that editors judge them by."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from lambdas.domain.admission import admit_object, json_schema

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
PUBLISHED = json.loads((ROOT / "docs" / "spec.schema.json").read_text())
MARK = "# yaml-language-server: $schema="


def test_the_published_schema_is_fresh() -> None:
    assert json_schema() == PUBLISHED, "Run: make docs"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_let_in(path: Path) -> None:
    document = yaml.safe_load(path.read_text())
    assert admit_object(document).name == path.stem
    jsonschema.Draft202012Validator(PUBLISHED).validate(document)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_says_when_to_use_it_and_where_its_schema_is(path: Path) -> None:
    comments = [line for line in path.read_text().splitlines() if line.startswith("# ")]
    (schema,) = [line.removeprefix(MARK) for line in comments if line.startswith(MARK)]
    assert (path.parent / schema).resolve() == ROOT / "docs" / "spec.schema.json"
    assert len(comments) > 1


def test_the_four_are_there() -> None:
    names = {path.stem for path in EXAMPLES}
    assert names >= {"simple-bank", "private-mixed", "control-plane-only", "bring-your-own"}


def test_simple_bank_becomes_what_was_asked_for() -> None:
    path = next(path for path in EXAMPLES if path.stem == "simple-bank")
    spec = admit_object(yaml.safe_load(path.read_text()))
    (group,) = spec.nodegroups
    assert (group.instanceTypes, group.diskSize, group.amiType) == (("t3.micro",), 10, "AL2023_x86_64_STANDARD")
    sizes = group.scalingConfig
    assert (sizes.minSize, sizes.desiredSize, sizes.maxSize) == (1, 1, 2)
    assert group.updateConfig.maxUnavailable == 1
    assert spec.resourcesVpcConfig.publicAccessCidrs == ("203.0.113.0/24",)
