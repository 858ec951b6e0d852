"""What a plan shows of the sizes of node groups, which a run of their own sets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambdas.domain.changes import resized
from lambdas.domain.paths import NODEGROUPS
from lambdas.domain.planner.differences import Difference, Effect
from lambdas.domain.progress import Action
from lambdas.domain.schedule_sizes import sizes_by_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.records import ClusterRecord, Sizes
    from lambdas.domain.spec import ClusterSpec

_MEMBERS: Final = ("minSize", "desiredSize", "maxSize")
_OUTCOME: Final = Effect.IN_PLACE.saying(
    "a run of their own sets the sizes when all the rest is done, or at waking if the cluster sleeps"
)


def resizing(record: ClusterRecord, old: ClusterSpec, new: ClusterSpec) -> Iterator[Action]:
    """The sizes that were asked for and not reached yet, and those that the new spec wants otherwise than the old one.

    ``old`` is the spec in force, which the record holds as text.
    """
    before = sizes_by_day(replace(record, resize={}))
    kept = {group.nodegroupName for group in new.nodegroups}
    for name, sizes in {**record.resize, **resized(old, new, record.observed)}.items():
        differences = _differences(before[name], sizes) if name in before and name in kept else ()
        if differences:
            yield Action(
                verb="update",
                resource=NODEGROUPS + name,
                reason="its sizes are to be others",
                consequence=_OUTCOME,
                differences=differences,
            )


def _differences(before: Sizes, wanted: Sizes) -> tuple[Difference, ...]:
    pairs = ((member, getattr(before, member), getattr(wanted, member)) for member in _MEMBERS)
    return tuple(
        Difference(f"scalingConfig.{member}", is_now, is_to_be)
        for member, is_now, is_to_be in pairs
        if is_now != is_to_be
    )
