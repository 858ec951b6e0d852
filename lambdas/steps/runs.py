"""The run itself: may it work, has it reached what is wanted, why did it fail, and what comes after it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambdas.aws.registry import Collision, Conflict
from lambdas.domain.answers import failed_for, problem_in
from lambdas.domain.calendar import instant_text
from lambdas.domain.climbing import climbs
from lambdas.domain.endings import ended
from lambdas.domain.existing import existing
from lambdas.domain.frozen import dataclass
from lambdas.domain.power import aim, outcome
from lambdas.domain.progress import Failed, Progress, Ready, Waiting
from lambdas.domain.runs import SUPERSEDED, RunStatus, Verb, told_for
from lambdas.steps.contract import LEDGER, STARTING, StepContract
from lambdas.steps.events import PUBLISHING
from lambdas.steps.starting import TRIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambdas.aws.registry import Registry
    from lambdas.domain.events import Event
    from lambdas.domain.power import Outcome
    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.runs import Problem, Run
    from lambdas.steps.events import Announcer
    from lambdas.steps.starting import Starter

CONTRACT: Final = StepContract(
    name="runs",
    purpose="Begins and ends runs in the ledger, starts what comes after them, and tells others",
    parts=(),
    permissions=(LEDGER, *STARTING, PUBLISHING),
)

AGAIN: Final = Waiting("IntentMoved", "something newer was asked for during the run", 0, 0)
"""The answer that sends the run back to its beginning."""

NEXT_RUNG: Final = Waiting("NextRung", "everything is ready for the next minor version", 0, 0)
"""The same on the way up the version ladder."""

NOTHING_TO_DO: Final = Waiting("NothingToDo", "nothing is due, or the run that is at work will see to it", 0, 0)
"""The answer that ends an execution that EventBridge Scheduler has started."""


def lease_lost(run: str) -> Failed:
    """The failure of a run that no longer may work on its cluster."""
    return Failed(
        "LeaseLost",
        f"The run {run} does not hold the cluster's lease: another run has it, or this one was recorded as ended.",
        "Nothing to do if another run works on the cluster; else send the same spec again.",
    )


def barred(record: ClusterRecord, run: str) -> Failed | None:
    """Why the run may not work on the cluster; None if it may."""
    if record.lease != run:
        return lease_lost(run)
    if record.destroy not in {None, run}:
        return Failed(SUPERSEDED.code, SUPERSEDED.cause, SUPERSEDED.remedy)
    return None


def _end_of(problem: Problem) -> Progress:
    """How the execution of a run ends that has not done its work: badly, unless its cluster is to go."""
    return Ready() if problem.code == SUPERSEDED.code else failed_for(problem)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Begins and ends the runs of one cluster. Everything may be told again."""

    starter: Starter
    announcer: Announcer
    cluster: str

    def begin(self, run: str) -> Progress:
        """Whether the run holds the lease, and note from which intent it starts."""
        record = self._record()
        if record is None:
            return lease_lost(run)
        if bar := barred(record, run):
            return bar
        self._registry.converging(self.cluster, run, record.generation, self._aim(record))
        return Ready()

    def open(self, run: str) -> Progress:
        """Begin a run that puts to sleep or wakes; whoever has no entry in the ledger gets one if something is due."""
        for _ in range(TRIES):
            record = self._record()
            if record is None:
                return NOTHING_TO_DO
            if record.lease == run or self._registry.run(run) is not None:
                return self.begin(run)
            try:
                if not self.starter.open(record, run):
                    return NOTHING_TO_DO
            except Conflict:
                continue
        raise Conflict(self.cluster)

    def finish(self, run: str) -> Progress:
        """End the run well, unless something newer is wanted. What has ended well stays so."""
        for _ in range(TRIES):
            record, known = self._registry.look(self.cluster, run)
            if record is None or known is None or record.lease != run:
                if known is None or known.status is not RunStatus.SUCCEEDED:
                    return lease_lost(run)
                return self._followed(known, Ready())
            if self._moved(record, known):
                return AGAIN
            if known.verb is Verb.PROVISION and not record.destroy and climbs(record):
                return NEXT_RUNG
            after = self._outcome(record, known, reached=True)
            events = self._events(record, known, None, after)
            try:
                self._end(record, known, after, events)
            except Conflict:
                continue
            return self._followed(known, Ready(), events)
        raise Conflict(self.cluster)

    def fail(self, run: str, failure: object) -> Progress:
        """End the run with its reason, unless something newer may mend it; Ready if it only makes way."""
        for _ in range(TRIES):
            record, known = self._registry.look(self.cluster, run)
            problem = replace(problem_in(failure), exists=existing(record.observed) if record else ())
            if record is None or known is None:
                return _end_of(problem)
            problem = told_for(known.verb, problem)
            held = record.lease == run
            if held and self._moved(record, known):
                return AGAIN
            after = self._outcome(record, known, reached=False) if held else None
            events = self._events(record, known, problem, after)
            try:
                told = self._registry.fail(
                    self.cluster, run, self._at(), problem, after, record if held else None, events
                )
            except Collision:
                raise
            except Conflict:  # something newer came in between
                continue
            return self._followed(known, _end_of(problem), events if told else ())
        raise Conflict(self.cluster)

    def _end(self, record: ClusterRecord, run: Run, after: Outcome | None, events: Iterable[Event]) -> None:
        if run.verb is Verb.DESTROY and record.undo == run.id:
            self._registry.undone(record, run.id, self._at())
        elif run.verb is Verb.DESTROY:
            self._registry.bury(record, run.id, self._at(), events)
        else:
            self._registry.finish(record, run.id, self._at(), after, events)

    # -- what the record says

    @property
    def _registry(self) -> Registry:
        return self.starter.registry

    def _record(self) -> ClusterRecord | None:
        return self._registry.cluster(self.cluster)

    def _at(self) -> str:
        return instant_text(self.starter.clock())

    def _aim(self, record: ClusterRecord) -> str:
        return aim(record, self.starter.clock())

    def _moved(self, record: ClusterRecord, run: Run) -> bool:
        """Whether something else is wanted of the run than when it began, and not that it makes way."""
        if record.destroy is not None:
            return False
        if run.verb is Verb.SCALE:
            return self._aim(record) != record.aim
        return record.generation != record.converging

    def _outcome(self, record: ClusterRecord, run: Run, *, reached: bool) -> Outcome | None:
        return outcome(record, self.starter.clock(), reached=reached) if run.verb is Verb.SCALE else None

    def _events(
        self, record: ClusterRecord, run: Run, problem: Problem | None, after: Outcome | None
    ) -> tuple[Event, ...]:
        """What others hear of the run's end, but for what an earlier run has told already."""
        events = ended(record, run, self.starter.clock(), problem, after)
        return tuple(event for event in events if not self._registry.is_told(event.id))

    def _followed(self, run: Run, progress: Progress, events: Iterable[Event] = ()) -> Progress:
        """The answer, after starting what is left to do and telling what has happened."""
        self.starter.follow(self.cluster, after=run.verb)
        self.announcer.announce(events)
        return progress
