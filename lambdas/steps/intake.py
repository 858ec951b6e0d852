"""Taking a spec in: what was left open is made concrete, what cannot work is refused, the intent is written down."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from lambdas.aws.registry import Conflict
from lambdas.domain.changes import dropped, forgotten, is_due, resized
from lambdas.domain.frozen import dataclass
from lambdas.domain.names import run_id
from lambdas.domain.power import lost
from lambdas.domain.progress import REPLACE
from lambdas.domain.records import ClusterRecord, Revision, Start
from lambdas.domain.runs import RunStatus, Verb
from lambdas.domain.spec import canonical, to_json
from lambdas.steps.reviewing import Reviewer, accepted
from lambdas.steps.starting import BeingDeleted, Starter

if TYPE_CHECKING:
    from lambdas.aws.clients import Aws
    from lambdas.aws.executions import Executions
    from lambdas.aws.registry import Registry
    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.progress import Action
    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from lambdas.settings import Settings

_TRIES: Final = 10
"""How often to read again when others change the same cluster at the same time."""


class NameUnknown(Exception):  # noqa: N818 -- an answer to a user
    """There is no cluster of this name. ``args[0]`` is the name."""


class NameTaken(Exception):  # noqa: N818 -- an answer to a user
    """The name is known with another spec. ``args[0]`` is the cluster's name."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Accepts specs. Everything it does may be repeated: the same spec leads to the same run."""

    registry: Registry
    executions: Executions
    aws: Aws
    settings: Settings

    @property
    def reviewer(self) -> Reviewer:
        """What looks specs over here."""
        return Reviewer(self.aws, self.settings)

    def accept(
        self, spec: ClusterSpec, at: str, sent: Sent | None = None, adopting: frozenset[str] = frozenset()
    ) -> tuple[ClusterRecord, Run]:
        """The cluster and the run that works, or has worked, on this spec. Raises NameTaken, BeingDeleted or Refused.

        The same run while it runs or after it has succeeded; a new attempt after it failed or was stopped. The name of
        a deleted cluster is free again: the new one is its next generation. ``adopting`` names what is there and
        becomes ours: such a spec is concrete and is not examined.
        """
        requested = canonical(spec)
        examined = spec if adopting else None
        for _ in range(_TRIES):
            record = self.registry.cluster(spec.name)
            self._refuse_what_goes(record, at)
            try:
                if record is None:
                    examined = examined or self.reviewer.made_concrete(spec, sent or to_json(spec))
                    self._create(examined, requested, at, adopting)
                elif record.requested != requested:
                    raise NameTaken(spec.name)
                elif done := self._finished(record):
                    return record, done
                else:
                    self._work(record, at)
            except Conflict:
                continue
            return self._outcome(spec.name)
        raise Conflict(spec.name)

    def replace(
        self, spec: ClusterSpec, at: str, sent: Sent | None = None, replaceable: frozenset[str] = frozenset()
    ) -> tuple[ClusterRecord, Run]:
        """The known cluster with this spec, and the run that works, or has worked, on it.

        A run that is at work goes on to this spec; else another one is started, also for the spec that the cluster has
        already where AWS reports something else by now. ``replaceable`` names resources that may be made anew where
        nothing else will do. Raises NameUnknown, BeingDeleted, or Refused, also for what no call can change.
        """
        requested = canonical(spec)
        for _ in range(_TRIES):
            record = self.registry.cluster(spec.name)
            if record is None:
                raise NameUnknown(spec.name)
            self._refuse_what_goes(record, at)
            try:
                if record.requested == requested and replaceable <= record.replaceable and not self._finished(record):
                    self._work(record, at)
                else:
                    new, due = self.reviewer.changed(record, spec, sent or to_json(spec), replaceable)
                    self._replace(record, requested, new, at, replaceable, due)
            except Conflict:
                continue
            return self._outcome(spec.name)
        raise Conflict(spec.name)

    def again(self, name: str, at: str) -> None:
        """Have a run work on a known cluster's spec once more, though the last one has done so: something differs."""
        record = self.registry.cluster(name)
        if record is not None and not record.destroy:
            with suppress(Conflict):  # something newer is wanted, and its run sees to this too
                self._work(record, at)

    def _create(self, spec: ClusterSpec, requested: str, at: str, adopting: frozenset[str]) -> None:
        before = self.registry.tombstone(spec.name)
        start = _first(spec.name, at, before.generation + 1 if before else 1)
        record = ClusterRecord(
            name=spec.name,
            generation=start.generation,
            requested=requested,
            spec=canonical(spec),
            created_at=at,
            run=start.run,
            attempt=start.attempt,
            provision=start.run,
            adopting=adopting,
            made=bool(adopting),  # it serves already
        )
        self.registry.create(record, start, before)
        self.executions.start(start.verb, start.run, spec.name)

    def _replace(
        self,
        record: ClusterRecord,
        requested: str,
        spec: ClusterSpec,
        at: str,
        replaceable: frozenset[str],
        due: tuple[Action, ...],
    ) -> None:
        """Write the spec down as the next generation, unless it is the same in other words.

        Then there is work only where something is ``due``; but what is to be made anew for it is newly wanted.
        """
        text = canonical(spec)
        anew = any(it.verb == REPLACE and it.resource not in record.replaceable for it in due)
        if text == record.spec and not anew:
            if is_due(due) or not self._finished(record):
                self._work(record, at)
            return
        old = accepted(record)
        revision = Revision(
            generation=record.generation + 1,
            requested=requested,
            spec=text,
            resize={**record.resize, **resized(old, spec, record.observed)},
            forgotten=forgotten(old, spec, record.observed),
            replaceable=replaceable,
            dropped=dropped(old, spec, record.dropped),
        )
        self._work(record, at, revision)

    def _finished(self, record: ClusterRecord) -> Run | None:
        """The last run, if it has done its work and what it made is still there: else there is work again."""
        run = self.registry.run(record.provision)
        undone = run is None or run.status is not RunStatus.SUCCEEDED or bool(lost(record)) or bool(record.destroy)
        return None if undone else run

    def _work(self, record: ClusterRecord, at: str, revision: Revision | None = None) -> None:
        """See to it that a run provisions: the one that was accepted, while it lives or waits; else another."""
        starter = self._starter(at)
        busy = starter.is_busy(record)
        run = self.registry.run(record.provision)
        if run is not None and run.status is RunStatus.RUNNING and (busy or record.provision != record.lease):
            if revision is not None:
                self.registry.revise(record, revision)
            if not busy:  # it was accepted while another run worked, and that one is over
                starter.attend(record)
            return
        start = _next(record, revision, at)
        if busy:
            self.registry.queue(record, start, revision)
            return
        self.registry.start_again(record, start, revision=revision)
        self.executions.start(start.verb, start.run, record.name)

    def _refuse_what_goes(self, record: ClusterRecord | None, at: str) -> None:
        """Raises BeingDeleted while a run deletes the cluster; one that could not may be made good by its spec."""
        if record is not None and self._starter(at).is_being_deleted(record):
            raise BeingDeleted(record.name, record.destroy)

    def _starter(self, at: str) -> Starter:
        return Starter(self.registry, self.executions, lambda: datetime.fromisoformat(at))

    def _outcome(self, name: str) -> tuple[ClusterRecord, Run]:
        record = self.registry.cluster(name)
        run = self.registry.run(record.provision) if record else None
        if record is None or run is None:
            raise Conflict(name)
        return record, run


def _first(cluster: str, at: str, generation: int) -> Start:
    run = run_id(cluster, Verb.PROVISION, generation, 1)
    return Start(run=run, cluster=cluster, verb=Verb.PROVISION, generation=generation, attempt=1, at=at)


def _next(record: ClusterRecord, revision: Revision | None, at: str) -> Start:
    """The next attempt at what the cluster is to be; each generation has its own first one."""
    if revision is not None:
        record = replace(record, generation=revision.generation, attempt=0)
    return Start.following(record, Verb.PROVISION, at)
