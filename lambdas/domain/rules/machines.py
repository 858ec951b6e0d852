"""What the names of instance types and AMI types say about the machines.

EC2 names a type by family, generation, attributes and size; a `g` among the attributes means Graviton
(docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html). Names that do not follow it, such as those of
the older high memory types, are not judged.
"""

import re
from typing import Literal

Architecture = Literal["x86_64", "arm64"]
Accelerator = Literal["nvidia", "neuron"]

_NAME = re.compile(r"(?P<family>[a-z]+)(?P<generation>[0-9]+)(?P<attributes>[a-z]*)(?P<option>-[a-z0-9]+)?\.[a-z0-9-]+")
_NVIDIA_FAMILIES = frozenset({"g", "gr", "p"})
_NEURON_FAMILIES = frozenset({"inf", "trn"})


def architecture(instance_type: str) -> Architecture | None:
    """Answer the processor architecture of an instance type; None if its name does not tell."""
    name = _NAME.fullmatch(instance_type)
    if name is None or name["family"] == "mac":
        return None
    grace = (name["option"] or "").startswith("-gb")
    return "arm64" if name["family"] == "a" or "g" in name["attributes"] or grace else "x86_64"


def accelerator(instance_type: str) -> Accelerator | None:
    """Answer the accelerator of an instance type; None if it has none or its name does not tell."""
    name = _NAME.fullmatch(instance_type)
    if name is None or name["attributes"].startswith("ad"):  # g4ad has AMD's
        return None
    if name["family"] in _NVIDIA_FAMILIES:
        return "nvidia"
    return "neuron" if name["family"] in _NEURON_FAMILIES else None


def ami_architecture(ami_type: str) -> Architecture | None:
    """Answer the processor architecture of an AMI type; None for CUSTOM."""
    if "ARM_64" in ami_type:
        return "arm64"
    return "x86_64" if "x86_64" in ami_type else None


def ami_accelerators(ami_type: str) -> frozenset[Accelerator]:
    """Answer the accelerators that an AMI type is made for; empty if for none in particular."""
    if ami_type.endswith("_GPU"):  # the AL2 image carries the drivers of both
        return frozenset({"nvidia", "neuron"})
    if "NVIDIA" in ami_type:
        return frozenset({"nvidia"})
    return frozenset({"neuron"}) if "NEURON" in ami_type else frozenset()


def default_ami_type(instance_types: tuple[str, ...]) -> str | None:
    """Answer the Amazon Linux 2023 image that suits all the instance types; None if they differ or are not known."""
    kinds = {(architecture(name), accelerator(name)) for name in instance_types}
    return _DEFAULT_AMIS.get(kinds.pop()) if len(kinds) == 1 else None


_DEFAULT_AMIS: dict[tuple[Architecture | None, Accelerator | None], str] = {
    ("x86_64", None): "AL2023_x86_64_STANDARD",
    ("x86_64", "nvidia"): "AL2023_x86_64_NVIDIA",
    ("x86_64", "neuron"): "AL2023_x86_64_NEURON",
    ("arm64", None): "AL2023_ARM_64_STANDARD",
    ("arm64", "nvidia"): "AL2023_ARM_64_NVIDIA",
}
