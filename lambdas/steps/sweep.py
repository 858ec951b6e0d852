"""The sweep: looks at every cluster, and makes good what a missed firing or a run that died has left undone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import CALL_ERRORS
from lambdas.aws.registry import Conflict
from lambdas.steps.contract import LEDGER, LISTING, STARTING, StepContract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.aws.registry import Registry
    from lambdas.domain.records import ClusterRecord
    from lambdas.steps.starting import Starter

CONTRACT: Final = StepContract(
    name="sweep",
    purpose="Finds every cluster whose state is not what its calendar says, and starts what is missing",
    parts=(),
    permissions=(LEDGER, *STARTING, LISTING),
    timeout_seconds=600,  # two or three calls a cluster, some hundredths of a second each
)

TROUBLE: Final = (*CALL_ERRORS, Conflict, ValueError, LookupError)
"""What one cluster may come to without the others having to wait: a call that fails, a record that is not readable."""


@dataclass(slots=True)
class Swept:
    """What a sweep has done: how many clusters it saw, and by name what it did and what it could not."""

    clusters: int = 0
    done: dict[str, str] = field(default_factory=dict)
    trouble: dict[str, str] = field(default_factory=dict)


class SweepTroubled(Exception):  # noqa: N818 -- some clusters are troubled, the sweep itself is not
    """Some clusters could not be seen to. They come first in nobody's way: the next sweep tries again."""


def sweep(starter: Starter) -> Swept:
    """See to every cluster, whatever happens to one of them."""
    swept = Swept()
    for record in _every(starter.registry):
        swept.clusters += 1
        try:
            done = starter.attend(record)
        except TROUBLE as error:
            swept.trouble[record.name] = f"{type(error).__name__}: {error}"
        else:
            if done:
                swept.done[record.name] = done
    return swept


def _every(registry: Registry) -> Iterator[ClusterRecord]:
    records, following = registry.clusters()
    yield from records
    while following is not None:
        records, following = registry.clusters(following)
        yield from records
