"""The registry in memory: a night of hundreds of clusters looks so often that its table would take most of the time."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from lambdas.aws.registry import Registry
from lambdas.domain.runs import Run, RunStatus, Verb
from lambdas.domain.turns import Rush

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lambdas.domain.events import Event
    from lambdas.domain.power import Outcome
    from lambdas.domain.records import ClusterRecord, Revision, Start
    from lambdas.domain.runs import Problem, Step


class Shelf(Registry):
    """Keeps what runs that scale and end well write. Nobody else writes here, so nothing has to be kept apart."""

    def __init__(self) -> None:
        self.records: dict[str, ClusterRecord] = {}
        self.ledger: dict[str, Run] = {}
        self.told: dict[str, str] = {}
        self.given = 0
        self.rush = Rush()

    def cluster(self, name: str) -> ClusterRecord | None:
        """The record as it stands."""
        return self.records.get(name)

    def run(self, run: str) -> Run | None:
        """The run, until it has ended."""
        return self.ledger.get(run)

    def start_again(
        self, record: ClusterRecord, start: Start, stopped: Problem | None = None, revision: Revision | None = None
    ) -> None:
        """Give the lease to another run."""
        assert (record, stopped, revision, record.lease) == (self.records[record.name], None, None, None)
        self.records[record.name] = replace(record, lease=start.run, run=start.run, attempt=start.attempt)
        self.ledger[start.run] = new_run(start.run, start.cluster, start.verb, RunStatus.RUNNING)

    def converging(self, cluster: str, run: str, generation: int, aim: str) -> None:
        """Note from which intent the run begins."""
        assert self.records[cluster].lease == run
        self.records[cluster] = replace(self.records[cluster], converging=generation, aim=aim)

    def report(
        self,
        cluster: str,
        run: str,
        steps: Iterable[Step],
        facts: Mapping[str, object],
        *,
        generation: int | None = None,
    ) -> None:
        """Note what a look has found."""
        record = self.records[cluster]
        assert (record.lease, record.generation) == (run, generation)
        self.records[cluster] = replace(record, observed={**record.observed, **json.loads(json.dumps(facts))})
        lines = {step.name: step for step in steps}
        self.ledger[run] = replace(self.ledger[run], steps={**self.ledger[run].steps, **lines})

    def take_turn(self) -> tuple[int, Rush]:
        """The next number, and the rush in force."""
        self.given += 1
        return self.given - 1, self.rush

    def turns(self) -> tuple[int, Rush]:
        """How many numbers were given, and the rush in force."""
        return self.given, self.rush

    def change_rush(self, was: Rush, rush: Rush) -> bool:
        """Put a rush in the place of another, which is there: one looks at a time."""
        assert was == self.rush
        self.rush = rush
        return True

    def is_told(self, event: str) -> bool:
        """Whether an event was written."""
        return event in self.told

    def published(self, event: str, at: str) -> None:
        """Nothing to note: nobody publishes what is left."""
        assert (event in self.told, bool(at)) == (True, True)

    def finish(
        self, record: ClusterRecord, run: str, at: str, outcome: Outcome | None = None, events: Iterable[Event] = ()
    ) -> None:
        """End the run, and note what it has told."""
        assert (record.lease, record, bool(at)) == (run, self.records[record.name], True)
        assert outcome is not None
        self.records[record.name] = replace(
            record, lease=None, power=outcome.power, savings=outcome.savings, resize=outcome.resize
        )
        self.told.update({event.id: type(event).__name__ for event in events})
        del self.ledger[run]  # it is never asked for again


def new_run(run: str, cluster: str, verb: Verb, status: RunStatus) -> Run:
    """A run of the ledger."""
    return Run(id=run, cluster=cluster, verb=verb, generation=1, attempt=1, status=status, startedAt="")
