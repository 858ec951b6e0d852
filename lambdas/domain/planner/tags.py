"""Tags: those of the spec have to be there, and those that an earlier spec put there have to go.

What others put on a resource stays: cost allocation and inventories live in tags that no spec knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.domain.planner.differences import Difference, Json, Update

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


def updates(
    actual: Mapping[str, str] | None, wanted: Mapping[str, str], ours: Collection[str], arn: str
) -> Iterator[Update]:
    """TagResource and UntagResource, where they are due. ``ours`` are the keys that an earlier spec has put there."""
    there = actual or {}
    lacking = {key: value for key, value in wanted.items() if there.get(key) != value}
    if lacking:
        differences = tuple(Difference(f"tags.{key}", there.get(key), value) for key, value in lacking.items())
        request = {"resourceArn": arn, "tags": lacking}
        yield _whole("tag_resource", differences, request, "tags are set")
    surplus = sorted(key for key in ours if key in there and key not in wanted)
    if surplus:
        differences = tuple(Difference(f"tags.{key}", there[key], None) for key in surplus)
        request = {"resourceArn": arn, "tagKeys": surplus}
        yield _whole("untag_resource", differences, request, "tags are removed")


def _whole(operation: str, differences: tuple[Difference, ...], request: Json, outcome: str) -> Update:
    return Update(operation=operation, differences=differences, request=request, whole=True, outcome=outcome)
