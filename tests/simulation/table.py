"""The registry's table, in memory and as DynamoDB keeps it: conditional writes, transactions, lists that lag behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from lambdas.domain.table import INDEX, INDEX_PARTITION_KEY, INDEX_SORT_KEY, OUTBOX, PARTITION_KEY
from tests.simulation.expressions import Names, Unusable, condition, update
from tests.simulation.plain import copied
from tests.simulation.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.clock import VirtualClock
    from tests.simulation.expressions import Item

    Json = dict[str, Any]

_PARTITIONS: Final = {INDEX: INDEX_PARTITION_KEY, OUTBOX: OUTBOX}
_LONGEST_EXPRESSION: Final = 4096
"""Bytes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""


@dataclass
class Table:
    """``lag`` says how many seconds a list may be behind, each time anew. Items in answers are for reading only."""

    clock: VirtualClock
    lag: Callable[[], float] = lambda: 0.0
    items: dict[str, Item] = field(default_factory=dict)
    _past: list[tuple[datetime, str, Item | None]] = field(default_factory=list)
    """When each item was written, and what stood there before."""

    def call(self, operation: str, params: Json) -> Json:
        """Do an operation of DynamoDB's. Raises Refused."""
        match operation:
            case "GetItem":
                found = self.items.get(_key(params["Key"]))
                return {"Item": found} if found is not None else {}
            case "Query":
                return self._query(params)
            case "UpdateItem":
                return self._update_item(params)
            case "TransactWriteItems":
                return self._transact(params["TransactItems"])
            case "PutItem":
                return self._put_item(params)
            case "DeleteItem":
                self._write(_key(params["Key"]), None)
                return {}
            case "Scan":
                return {"Items": list(self.items.values())}
            case _:
                raise AssertionError(f"the registry has not used {operation} before")

    def _query(self, params: Json) -> Json:
        index = params["IndexName"]
        assert params["KeyConditionExpression"] == "#key = :partition"
        partition = params["ExpressionAttributeValues"][":partition"]
        key, sort = _PARTITIONS[index], INDEX_SORT_KEY
        found = [item for item in self._as_of(self.lag()).values() if item.get(key) == partition and sort in item]
        found.sort(key=lambda item: (item[sort]["S"], item[PARTITION_KEY]["S"]))
        if not params.get("ScanIndexForward", True):
            found.reverse()
        if after := params.get("ExclusiveStartKey"):
            keys = [item[PARTITION_KEY] for item in found]
            found = found[keys.index(after[PARTITION_KEY]) + 1 :] if after[PARTITION_KEY] in keys else []
        page, rest = found[: params["Limit"]], found[params["Limit"] :]
        answer: Json = {"Items": page, "Count": len(page)}
        if rest:
            answer["LastEvaluatedKey"] = {name: page[-1][name] for name in (PARTITION_KEY, key, sort)}
        return answer

    def _as_of(self, seconds: float) -> dict[str, Item]:
        """All items as they stood so many seconds ago."""
        if not seconds:
            return self.items
        then, items = self.clock.now() - timedelta(seconds=seconds), dict(self.items)
        for at, key, before in reversed(self._past):
            if at <= then:
                break
            if before is None:
                items.pop(key, None)
            else:
                items[key] = before
        return items

    def _update_item(self, params: Json) -> Json:
        if not _holds(self.items.get(_key(params["Key"])), params):
            raise Refused("ConditionalCheckFailedException", "The conditional request failed")
        key, item = self._updated(params)
        self._write(key, item)
        return {"Attributes": item} if params.get("ReturnValues", "NONE").startswith("ALL_NEW") else {}

    def _put_item(self, params: Json) -> Json:
        key = _key(params["Item"])
        if not _holds(self.items.get(key), params):
            raise Refused("ConditionalCheckFailedException", "The conditional request failed")
        self._write(key, copied(params["Item"]))
        return {}

    def _transact(self, writes: list[Json]) -> Json:
        """All writes or none."""
        asked = [next(iter(write.items())) for write in writes]
        keys = [_key(params["Key"] if verb == "Update" else params["Item"]) for verb, params in asked]
        assert len(set(keys)) == len(keys), f"DynamoDB refuses two writes of one item in one transaction: {keys}"
        holding = [_holds(self.items.get(key), params) for key, (_, params) in zip(keys, asked, strict=True)]
        if not all(holding):
            reasons = [{"Code": "None" if holds else "ConditionalCheckFailed"} for holds in holding]
            raise Refused("TransactionCanceledException", "Transaction cancelled", {"CancellationReasons": reasons})
        made = [
            self._updated(params) if verb == "Update" else (key, copied(params["Item"]))
            for key, (verb, params) in zip(keys, asked, strict=True)
        ]
        for key, item in made:
            self._write(key, item)
        return {}

    def _updated(self, params: Json) -> tuple[str, Item]:
        key = _key(params["Key"])
        known = self.items.get(key)
        before: Item = params["Key"] if known is None else known
        item = copied(before)
        if (size := len(params["UpdateExpression"].encode())) > _LONGEST_EXPRESSION:
            told = f"Expression size has exceeded the maximum allowed size; expression size: {size}"
            raise Refused("ValidationException", f"Invalid UpdateExpression: {told}")
        try:
            update(params["UpdateExpression"])(before, item, _names(params))
        except Unusable as error:
            raise Refused("ValidationException", str(error)) from error
        return key, item

    def _write(self, key: str, item: Item | None) -> None:
        self._past.append((self.clock.now(), key, self.items.get(key)))
        if item is None:
            self.items.pop(key, None)
        else:
            self.items[key] = item


def _holds(item: Item | None, params: Json) -> bool:
    text = params.get("ConditionExpression")
    return text is None or condition(text)(item or {}, _names(params))


def _names(params: Json) -> Names:
    return Names(params.get("ExpressionAttributeNames", {}), params.get("ExpressionAttributeValues", {}))


def _key(item: Item) -> str:
    return str(item[PARTITION_KEY]["S"])
