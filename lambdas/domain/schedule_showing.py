"""A cluster's nights as views: computed from what the registry keeps, and from the clock."""

from datetime import datetime
from operator import attrgetter
from typing import Final

from lambdas.domain.calendar import Description, State, describe, to_json
from lambdas.domain.power import Night, power, risks, savings_of
from lambdas.domain.records import ClusterRecord, Power, Sizes
from lambdas.domain.schedule_sizes import memories, sized, sizes_to_come
from lambdas.domain.views import (
    Condition,
    DesiredView,
    NightStatus,
    NodegroupSizes,
    RunView,
    ScheduleView,
    SizeChange,
    Truth,
)

_HOURS_SHOWN: Final = 2
"""Digits of node-hours after the point."""

_SETTLED: Final = {State.AWAKE: Power.AWAKE, State.ASLEEP: Power.ASLEEP}


def show_schedule(record: ClusterRecord, now: datetime) -> ScheduleView:
    """The cluster's calendar and override, and what they come to at an instant."""
    night = Night.of(record, now)
    said = describe(night.calendar, night.override, now)
    return ScheduleView(
        calendar=dict(to_json(night.calendar)) if night.calendar else None,
        override=said.override,
        desired=DesiredView(state=said.state, reason=said.reason, until=said.until),
        nextEvents=said.next,
    )


def show_night(record: ClusterRecord, now: datetime) -> NightStatus:
    """How the cluster sleeps and wakes."""
    said = _description(record, now)
    return NightStatus(
        awake=said.state is State.AWAKE,
        why=said.reason,
        until=said.until,
        power=power(record, now),
        nextEvents=said.next,
        savedNodeHours=round(savings_of(record).so_far(now), _HOURS_SHOWN),
        nodegroups=tuple(_sizes(name, sizes) for name, sizes in sorted(sizes_to_come(record).items())),
        updates=_updates(record),
    )


def night_conditions(record: ClusterRecord, run: RunView | None, now: datetime) -> tuple[Condition, ...]:
    """Whether the cluster is asleep; and where that may come up, whether it can wake again."""
    asleep = _asleep(record, now)
    if record.calendar is None and record.override is None:
        return (asleep,)
    return (asleep, _wake_at_risk(record, run))


def _asleep(record: ClusterRecord, now: datetime) -> Condition:
    said, is_now = _description(record, now), power(record, now)
    # What was asked for by hand says itself until when.
    until = f" That is so until {said.until.local}." if said.until and not said.override else ""
    status: Truth = "True" if is_now is Power.ASLEEP else "False"
    message = f"{said.reason}{until}"
    if is_now is not _SETTLED[said.state]:
        status = "Unknown"
        message = f"It is to be {said.state} and is {_being(is_now)}. {message}"
    if said.state is State.ASLEEP and (pooled := Night.of(record, now).pooled):
        message += f" What has a warm pool stays awake, as that would take in what sleeps: {', '.join(sorted(pooled))}."
    return Condition(
        type="Asleep",
        status=status,
        reason=_reason(record, said),
        message=message,
        lastTransitionTime=_changed_at(record, is_now),
    )


def _being(power: Power) -> str:
    return "on its way, or stuck there" if power is Power.PARTIAL else f"still {power}"


def _reason(record: ClusterRecord, said: Description) -> str:
    if said.override is not None:
        return "Override"
    return "Calendar" if record.calendar else "NoCalendar"


def _changed_at(record: ClusterRecord, is_now: Power) -> str:
    """Since when it is as it is: when the last node had gone, or when sizes were last changed."""
    since = savings_of(record).asleep_since if is_now is Power.ASLEEP else None
    if since is not None:
        return since.isoformat(timespec="seconds")
    return next((change.createdAt for change in _updates(record)), record.created_at)


def _wake_at_risk(record: ClusterRecord, run: RunView | None) -> Condition:
    known = [(name, risk) for name, facts in sized(record) for risk in risks(facts)]
    code = known[0][1].partition(":")[0] if known else "NothingKnown"
    message = " ".join(f"{name}: {risk}" for name, risk in known) or "Nothing is known that may keep it from waking."
    at = (run.endedAt or run.startedAt) if run else record.created_at
    return Condition(
        type="WakeAtRisk", status="True" if known else "False", reason=code, message=message, lastTransitionTime=at
    )


def _description(record: ClusterRecord, now: datetime) -> Description:
    night = Night.of(record, now)
    return describe(night.calendar, night.override, now)


def _updates(record: ClusterRecord) -> tuple[SizeChange, ...]:
    """The latest changes of sizes, newest first."""
    changes = [
        SizeChange(
            nodegroupName=name,
            updateId=update.id,
            status=update.status,
            createdAt=update.createdAt,
            run=update.run,
            minSize=update.scalingConfig.minSize,
            maxSize=update.scalingConfig.maxSize,
            desiredSize=update.scalingConfig.desiredSize,
        )
        for name, memory in memories(record)
        for update in reversed(memory.updates)
    ]
    return tuple(sorted(changes, key=attrgetter("createdAt"), reverse=True))


def _sizes(name: str, sizes: Sizes) -> NodegroupSizes:
    return NodegroupSizes(
        nodegroupName=name, minSize=sizes.minSize, maxSize=sizes.maxSize, desiredSize=sizes.desiredSize
    )
