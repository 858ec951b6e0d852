"""Looking a spec over before anything is written: what was left open is made concrete, what cannot be is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambdas.domain.changes import dropped, forgotten, other_network, refused
from lambdas.domain.existing import is_gone
from lambdas.domain.frozen import dataclass
from lambdas.domain.paths import CLUSTER, OWN_VPC
from lambdas.domain.planner.differences import Effect
from lambdas.domain.preflight.versions import newest
from lambdas.domain.progress import REFUSE, Action
from lambdas.domain.refusal import UNPROCESSABLE, Refused
from lambdas.domain.resizing import resizing
from lambdas.domain.rules import broken
from lambdas.domain.spec import EncryptionConfig, Provider, canonical, read, to_json, with_version
from lambdas.steps.planning import plan
from lambdas.steps.preflight import examine
from lambdas.steps.preflight.versions import offered_versions
from lambdas.steps.scope import Scope
from lambdas.steps.updating import reasons

if TYPE_CHECKING:
    from lambdas.aws.clients import Aws
    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.spec import ClusterSpec
    from lambdas.settings import Settings

_MAKES: Final = frozenset({"create", "replace"})
"""What makes a node group, with the sizes that it is to have."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Looks with the eyes of every step; changes nothing."""

    aws: Aws
    settings: Settings

    def vetted(self, spec: ClusterSpec, sent: Sent | None = None, record: ClusterRecord | None = None) -> ClusterSpec:
        """The spec that a run would work on: the accepted one, if this is just that, else this one made concrete.

        A spec that was accepted once is not examined again: what has become of the world since then shows in its runs.
        """
        if record is not None and record.requested == canonical(spec):
            return accepted(record)
        return self.made_concrete(spec, sent or to_json(spec), record)

    def made_concrete(self, spec: ClusterSpec, sent: Sent, record: ClusterRecord | None = None) -> ClusterSpec:
        """The spec with what only AWS and this Slipway know, examined. What a known cluster has of it already stays.

        Raises Refused with everything that is wrong.
        """
        if record is not None:
            spec = _left_open_stays(record, spec)
        offered = offered_versions(self.aws)
        if spec.version is None:
            spec = with_version(spec, newest(offered))
        if not spec.encryptionConfig and not (record and not accepted(record).encryptionConfig):
            key = EncryptionConfig(provider=Provider(keyArn=self.settings.secrets_key_arn))
            spec = replace(spec, encryptionConfig=(key,))
        errors = broken(spec) or examine(self.aws, spec, sent, offered, accepted(record) if record else None)
        if errors:
            raise Refused(errors, UNPROCESSABLE)
        return spec

    def plan(
        self, spec: ClusterSpec, record: ClusterRecord | None, replaceable: frozenset[str] = frozenset()
    ) -> tuple[Action, ...]:
        """What a run would do for a concrete spec, in order."""
        actions = plan(self.scope(spec, record, replaceable))
        if record is None:
            return actions
        old = accepted(record)
        moved = self._moved(old, spec) if _is_somewhere(record, actions) else ()
        anew = {it.resource for it in actions if it.verb in _MAKES}
        return (*moved, *actions, *(it for it in resizing(record, old, spec) if it.resource not in anew))

    def changed(
        self, record: ClusterRecord, spec: ClusterSpec, sent: Sent, replaceable: frozenset[str]
    ) -> tuple[ClusterSpec, tuple[Action, ...]]:
        """The spec in the place of the accepted one, concrete, and what a run would do for it.

        Raises Refused for what no run could bring about, but not for what somebody else has made so since: the spec
        was accepted.
        """
        new = self.vetted(spec, sent, record)
        actions = self.plan(new, record, replaceable)
        errors = tuple(refused(actions, new, sent)) if canonical(new) != record.spec else ()
        if errors:
            raise Refused(errors, UNPROCESSABLE)
        return new, actions

    def _moved(self, old: ClusterSpec, new: ClusterSpec) -> tuple[Action, ...]:
        differences = other_network(old, new)
        if not differences:
            return ()
        consequence = Effect.REFUSED.saying("Leave it as the accepted spec has it: only another cluster is elsewhere.")
        reason = f"{reasons(differences)}, and a cluster stays where it is"
        return (Action(verb=REFUSE, resource=CLUSTER, reason=reason, consequence=consequence, differences=differences),)

    def scope(
        self, spec: ClusterSpec, record: ClusterRecord | None, replaceable: frozenset[str] = frozenset()
    ) -> Scope:
        """The surroundings of a look at what is there beside a concrete spec."""
        observed = dict(record.observed) if record else {}
        for name in forgotten(accepted(record), spec, observed) if record else ():
            del observed[name]
        return Scope(
            spec=spec,
            run="",
            observed=observed,
            replaceable=replaceable,
            adopting=record.adopting if record else frozenset(),
            dropped=dropped(accepted(record), spec, record.dropped) if record else {},
            aws=self.aws,
            home=self.settings.home(),
            settings=self.settings,
        )


def accepted(record: ClusterRecord) -> ClusterSpec:
    """The spec in force, concrete."""
    return read(record.spec)


def requested(record: ClusterRecord) -> ClusterSpec:
    """The same as it was asked for."""
    return read(record.requested)


def _is_somewhere(record: ClusterRecord, actions: tuple[Action, ...]) -> bool:
    """Whether the cluster has its place already: it is there, or the VPC is that was made for it."""
    if not any(it.resource == CLUSTER and it.verb == "create" for it in actions):
        return True
    vpc = record.observed.get(OWN_VPC)
    return isinstance(vpc, dict) and not is_gone(vpc)


def _left_open_stays(record: ClusterRecord, spec: ClusterSpec) -> ClusterSpec:
    old = accepted(record)
    if spec.version is None and old.version is not None:
        spec = with_version(spec, old.version)
    if not spec.encryptionConfig and not requested(record).encryptionConfig:
        spec = replace(spec, encryptionConfig=old.encryptionConfig)
    return spec
