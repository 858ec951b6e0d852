"""The stored form of a spec: JSON with every default written out and nothing that was left out."""

import json
from functools import lru_cache
from typing import cast

import msgspec

from lambdas.domain.constraints import JsonValue
from lambdas.domain.spec.cluster import ClusterSpec


def to_json(spec: ClusterSpec) -> dict[str, JsonValue]:
    """Answer the canonical form: equal specs have equal forms, and `decode` is its inverse."""
    return cast("dict[str, JsonValue]", _without_none(msgspec.to_builtins(spec)))


def canonical(spec: ClusterSpec) -> str:
    """Answer the canonical form as text."""
    return json.dumps(to_json(spec), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def decode(stored: object) -> ClusterSpec:
    """Answer the spec of a canonical form.

    Raises:
        msgspec.ValidationError: The object was not made by `to_json` of a compatible release.
    """
    return msgspec.convert(stored, ClusterSpec)


@lru_cache(maxsize=32)
def read(text: str) -> ClusterSpec:
    """Answer the spec of a canonical form as text: every look at a cluster reads the same one.

    Raises:
        msgspec.DecodeError: The text was not made by `canonical` of a compatible release.
    """
    return decode(msgspec.json.decode(text))


def _without_none(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_none(member) for key, member in value.items() if member is not None}
    if isinstance(value, (list, tuple)):
        return [_without_none(member) for member in value]
    return value
