"""Taking a spec in: what was left open is made concrete, what cannot work is refused, the intent is written down."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec

from lambdas.aws.executions import ALIVE
from lambdas.aws.registry import Conflict
from lambdas.domain.names import run_id
from lambdas.domain.preflight.versions import newest
from lambdas.domain.records import ClusterRecord, Start
from lambdas.domain.refusal import UNPROCESSABLE, Refused
from lambdas.domain.rules import broken
from lambdas.domain.runs import RunStatus, Verb
from lambdas.domain.showing import STOPPED
from lambdas.domain.spec import EncryptionConfig, Provider, decode, to_json, with_version
from lambdas.steps.preflight import examine
from lambdas.steps.preflight.versions import offered_versions

if TYPE_CHECKING:
    from lambdas.aws.clients import Aws
    from lambdas.aws.executions import Executions
    from lambdas.aws.registry import Registry
    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec

_TRIES: Final = 5
"""How often to read again when others change the same cluster at the same time."""


class NameTaken(Exception):  # noqa: N818 -- an answer to a user
    """The name is known with another spec. ``args[0]`` is the cluster's name."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Accepts specs. Everything it does may be repeated: the same spec leads to the same run."""

    registry: Registry
    executions: Executions
    aws: Aws
    secrets_key_arn: str

    def vetted(self, spec: ClusterSpec, sent: Sent | None = None) -> ClusterSpec:
        """The spec that a run would work on: the one that was accepted, else this one made concrete and examined.

        ``sent`` is what the user sent, into which errors point; without it they point into the spec. A spec that was
        accepted once is not examined again: what has become of the world since then shows in its runs.
        Raises Refused with everything that is wrong.
        """
        record = self.registry.cluster(spec.name)
        if record is not None and record.requested == _canonical(spec):
            return decode(msgspec.json.decode(record.spec))
        return self._examined(spec, sent, new=record is None)

    def accept(self, spec: ClusterSpec, at: str, sent: Sent | None = None) -> tuple[ClusterRecord, Run]:
        """The cluster and the run that works, or has worked, on this spec. Raises NameTaken or Refused.

        The same run while it runs or after it has succeeded; a new attempt after it failed or was stopped.
        """
        requested = _canonical(spec)
        examined: ClusterSpec | None = None
        for _ in range(_TRIES):
            record = self.registry.cluster(spec.name)
            try:
                if record is None:
                    examined = examined or self._examined(spec, sent, new=True)
                    self._create(examined, requested, at)
                elif record.requested != requested:
                    raise NameTaken(spec.name)
                else:
                    self._resume(record, at)
            except Conflict:
                continue
            return self._accepted(spec.name)
        raise Conflict(spec.name)

    def _examined(self, spec: ClusterSpec, sent: Sent | None, *, new: bool) -> ClusterSpec:
        """The spec with what only AWS and this Slipway know: the newest version, the key for secrets."""
        sent = to_json(spec) if sent is None else sent
        offered = offered_versions(self.aws)
        if spec.version is None:
            spec = with_version(spec, newest(offered))
        if not spec.encryptionConfig:
            key = EncryptionConfig(provider=Provider(keyArn=self.secrets_key_arn))
            spec = replace(spec, encryptionConfig=(key,))
        errors = broken(spec) or examine(self.aws, spec, sent, offered, new=new)
        if errors:
            raise Refused(errors, UNPROCESSABLE)
        return spec

    def _create(self, spec: ClusterSpec, requested: str, at: str) -> None:
        start = _start(spec.name, generation=1, attempt=1, at=at)
        record = ClusterRecord(
            name=spec.name,
            generation=start.generation,
            requested=requested,
            spec=_canonical(spec),
            created_at=at,
            run=start.run,
            attempt=start.attempt,
        )
        self.registry.create(record, start)
        self.executions.start(start.verb, start.run, spec.name)

    def _resume(self, record: ClusterRecord, at: str) -> None:
        """See to it that a run works on the cluster, unless the last one has done its work."""
        run = self.registry.run(record.run)
        if run is not None and run.status is RunStatus.SUCCEEDED:
            return
        if run is not None and run.status is RunStatus.RUNNING:
            status = self.executions.status(run.verb, run.id)
            if status is None:  # accepted, but never started: whoever accepted it died in between
                self.executions.start(run.verb, run.id, record.name)
            if status in {None, ALIVE}:
                return
        start = _start(record.name, generation=record.generation, attempt=record.attempt + 1, at=at)
        self.registry.start_again(record, start, STOPPED)
        self.executions.start(start.verb, start.run, record.name)

    def _accepted(self, name: str) -> tuple[ClusterRecord, Run]:
        record = self.registry.cluster(name)
        run = self.registry.run(record.run) if record else None
        if record is None or run is None:
            raise Conflict(name)
        return record, run


def _start(cluster: str, *, generation: int, attempt: int, at: str) -> Start:
    return Start(
        run=run_id(cluster, Verb.PROVISION, generation, attempt),
        cluster=cluster,
        verb=Verb.PROVISION,
        generation=generation,
        attempt=attempt,
        at=at,
    )


def _canonical(spec: ClusterSpec) -> str:
    return json.dumps(to_json(spec), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
