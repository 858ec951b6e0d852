"""What the sandbox says about itself at `GET /_sandbox/health`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

HEALTH_PATH = "/_sandbox/health"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a client needs to know to use the sandbox."""

    url: str
    api_url: str | None
    state_machines: dict[str, str]
    stacks: dict[str, dict[str, str]]
    region: str
    account: str
    speed: float

    def document(self) -> dict[str, object]:
        """The body of the health answer."""
        return {
            "status": "ready",
            "url": self.url,
            "apiUrl": self.api_url,
            "stateMachines": self.state_machines,
            "stacks": self.stacks,
            "region": self.region,
            "account": self.account,
            "speed": self.speed,
        }


@dataclass(slots=True)
class Status:
    """The one mutable word about the sandbox: written by the deployment, read by the health answer."""

    phase: str = "starting the servers"
    ready: Ready | None = field(default=None)

    def answer(self) -> tuple[int, bytes]:
        """The HTTP status and the JSON body of the health answer."""
        if self.ready is None:
            return 503, json.dumps({"status": "starting", "phase": self.phase}).encode()
        return 200, json.dumps(self.ready.document()).encode()
