"""A life drawn by lot: what users ask of a cluster, what goes wrong meanwhile, and what must be true in the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import CALL_ERRORS
from lambdas.aws.registry import Conflict
from lambdas.domain.refusal import Refused
from lambdas.domain.runs import RunStatus
from lambdas.domain.spec import canonical
from lambdas.steps.intake import NameTaken, NameUnknown
from lambdas.steps.starting import BeingDeleted
from tests.simulation.chance import chance
from tests.simulation.forks import futures
from tests.simulation.invariants import RandomTokens, apart, books
from tests.simulation.portrait import but, everything, of
from tests.simulation.promise import Promise
from tests.simulation.slipway import RULES, Slipway
from tests.simulation.trial import REST, SOON, insist, neighbours
from tests.simulation.trouble import Trouble
from tests.simulation.wishes import WORDS, References, Wanted, asking, put
from tests.simulation.workflows import NAME, NEW, OLD
from tests.wire import Died

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from tests.simulation.engine import Process
    from tests.simulation.ground import Ground
    from tests.simulation.wishes import Ask, Known


STARTS: Final = (
    datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 10, tzinfo=UTC),  # clocks in Berlin go forward within the hour
    datetime(2026, 10, 25, 0, 10, tzinfo=UTC),  # and back
)
LOT: Final = (*("small",) * 5, "full", "repairing", "undoing")
"""The kinds of spec, as often as they are drawn."""

OFTEN_LOOKED_AT: Final = 0.3
"""The share of lives in which the hourly look for drift and the daily one for orphans come too."""

_FIRST: Final = 6
"""Lives in this very process, before it is copied: what they learn by the way, all others know."""

_CHUNK: Final = 25
AT_LAST: Final = timedelta(hours=12)
"""By then a life has come to what was wanted last, counted from the end of all trouble."""

_REFUSALS: Final = (BeingDeleted, NameTaken, NameUnknown)
"""Answers that are no trouble: what was asked for cannot be had now, and nothing was accepted."""


@dataclass(frozen=True, slots=True)
class Lived:
    """How a life went."""

    seed: int
    asked: tuple[str, ...]
    """What was asked for, and accepted, in this order."""

    violations: tuple[str, ...]
    injected: Counter[str]
    virtual: timedelta
    calls: int
    digest: str
    history: tuple[str, ...] = ()


@dataclass
class Life:
    """One seed's life on a ground. ``References`` knows how the same would have gone in peace."""

    ground: Ground
    seed: int
    references: References
    asked: list[str] = field(default_factory=list)
    injected: Counter[str] = field(default_factory=Counter)
    _unheard: Process[None] | None = None

    def live(self, *, keep: bool = False) -> Lived:
        """Live it to its end, and look whether all is as it must be; with ``keep``, also with its history."""
        slipway = self._begun()
        foreign = but(everything(slipway), NAME)
        tokens = RandomTokens()
        tokens.watch(slipway)
        found: list[str] = []
        try:
            trouble = Trouble(slipway, self.seed, self.injected)
            wanted = self._troubled(slipway, trouble)
            trouble.end()
            if trouble.unwound:  # a look comes within the hour, which is long; in a moment lists have caught up
                slipway.settle(within=AT_LAST)
                slipway.pass_time(SOON)
                slipway.engine.do(lambda: slipway.call("drift"), about="rule")
            self._at_last(slipway, wanted)
            there, found = everything(slipway), books(slipway, NAME)
            things = self.references.of(tuple(self.asked), wanted.kind)
            found += [*apart(there, NAME, things, foreign), *tokens.found]
            if self.asked:
                found += Promise(self.asked, wanted.spec).broken(of(there, NAME))
        except (AssertionError, Conflict, Refused, *_REFUSALS) as error:
            found = [f"does not end: {type(error).__name__} {error}"]
        self.injected += slipway.cloud.struck
        return Lived(
            self.seed,
            tuple(self.asked),
            tuple(found),
            self.injected,
            slipway.clock.now() - slipway.start,
            len(slipway.cloud.numbered),
            slipway.history.digest,
            tuple(slipway.history.lines) if keep else (),
        )

    # -- how it goes

    @cached_property
    def _dice(self) -> Random:
        return chance(self.seed, "life")

    def _begun(self) -> Slipway:
        slipway = Slipway(self.ground, self.seed, start=self._dice.choice(STARTS), mixed=True)
        neighbours(slipway)
        slipway.history.lines.clear()
        slipway.cloud.numbered.clear()
        rules = chance(self.seed, "rules")
        names = RULES if self._dice.random() < OFTEN_LOOKED_AT else ("sweep",)
        for name in names:
            slipway.rule(name, lambda: tuple(rules.uniform(0, 60) for _ in range(rules.choice((0, 1, 1, 1, 1, 2)))))
        return slipway

    def _troubled(self, slipway: Slipway, trouble: Trouble) -> Wanted:
        dice = self._dice
        wanted = Wanted(dice.choice(LOT), dice.choice((NEW, NEW, NEW, OLD)))
        trouble.begin()
        words = ["create", *dice.choices(WORDS, (4, 2, 4, 3, 3, 3), k=dice.choice((0, 1, 1, 2, 3)))]
        for word in words:
            wanted = self._ask(slipway, wanted, word)
            self._meanwhile(slipway)
        return wanted

    def _ask(self, slipway: Slipway, wanted: Wanted, word: str) -> Wanted:
        """Send what the word stands for until it is answered. What is refused was not asked for."""
        asks, following = asking(wanted, word)
        slipway.history.note("asked", word)
        takes_back = self.asked[-1:] == ["delete"] and slipway.record(NAME) is not None
        for ask in asks:
            self._perhaps_twice(slipway, ask)
            unheard: list[BaseException] = []
            try:
                insist(slipway, partial(ask, slipway), unheard)
            except _REFUSALS as refusal:
                slipway.history.note("refused", type(refusal).__name__)
                if not _is_known(slipway, wanted, following) and not (unheard and self._is_done(slipway, word)):
                    return wanted
            except (Died, Conflict, Refused, *CALL_ERRORS):
                slipway.history.note("unheard", word)
                if not _is_known(slipway, wanted, following):
                    return wanted
            finally:
                self._hear_no_more(slipway)
        if takes_back and word != "delete":  # of a cluster that could not be deleted its spec makes one that stays
            self.asked.pop()
        self.asked.append(f"{word} {wanted.version}" if word == "create" else word)
        return following

    def _is_done(self, slipway: Slipway, word: str) -> bool:
        """Whether a request was taken that nobody heard of: sent again, it is refused for what it has brought about."""
        if slipway.record(NAME):
            return word == "create"
        return word == "delete" and self.asked[-1:] != ["delete"]

    def _perhaps_twice(self, slipway: Slipway, ask: Ask) -> None:
        """Now and then a client sends a request twice, and hears of one of the two only."""
        if self._dice.random() < 0.8:
            return

        def unheard() -> None:
            try:
                ask(slipway)
            except (*_REFUSALS, Died, Conflict, Refused, *CALL_ERRORS) as error:
                slipway.history.note("unheard", type(error).__name__)

        self.injected["request sent twice"] += 1
        self._unheard = slipway.engine.spawn(unheard, after=self._dice.uniform(0, 0.3), about="api")

    def _hear_no_more(self, slipway: Slipway) -> None:
        """Let the other one of two requests end: what comes after it is wanted later."""
        unheard = self._unheard
        if unheard is not None:
            slipway.engine.run(lambda: unheard.done)

    def _meanwhile(self, slipway: Slipway) -> None:
        """Let some time pass: until all is quiet, or less."""
        dice = self._dice
        if dice.random() < 0.5:
            slipway.settle(within=timedelta(hours=24))
        slipway.pass_time(timedelta(seconds=dice.choice((0, dice.uniform(0, 60), dice.uniform(0, 1200)))))

    def _at_last(self, slipway: Slipway, wanted: Wanted) -> None:
        """Once nothing goes wrong any more, whoever is not content sends the last intent again."""
        until = slipway.clock.now() + AT_LAST
        while slipway.clock.now() < until:
            slipway.settle(within=AT_LAST)
            slipway.pass_time(timedelta(minutes=16))  # a sweep may start what is missing
            slipway.settle(within=AT_LAST)
            record = slipway.record(NAME)
            going = bool(self.asked) and self.asked[-1] == "delete"
            if going and record is None:
                break
            if going:
                insist(slipway, lambda: slipway.delete(NAME))
            elif self._content(slipway, wanted):
                break
        if "resize" in self.asked and self.asked[-1] != "delete":
            self._resized(slipway, wanted)
        slipway.pass_time(REST)

    def _resized(self, slipway: Slipway, wanted: Wanted) -> None:
        """Ask for the sizes once more, of a cluster that is awake.

        Who deletes a node group deletes what was asked of its sizes, and those of one that sleeps come in the morning.
        """
        for word in ("wake", "resize"):
            self.asked.append(word)
            for ask in asking(wanted, word)[0]:
                insist(slipway, partial(ask, slipway))
                slipway.settle(within=AT_LAST)

    def _content(self, slipway: Slipway, wanted: Wanted) -> bool:
        """Whether a run of what is wanted last has ended well, and nothing more is due."""
        if not self.asked:
            return True
        try:
            run = put(slipway, wanted.spec)
        except BeingDeleted:  # what a creation that failed has made is still to go
            return False
        slipway.settle(within=AT_LAST)
        slipway.pass_time(timedelta(minutes=16))
        slipway.settle(within=AT_LAST)
        return slipway.run(run.id).status is RunStatus.SUCCEEDED


def _is_known(slipway: Slipway, wanted: Wanted, following: Wanted) -> bool:
    """Whether another spec was taken in, though whoever sent it heard nothing of that."""
    record = slipway.record(NAME)
    return following.spec != wanted.spec and record is not None and record.requested == canonical(following.spec)


def lives(ground: Ground, seeds: range, *, at_once: int, keep: bool = False) -> Iterator[Lived]:
    """The lives of these seeds, some to a process; with ``keep`` with their histories."""
    references = References(ground)
    first, others = seeds[:_FIRST], seeds[_FIRST:]
    yield from _lived(references, first, keep=keep)[0]
    chunks = [others[start : start + _CHUNK] for start in range(0, len(others), _CHUNK)]
    works = [partial(_lived, references, chunk, keep=keep) for chunk in chunks]
    for _, (several, known) in futures(works, at_once=at_once):
        references.known.update(known)  # for those that begin later
        yield from several


def _lived(references: References, seeds: range, *, keep: bool) -> tuple[list[Lived], Known]:
    return [Life(references.ground, seed, references).live(keep=keep) for seed in seeds], references.known
