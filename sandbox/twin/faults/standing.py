"""A rule that stands: how many calls it has seen, how often it fired, and what it needs to remember."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.twin.faults.rules import ALWAYS, Change, Condition, Force, Rule, Throttle

if TYPE_CHECKING:
    import random
    from datetime import datetime

    from sandbox.twin.faults.calls import Asked
    from sandbox.twin.wire import HttpResponse

CREATIONS = {"cluster": "CreateCluster", "nodegroup": "CreateNodegroup", "addon": "CreateAddon"}
DELETE_FAILED = "DELETE_FAILED"
DELETIONS = {"nodegroup": "DeleteNodegroup", "addon": "DeleteAddon"}
UPDATES = (
    "UpdateClusterConfig UpdateClusterVersion AssociateEncryptionConfig UpdateNodegroupConfig UpdateNodegroupVersion"
    " UpdateAddon"
)


@dataclass(slots=True, kw_only=True)
class Bucket:
    """A token bucket; `refill` is in tokens a second."""

    capacity: int
    refill: float
    tokens: float
    filled_at: datetime

    def take(self, now: datetime) -> bool:
        """Fill up to now and take one token; False if there is none."""
        grown = self.tokens + (now - self.filled_at).total_seconds() * self.refill
        self.tokens, self.filled_at = min(self.capacity, grown), now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def new_bucket(rule: Rule, now: datetime) -> Bucket | None:
    """Return the full bucket of a rule that throttles."""
    if not isinstance(rule, Throttle):
        return None
    return Bucket(capacity=rule.capacity, refill=rule.refill, tokens=rule.capacity, filled_at=now)


@dataclass(slots=True, kw_only=True)
class Standing:
    """A rule and its memory, which many threads may use at once. `Listed` tells what the counts mean."""

    id: str
    rule: Rule
    dice: random.Random
    bucket: Bucket | None = None
    seen: int = 0
    fired: int = 0
    trouble: str | None = None
    _answers: dict[tuple[str, str, str], deque[tuple[datetime, HttpResponse]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def concerns(self, asked: Asked) -> bool:
        """Is the rule about this call?"""
        rule, operations = self.rule, _operations(self.rule)
        if operations is None or isinstance(rule, Condition):
            return False
        return asked.concerns(operations, rule.cluster, rule.name)

    def counts(self, now: datetime) -> bool:
        """Count one more call, and say whether the rule acts upon it."""
        with self._lock:
            self.seen += 1
            acts = self._acts() if self.bucket is None else not self.bucket.take(now)
            self.fired += acts
            return acts

    def _acts(self) -> bool:
        when = ALWAYS if isinstance(self.rule, Throttle | Condition) else self.rule.when
        since = self.seen - when.first
        if since < 0 or since % when.every or (when.times is not None and self.fired >= when.times):
            return False
        return when.probability >= 1 or self.dice.random() < when.probability

    def oldest_since(self, asked: Asked, fresh: HttpResponse, now: datetime, seconds: float) -> HttpResponse:
        """Remember the fresh answer, and return the oldest to the same request that is at most so old."""
        with self._lock:
            known = self._answers.setdefault((asked.operation, asked.request.path, asked.request.query), deque())
            known.append((now, fresh))
            while known[0][0] < now - timedelta(seconds=seconds):
                known.popleft()
            return known[0][1]


def _operations(rule: Rule) -> str | None:
    """Return the operations that the rule is about; None where it does not wait for calls."""
    match rule:
        case Force(resource=resource, now=False, status="DELETE_FAILED"):
            return DELETIONS.get(resource)
        case Force(resource=resource, now=False):
            return CREATIONS.get(resource, UPDATES)
        case Force():
            return None
        case Change(on=on):
            return on
        case _:
            return None if isinstance(rule, Condition) else rule.operation
