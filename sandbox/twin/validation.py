"""Does a value fit its shape: required members, types, ranges, patterns and enums, all read from the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

Complaints = Iterator[str]


def complaints(shape: Shape, value: object, where: str = "") -> Complaints:
    """Yield one sentence for every way in which `value` does not fit `shape`, worded as AWS words them."""
    accepted = _TYPES.get(shape.type_name)
    if accepted is not None and not _is_a(value, accepted):
        yield f"Value at '{where}' must be a {shape.type_name}"
        return
    yield from _CHECKS.get(shape.type_name, _nothing)(shape, value, where)


def _is_a(value: object, accepted: tuple[type, ...]) -> bool:
    return isinstance(value, accepted) and (bool in accepted or not isinstance(value, bool))


def _nothing(_shape: Shape, _value: object, _where: str) -> Complaints:
    return iter(())


def _failed(value: object, where: str, constraint: str) -> str:
    return f"Value '{value}' at '{where}' failed to satisfy constraint: Member must {constraint}"


def _structure(shape: StructureShape, value: dict[str, object], where: str) -> Complaints:
    for name in shape.required_members:
        if name not in value:
            yield f"Value null at '{_join(where, name)}' failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        if name in value:
            yield from complaints(member, value[name], _join(where, name))


def _list(shape: ListShape, value: list[object], where: str) -> Complaints:
    yield from _length(shape, value, where)
    for index, item in enumerate(value, start=1):
        yield from complaints(shape.member, item, f"{where}.{index}.member")


def _map(shape: MapShape, value: dict[str, object], where: str) -> Complaints:
    yield from _length(shape, value, where)
    for key, item in value.items():
        yield from complaints(shape.key, key, where)
        yield from complaints(shape.value, item, f"{where}.{key}")


def _string(shape: StringShape, value: str, where: str) -> Complaints:
    yield from _length(shape, value, where)
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield _failed(value, where, f"satisfy regular expression pattern: {pattern}")
    if shape.enum and value not in shape.enum:
        yield _failed(value, where, f"satisfy enum value set: [{', '.join(shape.enum)}]")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern written for UTF-16, in which some ranges are pairs of surrogates, for Python's strings."""
    return re.compile(pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"))


def _length(shape: Shape, value: list[object] | dict[str, object] | str, where: str) -> Complaints:
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max")
    if len(value) < low:
        yield _failed(value, where, f"have length greater than or equal to {low}")
    if high is not None and len(value) > high:
        yield _failed(value, where, f"have length less than or equal to {high}")


def _number(shape: Shape, value: float, where: str) -> Complaints:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and value < low:
        yield _failed(value, where, f"have value greater than or equal to {low}")
    if high is not None and value > high:
        yield _failed(value, where, f"have value less than or equal to {high}")


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
}
_CHECKS: dict[str, Callable[..., Complaints]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _number,
    "long": _number,
    "float": _number,
    "double": _number,
}
