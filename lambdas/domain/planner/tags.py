"""Tags: those of the spec have to be there, and those that an earlier spec had have to go.

What others put on a resource stays: cost allocation and inventories live in tags that no spec knows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambdas.domain.planner.differences import Difference, Json, Update

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

TAGGING: Final = frozenset({"tag_resource", "untag_resource"})
"""The operations here."""

ADOPT: Final = "adopt"
"""What plans call it when a resource becomes ours by its tags alone."""


def updates(
    actual: Mapping[str, str] | None, wanted: Mapping[str, str], dropped: Collection[str], arn: str
) -> Iterator[Update]:
    """TagResource and UntagResource, where they are due. ``dropped`` are the keys that an earlier spec had."""
    there = actual or {}
    lacking = {key: value for key, value in wanted.items() if there.get(key) != value}
    if lacking:
        differences = tuple(Difference(f"tags.{key}", there.get(key), value) for key, value in lacking.items())
        request = {"resourceArn": arn, "tags": lacking}
        yield _whole("tag_resource", differences, request, "tags are set")
    surplus = sorted(key for key in dropped if key in there and key not in wanted)
    if surplus:
        differences = tuple(Difference(f"tags.{key}", there[key], None) for key in surplus)
        request = {"resourceArn": arn, "tagKeys": surplus}
        yield _whole("untag_resource", differences, request, "tags are removed")


def adoption(owner: Mapping[str, str], arn: str) -> Update:
    """TagResource with the tags that say whose it is, for what was somebody's by hand."""
    differences = tuple(Difference(f"tags.{key}", None, value) for key, value in owner.items())
    request = {"resourceArn": arn, "tags": dict(owner)}
    update = _whole("tag_resource", differences, request, "it becomes Slipway's by these tags, and stays as it is")
    return replace(update, verb=ADOPT)


def _whole(operation: str, differences: tuple[Difference, ...], request: Json, outcome: str) -> Update:
    return Update(operation=operation, differences=differences, request=request, whole=True, outcome=outcome)
