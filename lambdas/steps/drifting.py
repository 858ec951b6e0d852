"""The look for drift: the planner's eyes on every cluster, once an hour, and what is done about what they see."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from lambdas.aws.registry import Conflict
from lambdas.domain.calendar import instant_text
from lambdas.domain.drift import Drift, bounds, found, within
from lambdas.domain.events import Differing, drift_found, drift_repaired, nodegroup_degraded
from lambdas.domain.paths import NODEGROUPS, SCHEDULES
from lambdas.domain.power import Night, power_of, wanted
from lambdas.domain.progress import Ready
from lambdas.domain.records import Power
from lambdas.domain.runs import RunStatus
from lambdas.domain.schedule_sizes import sizes_by_day
from lambdas.steps.contract import LEDGER, LISTING, STARTING, StepContract, distinct
from lambdas.steps.events import PUBLISHING
from lambdas.steps.planning import due, looked
from lambdas.steps.reviewing import accepted
from lambdas.steps.scaling.seen import see
from lambdas.steps.schedules import Schedules
from lambdas.steps.starting import BeingDeleted
from lambdas.steps.sweep import TROUBLE, every_cluster

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lambdas.domain.events import Event
    from lambdas.domain.records import ClusterRecord, Sizes
    from lambdas.steps.events import Announcer
    from lambdas.steps.intake import Intake
    from lambdas.steps.night import Nights
    from lambdas.steps.scaling.seen import Seen
    from lambdas.steps.scope import Scope

OFF: Final = "off"
REPAIR: Final = "repair"

NAME: Final = "drift"
PURPOSE: Final = "Looks for what somebody changed behind Slipway's back, and has it repaired where a spec says so"


def contract(reads: Iterable[StepContract]) -> StepContract:
    """The function's contract: it looks with the eyes of every step and has nobody's hands; runs repair."""
    return StepContract(
        name=NAME,
        purpose=PURPOSE,
        parts=(),
        permissions=distinct(
            (LEDGER, *STARTING, LISTING, PUBLISHING, *(permission for step in reads for permission in step.reads()))
        ),
        timeout_seconds=900,  # about a second a cluster
    )


class LookTroubled(Exception):  # noqa: N818 -- some clusters are troubled, the look itself is not
    """Some clusters could not be looked at. ``args[0]`` says which and why; the next look tries again."""


@dataclass(slots=True)
class Looked:
    """What a look at all clusters came to, by name: how much differs, and what could not be seen."""

    clusters: int = 0
    differs: dict[str, int] = field(default_factory=dict)
    trouble: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks at clusters, writes down what differs and since when, tells of it, and has it repaired."""

    intake: Intake
    nights: Nights
    announcer: Announcer

    def all(self) -> Looked:
        """Look at every cluster whose spec does not forbid it, whatever happens to one of them.

        First at those that nobody has looked at for longest: should the time not suffice, they are first the next time.
        """
        done = Looked()
        for record in sorted(every_cluster(self.announcer.registry), key=_last_looked_at):
            try:
                self._wind_up(record)
                drift = self.one(record)
            except TROUBLE as error:
                done.trouble[record.name] = f"{type(error).__name__}: {error}"
                continue
            done.clusters += drift is not None
            if drift and drift.findings:
                done.differs[record.name] = len(drift.findings)
        return done

    def one(self, record: ClusterRecord, *, asked: bool = False) -> Drift | None:
        """Look at one cluster; None if there is nothing to look for: a run works on it, or has not finished its work.

        What a cluster lacks whose last run failed is no drift: that run has said it. ``asked`` looks at a cluster
        whose spec wants no looks, but repairs nothing then.
        """
        spec = accepted(record)
        if (spec.drift == OFF and not asked) or not self._is_settled(record):
            return None
        scope = self.intake.reviewer.scope(spec, record)
        reports = looked(scope)
        groups, by_day = self._awake(scope, record), sizes_by_day(record)
        sizes = {name: bounds(seen.sizes, by_day[name]) for name, seen in groups.items()}
        before = Drift.of(record.drift)
        unseen = {group.nodegroupName for group in spec.nodegroups} - groups.keys()
        drift = found(due(reports), sizes, before, instant_text(self.announcer.clock()), unseen=unseen)
        events = self._untold(_events(record, drift, before, groups, repair=spec.drift == REPAIR))
        try:
            self.announcer.registry.note_drift(record, drift.told(), events)
        except (
            Conflict
        ):  # something else is wanted by now, or somebody else looks: the next look sees what becomes of it
            return None
        self.announcer.announce(events)
        if spec.drift == REPAIR and not asked:
            self._repair(
                record, drift, {name: within(groups[name].sizes, by_day[name]) for name, it in sizes.items() if it}
            )
        return drift

    def _wind_up(self, record: ClusterRecord) -> None:
        """See that EventBridge has the schedules that it had once: the run that puts them back is the nights' own."""
        if record.lease or record.destroy or SCHEDULES not in record.observed:
            return
        night = Night.of(record, self.announcer.clock())
        scope = replace(self.intake.reviewer.scope(accepted(record), record), night=night)
        if isinstance(Schedules(scope).look().progress, Ready):
            return
        try:
            self.announcer.registry.forget(record, SCHEDULES)
        except Conflict:  # a run has begun, and sees to them
            return
        self.nights.starter.follow(record.name)

    def _is_settled(self, record: ClusterRecord) -> bool:
        if record.lease or record.destroy:
            return False
        run = self.announcer.registry.run(record.provision)
        return run is not None and run.status is RunStatus.SUCCEEDED

    def _awake(self, scope: Scope, record: ClusterRecord) -> dict[str, Seen]:
        """The node groups whose sizes are the spec's to say now: neither the night's nor about to change."""
        if wanted(record, self.announcer.clock()) is not Power.AWAKE:
            return {}
        names = [group.nodegroupName for group in scope.spec.nodegroups]
        awake = [name for name in names if power_of(record, name) is Power.AWAKE and name not in record.resize]
        return {name: seen for name in awake if (seen := see(scope, name)) is not None}

    def _untold(self, events: Iterable[Event]) -> tuple[Event, ...]:
        return tuple(event for event in events if not self.announcer.registry.is_told(event.id))

    def _repair(self, record: ClusterRecord, drift: Drift, resize: Mapping[str, Sizes]) -> None:
        """Start what makes good what differs: sizes are the nights' machine's, all the rest a run's that provisions."""
        if resize:
            with suppress(BeingDeleted):  # somebody has asked for that since
                self.nights.resize(record.name, lambda _: resize, self.announcer.clock())
        if any(it.repairable and not it.is_of_sizes for it in drift.findings):
            self.intake.again(record.name, drift.lookedAt)


def _last_looked_at(record: ClusterRecord) -> str:
    """What is noted of a look begins with its instant."""
    return record.drift or ""


def _events(
    record: ClusterRecord, drift: Drift, before: Drift | None, groups: Mapping[str, Seen], *, repair: bool
) -> Iterator[Event]:
    """What others hear of what a look found, ``repair`` saying whether the spec wants it mended."""
    at = drift.lookedAt
    known = {it.key for it in before.findings} if before else set()
    if any(it.key not in known for it in drift.findings):
        mends = repair and any(it.repairable for it in drift.findings)
        yield drift_found(record.name, record.generation, at, _told(drift), since=drift.since, repair=mends)
    if before and before.findings and not drift.findings:
        yield drift_repaired(record.name, record.generation, at, _told(before), since=before.since, run=None)
    for name, seen in groups.items():
        if seen.nodegroup["status"] == "DEGRADED":
            since = next((it.since for it in drift.findings if it.resource == NODEGROUPS + name), at)
            yield nodegroup_degraded(record.name, record.generation, at, name, seen.issues, since=since)


def _told(drift: Drift) -> list[Differing]:
    return [Differing(it.resource, it.field, it.reason) for it in drift.findings]
