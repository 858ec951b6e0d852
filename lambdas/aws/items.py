"""The registry's items: how records are keyed and written in DynamoDB's own words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lambdas.aws.attributes import deserialize, serialize
from lambdas.domain.dispositions import Disposition
from lambdas.domain.events import Notice
from lambdas.domain.progress import Word
from lambdas.domain.records import ClusterRecord, Power, Sizes, Tombstone
from lambdas.domain.runs import Left, Problem, Receipt, Run, RunStatus, Step, Verb
from lambdas.domain.table import EXPIRY, INDEX_PARTITION_KEY, INDEX_SORT_KEY, OUTBOX, PARTITION_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.domain.records import Start

Item = dict[str, Any]

ALL_CLUSTERS: Final = "CLUSTERS"
"""The list that every cluster is in."""

PAGE_KEY: Final = frozenset({PARTITION_KEY, INDEX_PARTITION_KEY, INDEX_SORT_KEY})
"""What the key of a page of a list is made of."""

UNPUBLISHED: Final = "UNPUBLISHED"
"""What stands in the attribute ``outbox`` of such an event."""


def cluster_key(name: str) -> Item:
    """The key of a cluster's record."""
    return {PARTITION_KEY: f"CLUSTER#{name}"}


def run_key(run: str) -> Item:
    """The key of a run."""
    return {PARTITION_KEY: f"RUN#{run}"}


def runs_of(cluster: str) -> str:
    """The list of a cluster's runs."""
    return f"RUNS#{cluster}"


def event_key(event: str) -> Item:
    """The key of an event."""
    return {PARTITION_KEY: f"EVENT#{event}"}


def events_of(cluster: str) -> str:
    """The list of a cluster's events."""
    return f"EVENTS#{cluster}"


def listed(partition: str, sort: str) -> Item:
    """The place of an item in a list."""
    return {INDEX_PARTITION_KEY: partition, INDEX_SORT_KEY: sort}


def wire(plain: Mapping[str, Any]) -> Item:
    """A plain item in DynamoDB's typed JSON."""
    return {name: serialize(value) for name, value in plain.items()}


def plain(wire: Mapping[str, Any]) -> Item:
    """An item of DynamoDB's typed JSON as plain values."""
    return {name: deserialize(value) for name, value in wire.items()}


def cluster_item(record: ClusterRecord) -> Item:
    """A new cluster, whose lease its first run has."""
    return {
        **cluster_key(record.name),
        **listed(ALL_CLUSTERS, record.name),
        "name": record.name,
        "generation": record.generation,
        "requested": record.requested,
        "spec": record.spec,
        "createdAt": record.created_at,
        "run": record.run,
        "attempt": record.attempt,
        "lease": record.run,
        "provision": record.provision,
        "converging": 0,
        "observed": {},
        "intent": 0,
        "aim": "",
        "power": str(record.power),
        "made": record.made,
        **({"adopting": sorted(record.adopting)} if record.adopting else {}),
    }


def tombstone_item(tombstone: Tombstone) -> Item:
    """What takes the place of a cluster's record; it is in no list."""
    return {
        **cluster_key(tombstone.name),
        "name": tombstone.name,
        "generation": tombstone.generation,
        "deletedAt": tombstone.deleted_at,
    }


def tombstone_of(item: Item) -> Tombstone | None:
    """The tombstone in a plain item, or None if that is a cluster."""
    if "deletedAt" not in item:
        return None
    return Tombstone(name=item["name"], generation=int(item["generation"]), deleted_at=item["deletedAt"])


def run_item(start: Start) -> Item:
    """A new run's entry in the ledger."""
    return {
        **run_key(start.run),
        **listed(runs_of(start.cluster), f"{start.generation:010}#{start.attempt:05}"),
        "id": start.run,
        "cluster": start.cluster,
        "verb": str(start.verb),
        "generation": start.generation,
        "attempt": start.attempt,
        "status": str(RunStatus.RUNNING),
        "startedAt": start.at,
        "steps": {},
    }


def event_item(notice: Notice) -> Item:
    """A new event, which is to be published and forgotten in the end."""
    return {
        **event_key(notice.id),
        **listed(events_of(notice.cluster), f"{notice.at}#{notice.id}"),
        "id": notice.id,
        "type": notice.type,
        "cluster": notice.cluster,
        "at": notice.at,
        "detail": notice.detail,
        OUTBOX: UNPUBLISHED,
        EXPIRY: notice.expires_at,
    }


def notice_of(item: Item) -> Notice:
    """The event in a plain item."""
    return Notice(
        id=item["id"],
        type=item["type"],
        cluster=item["cluster"],
        at=item["at"],
        detail=item["detail"],
        published_at=item.get("publishedAt"),
    )


def cluster_of(item: Item) -> ClusterRecord:
    """The record in a plain item."""
    return ClusterRecord(
        name=item["name"],
        generation=int(item["generation"]),
        requested=item["requested"],
        spec=item["spec"],
        created_at=item["createdAt"],
        run=item["run"],
        attempt=int(item["attempt"]),
        lease=item.get("lease"),
        converging=int(item["converging"]),
        observed={name: json.loads(fact) for name, fact in item["observed"].items()},
        provision=item["provision"],
        destroy=item.get("destroy"),
        undo=item.get("undoing"),
        made=item.get("made", True),  # who has not noted it may have served
        calendar=item.get("calendar"),
        override=item.get("override"),
        resize={name: msgspec.convert(json.loads(sizes), Sizes) for name, sizes in item.get("resize", {}).items()},
        intent=int(item["intent"]),
        aim=item["aim"],
        replaceable=frozenset(item.get("replaceable", ())),
        adopting=frozenset(item.get("adopting", ())),
        dropped={name: frozenset(keys) for name, keys in item.get("dropped", {}).items()},
        power=Power(item["power"]),
        savings=item.get("savings"),
        drift=item.get("drift"),
    )


def resize_item(resize: Mapping[str, Sizes]) -> Item:
    """The sizes asked for, each as JSON text."""
    return {name: json.dumps(msgspec.to_builtins(sizes)) for name, sizes in resize.items()}


def _problem_of(item: Item) -> Problem:
    return Problem(
        code=item["code"],
        cause=item["cause"],
        remedy=item["remedy"],
        exists=tuple(item.get("exists", ())),
        disposition=Disposition(item.get("disposition", Disposition.USER)),
    )


def run_of(item: Item) -> Run:
    """The run in a plain item."""
    return Run(
        id=item["id"],
        cluster=item["cluster"],
        verb=Verb(item["verb"]),
        generation=int(item["generation"]),
        attempt=int(item["attempt"]),
        status=RunStatus(item["status"]),
        startedAt=item["startedAt"],
        endedAt=item.get("endedAt"),
        steps={
            name: Step(name=name, status=Word(line["status"]), reason=line["reason"], since=line["since"])
            for name, line in item["steps"].items()
        },
        error=_problem_of(item["error"]) if item.get("error") else None,
        receipt=_receipt_of(item["receipt"]) if "receipt" in item else Receipt(),
    )


def _receipt_of(item: Item) -> Receipt:
    return Receipt(
        deleted=tuple(item["deleted"]),
        left=tuple(Left(entry["resource"], entry["why"]) for entry in item["left"]),
        lookedFor=tuple(item.get("lookedFor", ())),
    )
