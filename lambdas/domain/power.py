"""Awake or asleep: what a cluster is to be by its calendar and the clock, what it is, and what is left to do.

The facts that the step ``scaling`` leaves are read here and nowhere else:

- ``observed["sizes/<group>"]``: ``{"power": Power, "remembered": {minSize, maxSize, desiredSize} | null}``. ``power``
  is what the group is: ``asleep`` or ``awake`` once it has got there, ``partial`` on the way. ``remembered`` are the
  sizes that it had when it was put to sleep, written before they are changed and null again once it is awake.
  ``{"wake": {"risks": [...]}}`` are sentences: why it may not come back. ``{"status": GONE}``: somebody deleted it.
- ``observed["schedules"]``: ``{"hash": str | null}``, the ``schedules_hash`` for which EventBridge has its schedules.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec

from lambdas.domain.calendar import (
    Awake,
    Calendar,
    Desired,
    NodegroupNight,
    Override,
    Savings,
    calendar_from_text,
    desired,
    override_from_text,
    savings_from_text,
    schedules_hash,
    to_text,
)
from lambdas.domain.existing import is_gone
from lambdas.domain.frozen import dataclass
from lambdas.domain.paths import CLUSTER, NODEGROUPS, SCHEDULES, SIZES
from lambdas.domain.records import ClusterRecord, Power, Sizes

GONE: Final = "GONE"
"""The status of a node group that is no longer there, where EKS has no word."""

AT_RISK: Final = "waking is at risk"
"""What a function's log says when a look finds that a node group may not come back; an alarm listens for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What is asked for, and the instant (in UTC) at which it is looked at. By default nothing ever sleeps.

    ``pooled`` are the node groups that have a warm pool. They stay awake: EC2 Auto Scaling fills a pool up to the
    greatest size, so that it would take in as many instances as sleep leaves out.
    """

    calendar: Calendar | None = None
    override: Override | None = None
    resize: Mapping[str, Sizes] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    power: Power = Power.AWAKE
    intent: int = 0
    pooled: frozenset[str] = frozenset()

    @classmethod
    def of(cls, record: ClusterRecord, now: datetime) -> "Night":
        """The night of a record. Raises ValueError if what was written cannot be read."""
        return cls(
            calendar=calendar_from_text(record.calendar) if record.calendar else None,
            override=override_from_text(record.override) if record.override else None,
            resize=record.resize,
            now=now,
            power=record.power,
            intent=record.intent,
            pooled=_pooled(record.spec),
        )

    @property
    def desired(self) -> Desired:
        """What the cluster is to be now, why and until when."""
        return desired(self.calendar, self.override, self.now)

    @property
    def wanted(self) -> Power:
        """What the cluster is to be now: ``awake`` or ``asleep``."""
        return Power.AWAKE if isinstance(self.desired, Awake) else Power.ASLEEP

    def wanted_of(self, nodegroup: str) -> Power:
        """What a node group is to be now; one that is left out of the night is always to be awake."""
        return self.wanted if self.sleeps(nodegroup) else Power.AWAKE

    def sleeps(self, nodegroup: str) -> bool:
        """Whether a node group sleeps when the cluster does."""
        return nodegroup not in self.pooled and self.night_of(nodegroup).sleep

    def night_of(self, nodegroup: str) -> NodegroupNight:
        """What the night means to a node group: without a calendar that says otherwise, it sleeps."""
        return self.calendar.night_of(nodegroup) if self.calendar else NodegroupNight(nodegroup)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run leaves on the record that put to sleep, woke or resized."""

    power: Power
    savings: str
    resize: Mapping[str, Sizes]


def wanted(record: ClusterRecord, now: datetime) -> Power:
    """What the cluster is to be at an instant: ``awake`` or ``asleep``."""
    return Night.of(record, now).wanted


def due(record: ClusterRecord, now: datetime) -> str | None:
    """Why a run of the machine ``scale`` is due, for a person; None if none is."""
    return next(_reasons(record, Night.of(record, now)), None)


def aim(record: ClusterRecord, now: datetime) -> str:
    """What a run reaches for that begins now: it begins anew while this changes, and does not for anything else."""
    return f"{record.intent} {wanted(record, now)}"


def outcome(record: ClusterRecord, now: datetime, *, reached: bool) -> Outcome:
    """What a run leaves that ends now; sizes that were asked for are forgotten once they are ``reached``."""
    night = Night.of(record, now)
    before = savings_of(record)
    nodes = sum(sizes.desiredSize for sizes in _sleeping(record))
    after = before.slept(now, nodes) if nodes else before.woke(now)
    return Outcome(
        power=power(record, now),
        savings=to_text(after),
        resize=_put_off(record, night) if reached else record.resize,
    )


