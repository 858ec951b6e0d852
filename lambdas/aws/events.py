"""The bus: where events leave Slipway. EventBridge takes ten at a time, and says of each whether it has it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol, TypedDict

from lambdas.domain.events import SOURCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdas.domain.events import Notice

MOST_AT_ONCE: Final = 10
"""The entries that one call of PutEvents may have."""


class Entry(TypedDict):
    """An event as PutEvents takes it."""

    EventBusName: str
    Source: str
    DetailType: str
    Detail: str
    Time: datetime


class Verdict(TypedDict, total=False):
    """What EventBridge made of an entry: an id, or an error."""

    EventId: str
    ErrorCode: str
    ErrorMessage: str


class Verdicts(TypedDict):
    """The answer of PutEvents, in the order of the entries."""

    Entries: list[Verdict]


class EventsClient(Protocol):
    """boto3's client, as far as it is used."""

    def put_events(self, *, Entries: Sequence[Entry]) -> Verdicts:  # noqa: N803 -- boto3's name
        """PutEvents."""


class Bus:
    """Slipway's own event bus."""

    def __init__(self, client: EventsClient, name: str) -> None:
        self._client = client
        self._name = name

    def publish(self, notices: Sequence[Notice]) -> dict[str, str]:
        """Send at most ``MOST_AT_ONCE``. Answers by id why EventBridge did not take one; those not named it has."""
        verdicts = self._client.put_events(Entries=[self._entry(notice) for notice in notices])["Entries"]
        return {
            notice.id: f"{verdict['ErrorCode']}: {verdict.get('ErrorMessage', '')}"
            for notice, verdict in zip(notices, verdicts, strict=True)
            if "ErrorCode" in verdict
        }

    def _entry(self, notice: Notice) -> Entry:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": notice.type,
            "Detail": notice.detail,
            "Time": datetime.fromisoformat(notice.at),
        }
