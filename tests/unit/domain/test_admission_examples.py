from pathlib import Path

import jsonschema
import pytest
import yaml

from lambdas.domain.admission import admit_object, json_schema

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_let_in(path: Path) -> None:
    text = path.read_text()
    document = yaml.safe_load(text)
    assert admit_object(document).name == path.stem
    jsonschema.Draft202012Validator(json_schema()).validate(document)
    assert text.startswith("# "), "its first line says when to use it"


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
