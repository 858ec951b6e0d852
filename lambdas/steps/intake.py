"""Taking a spec in: what was left open is made concrete, what cannot work is refused, the intent is written down."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from lambdas.aws.registry import Conflict
from lambdas.domain.changes import changes, forgotten, resized, unchangeable
from lambdas.domain.names import run_id
from lambdas.domain.power import lost
from lambdas.domain.preflight.versions import newest
from lambdas.domain.records import ClusterRecord, Revision, Start
from lambdas.domain.refusal import UNPROCESSABLE, Refused
from lambdas.domain.rules import broken
from lambdas.domain.runs import RunStatus, Verb
from lambdas.domain.spec import EncryptionConfig, Provider, decode, to_json, with_version
from lambdas.steps.preflight import examine
from lambdas.steps.preflight.versions import offered_versions
from lambdas.steps.scope import Scope
from lambdas.steps.standing import standing
from lambdas.steps.starting import BeingDeleted, Starter

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from lambdas.aws.clients import Aws
    from lambdas.aws.executions import Executions
    from lambdas.aws.registry import Registry
    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from lambdas.settings import Settings

_TRIES: Final = 5
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

    def vetted(self, spec: ClusterSpec, sent: Sent | None = None) -> ClusterSpec:
        """The spec that a run would work on: the one that was accepted, else this one made concrete and examined.

        ``sent`` is what the user sent, into which errors point; without it they point into the spec. A spec that was
        accepted once is not examined again: what has become of the world since then shows in its runs.
        Raises Refused with everything that is wrong.
        """
        record = self.registry.cluster(spec.name)
        if record is None:
            return self._examined(spec, sent)
        return _accepted(record) if record.requested == _canonical(spec) else self._changed(record, spec, sent)

    def accept(self, spec: ClusterSpec, at: str, sent: Sent | None = None) -> tuple[ClusterRecord, Run]:
        """The cluster and the run that works, or has worked, on this spec. Raises NameTaken, BeingDeleted or Refused.

        The same run while it runs or after it has succeeded; a new attempt after it failed or was stopped. The name of
        a deleted cluster is free again: the new one is its next generation.
        """
        requested = _canonical(spec)
        examined: ClusterSpec | None = None
        for _ in range(_TRIES):
            record = self.registry.cluster(spec.name)
            self._refuse_what_goes(record, at)
            try:
                if record is None:
                    examined = examined or self._examined(spec, sent)
                    self._create(examined, requested, at)
                elif record.requested != requested:
                    raise NameTaken(spec.name)
                else:
                    self._resume(record, at)
            except Conflict:
                continue
            return self._outcome(spec.name)
        raise Conflict(spec.name)

    def replace(self, spec: ClusterSpec, at: str, sent: Sent | None = None) -> tuple[ClusterRecord, Run]:
        """The known cluster with this spec, and the run that works, or has worked, on it.

        A run that is at work goes on to this spec; else another one is started. The spec that the cluster has already
        is as good as sent again. Raises NameUnknown, BeingDeleted, or Refused, also for a change of what is there.
        """
        requested = _canonical(spec)
        for _ in range(_TRIES):
            record = self.registry.cluster(spec.name)
            if record is None:
                raise NameUnknown(spec.name)
            self._refuse_what_goes(record, at)
            try:
                if record.requested == requested:
                    self._resume(record, at)
                else:
                    self._replace(record, requested, self._changed(record, spec, sent), at)
            except Conflict:
                continue
            return self._outcome(spec.name)
        raise Conflict(spec.name)

    def _changed(self, record: ClusterRecord, spec: ClusterSpec, sent: Sent | None) -> ClusterSpec:
        """The spec in the place of the accepted one, examined; what it leaves open stays as it was made concrete."""
        old = _accepted(record)
        if spec.version is None and old.version is not None:
            spec = with_version(spec, old.version)
        if not spec.encryptionConfig and not _requested(record).encryptionConfig:
            spec = replace(spec, encryptionConfig=old.encryptionConfig)
        sent = to_json(spec) if sent is None else sent
        new = self._examined(spec, sent)
        there = self._standing(record, old, {change.resource for change in changes(old, new, sent)})
        if errors := tuple(unchangeable(old, new, there, sent)):
            raise Refused(errors, UNPROCESSABLE)
        return new

    def _standing(self, record: ClusterRecord, old: ClusterSpec, names: Collection[str]) -> Mapping[str, str]:
        scope = Scope(
            spec=old,
            run=record.run,
            observed=record.observed,
            aws=self.aws,
            home=self.settings.home(),
            settings=self.settings,
        )
        return standing(scope, names)

    def _examined(self, spec: ClusterSpec, sent: Sent | None) -> ClusterSpec:
        """The spec with what only AWS and this Slipway know: the newest version, the key for secrets."""
        sent = to_json(spec) if sent is None else sent
        offered = offered_versions(self.aws)
        if spec.version is None:
            spec = with_version(spec, newest(offered))
        if not spec.encryptionConfig:
            key = EncryptionConfig(provider=Provider(keyArn=self.settings.secrets_key_arn))
            spec = replace(spec, encryptionConfig=(key,))
        errors = broken(spec) or examine(self.aws, spec, sent, offered, new=True)
        if errors:
            raise Refused(errors, UNPROCESSABLE)
        return spec

    def _create(self, spec: ClusterSpec, requested: str, at: str) -> None:
        before = self.registry.tombstone(spec.name)
        start = _first(spec.name, at, before.generation + 1 if before else 1)
        record = ClusterRecord(
            name=spec.name,
            generation=start.generation,
            requested=requested,
            spec=_canonical(spec),
            created_at=at,
            run=start.run,
            attempt=start.attempt,
            provision=start.run,
        )
        self.registry.create(record, start, before)
        self.executions.start(start.verb, start.run, spec.name)

    def _replace(self, record: ClusterRecord, requested: str, spec: ClusterSpec, at: str) -> None:
        """Write the spec down as the next generation, unless it is the same in other words."""
        text = _canonical(spec)
        if text == record.spec:
            self._resume(record, at)
            return
        old = _accepted(record)
        revision = Revision(
            generation=record.generation + 1,
            requested=requested,
            spec=text,
            resize={**record.resize, **resized(old, spec)},
            forgotten=forgotten(old, spec, record.observed),
        )
        self._work(record, at, revision)

    def _resume(self, record: ClusterRecord, at: str) -> None:
        """See to it that a run works on the cluster, unless the last one has done its work and it is still there."""
        run = self.registry.run(record.provision)
        if run is None or run.status is not RunStatus.SUCCEEDED or lost(record) or record.destroy:
            self._work(record, at)

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


def _accepted(record: ClusterRecord) -> ClusterSpec:
    return decode(msgspec.json.decode(record.spec))


def _requested(record: ClusterRecord) -> ClusterSpec:
    return decode(msgspec.json.decode(record.requested))


def _canonical(spec: ClusterSpec) -> str:
    return json.dumps(to_json(spec), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
