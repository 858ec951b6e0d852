"""The sizes of a node group, by night and by day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec
from botocore.exceptions import ClientError

from lambdas.domain import pacing, wake_risk
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.paths import SIZES
from lambdas.domain.power import GONE
from lambdas.domain.progress import Action, Failed, Progress, Ready, Report
from lambdas.domain.records import Power, Sizes
from lambdas.domain.sizes import MOST_TRIES, SUCCESSFUL, Given, Memory, in_words, is_empty, night, possible
from lambdas.steps.convergence import Changed
from lambdas.steps.reading import doubt
from lambdas.steps.scaling.asking import ask, settled
from lambdas.steps.scaling.lacking import coming, leaving
from lambdas.steps.scaling.risks import risks
from lambdas.steps.scaling.seen import Glimpse, Seen, hindrance, see

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lambdas.domain.progress import Waiting
    from lambdas.steps.scaling.seen import Glances
    from lambdas.steps.scope import Scope
    from lambdas.steps.turns import Turn


_BEFORE_ANOTHER_TURN: Final = 2
"""Seconds: the turn that is taken then comes late enough."""

_NO_TURN: Final = {"turn": None, "seen": None}
"""What is left to remember once a turn was in vain: it takes another, and begins with a look at EKS."""


@dataclass(frozen=True, slots=True)
class SizedNodegroup:
    """The sizes of one node group; Ready when all its instances are gone, or all of them in service."""

    scope: Scope
    name: str
    glances: Glances

    @property
    def path(self) -> str:
        """``sizes/simple-bank``."""
        return SIZES + self.name

    def look(self) -> Report:
        """Decide by the clock what the sizes are to be, and see how far they are."""
        try:
            return self._look()
        except ClientError as error:
            if not self.scope.turns.heed(error):
                raise
            return Report(resource=self.path, progress=_refused(error), facts=self._facts({"turn": None}))

    def _look(self) -> Report:
        memory = Memory.of(self.scope.facts(self.path))
        wanted = self._wanted(memory)
        stays = wanted is None and not self._sleeps
        if stays and not self._was_gone:
            return self._report(Ready(), Power.AWAKE, memory, warnings=())
        if earlier := self._earlier(memory):
            return self._report(pacing.AFTER_OTHERS.wait(f"after {', '.join(earlier)}"), Power.PARTIAL, memory)
        glanced = self.glances.of(self.name)
        if glanced is None or wanted is None:
            return self._first(memory, wanted)
        if not self._is_there(memory, glanced.sizes, wanted):
            return self._settled(memory, glanced, wanted)
        return self._on_its_way(memory, glanced, wanted)

    def _on_its_way(self, memory: Memory, glanced: Glimpse, wanted: Sizes) -> Report:
        """Wait for the instances once the sizes are there, and ask EKS no more of it than it has time for."""
        if self._sleeps and memory.is_settled:  # EKS has said all that it can
            return self._towards(memory, glanced, wanted)
        if self.scope.turns.take_spare():  # EKS may know what keeps the instances
            return self._settled(memory, glanced, wanted)
        if not glanced.is_complete:
            return self._towards(memory, glanced, wanted)
        if self._sleeps:  # what the update was for is there: nobody is to wait for EKS to say so
            return self._towards(memory.ended(SUCCESSFUL), glanced, wanted)
        turn = self._turn()
        return self._wait(memory, turn) if turn.seconds else self._settled(memory, glanced, wanted)

    def _first(self, memory: Memory, wanted: Sizes | None) -> Report:
        """Ask EKS what there is to change, in turn: it bears so many calls a second from all runs together."""
        memory, unsettled = settled(self.scope, self.name, memory, wanted)
        if unsettled is not None:
            return self._report(unsettled, Power.PARTIAL, memory)
        turn = self._turn()
        return self._wait(memory, turn) if turn.seconds else self._see(memory, wanted)

    def _settled(self, memory: Memory, seen: Glimpse, wanted: Sizes) -> Report:
        """Ask EKS what became of the update, and of the health of what is to be awake."""
        there = self._is_there(memory, seen.sizes, wanted)
        memory, unsettled = settled(self.scope, self.name, memory, wanted)
        if unsettled is not None:
            return self._report(unsettled, Power.PARTIAL, memory)
        return self._towards(memory, seen, wanted) if self._sleeps or not there else self._see(memory, wanted)

    def _wait(self, memory: Memory, turn: Turn) -> Report:
        waiting = replace(pacing.TURN.wait("others call EKS first"), retry_after_seconds=turn.seconds)
        return self._report(waiting, Power.PARTIAL, memory, turn=turn)

    def _see(self, memory: Memory, wanted: Sizes | None) -> Report:
        seen = see(self.scope, self.name)
        if seen is None:
            return self._denied(memory)
        hindered = hindrance(self.scope, seen)
        if hindered is not None:
            return self._report(hindered, Power.PARTIAL, memory, seen, warnings=_warnings(seen))
        if wanted is not None:
            return self._towards(memory, seen, wanted)
        if self._sleeps:
            return self._remember(memory, seen)
        return self._report(Ready(), Power.AWAKE, memory, seen, warnings=())

    def _towards(self, memory: Memory, seen: Glimpse, wanted: Sizes) -> Report:
        return self._by_night(memory, seen, wanted) if self._sleeps else self._by_day(memory, seen, wanted)

    def _turn(self) -> Turn:
        """The turn that this run has taken for the node group, or another one."""
        held = self.scope.facts(self.path).get("turn")
        if isinstance(held, dict) and held["run"] == self.scope.run:
            return self.scope.turns.ask_again(held["number"])
        return self.scope.turns.take()

    def change(self, _: Action) -> Changed:
        """UpdateNodegroupConfig to what is wanted now."""
        memory = Memory.of(self.scope.facts(self.path))
        wanted = self._wanted(memory)
        if wanted is None:
            raise LookupError(f"{self.path}: no look finds a change due while no sizes are wanted")
        try:
            update = ask(self.scope, self.name, memory, wanted)
        except ClientError as error:
            if not self.scope.turns.heed(error):
                raise
            return Changed(_refused(error), _NO_TURN)
        return Changed(
            PACES[Part.SIZES].wait(f"EKS changes the sizes: {in_words(wanted)}"), memory.begun(update).told()
        )

    @property
    def _was_gone(self) -> bool:
        return self.scope.facts(self.path).get("status") == GONE

    @property
    def _sleeps(self) -> bool:
        return self.scope.night.wanted_of(self.name) is Power.ASLEEP

    def _wanted(self, memory: Memory) -> Sizes | None:
        """The sizes to reach; None if they are to stay as they are, or are to be remembered first."""
        if self._sleeps:
            return night(memory.remembered) if memory.remembered else None
        sizes = self.scope.night.resize.get(self.name) or memory.remembered
        return possible(sizes) if sizes else None

    def _earlier(self, memory: Memory) -> list[str]:
        """The node groups that wake before this one and have not yet, but for those that this run has given up."""
        if self._sleeps or memory.remembered is None:
            return []
        others = [group.nodegroupName for group in self.scope.spec.nodegroups]
        return [name for name in others if self._order(name) < self._order(self.name) and self._is_waking(name)]

    def _order(self, name: str) -> int:
        calendar = self.scope.night.calendar
        return calendar.night_of(name).wake_order if calendar else 0

    def _is_waking(self, name: str) -> bool:
        path = SIZES + name
        return path not in self.scope.failed and Memory.of(self.scope.facts(path)).remembered is not None

    def _remember(self, memory: Memory, seen: Seen) -> Report:
        """Note the sizes, and what may keep the nodes from coming back; the next look changes the sizes."""
        sizes = possible(seen.sizes)
        warnings = risks(self.scope, seen, sizes.desiredSize)
        at_risk = f"; waking is at risk: {' '.join(warnings)}" if warnings else ""
        waiting = pacing.SIZES_NOTED.wait(f"it is to wake with {in_words(sizes)}{at_risk}")
        return self._report(
            waiting, Power.PARTIAL, replace(memory, remembered=sizes, given=None), seen, warnings=warnings
        )

    def _by_night(self, memory: Memory, seen: Glimpse, wanted: Sizes) -> Report:
        if not is_empty(seen.sizes):
            return self._ask(memory, seen, wanted)
        waiting = leaving(seen)
        return self._report(waiting or Ready(), Power.PARTIAL if waiting else Power.ASLEEP, memory, seen)

    def _by_day(self, memory: Memory, seen: Glimpse, wanted: Sizes) -> Report:
        if not self._is_there(memory, seen.sizes, wanted):
            return self._ask(memory, seen, wanted)
        memory = self._given(memory, wanted)
        waiting = coming(self.scope, seen) or leaving(seen, seen.sizes.desiredSize)
        if waiting:
            return self._report(waiting, Power.PARTIAL, memory, seen)
        return self._report(Ready(), Power.AWAKE, replace(memory, remembered=None), seen, warnings=())

    def _given(self, memory: Memory, wanted: Sizes) -> Memory:
        """Note that it has its sizes: no later run is to give it what it had, once an autoscaler has moved it."""
        given = Given(scalingConfig=wanted, intent=self.scope.night.intent)
        return replace(memory, given=given, asked=wanted if self._is_resized else memory.asked)

    @property
    def _is_resized(self) -> bool:
        return self.name in self.scope.night.resize

    def _was_given(self, memory: Memory, wanted: Sizes) -> bool:
        """Whether it had these sizes before, and nobody has asked for any since."""
        given = memory.given
        return (
            given is not None
            and given.scalingConfig == wanted
            and (not self._is_resized or given.intent == self.scope.night.intent)
        )

    def _is_there(self, memory: Memory, sizes: Sizes, wanted: Sizes) -> bool:
        """Whether it has its sizes. Once they were given, the desired one is an autoscaler's to move, but not to 0."""
        if self._sleeps:
            return is_empty(sizes)
        moved = (memory.tries(self.scope.run, wanted) or self._was_given(memory, wanted)) and sizes.desiredSize
        return wanted == (replace(sizes, desiredSize=wanted.desiredSize) if moved else sizes)

    def _ask(self, memory: Memory, seen: Glimpse, wanted: Sizes) -> Report:
        """Find a change of the sizes due, unless the last ones were undone by somebody else."""
        if memory.tries(self.scope.run, wanted) >= MOST_TRIES:
            return self._report(_undone(seen.sizes, wanted), Power.PARTIAL, memory, seen)
        waiting = PACES[Part.SIZES].wait(f"it has {in_words(seen.sizes)}")
        if memory != Memory.of(self.scope.facts(self.path)):  # what became of the last update is written down first
            return self._report(waiting, Power.PARTIAL, memory, seen)
        action = Action(
            verb="update",
            resource=self.path,
            reason=self.scope.night.desired.reason,
            consequence=f"{in_words(wanted)}, instead of {in_words(seen.sizes)}",
        )
        return replace(self._report(waiting, Power.PARTIAL, memory, seen), action=action)

    def _denied(self, memory: Memory) -> Report:
        """EKS knows no such node group: believe that once it has said so for some looks."""
        doubts = None if self._was_gone else doubt(self.scope, self.path)
        if doubts is None:
            return self._gone(memory)
        report = self._report(pacing.NOT_THERE_YET.wait("EKS knows no such node group"), Power.PARTIAL, memory)
        return replace(report, facts={**report.facts, **doubts, **_NO_TURN})

    def _gone(self, memory: Memory) -> Report:
        """Report a node group that is not there: it sleeps well, but it cannot wake."""
        if self._sleeps:
            return self._absent(Ready(), Power.ASLEEP, memory)
        failed = Failed(
            "NodegroupGone",
            f"There is no node group {self.name}: somebody deleted it, or the whole cluster.",
            "Send the spec again: a run makes it anew.",
        )
        return self._absent(failed, Power.PARTIAL, memory)

    def _absent(self, progress: Progress, power: Power, memory: Memory) -> Report:
        report = self._report(progress, power, memory)
        return replace(report, facts={**report.facts, **_NO_TURN, "status": GONE, "inService": 0})

    def _report(
        self,
        progress: Progress,
        power: Power,
        memory: Memory,
        seen: Glimpse | None = None,
        *,
        warnings: Sequence[str] | None = None,
        turn: Turn | None = None,
    ) -> Report:
        """Report with all that is known: what this look did not see stays as an earlier one saw it."""
        facts = self._facts({"power": str(power), **memory.told()})
        if seen:
            facts |= {"scalingConfig": msgspec.to_builtins(seen.sizes), "inService": seen.in_service}
        if isinstance(seen, Seen):
            usable = seen.groups and hindrance(self.scope, seen) is None
            facts |= {
                "status": seen.nodegroup["status"],
                "denied": None,
                "turn": None,
                "seen": {"run": self.scope.run, "groups": seen.names} if usable else None,
            }
        if turn:
            facts["turn"] = {"run": self.scope.run, "number": turn.number}
        if warnings is not None:
            facts["wake"] = {"risks": list(warnings)}
        return Report(resource=self.path, progress=progress, facts=facts)

    def _facts(self, new: Mapping[str, object]) -> dict[str, object]:
        return {**self.scope.facts(self.path), **new}


def _refused(error: ClientError) -> Waiting:
    waiting = pacing.THROTTLED.wait(f"{error.operation_name} is throttled")
    return replace(waiting, retry_after_seconds=_BEFORE_ANOTHER_TURN)


def _warnings(seen: Seen) -> tuple[str, ...] | None:
    return (wake_risk.UPDATING,) if seen.nodegroup["status"] == "UPDATING" else None


def _undone(sizes: Sizes, wanted: Sizes) -> Failed:
    return Failed(
        "SizesChangedOutside",
        f"It was given {in_words(wanted)}, {MOST_TRIES} times, and has {in_words(sizes)}: somebody changes it back.",
        "Find the autoscaler or the schedule that changes the sizes; or leave the node group out of the night with "
        "sleep: false in the calendar's nodegroups.",
    )
