"""The registry's table in DynamoDB's own words: reads, pages, and writes that say what they presume."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from lambdas.aws.items import PAGE_KEY, UNPUBLISHED, plain, wire
from lambdas.domain.table import INDEX, INDEX_PARTITION_KEY, OUTBOX, PARTITION_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef, TransactWriteItemTypeDef

    from lambdas.aws.items import Item

PAGE_SIZE: Final = 50
_PRESUMED_WRONGLY: Final = "ConditionalCheckFailed"
"""DynamoDB's word for a write of a transaction whose condition does not hold; the other words tell of contention."""
_MEMBERS_AT_ONCE: Final = 100
"""Some 25 bytes of an expression each, and DynamoDB takes 4096."""


class Conflict(Exception):  # noqa: N818 -- what happened, not a mistake of anybody
    """Somebody else changed the same cluster first: read again and decide anew."""


class Collision(Conflict):
    """Somebody else was writing at the same moment: whether what was presumed still holds is not known."""


class ForeignKey(Exception):  # noqa: N818 -- an answer to a user
    """A page was asked for that starts at a key which no page of this list has ended with."""


class Table:
    """Reads are consistent except for lists. Every write says what it presumes, and raises Conflict if it is not so."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def _get(self, key: Item) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=wire(key), ConsistentRead=True)
        return plain(answer["Item"]) if "Item" in answer else None

    def _page(
        self, partition: str, after: Mapping[str, str] | None, *, newest_first: bool
    ) -> tuple[list[Item], Item | None]:
        if after is not None and (set(after) != PAGE_KEY or after[INDEX_PARTITION_KEY] != partition):
            raise ForeignKey
        return self._query(INDEX, INDEX_PARTITION_KEY, partition, after, newest_first=newest_first)

    def _unpublished(self) -> Iterator[Item]:
        """All of the outbox, oldest first."""
        items, following = self._query(OUTBOX, OUTBOX, UNPUBLISHED, None, newest_first=False)
        yield from items
        while following is not None:
            items, following = self._query(OUTBOX, OUTBOX, UNPUBLISHED, following, newest_first=False)
            yield from items

    def _query(
        self, index: str, key: str, partition: str, after: Mapping[str, str] | None, *, newest_first: bool
    ) -> tuple[list[Item], Item | None]:
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": index,
            "KeyConditionExpression": "#key = :partition",
            "ExpressionAttributeNames": {"#key": key},
            "ExpressionAttributeValues": wire({":partition": partition}),
            "ScanIndexForward": not newest_first,
            "Limit": PAGE_SIZE,
        }
        if after is not None:
            query["ExclusiveStartKey"] = wire(after)
        answer = self._client.query(**query)
        following = answer.get("LastEvaluatedKey")
        return [plain(item) for item in answer["Items"]], plain(following) if following else None

    def _put_new(self, item: Item) -> TransactWriteItemTypeDef:
        condition = f"attribute_not_exists({PARTITION_KEY})"
        return {"Put": {"TableName": self._table, "Item": wire(item), "ConditionExpression": condition}}

    def _put(self, item: Item) -> TransactWriteItemTypeDef:
        """The write that puts an item there, whatever stands in its place."""
        return {"Put": {"TableName": self._table, "Item": wire(item)}}

    def _put_over(self, item: Item, condition: str, values: Item) -> TransactWriteItemTypeDef:
        """The write that puts an item in the place of another, of which nothing stays."""
        return {
            "Put": {
                "TableName": self._table,
                "Item": wire(item),
                "ConditionExpression": condition,
                "ExpressionAttributeValues": wire(values),
            }
        }

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
        """Set single members of a map attribute, so that branches side by side do not overwrite each other.

        Where there are many, a few at once: as what they presume is presumed each time, a Conflict may come late.
        """
        all_of_them = iter(members.items())
        while some := dict(islice(all_of_them, _MEMBERS_AT_ONCE)):
            self._set_some(key, attribute, some, condition, presumed or {})

    def _set_some(
        self,
        key: Item,
        attribute: str,
        members: Mapping[str, object],
        condition: str,
        presumed: Mapping[str, object],
    ) -> None:
        names = {f"#m{number}": name for number, name in enumerate(members)}
        values = {f":m{number}": value for number, value in enumerate(members.values())}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=wire(key),
                UpdateExpression="SET " + ", ".join(f"{attribute}.{place} = :{place[1:]}" for place in names),
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=wire({**values, **presumed}),
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise Conflict(str(error)) from error
