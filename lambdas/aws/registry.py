"""The registry: one DynamoDB table that holds the intent, the ledger of runs and the events.

Keys: a cluster is ``CLUSTER#<name>``, a run ``RUN#<id>``, an event ``EVENT#<id>``. The index ``list`` finds all
clusters, and the runs and events of one cluster, newest first; the index ``outbox`` what is not published yet.
Whatever belongs to one change is written in one transaction.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.aws.clauses import (
    AS_READ,
    Also,
    as_looked_at,
    as_read,
    assigning,
    buried_as,
    held_by,
    intending,
    receiving,
    releasing,
    revising,
    settling,
    wanted,
)
from lambdas.aws.items import (
    cluster_item,
    cluster_key,
    event_item,
    event_key,
    run_item,
    run_key,
    tombstone_item,
)
from lambdas.aws.records import Records
from lambdas.aws.table import Collision, Conflict, ForeignKey
from lambdas.aws.turns import TurnCounter
from lambdas.domain.endings import interrupted
from lambdas.domain.events import Notice
from lambdas.domain.existing import receipt
from lambdas.domain.records import Tombstone
from lambdas.domain.runs import SUPERSEDED, Receipt, RunStatus, Verb
from lambdas.domain.runs import stopped as stopped_of
from lambdas.domain.table import OUTBOX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from lambdas.aws.items import Item
    from lambdas.domain.events import Event
    from lambdas.domain.power import Outcome
    from lambdas.domain.records import ClusterRecord, Revision, Sizes, Start
    from lambdas.domain.runs import Problem, Step

__all__ = ["Collision", "Conflict", "ForeignKey", "Registry"]


class Registry(Records, TurnCounter):
    """What is wanted of every cluster, and all runs: what belongs together is written together."""

    # -- accepting work

    def create(self, record: ClusterRecord, start: Start, after: Tombstone | None = None) -> None:
        """Accept a new cluster together with its first run, in the place of a tombstone if there is one.

        Raises Conflict if the name is taken, or the tombstone is another one.
        """
        item = cluster_item(record)
        new = self._put_over(item, *buried_as(after)) if after else self._put_new(item)
        self._write(new, self._put_new(run_item(start)))

    def start_again(
        self, record: ClusterRecord, start: Start, stopped: Problem | None = None, revision: Revision | None = None
    ) -> None:
        """Give the lease to another run; a run that held it, and is over, ends as ``stopped`` unless it has ended.

        Raises Conflict if the record is no longer as it was read.
        """
        self._write(*self._take_over(record, start, stopped, revising(revision)))

    def queue(self, record: ClusterRecord, start: Start, revision: Revision | None = None) -> None:
        """Accept a run that provisions or deletes while another run works: whoever ends that one gives it the lease.

        Raises Conflict if the record is no longer as it was read.
        """
        assignments, values = assigning(record, start)
        accept = self._set(record, assignments, values, revising(revision))
        self._write(accept, self._put_new(run_item(start)), *self._superseded(record, start))

    def revise(self, record: ClusterRecord, revision: Revision) -> None:
        """Accept another spec for the run that was accepted already, which begins anew, or has not begun.

        Raises Conflict if the record is no longer as it was read: that run would not see the spec any more.
        """
        self._write(self._set(record, "", {}, revising(revision)))

    def delete_undone(self, record: ClusterRecord) -> None:
        """Have the run that takes away what a first creation made delete the cluster altogether.

        Raises Conflict if the record is no longer as it was read.
        """
        condition, presumed = f"{AS_READ} AND undoing = :undo", {**as_read(record), ":undo": record.undo, ":one": 1}
        forget = "SET intent = intent + :one REMOVE undoing"
        self._write(self._update(cluster_key(record.name), forget, condition, presumed, {"#run": "run"}))

    def give_lease(self, record: ClusterRecord, run: str) -> None:
        """Let a run that was queued work. Raises Conflict if another run is faster, or wanted instead."""
        give = self._update(
            cluster_key(record.name),
            "SET lease = :run",
            "attribute_not_exists(lease) AND #run = :last AND (provision = :run OR destroy = :run)",
            {":run": run, ":last": record.run},
            {"#run": "run"},
        )
        self._write(give)

    def intend(
        self,
        record: ClusterRecord,
        *,
        calendar: str | None,
        override: str | None,
        resize: Mapping[str, Sizes],
        start: Start | None,
        stopped: Problem | None = None,
    ) -> None:
        """Write all that is asked of the cluster's nights and sizes, and begin a run if there is to be one.

        Without ``start`` the run that holds the lease does it, which is why it must still hold it. A run that
        held the lease, and is over, ends as ``stopped`` where another one starts.
        Raises Conflict if the record is no longer as it was read.
        """
        asked = intending(calendar, override, resize)
        if start is None:
            self._write(self._set(record, "", {}, asked))
        else:
            self._write(*self._take_over(record, start, stopped, asked))

    # -- reporting

    def report(
        self,
        cluster: str,
        run: str,
        steps: Iterable[Step],
        facts: Mapping[str, object],
        *,
        generation: int | None = None,
    ) -> None:
        """Note what a look found: lines of the run's timeline, and facts about the cluster.

        Raises Conflict if the run has lost the lease meanwhile: a function may outlive the execution that called it,
        and what it saw must not overwrite what the next run learns. So too if the spec that the look went by is no
        longer the one of ``generation``: what follows from an older spec would be taken for what the newer one wants.
        """
        lines = {step.name: {"status": str(step.status), "reason": step.reason, "since": step.since} for step in steps}
        self._set_members(run_key(run), "steps", lines, "attribute_exists(pk)")
        members = {name: json.dumps(fact) for name, fact in facts.items()}
        held = "lease = :run" if generation is None else "lease = :run AND generation = :generation"
        presumed: Item = {":run": run} if generation is None else {":run": run, ":generation": generation}
        self._set_members(cluster_key(cluster), "observed", members, held, presumed)

    def converging(self, cluster: str, run: str, generation: int, aim: str) -> None:
        """Note generation and aim from which the run that holds the lease begins, and begin its timeline anew.

        The run's own generation is then this one; its place in the list of runs stays that of its start.
        """
        note = self._update(
            cluster_key(cluster),
            "SET converging = :generation, aim = :aim",
            "lease = :run",
            {":generation": generation, ":aim": aim, ":run": run},
        )
        timeline = self._update(
            run_key(run),
            "SET steps = :none, generation = :generation",
            "attribute_exists(pk)",
            {":none": {}, ":generation": generation},
        )
        self._write(note, timeline)

    def finish(
        self, record: ClusterRecord, run: str, at: str, outcome: Outcome | None = None, events: Iterable[Event] = ()
    ) -> None:
        """End the run well and free the cluster, with what the run has made of its nights.

        Raises Conflict if generation or intent moved or the lease is lost.
        """
        expression, values = releasing(outcome) if outcome else settling(record.drift)
        condition, presumed = held_by(run, record)
        release = self._update(cluster_key(record.name), expression, condition, {**presumed, **values})
        self._write(release, self._close(run, RunStatus.SUCCEEDED, at, None), *map(self._put_event, events))

    def undone(self, record: ClusterRecord, run: str, at: str) -> None:
        """End the run that has taken away what a first creation made: the cluster stays wanted, and says why it failed.

        Raises Conflict if the lease is lost or the spec is no longer as it was read.
        """
        condition, presumed = held_by(run, record)
        release = self._update(cluster_key(record.name), "REMOVE lease, destroy, undoing", condition, presumed)
        self._write(release, self._close(run, RunStatus.SUCCEEDED, at, None, receipt(record.observed, run)))

    def bury(self, record: ClusterRecord, run: str, at: str, events: Iterable[Event] = ()) -> None:
        """End the run that has deleted the cluster: a tombstone takes the record's place, the run has the receipt.

        Raises Conflict if the lease is lost or the spec is no longer as it was read.
        """
        tombstone = Tombstone(name=record.name, generation=record.generation, deleted_at=at)
        condition, presumed = held_by(run, record)
        self._write(
            self._put_over(tombstone_item(tombstone), condition, presumed),
            self._close(run, RunStatus.SUCCEEDED, at, None, receipt(record.observed, run)),
            *map(self._put_event, events),
        )

    def fail(
        self,
        cluster: str,
        run: str,
        at: str,
        problem: Problem,
        outcome: Outcome | None = None,
        seen: ClusterRecord | None = None,
        events: Iterable[Event] = (),
    ) -> bool:
        """End the run with its reason, and free the cluster if the run holds it. An ended run stays as it is.

        Answers whether it held the cluster: only then are its events those of the cluster, and written down.

        Raises Collision if others are writing: to be called again. Raises Conflict if the run holds a cluster of
        which something else is wanted than in ``seen``: it has that to work on.
        """
        taken = receipt(seen.observed, run) if seen is not None and seen.destroy == run else None
        close = self._close(run, RunStatus.FAILED, at, problem, taken)
        expression, values = releasing(outcome)
        condition, presumed = held_by(run, seen)
        release = self._update(cluster_key(cluster), expression, condition, {**presumed, **values})
        try:
            self._write(release, close, *map(self._put_event, events))
        except Collision:
            raise
        except Conflict:
            now = self.cluster(cluster)
            if seen is not None and now is not None and now.lease == run and wanted(now) != wanted(seen):
                raise
            with suppress(Conflict):
                self._write(close)
            return False
        return True

    def note_drift(self, record: ClusterRecord, found: str, events: Iterable[Event] = ()) -> None:
        """Note what a look for drift found, with its events.

        Raises Conflict if the record is no longer as it was read, or another look has noted something since.
        """
        condition, noted = as_looked_at(record)
        presumed = {**as_read(record), **noted, ":drift": found}
        note = self._update(
            cluster_key(record.name), "SET drift = :drift", f"{AS_READ} AND {condition}", presumed, {"#run": "run"}
        )
        self._write(note, *map(self._put_event, events))

    def forget(self, record: ClusterRecord, fact: str) -> None:
        """Forget a fact that is none any more. Raises Conflict if the record is no longer as it was read."""
        names = {"#run": "run", "#fact": fact}
        self._write(self._update(cluster_key(record.name), "REMOVE observed.#fact", AS_READ, as_read(record), names))

    # -- telling others

    def note(self, event: Event) -> bool:
        """Write an event down by itself. Answers whether it is new: what was told before stays as it is."""
        try:
            self._write(self._put_new(event_item(Notice.of(event))))
        except Collision:
            raise
        except Conflict:
            return False
        return True

    def published(self, event: str, at: str) -> None:
        """Note that an event is published. Raises Conflict if it is forgotten."""
        expression = f"SET publishedAt = :at REMOVE {OUTBOX}"
        self._write(self._update(event_key(event), expression, "attribute_exists(pk)", {":at": at}))

    # -- the writes of a transaction

    def _put_event(self, event: Event) -> TransactWriteItemTypeDef:
        """The write of an event that belongs to another write; it presumes nothing, so as never to hinder that one."""
        return self._put(event_item(Notice.of(event)))

    def _close(
        self, run: str, status: RunStatus, at: str, problem: Problem | None, taken: Receipt | None = None
    ) -> TransactWriteItemTypeDef:
        also, receipts = ("", {}) if taken is None else receiving(taken)
        return self._update(
            run_key(run),
            f"SET #status = :status, endedAt = :at, #error = :error{also}",
            "#status = :running",
            {
                ":status": str(status),
                ":at": at,
                ":error": asdict(problem) if problem else None,
                ":running": str(RunStatus.RUNNING),
                **receipts,
            },
            {"#status": "status", "#error": "error"},
        )

    def _take_over(
        self, record: ClusterRecord, start: Start, stopped: Problem | None, also: Also
    ) -> list[TransactWriteItemTypeDef]:
        """The writes that give the lease to a run; whoever held it is over, and could not say so itself."""
        assignments, values = assigning(record, start)
        take = self._set(record, f"lease = :run, {assignments}", values, also)
        writes = [take, self._put_new(run_item(start)), *self._superseded(record, start)]
        previous = self.run(record.lease) if record.lease else None
        if previous is not None and previous.status is RunStatus.RUNNING:
            problem = stopped or stopped_of(previous.verb)
            writes.append(self._close(previous.id, RunStatus.FAILED, start.at, problem))
            at = datetime.fromisoformat(start.at)
            writes.extend(map(self._put_event, interrupted(record, previous, start.verb, at, problem)))
        return writes

    def _superseded(self, record: ClusterRecord, start: Start) -> list[TransactWriteItemTypeDef]:
        """The end of a run that was to provision and has not had its turn, where the cluster is to go."""
        if start.verb is not Verb.DESTROY or record.provision == record.lease:
            return []
        waiting = self.run(record.provision)
        if waiting is None or waiting.status is not RunStatus.RUNNING:
            return []
        return [self._close(waiting.id, RunStatus.FAILED, start.at, SUPERSEDED)]

    def _set(self, record: ClusterRecord, assignments: str, values: Item, also: Also) -> TransactWriteItemTypeDef:
        """The write of a cluster that is still as it was read."""
        both = ", ".join(text for text in (assignments, also.assignments) if text)
        return self._update(
            cluster_key(record.name),
            f"SET {both}{also.removal}",
            AS_READ,
            {**values, **also.values, **as_read(record)},
            {"#run": "run", **also.names},
        )
