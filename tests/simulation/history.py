"""What has happened, line by line: the same seed gives the same lines, byte for byte."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.clock import VirtualClock


@dataclass
class History:
    """Lines of time, kind and what it was."""

    clock: VirtualClock
    lines: list[str] = field(default_factory=list)

    def note(self, kind: str, text: str) -> None:
        """Add a line."""
        self.lines.append(f"{self.clock.now().isoformat(timespec='milliseconds')} {kind:9} {text}")

    @property
    def digest(self) -> str:
        """By which two histories are told apart."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()[:16]
