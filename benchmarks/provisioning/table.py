"""What DynamoDB bills for the registry's table, by the sizes of the items in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lambdas.domain.table import INDEX_PARTITION_KEY, OUTBOX, PARTITION_KEY

if TYPE_CHECKING:
    from tests.simulation.table import Table

    Json = dict[str, Any]

_WRITTEN: Final = 1024
_READ: Final = 4096
"""Bytes to a unit."""

_INDEXES: Final = (INDEX_PARTITION_KEY, OUTBOX)
"""An item is in an index if it has the attribute; each index has the whole item, and is written with it."""

_TRANSACTIONAL: Final = 2
"""Units for each one, of a request that is a transaction; indexes are billed as ever."""


@dataclass
class MeteredTable:
    """Counts the units of every request. Reads are taken to be strongly consistent, which is dearest."""

    table: Table
    reads: int = 0
    writes: int = 0

    def call(self, operation: str, params: Json) -> Json:
        """Do an operation, and note what it costs."""
        answer = self.table.call(operation, params)
        match operation:
            case "GetItem":
                self.reads += _units(answer.get("Item", {}), _READ)
            case "Query":
                self.reads += _units(answer["Items"], _READ)
            case "PutItem" | "UpdateItem":
                self.writes += self._written(params, 1)
            case "TransactWriteItems":
                parts = [part for item in params["TransactItems"] for part in item.values()]
                self.writes += sum(self._written(part, _TRANSACTIONAL) for part in parts)
            case _:
                raise AssertionError(f"Nobody has said what {operation} costs.")
        return answer

    def _written(self, part: Json, factor: int) -> int:
        item = self.table.items[str((part.get("Key") or part["Item"])[PARTITION_KEY]["S"])]
        copies = sum(attribute in item for attribute in _INDEXES)
        return _units(item, _WRITTEN) * (factor + copies)


def _units(item: object, size: int) -> int:
    """Whole units, at least one. JSON is a little longer than what DynamoDB counts."""
    return max(-(-len(json.dumps(item)) // size), 1)
