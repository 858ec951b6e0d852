"""Trouble that lasts: EKS has few tokens, and tells of a while ago."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.twin.faults.standing import Bucket

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from random import Random

    from tests.simulation.faults import Call

    Json = dict[str, Any]
    Now = Callable[[], datetime]


@dataclass
class Tokens:
    """For each operation of EKS a bucket of its own; ``refill`` is in tokens a second."""

    now: Now
    capacity: int
    refill: float
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def __call__(self, call: Call) -> bool:
        """Whether there is a token for a call."""
        if call.service != "eks":
            return True
        known = self.buckets.get(call.operation)
        if known is None:
            now = self.now()
            known = Bucket(capacity=self.capacity, refill=self.refill, tokens=self.capacity, filled_at=now)
            self.buckets[call.operation] = known
        return known.take(self.now())


@dataclass
class Lag:
    """Reads of EKS, some of them answered as they would have been up to so many seconds ago."""

    now: Now
    seconds: float
    random: Random
    often: float = 0.3
    answers: dict[tuple[str, str], deque[tuple[datetime, Json]]] = field(default_factory=dict)

    def __call__(self, call: Call, fresh: Json) -> Json:
        """The answer that is given in the place of the fresh one."""
        if call.service != "eks" or not call.operation.startswith(("Describe", "List")):
            return fresh
        known = self.answers.setdefault((call.operation, str(sorted(call.params.items()))), deque())
        known.append((self.now(), fresh))
        while known[0][0] < self.now() - timedelta(seconds=self.seconds):
            known.popleft()
        return known[0][1] if self.random.random() < self.often else fresh
