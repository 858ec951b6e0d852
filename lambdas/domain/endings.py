"""What the end of a run means to others: the events of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from lambdas.domain.calendar import instant_text
from lambdas.domain.dispositions import for_whom
from lambdas.domain.drift import Drift
from lambdas.domain.events import (
    ClusterAdopted,
    ClusterAsleep,
    ClusterAwake,
    ClusterDeleted,
    ClusterFailed,
    ClusterReady,
    Differing,
    Event,
    WakeFailed,
    drift_repaired,
    event_id,
)
from lambdas.domain.existing import receipt
from lambdas.domain.paths import CLUSTER
from lambdas.domain.power import Night, Outcome
from lambdas.domain.records import ClusterRecord, Power
from lambdas.domain.runs import Problem, Run, Verb


def ended(
    record: ClusterRecord, run: Run, now: datetime, problem: Problem | None = None, after: Outcome | None = None
) -> tuple[Event, ...]:
    """The events of a run's end, ``problem`` being why it failed and ``after`` what it made of the cluster's night.

    A run that makes way for the one that deletes says nothing: its cluster is to go.
    """
    if record.destroy not in {None, run.id}:
        return ()
    match run.verb:
        case Verb.SCALE:
            return tuple(_of_night(record, run, now, problem, after)) if after else ()
        case _ if problem is not None:
            return (_failed(record, run, now, problem),)
        case Verb.DESTROY if record.undo == run.id:
            return ()
        case Verb.DESTROY:
            return (_deleted(record, run, now),)
        case _:
            return (*_adopted(record, run, now), _ready(record, run, now), *_repaired(record, run, now))


def interrupted(record: ClusterRecord, stopped: Run, then: Verb, now: datetime, problem: Problem) -> tuple[Event, ...]:
    """The events of a run that was stopped, and whose cluster another run takes over at once.

    If that one does the same, or the opposite, somebody has seen to it; but one that only scales leaves it undone.
    """
    return ended(record, stopped, now, problem) if then is Verb.SCALE else ()


def _ready(record: ClusterRecord, run: Run, now: datetime) -> ClusterReady:
    return ClusterReady(
        id=event_id(ClusterReady, run.id),
        cluster=record.name,
        at=instant_text(now),
        message=f"{record.name} is ready, as generation {run.generation} of its spec describes it.",
        generation=run.generation,
        run=run.id,
        version=_fact(record, "version"),
        endpoint=_fact(record, "endpoint"),
    )


def _adopted(record: ClusterRecord, run: Run, now: datetime) -> Iterator[Event]:
    if record.adopting:
        yield ClusterAdopted(
            id=event_id(ClusterAdopted, run.id),
            cluster=record.name,
            at=instant_text(now),
            message=f"{record.name} is adopted: {len(record.adopting)} of its resources bear Slipway's tags now.",
            generation=run.generation,
            run=run.id,
            resources=tuple(sorted(record.adopting)),
        )


def _repaired(record: ClusterRecord, run: Run, now: datetime) -> Iterator[Event]:
    drift = Drift.of(record.drift)
    mended = [it for it in drift.findings if not it.is_of_sizes] if drift else []
    if mended:
        differed = [Differing(it.resource, it.field, it.reason) for it in mended]
        since = min(it.since for it in mended)
        yield drift_repaired(record.name, record.generation, instant_text(now), differed, since=since, run=run.id)


def _failed(record: ClusterRecord, run: Run, now: datetime, problem: Problem) -> ClusterFailed:
    what = "could not be deleted" if run.verb is Verb.DESTROY else "could not be made as its spec describes it"
    return ClusterFailed(
        id=event_id(ClusterFailed, run.id),
        cluster=record.name,
        at=instant_text(now),
        message=f"{record.name} {what}. {_said(problem)}",
        generation=run.generation,
        run=run.id,
        verb=run.verb,
        error=problem,
    )


def _deleted(record: ClusterRecord, run: Run, now: datetime) -> ClusterDeleted:
    taken = receipt(record.observed, run.id)
    left = f", {len(taken.left)} left that Slipway did not make" if taken.left else ""
    return ClusterDeleted(
        id=event_id(ClusterDeleted, run.id),
        cluster=record.name,
        at=instant_text(now),
        message=f"{record.name} is deleted: {len(taken.deleted)} resources went{left}.",
        generation=run.generation,
        run=run.id,
        deleted=taken.deleted,
        left=taken.left,
    )


def _of_night(
    record: ClusterRecord, run: Run, now: datetime, problem: Problem | None, after: Outcome
) -> Iterator[Event]:
    night = Night.of(record, now)
    until = instant_text(night.desired.until) if night.desired.until else None
    if problem is not None and night.wanted is Power.AWAKE and after.power is not Power.AWAKE:
        yield _wake_failed(record, run, now, until, problem)
    elif after.power is record.power:
        return
    elif after.power is Power.ASLEEP:
        yield ClusterAsleep(
            id=event_id(ClusterAsleep, run.id),
            cluster=record.name,
            at=instant_text(now),
            message=f"{record.name} sleeps{f' until {until}' if until else ''}.",
            generation=record.generation,
            run=run.id,
            until=until,
        )
    elif after.power is Power.AWAKE:
        yield ClusterAwake(
            id=event_id(ClusterAwake, run.id),
            cluster=record.name,
            at=instant_text(now),
            message=f"{record.name} is awake{f' until {until}' if until else ''}.",
            generation=record.generation,
            run=run.id,
            until=until,
        )


def _wake_failed(record: ClusterRecord, run: Run, now: datetime, until: str | None, problem: Problem) -> WakeFailed:
    occasion = (record.name, record.generation, record.intent, until or "open", problem.code)
    return WakeFailed(
        id=event_id(WakeFailed, *occasion),
        cluster=record.name,
        at=instant_text(now),
        message=f"{record.name} is to be awake and could not wake with all of its nodes. {_said(problem)}",
        generation=record.generation,
        run=run.id,
        until=until,
        error=replace(problem, exists=()),
    )


def _said(problem: Problem) -> str:
    why = f"{problem.code}: {problem.cause.removesuffix('.')}.{for_whom(problem.disposition)}"
    return f"{why} What to do: {problem.remedy}"


def _fact(record: ClusterRecord, name: str) -> str | None:
    facts = record.observed.get(CLUSTER)
    said = facts.get(name) if isinstance(facts, dict) else None
    return said if isinstance(said, str) else None
