"""The registry: one DynamoDB table that holds the intent and the ledger of runs.

Keys: a cluster is ``CLUSTER#<name>``, a run ``RUN#<id>``. The index ``list`` finds all clusters and the runs of one
cluster, newest first. Whatever belongs to one change is written in one transaction.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from lambdas.aws.items import (
    ALL_CLUSTERS,
    PAGE_KEY,
    cluster_item,
    cluster_key,
    cluster_of,
    plain,
    run_item,
    run_key,
    run_of,
    runs_of,
    wire,
)
from lambdas.domain.runs import RunStatus
from lambdas.domain.table import INDEX, INDEX_PARTITION_KEY, PARTITION_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef, TransactWriteItemTypeDef

    from lambdas.aws.items import Item
    from lambdas.domain.records import ClusterRecord, Revision, Start
    from lambdas.domain.runs import Problem, Run, Step

PAGE_SIZE: Final = 50
_PRESUMED_WRONGLY: Final = "ConditionalCheckFailed"
"""DynamoDB's word for a write of a transaction whose condition does not hold; the other words tell of contention."""


class Conflict(Exception):  # noqa: N818 -- what happened, not a mistake of anybody
    """Somebody else changed the same cluster first: read again and decide anew."""


class Collision(Conflict):
    """Somebody else was writing at the same moment: whether what was presumed still holds is not known."""


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
        item = self._get(cluster_key(name))
        return cluster_of(item) if item else None

    def run(self, run: str) -> Run | None:
        """The run with its timeline, or None."""
        item = self._get(run_key(run))
        return run_of(item) if item else None

    def look(self, cluster: str, run: str) -> tuple[ClusterRecord | None, Run | None]:
        """Both: what a step needs to know before it looks at AWS.

        Not in a transaction, which DynamoDB would cancel whenever a branch beside this one reports.
        """
        return self.cluster(cluster), self.run(run)

    def clusters(self, after: Mapping[str, str] | None = None) -> tuple[list[ClusterRecord], Item | None]:
        """A page of clusters by name, and where the next one starts."""
        items, following = self._page(ALL_CLUSTERS, after, newest_first=False)
        return [cluster_of(item) for item in items], following

    def runs(self, cluster: str, after: Mapping[str, str] | None = None) -> tuple[list[Run], Item | None]:
        """A page of the cluster's runs, newest first, and where the next one starts."""
        items, following = self._page(runs_of(cluster), after, newest_first=True)
        return [run_of(item) for item in items], following

    # -- accepting work

    def create(self, record: ClusterRecord, start: Start) -> None:
        """Accept a new cluster together with its first run. Raises Conflict if the name is taken."""
        self._write(
            self._put_new(cluster_item(record)),
            self._put_new(run_item(start)),
        )

    def start_again(self, record: ClusterRecord, start: Start, stopped: Problem) -> None:
        """Give the lease to another attempt; the run that held it ends as ``stopped`` unless it has ended."""
        attempt = self._update(
            cluster_key(record.name),
            "SET lease = :run, #run = :run, attempt = :attempt",
            "#run = :old",
            {":run": start.run, ":attempt": start.attempt, ":old": record.run},
            {"#run": "run"},
        )
        self._write(attempt, self._put_new(run_item(start)), *self._closing(record.run, start.at, stopped))

    def replace(self, record: ClusterRecord, revision: Revision, start: Start, stopped: Problem) -> None:
        """Accept another spec together with its run, which gets the lease, as ``start_again`` gives it."""
        begun = self._revise(
            record,
            revision,
            ", lease = :run, #run = :run, attempt = :attempt",
            "#run = :old",
            {":run": start.run, ":attempt": start.attempt, ":old": record.run},
            {"#run": "run"},
        )
        self._write(begun, self._put_new(run_item(start)), *self._closing(record.run, start.at, stopped))

    def revise(self, record: ClusterRecord, revision: Revision) -> None:
        """Accept another spec while the record's run is at work, which then begins anew.

        Raises Conflict if that run has given the lease back: it would not see the spec any more.
        """
        self._write(self._revise(record, revision, "", "lease = :run", {":run": record.run}, {}))

    # -- reporting

    def report(
        self,
        cluster: str,
        run: str,
        steps: Iterable[Step],
        facts: Mapping[str, object],
        *,
        generation: int | None = None,
    ) -> None:
        """Note what a look found: lines of the run's timeline, and facts about the cluster.

        Raises Conflict if the run has lost the lease meanwhile: a function may outlive the execution that called it,
        and what it saw must not overwrite what the next run learns. So too if the spec that the look went by is no
        longer the one of ``generation``: what follows from an older spec would be taken for what the newer one wants.
        """
        lines = {step.name: {"status": str(step.status), "reason": step.reason, "since": step.since} for step in steps}
        self._set_members(run_key(run), "steps", lines, "attribute_exists(pk)")
        members = {name: json.dumps(fact) for name, fact in facts.items()}
        condition, presumed = _held(run, generation)
        self._set_members(cluster_key(cluster), "observed", members, condition, presumed)

    def converging(self, cluster: str, run: str, generation: int) -> None:
        """Note the generation from which the run that holds the lease begins, and begin its timeline anew.

        The run's own generation is then this one; its place in the list of runs stays that of its start.
        """
        note = self._update(
            cluster_key(cluster),
            "SET converging = :generation",
            "lease = :run",
            {":generation": generation, ":run": run},
        )
        timeline = self._update(
            run_key(run),
            "SET steps = :none, generation = :generation",
            "attribute_exists(pk)",
            {":none": {}, ":generation": generation},
        )
        self._write(note, timeline)

    def finish(self, record: ClusterRecord, run: str, at: str) -> None:
        """End the run well and free the cluster. Raises Conflict if the generation moved or the lease is lost."""
        release = self._update(
            cluster_key(record.name),
            "REMOVE lease",
            "lease = :run AND generation = :generation",
            {":run": run, ":generation": record.generation},
        )
        self._write(release, self._close(run, RunStatus.SUCCEEDED, at, None))

    def fail(self, cluster: str, run: str, at: str, problem: Problem, *, generation: int | None = None) -> None:
        """End the run with its reason, and free the cluster if the run holds it. An ended run stays as it is.

        Raises Collision if others are writing: to be called again. Raises Conflict if the run holds a cluster whose
        spec is no longer the one of ``generation``: it has another one to work on.
        """
        close = self._close(run, RunStatus.FAILED, at, problem)
        release = self._update(cluster_key(cluster), "REMOVE lease", *_held(run, generation))
        try:
            self._write(release, close)
        except Collision:
            raise
        except Conflict:
            record = self.cluster(cluster)
            if record is not None and record.lease == run and record.generation != (generation or record.generation):
                raise
            with suppress(Conflict):
                self._write(close)

    # -- DynamoDB's own words

    def _get(self, key: Item) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=wire(key), ConsistentRead=True)
        return plain(answer["Item"]) if "Item" in answer else None

    def _page(
        self, partition: str, after: Mapping[str, str] | None, *, newest_first: bool
    ) -> tuple[list[Item], Item | None]:
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": INDEX,
            "KeyConditionExpression": f"{INDEX_PARTITION_KEY} = :partition",
            "ExpressionAttributeValues": wire({":partition": partition}),
            "ScanIndexForward": not newest_first,
            "Limit": PAGE_SIZE,
        }
        if after is not None:
            if set(after) != PAGE_KEY or after[INDEX_PARTITION_KEY] != partition:
                raise ForeignKey
            query["ExclusiveStartKey"] = wire(after)
        answer = self._client.query(**query)
        following = answer.get("LastEvaluatedKey")
        return [plain(item) for item in answer["Items"]], plain(following) if following else None

    def _close(self, run: str, status: RunStatus, at: str, problem: Problem | None) -> TransactWriteItemTypeDef:
        return self._update(
            run_key(run),
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

    def _closing(self, run: str, at: str, stopped: Problem) -> Iterator[TransactWriteItemTypeDef]:
        """The end of a run that could not say itself that it has ended."""
        known = self.run(run)
        if known is not None and known.status is RunStatus.RUNNING:
            yield self._close(run, RunStatus.FAILED, at, stopped)

    def _revise(
        self,
        record: ClusterRecord,
        revision: Revision,
        more: str,
        condition: str,
        values: Item,
        names: dict[str, str],
    ) -> TransactWriteItemTypeDef:
        facts = {f"#f{number}": name for number, name in enumerate(sorted(revision.forgotten))}
        forget = " REMOVE " + ", ".join(f"observed.{fact}" for fact in facts) if facts else ""
        return self._update(
            cluster_key(record.name),
            f"SET generation = :generation, requested = :requested, spec = :spec{more}{forget}",
            f"generation = :before AND {condition}",
            {
                ":generation": revision.generation,
                ":requested": revision.requested,
                ":spec": revision.spec,
                ":before": record.generation,
                **values,
            },
            {**names, **facts},
        )

    def _put_new(self, item: Item) -> TransactWriteItemTypeDef:
        condition = f"attribute_not_exists({PARTITION_KEY})"
        return {"Put": {"TableName": self._table, "Item": wire(item), "ConditionExpression": condition}}

    def _update(
        self, key: Item, expression: str, condition: str, values: Item, names: dict[str, str] | None = None
    ) -> TransactWriteItemTypeDef:
        update: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self._table,
                "Key": wire(key),
                "UpdateExpression": expression,
                "ConditionExpression": condition,
                "ExpressionAttributeValues": wire(values),
            }
        }
        if names:
            update["Update"]["ExpressionAttributeNames"] = names
        return update

    def _write(self, *writes: TransactWriteItemTypeDef) -> None:
        try:
            self._client.transact_write_items(TransactItems=writes)
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = {reason.get("Code") for reason in error.response["CancellationReasons"]}
            kind = Conflict if _PRESUMED_WRONGLY in reasons else Collision
            raise kind(str(error)) from error

    def _set_members(
        self,
        key: Item,
        attribute: str,
        members: Mapping[str, object],
        condition: str,
        presumed: Mapping[str, object] | None = None,
    ) -> None:
        """Set single members of a map attribute, so that branches side by side do not overwrite each other."""
        if not members:
            return
        names = {f"#m{number}": name for number, name in enumerate(members)}
        values = {f":m{number}": value for number, value in enumerate(members.values())}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=wire(key),
                UpdateExpression="SET " + ", ".join(f"{attribute}.{place} = :{place[1:]}" for place in names),
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=wire({**values, **(presumed or {})}),
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise Conflict(str(error)) from error


def _held(run: str, generation: int | None) -> tuple[str, dict[str, object]]:
    """The condition that the run holds the lease, at this generation if one is given, and the condition's values."""
    if generation is None:
        return "lease = :run", {":run": run}
    return "lease = :run AND generation = :generation", {":run": run, ":generation": generation}
