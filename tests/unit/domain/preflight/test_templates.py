from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lambdas.domain.preflight.templates import TemplateContent, missing_template, missing_version, template_errors
from lambdas.domain.spec import LaunchTemplate, Nodegroup, WarmPoolConfig
from tests.unit.domain.preflight.judging import pointers

PATH = ("nodegroups", 0)
PLAIN = TemplateContent(number=3, instance_type=None, image=None, market="", reserved=False, forbidden=())
IMAGE = replace(PLAIN, image="ami-1")
BLOCK = replace(PLAIN, market="capacity-block", reserved=True, instance_type="p5.48xlarge")


def group(**members: Any) -> Nodegroup:  # noqa: ANN401 -- Nodegroup's own members
    return Nodegroup(nodegroupName="workers", launchTemplate=LaunchTemplate(name="hardened"), **members)


@pytest.mark.parametrize(
    ("nodegroup", "content", "members"),
    [
        pytest.param(group(), PLAIN, [], id="nothing in either"),
        pytest.param(group(instanceTypes=("m7i.large",)), PLAIN, [], id="a type in the spec"),
        pytest.param(group(), replace(PLAIN, instance_type="m7i.large"), [], id="a type in the template"),
        pytest.param(
            group(instanceTypes=("m7i.large",)), replace(PLAIN, instance_type="m7i.large"), ["instanceTypes"],
            id="a type in both",
        ),
        pytest.param(group(), IMAGE, [], id="an image"),
        pytest.param(group(amiType="CUSTOM"), IMAGE, [], id="an image, and CUSTOM"),
        pytest.param(group(amiType="AL2023_x86_64_STANDARD"), IMAGE, ["amiType"], id="an image, and another"),
        pytest.param(
            group(version="1.35", releaseVersion="1.35.0-1", warmPoolConfig=WarmPoolConfig()), IMAGE,
            ["version", "releaseVersion", "warmPoolConfig"], id="an image, and what EKS knows of its own",
        ),
        pytest.param(group(amiType="CUSTOM"), PLAIN, ["amiType"], id="CUSTOM without an image"),
        pytest.param(group(amiType="BOTTLEROCKET_x86_64", version="1.35"), PLAIN, [], id="EKS's own image"),
        pytest.param(group(), replace(PLAIN, forbidden=("A", "B")), ["launchTemplate"] * 2, id="what EKS decides"),
        pytest.param(group(capacityType="SPOT"), replace(PLAIN, market="spot"), ["launchTemplate"], id="spot"),
        pytest.param(group(capacityType="CAPACITY_BLOCK"), BLOCK, [], id="a capacity block"),
        pytest.param(
            group(capacityType="CAPACITY_BLOCK", instanceTypes=("p5.4xlarge",)), replace(BLOCK, instance_type=None), [],
            id="a capacity block whose type the spec names",
        ),
        pytest.param(
            group(capacityType="CAPACITY_BLOCK"), replace(BLOCK, market=""), ["capacityType"], id="no capacity block"
        ),
        pytest.param(
            group(capacityType="CAPACITY_BLOCK"), replace(BLOCK, reserved=False), ["capacityType"], id="no reservation"
        ),
        pytest.param(
            group(capacityType="CAPACITY_BLOCK"), replace(BLOCK, instance_type=None), ["instanceTypes"],
            id="a capacity block of no type",
        ),
    ],
)  # fmt: skip
def test_a_node_group_and_its_template_go_together(
    nodegroup: Nodegroup, content: TemplateContent, members: list[str]
) -> None:
    assert pointers(template_errors(nodegroup, PATH, content)) == [f"/nodegroups/0/{member}" for member in members]


@pytest.mark.parametrize(
    ("named", "member"), [(LaunchTemplate(id="lt-1"), "id"), (LaunchTemplate(name="hardened"), "name")]
)
def test_what_is_not_there_is_told_where_it_was_named(named: LaunchTemplate, member: str) -> None:
    assert pointers([missing_template(PATH, named)]) == [f"/nodegroups/0/launchTemplate/{member}"]
    assert pointers([missing_version(PATH, replace(named, version="9"))]) == ["/nodegroups/0/launchTemplate/version"]
