"""The counter of turns in the registry's table: one item, for one deployment is one account and region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from lambdas.aws.items import plain, wire
from lambdas.aws.table import Table
from lambdas.domain.table import PARTITION_KEY
from lambdas.domain.turns import Rush

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_KEY: Final = {PARTITION_KEY: "TURNS"}


class TurnCounter(Table):
    """Gives numbers, each once, and keeps what is known of when they are due."""

    def take_turn(self) -> tuple[int, Rush]:
        """The next number, and the rush in force."""
        answer = self._client.update_item(
            TableName=self._table,
            Key=wire(_KEY),
            UpdateExpression="ADD given :one",
            ExpressionAttributeValues=wire({":one": 1}),
            ReturnValues="ALL_NEW",
        )
        given, rush = _read(answer["Attributes"])
        return given - 1, rush

    def turns(self) -> tuple[int, Rush]:
        """How many numbers were given, and the rush in force."""
        return _read(wire(self._get(_KEY) or {}))

    def change_rush(self, was: Rush, rush: Rush) -> bool:
        """Put a rush in the place of another. Answers whether it was still there: if not, somebody was faster."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=wire(_KEY),
                UpdateExpression="SET rush = :rush",
                ConditionExpression="attribute_not_exists(rush) OR rush = :was",
                ExpressionAttributeValues=wire({":rush": _text(rush), ":was": _text(was)}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _read(attributes: Mapping[str, Any]) -> tuple[int, Rush]:
    item = plain(attributes)
    rush = msgspec.json.decode(item["rush"], type=Rush) if "rush" in item else Rush()
    return int(item.get("given", 0)), rush


def _text(rush: Rush) -> str:
    return msgspec.json.encode(rush).decode()
