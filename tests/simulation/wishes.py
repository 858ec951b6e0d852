"""What users want of a cluster, word by word: the requests that they send, and what is there once they have it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lambdas.domain.calendar import State
from lambdas.steps.intake import NameUnknown
from tests.simulation.portrait import everything, of
from tests.simulation.slipway import Slipway
from tests.simulation.trial import REST, neighbours
from tests.simulation.workflows import ALWAYS, NAME, NEW, SIZES, changed, spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from tests.simulation.ground import Ground
    from tests.simulation.portrait import Things

    Ask = Callable[[Slipway], Run | None]
    Known = dict[tuple[tuple[str, ...], str], Things]
    """By what was asked for in this order, and the kind of spec: what is there then."""

_MAKES: Final = frozenset({"create", "update", "upgrade"})
"""The words after which there is a cluster, whether there was one or not."""

WORDS: Final = ("update", "upgrade", "sleep", "wake", "resize", "delete")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user has asked for so far: the spec, and what was asked of its nights and sizes."""

    kind: str
    version: str = NEW
    changed: bool = False

    @property
    def spec(self) -> ClusterSpec:
        """The spec that was sent last."""
        return (changed if self.changed else spec)(self.kind, self.version)


def asking(wanted: Wanted, word: str) -> tuple[tuple[Ask, ...], Wanted]:
    """The requests that a word stands for, and what is wanted then."""
    match word:
        case "create":
            return (lambda slipway: slipway.accept(wanted.spec),), wanted
        case "update" | "upgrade":
            following = (
                Wanted(wanted.kind, wanted.version, changed=not wanted.changed)
                if word == "update"
                else Wanted(wanted.kind, NEW, wanted.changed)
            )
            return (lambda slipway: put(slipway, following.spec),), following
        case "sleep":
            return (
                lambda slipway: slipway.plan(NAME, ALWAYS),
                lambda slipway: slipway.hold(NAME, State.ASLEEP),
            ), wanted
        case "wake":
            return (
                lambda slipway: slipway.plan(NAME, ALWAYS),
                lambda slipway: slipway.hold(NAME, State.AWAKE),
            ), wanted
        case "resize":
            return (lambda slipway: slipway.resize(NAME, {"services": SIZES}),), wanted
        case _:
            return (lambda slipway: slipway.delete(NAME),), wanted


def put(slipway: Slipway, spec: ClusterSpec) -> Run:
    """Have the cluster with this spec, whether there is one or not."""
    try:
        return slipway.replace(spec)
    except NameUnknown:
        return slipway.accept(spec)


@dataclass
class References:
    """What is there after the same was asked for in peace, one thing after the other."""

    ground: Ground
    known: Known = field(default_factory=dict)

    def of(self, asked: tuple[str, ...], kind: str) -> Things:
        """The cluster's things then."""
        if not asked or asked[-1] == "delete":
            return {}
        key = (asked, kind)
        if key not in self.known:
            self.known[key] = self._lived(asked, kind)
        return self.known[key]

    def _lived(self, asked: tuple[str, ...], kind: str) -> Things:
        slipway = Slipway(self.ground)
        neighbours(slipway)
        slipway.sweeps()
        wanted = Wanted(kind)
        for said in asked:
            word, _, version = said.partition(" ")
            wanted = Wanted(kind, version or wanted.version, wanted.changed)
            asks, wanted = asking(wanted, word)
            for ask in asks if slipway.record(NAME) or word in _MAKES else ():  # of what is gone nothing is wanted
                ask(slipway)
                slipway.settle()
        slipway.pass_time(REST)
        return of(everything(slipway), NAME)