def power(record: ClusterRecord, now: datetime) -> Power:
    """What the cluster is by its node groups: those that are left out of the night do not count, if others sleep."""
    night = Night.of(record, now)
    seen = {power_of(record, group) for group in groups(record) if night.sleeps(group)}
    return seen.pop() if len(seen) == 1 else Power.PARTIAL if seen else Power.AWAKE


def power_of(record: ClusterRecord, nodegroup: str) -> Power:
    """What a node group was when it was last looked at; awake until a run has looked."""
    said = _facts(record, SIZES + nodegroup).get("power")
    return Power(said) if isinstance(said, str) else Power.AWAKE


def remembered(record: ClusterRecord, nodegroup: str) -> Sizes | None:
    """The sizes that a node group had when it was put to sleep."""
    said = _facts(record, SIZES + nodegroup).get("remembered")
    return msgspec.convert(said, Sizes) if said else None


def risks(facts: object) -> tuple[str, ...]:
    """What is known of why a node group may not wake, in the facts of its sizes."""
    wake = facts.get("wake") if isinstance(facts, dict) else None
    said = wake.get("risks") if isinstance(wake, dict) else None
    return tuple(said) if isinstance(said, list) else ()


def groups(record: ClusterRecord) -> tuple[str, ...]:
    """The names of the spec's node groups that runs have found in EKS."""
    names = [group["nodegroupName"] for group in json.loads(record.spec).get("nodegroups") or ()]
    seen = ((name, _facts(record, NODEGROUPS + name)) for name in names)
    return tuple(name for name, facts in seen if "status" in facts and not is_gone(facts))


def lost(record: ClusterRecord) -> frozenset[str]:
    """The node groups that the last run found gone: only a run that provisions brings them back."""
    if record.run == record.provision:
        return frozenset()
    return frozenset(group for group in groups(record) if _is_gone(record, group))


def savings_of(record: ClusterRecord) -> Savings:
    """What sleep has saved the cluster."""
    return savings_from_text(record.savings) if record.savings else Savings()


@lru_cache(maxsize=32)
def _pooled(spec: str) -> frozenset[str]:
    pools = {it["nodegroupName"]: it.get("warmPoolConfig") for it in json.loads(spec).get("nodegroups") or ()}
    return frozenset(name for name, pool in pools.items() if pool is not None and pool.get("enabled", True))


def _reasons(record: ClusterRecord, night: Night) -> Iterator[str]:
    if is_gone(_facts(record, CLUSTER)):  # it was taken away, and nobody has asked for it again
        return
    # What is gone is looked for once each time that something else is wanted of it, and not by every sweep.
    told = lost(record) if record.aim == aim(record, night.now) else frozenset()
    for group in groups(record):
        if group in told:
            continue
        if _is_gone(record, group):
            yield f"The node group {group} was gone when it was last looked for."
        is_now, is_to_be = power_of(record, group), night.wanted_of(group)
        if is_now is not is_to_be:
            yield f"The node group {group} is {is_now} and is to be {is_to_be}."
        elif group in night.resize and is_to_be is Power.AWAKE:
            yield f"The node group {group} is to be resized."
    if _facts(record, SCHEDULES).get("hash") != schedules_hash(night.calendar, night.override):
        yield "The schedules are not those of the calendar."
    if record.power is not power(record, night.now):
        yield "A run that was stopped has not written down what it made of the cluster."


def _is_gone(record: ClusterRecord, nodegroup: str) -> bool:
    return _facts(record, SIZES + nodegroup).get("status") == GONE


def _put_off(record: ClusterRecord, night: Night) -> dict[str, Sizes]:
    """The sizes that are for the morning."""
    known = groups(record)
    return {
        name: sizes for name, sizes in night.resize.items() if name in known and night.wanted_of(name) is Power.ASLEEP
    }


def _sleeping(record: ClusterRecord) -> Iterator[Sizes]:
    for group in groups(record):
        sizes = remembered(record, group)
        if sizes is not None and power_of(record, group) is Power.ASLEEP:
            yield sizes


def _facts(record: ClusterRecord, resource: str) -> Mapping[str, object]:
    facts = record.observed.get(resource)
    return facts if isinstance(facts, dict) else {}
