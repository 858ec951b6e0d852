"""A node group's sizes by day and by night: what is remembered of it, and what it is to have.

What is remembered outlives the run that noted it: it is written down before anything is changed, and forgotten only
once the node group has what it had, so that no half-way size is ever taken for its owner's.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any, Final, Self

import msgspec

from lambdas.domain.frozen import dataclass
from lambdas.domain.records import Sizes

IN_PROGRESS: Final = "InProgress"
SUCCESSFUL: Final = "Successful"
"""Statuses of an EKS update; every other one is a failure."""

MOST_KEPT: Final = 10
"""So many of the latest updates are told."""

MOST_TRIES: Final = 3
"""How often one run takes the sizes of one node group down when somebody puts them up again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeUpdate:
    """One UpdateNodegroupConfig of ours: its id, the run that asked for it and the sizes asked for.

    ``number`` counts the updates of a node group in one run from 0, ``createdAt`` is ISO 8601, ``status`` EKS's word.
    """

    id: str
    run: str
    number: int
    scalingConfig: Sizes  # noqa: N815 -- EKS's own word
    createdAt: str  # noqa: N815 -- likewise
    status: str = IN_PROGRESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Sizes by day that a node group was found to have as they were wanted, and by which of the record's intents."""

    scalingConfig: Sizes  # noqa: N815 -- EKS's own word
    intent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the registry keeps of a node group's sizes: those to come back, and the latest updates, newest last.

    ``given`` are those of this day, from which an autoscaler may have moved the desired one since; ``asked`` are the
    last that its owner asked for, other than in the first spec, and that it got.
    """

    remembered: Sizes | None = None
    updates: tuple[SizeUpdate, ...] = ()
    given: Given | None = None
    asked: Sizes | None = None

    @classmethod
    def of(cls, facts: Mapping[str, object]) -> Self:
        """The memory in the facts of an earlier look; empty if there was none."""
        return msgspec.convert(dict(facts), cls)

    def told(self) -> dict[str, Any]:
        """As JSON."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found

    @property
    def is_settled(self) -> bool:
        """Whether EKS has made the newest update."""
        return not self.updates or self.updates[-1].status == SUCCESSFUL

    def tries(self, run: str, wanted: Sizes) -> int:
        """How often this run has asked for these sizes, since it or another one has last asked for others."""
        asked = (update.run == run and update.scalingConfig == wanted for update in reversed(self.updates))
        return sum(takewhile(bool, asked))

    def next_number(self, run: str) -> int:
        """The number of the next update of this run."""
        return self.updates[-1].number + 1 if self.updates and self.updates[-1].run == run else 0

    def begun(self, update: SizeUpdate) -> Self:
        """The memory with one more update."""
        return replace(self, updates=(*self.updates, update)[-MOST_KEPT:])

    def ended(self, status: str) -> Self:
        """The memory with the newest update's outcome."""
        return replace(self, updates=(*self.updates[:-1], replace(self.updates[-1], status=status)))


def night(remembered: Sizes) -> Sizes:
    """The sizes of a sleeping node group: EKS refuses a greatest size of 0, so that one stays as it was."""
    return replace(possible(remembered), minSize=0, desiredSize=0)


def is_empty(sizes: Sizes) -> bool:
    """Whether no node is wanted and none is kept."""
    return sizes.minSize == sizes.desiredSize == 0


def possible(sizes: Sizes) -> Sizes:
    """The nearest sizes that EKS takes: ``0 <= minSize <= desiredSize <= maxSize`` and ``1 <= maxSize``."""
    greatest = max(1, sizes.maxSize)
    least = min(max(0, sizes.minSize), greatest)
    return Sizes(minSize=least, maxSize=greatest, desiredSize=min(max(least, sizes.desiredSize), greatest))


def in_words(sizes: Sizes) -> str:
    """``3 nodes, between 1 and 5``."""
    return f"{counted(sizes.desiredSize)}, between {sizes.minSize} and {sizes.maxSize}"


def counted(nodes: int) -> str:
    """``1 node``, ``2 nodes``."""
    return f"{nodes} node{'' if nodes == 1 else 's'}"
