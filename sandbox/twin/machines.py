"""Which processor an instance type has, by its name, and an AMI type, by its own.

EC2 names a type by family, generation, attributes and size; a `g` among the attributes means Graviton
(docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html). Other names are not judged.
"""

from __future__ import annotations

import re

from sandbox.twin.errors import invalid_parameter

ARM, X86 = "arm64", "x86_64"
_TYPE = re.compile(r"(?P<family>[a-z]+)\d+(?P<attributes>[a-z]*)(?P<option>-[a-z0-9]+)?\.[a-z0-9-]+")


def check_processors(ami_type: str, instance_types: list[str], names: dict[str, str]) -> None:
    """Refuse instance types that cannot boot the image."""
    image = _of_image(ami_type)
    wrong = [it for it in instance_types if image and _of_instance(it) not in (image, None)]
    if wrong:
        raise invalid_parameter(
            f"[{', '.join(wrong)}] is not a valid instance type for requested amiType {ami_type}", **names
        )


def is_windows(ami_type: str) -> bool:
    """Is it an image of Windows?"""
    return ami_type.startswith("WINDOWS")


def _of_image(ami_type: str) -> str | None:
    if "ARM_64" in ami_type:
        return ARM
    return X86 if "x86_64" in ami_type else None


def _of_instance(instance_type: str) -> str | None:
    name = _TYPE.fullmatch(instance_type)
    if name is None or name["family"] == "mac":
        return None
    grace = (name["option"] or "").startswith("-gb")
    return ARM if name["family"] == "a" or "g" in name["attributes"] or grace else X86
