"""Parts of the registry's writes, in DynamoDB's words: what is presumed of a cluster, and what is set of it."""

from __future__ import annotations

from dataclasses import asdict, field
from typing import TYPE_CHECKING, Final

from lambdas.aws.items import resize_item
from lambdas.domain.drift import Drift
from lambdas.domain.frozen import dataclass
from lambdas.domain.runs import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.aws.items import Item
    from lambdas.domain.power import Outcome
    from lambdas.domain.records import ClusterRecord, Revision, Sizes, Start, Tombstone
    from lambdas.domain.runs import Receipt

_NOBODY: Final = "-"
AS_READ: Final = (
    "generation = :was AND intent = :intent AND #run = :old "
    "AND (lease = :lease OR (:lease = :nobody AND attribute_not_exists(lease)))"
)
"""Neither what is asked for nor who works on it has changed since the record was read."""


@dataclass(frozen=True, slots=True)
class Also:
    """What else is set of a cluster in one write with who works on it."""

    assignments: str = ""
    values: Item = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    removal: str = ""


def intending(calendar: str | None, override: str | None, resize: Mapping[str, Sizes]) -> Also:
    """What is asked of the cluster's nights and sizes."""
    return Also(
        "calendar = :calendar, #override = :override, resize = :resize, intent = intent + :one",
        {":calendar": calendar, ":override": override, ":resize": resize_item(resize), ":one": 1},
        {"#override": "override"},
    )


def revising(revision: Revision | None) -> Also:
    """Another spec, and what follows from it."""
    if revision is None:
        return Also()
    facts = {f"#f{number}": name for number, name in enumerate(sorted(revision.forgotten))}
    return Also(
        "generation = :generation, requested = :requested, spec = :spec, resize = :resize, "
        "replaceable = :replaceable, dropped = :dropped, intent = intent + :one",
        {
            ":generation": revision.generation,
            ":requested": revision.requested,
            ":spec": revision.spec,
            ":resize": resize_item(revision.resize),
            ":replaceable": sorted(revision.replaceable),
            ":dropped": {name: sorted(keys) for name, keys in revision.dropped.items()},
            ":one": 1,
        },
        facts,
        " REMOVE " + ", ".join(f"observed.{fact}" for fact in facts) if facts else "",
    )


def assigning(record: ClusterRecord, start: Start) -> tuple[str, Item]:
    """Which run is the last one of its kind from now on: whoever provisions takes back that the cluster is to go."""
    values = {
        ":run": start.run,
        ":attempt": start.attempt,
        ":provision": start.run if start.verb is Verb.PROVISION else record.provision,
        ":destroy": {Verb.DESTROY: start.run, Verb.PROVISION: None}.get(start.verb, record.destroy),
        ":undo": start.run if start.undo else None,
    }
    return "#run = :run, provision = :provision, destroy = :destroy, undoing = :undo, attempt = :attempt", values


def receiving(taken: Receipt) -> tuple[str, Item]:
    """What a run that deletes has come to, behind what else is set of it."""
    left = [asdict(entry) for entry in taken.left]
    return ", receipt = :receipt", {
        ":receipt": {"deleted": list(taken.deleted), "left": left, "lookedFor": list(taken.lookedFor)}
    }


def as_read(record: ClusterRecord) -> Item:
    """The values in ``AS_READ``."""
    return {
        ":was": record.generation,
        ":intent": record.intent,
        ":old": record.run,
        ":lease": record.lease or _NOBODY,
        ":nobody": _NOBODY,
    }


def as_looked_at(record: ClusterRecord) -> tuple[str, Item]:
    """The condition that what the last look for drift found is as it was read; with its values."""
    return ("drift = :found", {":found": record.drift}) if record.drift else ("attribute_not_exists(drift)", {})


def settling(drift: str | None) -> tuple[str, Item]:
    """How a cluster is freed that is as described: nothing is left to be adopted or dropped, or drifted but sizes."""
    found = Drift.of(drift)
    left = found.after_a_run() if found else None
    if left is None:
        return "SET made = :made REMOVE lease, drift, adopting, dropped", {":made": True}
    return "SET made = :made, drift = :drift REMOVE lease, adopting, dropped", {":made": True, ":drift": left.told()}


def releasing(outcome: Outcome | None) -> tuple[str, Item]:
    """How a cluster is freed."""
    if outcome is None:
        return "REMOVE lease", {}
    values = {
        ":power": str(outcome.power),
        ":savings": outcome.savings,
        ":resize": resize_item(outcome.resize),
    }
    return "SET power = :power, savings = :savings, resize = :resize REMOVE lease", values


def held_by(run: str, seen: ClusterRecord | None) -> tuple[str, Item]:
    """The condition that the run holds the lease, and that what is wanted is as it was read; with its values."""
    if seen is None:
        return "lease = :run", {":run": run}
    return (
        "lease = :run AND generation = :was AND intent = :intent",
        {":run": run, ":was": seen.generation, ":intent": seen.intent},
    )


def buried_as(tombstone: Tombstone) -> tuple[str, Item]:
    """The condition that just this tombstone stands there; with its values."""
    return "deletedAt = :at AND generation = :was", {":at": tombstone.deleted_at, ":was": tombstone.generation}


def wanted(record: ClusterRecord) -> tuple[int, int]:
    """Changes whenever anything else is wanted of the cluster."""
    return record.generation, record.intent
