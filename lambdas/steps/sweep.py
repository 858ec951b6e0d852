"""The sweep: looks at every cluster, and makes good what a missed firing or a function that died has left undone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import CALL_ERRORS
from lambdas.aws.registry import Conflict
from lambdas.steps.contract import LEDGER, LISTING, STARTING, StepContract
from lambdas.steps.events import PUBLISHING, NotTaken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.aws.registry import Registry
    from lambdas.domain.records import ClusterRecord
    from lambdas.steps.events import Announcer
    from lambdas.steps.starting import Starter

CONTRACT: Final = StepContract(
    name="sweep",
    purpose="Finds every cluster whose state is not what its calendar says, starts what is missing, publishes events",
    parts=(),
    permissions=(LEDGER, *STARTING, LISTING, PUBLISHING),
    timeout_seconds=600,  # two or three calls a cluster, some hundredths of a second each
)

TROUBLE: Final = (*CALL_ERRORS, Conflict, NotTaken, ValueError, LookupError)
"""What one cluster may come to without the others having to wait: a call that fails, a record that is not readable."""

EVENTS: Final = "events/"
"""Where the sweep says what became of the events; no cluster is called so."""


@dataclass(slots=True)
class Swept:
    """What a sweep has done: clusters seen, events published, and by name what else it did or could not."""

    clusters: int = 0
    events: int = 0
    done: dict[str, str] = field(default_factory=dict)
    trouble: dict[str, str] = field(default_factory=dict)


class SweepTroubled(Exception):  # noqa: N818 -- some clusters are troubled, the sweep itself is not
    """Some clusters could not be seen to. They come first in nobody's way: the next sweep tries again."""


def sweep(starter: Starter, announcer: Announcer) -> Swept:
    """See to every cluster, whatever happens to one of them, and then to the events that nobody has published."""
    swept = Swept()
    for record in every_cluster(starter.registry):
        swept.clusters += 1
        try:
            done = starter.attend(record)
        except TROUBLE as error:
            swept.trouble[record.name] = f"{type(error).__name__}: {error}"
        else:
            if done:
                swept.done[record.name] = done
    try:
        swept.events = announcer.catch_up()
    except TROUBLE as error:
        swept.trouble[EVENTS] = f"{type(error).__name__}: {error}"
    return swept


def every_cluster(registry: Registry) -> Iterator[ClusterRecord]:
    """All clusters, page by page."""
    records, following = registry.clusters()
    yield from records
    while following is not None:
        records, following = registry.clusters(following)
        yield from records
