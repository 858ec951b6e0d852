"""Copies of JSON, which has no cycles and nothing shared that matters: quicker than ``copy.deepcopy``."""

from __future__ import annotations

from typing import Any


def copied(value: Any) -> Any:  # noqa: ANN401 -- JSON
    """The same, made of other dicts and lists."""
    if isinstance(value, dict):
        return {name: copied(member) for name, member in value.items()}
    if isinstance(value, list):
        return [copied(member) for member in value]
    return value
