"""The registry: one DynamoDB table that holds the intent and the ledger of runs.

Keys: a cluster is ``CLUSTER#<name>``, a run ``RUN#<id>``. The index ``list`` finds all clusters and the runs of one
cluster, newest first. Whatever belongs to one change is written in one transaction.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from lambdas.domain.progress import Word
from lambdas.domain.records import ClusterRecord, Start
from lambdas.domain.runs import Problem, Run, RunStatus, Step, Verb
from lambdas.domain.table import INDEX, INDEX_PARTITION_KEY, INDEX_SORT_KEY, PARTITION_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef, TransactWriteItemTypeDef

PAGE_SIZE: Final = 50

_ALL_CLUSTERS: Final = "CLUSTERS"
_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize

Item = dict[str, Any]

_PAGE_KEY: Final = {PARTITION_KEY, INDEX_PARTITION_KEY, INDEX_SORT_KEY}


class Conflict(Exception):  # noqa: N818 -- what happened, not a mistake of anybody
    """Somebody else changed the same cluster first: read again and decide anew."""


class ForeignKey(Exception):  # noqa: N818 -- an answer to a user
    """A page was asked for that starts at a key which no page of this list has ended with."""


class Registry:
    """Reads are consistent except for lists. Every write says what it presumes, and raises Conflict if it is not so."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    # -- reading

    def cluster(self, name: str) -> ClusterRecord | None:
        """The cluster's record, or None."""
        item = self._get(_cluster_key(name))
        return _cluster(item) if item else None

    def run(self, run: str) -> Run | None:
        """The run with its timeline, or None."""
        item = self._get(_run_key(run))
        return _run(item) if item else None

    def look(self, cluster: str, run: str) -> tuple[ClusterRecord | None, Run | None]:
        """Both at one instant: what a step needs to know before it looks at AWS."""
        answer = self._client.transact_get_items(
            TransactItems=[
                {"Get": {"TableName": self._table, "Key": _wire(_cluster_key(cluster))}},
                {"Get": {"TableName": self._table, "Key": _wire(_run_key(run))}},
            ]
        )
        items = [_plain(response.get("Item", {})) for response in answer["Responses"]]
        return (_cluster(items[0]) if items[0] else None), (_run(items[1]) if items[1] else None)

    def clusters(self, after: Mapping[str, str] | None = None) -> tuple[list[ClusterRecord], Item | None]:
        """A page of clusters by name, and where the next one starts."""
        items, following = self._page(_ALL_CLUSTERS, after, newest_first=False)
        return [_cluster(item) for item in items], following

    def runs(self, cluster: str, after: Mapping[str, str] | None = None) -> tuple[list[Run], Item | None]:
        """A page of the cluster's runs, newest first, and where the next one starts."""
        items, following = self._page(_runs_of(cluster), after, newest_first=True)
        return [_run(item) for item in items], following

    # -- accepting work

    def create(self, record: ClusterRecord, start: Start) -> None:
        """Accept a new cluster together with its first run. Raises Conflict if the name is taken."""
        item = {**_cluster_key(record.name), **_listed(_ALL_CLUSTERS, record.name), **_cluster_item(record)}
        self._write(self._put(item, "attribute_not_exists(pk)"), self._ledger_entry(start))

    def start_again(self, record: ClusterRecord, start: Start, stopped: Problem) -> None:
        """Give the lease to another attempt; the run that held it ends as ``stopped`` unless it has ended."""
        attempt = self._update(
            _cluster_key(record.name),
            "SET lease = :run, #run = :run, attempt = :attempt",
            "#run = :old",
            {":run": start.run, ":attempt": start.attempt, ":old": record.run},
            {"#run": "run"},
        )
        writes = [attempt, self._ledger_entry(start)]
        previous = self.run(record.run)
        if previous is not None and previous.status is RunStatus.RUNNING:
            writes.append(self._close(record.run, RunStatus.FAILED, start.at, stopped))
        self._write(*writes)

    # -- reporting

    def report(self, cluster: str, run: str, steps: Iterable[Step], facts: Mapping[str, object]) -> None:
        """Note what a look found: lines of the run's timeline, and facts about the cluster."""
        lines = {step.name: {"status": str(step.status), "reason": step.reason, "since": step.since} for step in steps}
        self._set_members(_run_key(run), "steps", lines)
        self._set_members(_cluster_key(cluster), "observed", {name: json.dumps(fact) for name, fact in facts.items()})

    def converging(self, cluster: str, run: str, generation: int) -> None:
        """Note the generation from which the run that holds the lease begins, and begin its timeline anew."""
        note = self._update(
            _cluster_key(cluster),
            "SET converging = :generation",
            "lease = :run",
            {":generation": generation, ":run": run},
        )
        timeline = self._update(_run_key(run), "SET steps = :none", "attribute_exists(pk)", {":none": {}})
        self._write(note, timeline)

    def finish(self, record: ClusterRecord, run: str, at: str) -> None:
        """End the run well and free the cluster. Raises Conflict if the generation moved or the lease is lost."""
        release = self._update(
            _cluster_key(record.name),
            "REMOVE lease",
            "lease = :run AND generation = :generation",
            {":run": run, ":generation": record.generation},
        )
        self._write(release, self._close(run, RunStatus.SUCCEEDED, at, None))

    def fail(self, cluster: str, run: str, at: str, problem: Problem) -> None:
        """End the run with its reason, and free the cluster if the run holds it. An ended run stays as it is."""
        close = self._close(run, RunStatus.FAILED, at, problem)
        release = self._update(_cluster_key(cluster), "REMOVE lease", "lease = :run", {":run": run})
        try:
            self._write(release, close)
        except Conflict:
            with suppress(Conflict):
                self._write(close)

    # -- DynamoDB's own words

    def _get(self, key: Item) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=_wire(key), ConsistentRead=True)
        return _plain(answer["Item"]) if "Item" in answer else None

    def _page(
        self, partition: str, after: Mapping[str, str] | None, *, newest_first: bool
    ) -> tuple[list[Item], Item | None]:
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": INDEX,
            "KeyConditionExpression": f"{INDEX_PARTITION_KEY} = :partition",
            "ExpressionAttributeValues": _wire({":partition": partition}),
            "ScanIndexForward": not newest_first,
            "Limit": PAGE_SIZE,
        }
        if after is not None:
            if set(after) != _PAGE_KEY or after[INDEX_PARTITION_KEY] != partition:
                raise ForeignKey
            query["ExclusiveStartKey"] = _wire(after)
        answer = self._client.query(**query)
        following = answer.get("LastEvaluatedKey")
        return [_plain(item) for item in answer["Items"]], _plain(following) if following else None

    def _ledger_entry(self, start: Start) -> TransactWriteItemTypeDef:
        item = {
            **_run_key(start.run),
            **_listed(_runs_of(start.cluster), f"{start.generation:010}#{start.attempt:05}"),
            "id": start.run,
            "cluster": start.cluster,
            "verb": str(start.verb),
            "generation": start.generation,
            "attempt": start.attempt,
            "status": str(RunStatus.RUNNING),
            "startedAt": start.at,
            "steps": {},
        }
        return self._put(item, "attribute_not_exists(pk)")

    def _close(self, run: str, status: RunStatus, at: str, problem: Problem | None) -> TransactWriteItemTypeDef:
        return self._update(
            _run_key(run),
            "SET #status = :status, endedAt = :at, #error = :error",
            "#status = :running",
            {
                ":status": str(status),
                ":at": at,
                ":error": asdict(problem) if problem else None,
                ":running": str(RunStatus.RUNNING),
            },
            {"#status": "status", "#error": "error"},
        )

    def _put(self, item: Item, condition: str) -> TransactWriteItemTypeDef:
        return {"Put": {"TableName": self._table, "Item": _wire(item), "ConditionExpression": condition}}

    def _update(
        self, key: Item, expression: str, condition: str, values: Item, names: dict[str, str] | None = None
    ) -> TransactWriteItemTypeDef:
        update: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self._table,
                "Key": _wire(key),
                "UpdateExpression": expression,
                "ConditionExpression": condition,
                "ExpressionAttributeValues": _wire(values),
            }
        }
        if names:
            update["Update"]["ExpressionAttributeNames"] = names
        return update

    def _write(self, *writes: TransactWriteItemTypeDef) -> None:
        try:
            self._client.transact_write_items(TransactItems=writes)
        except self._client.exceptions.TransactionCanceledException as error:
            raise Conflict(str(error)) from error

    def _set_members(self, key: Item, attribute: str, members: Mapping[str, object]) -> None:
        """Set single members of a map attribute, so that branches side by side do not overwrite each other."""
        if not members:
            return
        names = {f"#m{number}": name for number, name in enumerate(members)}
        values = {f":m{number}": value for number, value in enumerate(members.values())}
        self._client.update_item(
            TableName=self._table,
            Key=_wire(key),
            UpdateExpression="SET " + ", ".join(f"{attribute}.{place} = :{place[1:]}" for place in names),
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=_wire(values),
        )


def _cluster_key(name: str) -> Item:
    return {PARTITION_KEY: f"CLUSTER#{name}"}


def _run_key(run: str) -> Item:
    return {PARTITION_KEY: f"RUN#{run}"}


def _runs_of(cluster: str) -> str:
    return f"RUNS#{cluster}"


def _listed(partition: str, sort: str) -> Item:
    return {INDEX_PARTITION_KEY: partition, INDEX_SORT_KEY: sort}


def _wire(plain: Mapping[str, Any]) -> Item:
    return {name: _serialize(value) for name, value in plain.items()}


def _plain(wire: Mapping[str, Any]) -> Item:
    return {name: _deserialize(value) for name, value in wire.items()}


def _cluster_item(record: ClusterRecord) -> Item:
    return {
        "name": record.name,
        "generation": record.generation,
        "requested": record.requested,
        "spec": record.spec,
        "createdAt": record.created_at,
        "run": record.run,
        "attempt": record.attempt,
        "lease": record.run,
        "converging": 0,
        "observed": {},
    }


def _cluster(item: Item) -> ClusterRecord:
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
    )


def _run(item: Item) -> Run:
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
        error=Problem(**item["error"]) if item.get("error") else None,
    )
