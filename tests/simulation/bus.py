"""EventBridge's bus: what was said on it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.clock import VirtualClock

    Json = dict[str, Any]


@dataclass
class Bus:
    """Takes everything."""

    clock: VirtualClock
    heard: list[tuple[datetime, str, Json]] = field(default_factory=list)
    """When, of which kind, and what it says."""

    def call(self, operation: str, params: Json) -> Json:
        """PutEvents."""
        assert operation == "PutEvents"
        for entry in params["Entries"]:
            self.heard.append((self.clock.now(), entry["DetailType"], json.loads(entry["Detail"])))
        return {
            "FailedEntryCount": 0,
            "Entries": [{"EventId": str(number)} for number, _ in enumerate(params["Entries"])],
        }
