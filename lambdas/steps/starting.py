"""Starting runs: who may work on a cluster next. Whoever finds work undone comes here, and all come to the same end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lambdas.aws.executions import ALIVE
from lambdas.aws.registry import Conflict
from lambdas.domain.calendar import instant_text
from lambdas.domain.power import due
from lambdas.domain.records import Start
from lambdas.domain.runs import STOPPED, RunStatus, Verb

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from lambdas.aws.executions import Executions
    from lambdas.aws.registry import Registry
    from lambdas.domain.records import ClusterRecord

TRIES: Final = 5
"""How often to read again when others change the same cluster at the same time."""


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

    def follow(self, cluster: str, *, after: Verb | None = None) -> str | None:
        """Start what is left to do on a cluster on which nobody works, ``after`` a run of its. Answers the new run.

        First what was accepted while another run worked, then what the calendar wants; but what one run that scales
        has left undone, another one does only when the sweep has looked: nothing goes round in circles.
        """
        for _ in range(TRIES):
            record = self.registry.cluster(cluster)
            if record is None or record.lease is not None:
                return None
            try:
                return self._queued(record) or (self._scale(record) if after is not Verb.SCALE else None)
            except Conflict:
                continue
        raise Conflict(cluster)

    def open(self, record: ClusterRecord, run: str) -> bool:
        """Give the lease to an execution of ``scale`` that somebody else has started, if there is something to do.

        Raises Conflict if others change the cluster at the same time.
        """
        if due(record, self.clock()) is None or self.is_busy(record):
            return False
        if self._waiting(record):
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
            self.registry.fail(record.name, record.lease, self._at(), STOPPED)
            freed = f"freed of {record.lease}"
        started = self.follow(record.name)
        return f"started {started}" if started else freed

    def _queued(self, record: ClusterRecord) -> str | None:
        if not self._waiting(record):
            return None
        self.registry.give_lease(record)
        self.executions.start(Verb.PROVISION, record.provision, record.name)
        return record.provision

    def _waiting(self, record: ClusterRecord) -> bool:
        """Whether a run that provisions was accepted while another one worked, and has not worked itself."""
        if record.provision == record.lease:
            return False
        run = self.registry.run(record.provision)
        return run is not None and run.status is RunStatus.RUNNING

    def _scale(self, record: ClusterRecord) -> str | None:
        if due(record, self.clock()) is None:
            return None
        start = Start.following(record, Verb.SCALE, self._at())
        self.registry.start_again(record, start)
        self.executions.start(start.verb, start.run, record.name)
        return start.run

    def _at(self) -> str:
        return instant_text(self.clock())
