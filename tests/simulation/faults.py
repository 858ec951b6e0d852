"""What may become of a call on its way, by number or by lot."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from tests.simulation.refusals import Refused

    Json = dict[str, Any]


class Fate(StrEnum):
    """What becomes of a call that is struck."""

    DIES_BEFORE = "the function dies before the call"
    DIES_AFTER = "the function dies after the call"
    ANSWER_LOST = "the answer gets lost, the SDK asks again"
    ALL_ANSWERS_LOST = "every answer gets lost"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Call:
    """A call: which one of all (from 1 on), who makes it (a function, or ``client``), and what is asked of whom."""

    number: int
    function: str
    service: str
    operation: str
    params: Json

    @property
    def name(self) -> str:
        """``eks:CreateCluster``."""
        return f"{self.service}:{self.operation}"


@dataclass(frozen=True, slots=True)
class Strike:
    """What becomes of one call; with REFUSED, by which error, and how many sends of it in a row."""

    fate: Fate
    error: Refused | None = None
    sends: int = 1_000

    @property
    def kind(self) -> str:
        """What is counted."""
        return f"{self.error.code}" if self.error else str(self.fate)


class Strikes(Protocol):
    """Decides the fates of calls."""

    def strike(self, call: Call) -> Strike | None:
        """What becomes of a call; None lets it be."""


@dataclass(frozen=True, slots=True)
class Peace:
    """Nothing goes wrong."""

    def strike(self, _: Call) -> Strike | None:
        """Nothing."""
        return None


@dataclass
class ByNumber:
    """The calls of these numbers are struck."""

    strikes: dict[int, Strike]

    def strike(self, call: Call) -> Strike | None:
        """What was said of its number."""
        return self.strikes.get(call.number)


@dataclass
class ByName:
    """Of each kind of call (``eks:CreateCluster``) the first ones are struck, as many as is said."""

    strikes: dict[str, tuple[Strike, int]]
    met: Counter[str] = field(default_factory=Counter)

    def strike(self, call: Call) -> Strike | None:
        """What was said of its kind, until so many were struck."""
        found = self.strikes.get(call.name)
        if found is None or self.met[call.name] >= found[1]:
            return None
        self.met[call.name] += 1
        return found[0]


@dataclass
class ByLot:
    """Calls are struck by lot, until the faults stop."""

    random: Random
    probability: float
    kinds: tuple[Fate, ...] = (Fate.DIES_BEFORE, Fate.DIES_AFTER, Fate.ANSWER_LOST, Fate.ALL_ANSWERS_LOST)
    refusals: dict[str, tuple[Refused, ...]] = field(default_factory=dict)
    """By kind of call, the errors that it may meet."""

    everywhere: tuple[Refused, ...] = ()
    on: bool = True

    def strike(self, call: Call) -> Strike | None:
        """What the dice say."""
        if not self.on or self.random.random() >= self.probability:
            return None
        errors = (*self.refusals.get(call.name, ()), *self.everywhere)
        if errors and self.random.random() < 0.5:
            return Strike(Fate.REFUSED, self.random.choice(errors), self.random.choice((1, 3)))
        return Strike(self.random.choice(self.kinds))


@dataclass
class All:
    """Several kinds of trouble at once: the first that strikes a call decides."""

    several: Iterable[Strikes]

    def strike(self, call: Call) -> Strike | None:
        """What the first one says that says something."""
        return next((found for one in self.several if (found := one.strike(call))), None)
