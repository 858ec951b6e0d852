"""Taking in that a cluster is to go: it is written down, and a run takes away what is its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.aws.registry import Conflict
from lambdas.domain.calendar import instant_text
from lambdas.domain.frozen import dataclass
from lambdas.domain.records import Start
from lambdas.domain.runs import Verb
from lambdas.domain.spec import read
from lambdas.steps.intake import NameUnknown
from lambdas.steps.starting import TRIES

if TYPE_CHECKING:
    from lambdas.aws.registry import Registry
    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.runs import Run
    from lambdas.steps.starting import Starter


class Protected(Exception):  # noqa: N818 -- an answer to a user
    """The cluster's spec says that it must not be deleted. ``args[0]`` is its name."""


@dataclass(frozen=True, slots=True)
class Deletions:
    """Accepts that clusters are deleted. It may be asked again: the same run while it lives, else another attempt."""

    registry: Registry
    starter: Starter

    def accept(self, name: str) -> tuple[ClusterRecord, Run]:
        """The cluster and the run that deletes it, now or once the one at work has made way.

        Raises NameUnknown or Protected.
        """
        for _ in range(TRIES):
            record = self.registry.cluster(name)
            if record is None:
                raise NameUnknown(name)
            if read(record.spec).deletionProtection and not self._is_undone(record):
                raise Protected(name)
            try:
                self._see_to(record)
            except Conflict:
                continue
            return self._outcome(name)
        raise Conflict(name)

    def _is_undone(self, record: ClusterRecord) -> bool:
        """Whether the last run took away what never was as described, or tried to: there is nothing to protect."""
        run = self.registry.run(record.run)
        return not record.made and run is not None and run.verb is Verb.DESTROY

    def _see_to(self, record: ClusterRecord) -> None:
        busy = self.starter.is_busy(record)
        if self.starter.is_being_deleted(record):
            if record.undo:  # what would only have undone a creation now ends with the cluster forgotten
                self.registry.delete_undone(record)
                return
            if not busy:  # it was accepted while another run worked, and that one is over
                self.starter.attend(record)
            return
        start = Start.following(record, Verb.DESTROY, instant_text(self.starter.clock()))
        if busy:
            self.registry.queue(record, start)
            return
        self.registry.start_again(record, start)
        self.starter.executions.start(start.verb, start.run, record.name)

    def _outcome(self, name: str) -> tuple[ClusterRecord, Run]:
        record = self.registry.cluster(name)
        run = self.registry.run(record.destroy) if record and record.destroy else None
        if record is None or run is None:
            raise Conflict(name)
        return record, run
