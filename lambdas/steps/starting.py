"""Starting runs: who may work on a cluster next. Whoever finds work undone comes here, and all come to the same end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambdas.aws.executions import ALIVE
from lambdas.aws.registry import Conflict
from lambdas.domain.calendar import instant_text
from lambdas.domain.endings import ended
from lambdas.domain.frozen import dataclass
from lambdas.domain.power import due
from lambdas.domain.records import Start
from lambdas.domain.runs import RunStatus, Verb, stopped
from lambdas.domain.undoing import is_to_be_undone

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from lambdas.aws.executions import Executions
    from lambdas.aws.registry import Registry
    from lambdas.domain.records import ClusterRecord

TRIES: Final = 5
"""How often to read again when others change the same cluster at the same time."""


class BeingDeleted(Exception):  # noqa: N818 -- an answer to a user
    """The cluster is to go, so nothing else can be had of it. ``args`` are its name and the run that deletes it."""


@dataclass(frozen=True, slots=True)
class Starter:
    """Gives the lease to the next run of a cluster. Everything it does may be repeated."""

    registry: Registry
    executions: Executions
    clock: Callable[[], datetime]

    def is_busy(self, record: ClusterRecord) -> bool:
        """Whether a run is at work. One that was accepted and never started is started now."""
        if record.lease is None:
            return False
        run = self.registry.run(record.lease)
        if run is None:
            return False
        status = self.executions.status(run.verb, run.id)
        if status is None:  # whoever accepted it died in between
            self.executions.start(run.verb, run.id, record.name)
        return status in {None, ALIVE}

    def is_being_deleted(self, record: ClusterRecord) -> bool:
        """Whether a run deletes the cluster, or waits for its turn to."""
        if not self._is_open(record.destroy):
            return False
        return record.destroy != record.lease or self.is_busy(record)

    def follow(self, cluster: str, *, after: Verb | None = None) -> str | None:
        """Start what is left to do on a cluster on which nobody works, ``after`` a run of its. Answers the new run.

        First what was accepted while another run worked, then the end of a first creation that failed, if its spec
        wants it undone, then what the calendar wants; but what one run that scales
        has left undone, another one does only when the sweep has looked: nothing goes round in circles. Of a cluster
        that is to go nothing else is wanted: if it could not be deleted, somebody has to say how to go on.
        """
        for _ in range(TRIES):
            record = self.registry.cluster(cluster)
            if record is None or record.lease is not None:
                return None
            try:
                queued = self._queued(record)
                if queued or after is Verb.SCALE or record.destroy:
                    return queued
                return self._undo(record) or self._scale(record)
            except Conflict:
                continue
        raise Conflict(cluster)

    def open(self, record: ClusterRecord, run: str) -> bool:
        """Give the lease to an execution of ``scale`` that somebody else has started, if there is something to do.

        Raises Conflict if others change the cluster at the same time.
        """
        if due(record, self.clock()) is None or self.is_busy(record):
            return False
        if record.destroy or self._waiting(record) or self._is_to_be_undone(record):
            self.attend(record)
            return False
        self.registry.start_again(record, Start.following(record, Verb.SCALE, self._at(), run))
        return True

    def attend(self, record: ClusterRecord) -> str | None:
        """See to one cluster: free it of a run that is over, and start what is left to do. Answers what was done."""
        if self.is_busy(record):
            return None
        freed = None
        if record.lease is not None:
            self._free(record, record.lease)
            freed = f"freed of {record.lease}"
        started = self.follow(record.name)
        return f"started {started}" if started else freed

    def _free(self, record: ClusterRecord, lease: str) -> None:
        """End a run that is over and could not say so itself; what others hear of it, the sweep publishes."""
        run = self.registry.run(lease)
        problem = stopped(run.verb if run else Verb.PROVISION)
        events = ended(record, run, self.clock(), problem) if run else ()
        self.registry.fail(record.name, lease, self._at(), problem, events=events)

    def _queued(self, record: ClusterRecord) -> str | None:
        run = self._waiting(record)
        if run is None:
            return None
        self.registry.give_lease(record, run)
        verb = Verb.DESTROY if run == record.destroy else Verb.PROVISION
        self.executions.start(verb, run, record.name)
        return run

    def _waiting(self, record: ClusterRecord) -> str | None:
        """The run that was accepted while another one worked, and has not worked itself: deletion comes first."""
        waits = (run for run in (record.destroy, record.provision) if run != record.lease and self._is_open(run))
        return next(waits, None)

    def _is_open(self, run: str | None) -> bool:
        known = self.registry.run(run) if run else None
        return known is not None and known.status is RunStatus.RUNNING

    def _undo(self, record: ClusterRecord) -> str | None:
        """Take away what a first creation has made that failed for good, where the spec wants that."""
        if not self._is_to_be_undone(record):
            return None
        start = replace(Start.following(record, Verb.DESTROY, self._at()), undo=True)
        self.registry.start_again(record, start)
        self.executions.start(start.verb, start.run, record.name)
        return start.run

    def _is_to_be_undone(self, record: ClusterRecord) -> bool:
        run = self.registry.run(record.provision)
        return run is not None and is_to_be_undone(record, run)

    def _scale(self, record: ClusterRecord) -> str | None:
        if due(record, self.clock()) is None:
            return None
        start = Start.following(record, Verb.SCALE, self._at())
        self.registry.start_again(record, start)
        self.executions.start(start.verb, start.run, record.name)
        return start.run

    def _at(self) -> str:
        return instant_text(self.clock())
