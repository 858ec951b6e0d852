"""What DynamoDB bills for the registry's table, by the sizes of the items that moto keeps."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from lambdas.domain.table import INDEX, INDEX_PARTITION_KEY, OUTBOX, PARTITION_KEY
from tests.house import ACCOUNT, REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WRITE_BYTES: Final = 1024
READ_BYTES: Final = 4096
_INDEXES: Final = {INDEX: INDEX_PARTITION_KEY, OUTBOX: OUTBOX}
"""An item is in an index if it has the attribute; each index has the whole item."""
_TRANSACTIONAL: Final = 2
"""Units for each one of a request that is a transaction; its effect on indexes is billed as any other."""


@dataclass
class Meter:
    """Counts the units of every request on the table, strongly consistent reads being the dearest assumption."""

    reads: int = 0
    writes: int = 0
    _asked: dict[str, Any] = field(default_factory=dict)

    def listen(self, client: DynamoDBClient) -> None:
        """From now on count what the client asks for."""
        client.meta.events.register("before-call.dynamodb", self._before)
        client.meta.events.register("after-call.dynamodb", self._after)

    def _before(self, params: dict[str, Any], **_: object) -> None:
        self._asked = json.loads(params["body"])

    def _after(self, model: Any, parsed: dict[str, Any], **_: object) -> None:  # noqa: ANN401 -- botocore's own
        match model.name:
            case "GetItem":
                self.reads += _units(_stored(self._asked["Key"]), READ_BYTES)
            case "TransactGetItems":
                keys = [it["Get"]["Key"] for it in self._asked["TransactItems"]]
                self.reads += _TRANSACTIONAL * sum(_units(_stored(key), READ_BYTES) for key in keys)
            case "Query":
                self.reads += _units(parsed.get("Items", []), READ_BYTES)
            case "PutItem" | "UpdateItem" | "DeleteItem":
                self.writes += _written(_key(self._asked), 1)
            case "TransactWriteItems":
                parts = [part for item in self._asked["TransactItems"] for part in item.values()]
                self.writes += sum(_written(_key(part), _TRANSACTIONAL) for part in parts)
            case other:
                raise AssertionError(f"Nobody has said what {other} costs.")


def _key(part: dict[str, Any]) -> dict[str, Any]:
    return dict(part["Key"]) if "Key" in part else {PARTITION_KEY: part["Item"][PARTITION_KEY]}


def _stored(key: dict[str, Any]) -> dict[str, Any]:
    """The item as it is now; nothing if there is none."""
    table = dynamodb_backends[ACCOUNT][REGION].get_table("registry")
    item = table.items.get(DynamoType(key[PARTITION_KEY]))
    return item.to_json()["Attributes"] if item else {}


def _written(key: dict[str, Any], factor: int) -> int:
    item = _stored(key)
    copies = sum(attribute in item for attribute in _INDEXES.values())
    return _units(item, WRITE_BYTES) * (factor + copies)


def _units(item: object, size: int) -> int:
    """Whole units, at least one. JSON is a little longer than what DynamoDB counts."""
    return max(-(-len(json.dumps(item)) // size), 1)
