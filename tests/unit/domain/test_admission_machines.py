from typing import get_args

import pytest

from lambdas.domain.rules.machines import (
    accelerator,
    ami_accelerators,
    ami_architecture,
    architecture,
    default_ami_type,
)
from lambdas.domain.spec import AmiType


@pytest.mark.parametrize(
    ("instance_type", "processor", "hardware"),
    [
        ("t3.micro", "x86_64", None),
        ("m7a.large", "x86_64", None),
        ("m7i-flex.large", "x86_64", None),
        ("i7ie.large", "x86_64", None),
        ("u7i-12tb.224xlarge", "x86_64", None),
        ("a1.large", "arm64", None),
        ("t4g.small", "arm64", None),
        ("m8gd.large", "arm64", None),
        ("c7gn.large", "arm64", None),
        ("im4gn.large", "arm64", None),
        ("is4gen.large", "arm64", None),
        ("hpc7g.4xlarge", "arm64", None),
        ("g4dn.xlarge", "x86_64", "nvidia"),
        ("g4ad.xlarge", "x86_64", None),
        ("g5.xlarge", "x86_64", "nvidia"),
        ("g5g.xlarge", "arm64", "nvidia"),
        ("gr6.4xlarge", "x86_64", "nvidia"),
        ("p5en.48xlarge", "x86_64", "nvidia"),
        ("p6-b200.48xlarge", "x86_64", "nvidia"),
        ("p6e-gb200.36xlarge", "arm64", "nvidia"),
        ("inf2.xlarge", "x86_64", "neuron"),
        ("trn2.48xlarge", "x86_64", "neuron"),
        ("u-6tb1.metal", None, None),
        ("mac2.metal", None, None),
    ],
)
def test_what_a_name_tells(instance_type: str, processor: str | None, hardware: str | None) -> None:
    assert (architecture(instance_type), accelerator(instance_type)) == (processor, hardware)


def test_every_image_but_a_custom_one_has_an_architecture() -> None:
    assert [name for name in get_args(AmiType) if ami_architecture(name) is None] == ["CUSTOM"]


@pytest.mark.parametrize(
    ("ami_type", "hardware"),
    [
        ("AL2_x86_64_GPU", {"nvidia", "neuron"}),
        ("BOTTLEROCKET_ARM_64_NVIDIA_FIPS", {"nvidia"}),
        ("AL2023_x86_64_NEURON", {"neuron"}),
        ("AL2023_x86_64_STANDARD", set()),
    ],
)
def test_what_an_image_is_made_for(ami_type: str, hardware: set[str]) -> None:
    assert ami_accelerators(ami_type) == hardware


@pytest.mark.parametrize(
    ("instance_types", "image"),
    [
        (("m7i.large", "m7a.large"), "AL2023_x86_64_STANDARD"),
        (("g5g.xlarge",), "AL2023_ARM_64_NVIDIA"),
        (("m7i.large", "m7g.large"), None),
        (("u-6tb1.metal",), None),
        ((), None),
    ],
)
def test_which_image_suits(instance_types: tuple[str, ...], image: str | None) -> None:
    assert default_ami_type(instance_types) == image
    assert image is None or image in get_args(AmiType)
