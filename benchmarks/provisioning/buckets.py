"""Token buckets in front of EKS: what is let through, and what is told to come again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.twin.faults.standing import Bucket

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from tests.simulation.faults import Call


@dataclass
class EksBuckets:
    """One bucket for each operation: ``rate`` calls a second, and at first twice as many at once."""

    rate: int
    clock: Clock
    asked: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    """By operation."""

    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def __call__(self, call: Call) -> bool:
        """Whether a call is let through."""
        if call.service != "eks":
            return True
        now = self.clock.now()
        if call.operation not in self._buckets:
            full = 2 * self.rate
            self._buckets[call.operation] = Bucket(capacity=full, refill=self.rate, tokens=full, filled_at=now)
        through = self._buckets[call.operation].take(now)
        self.asked[call.operation] += 1
        self.refused[call.operation] += not through
        return through
