"""When a failed state is tried again.

MiniStack never waits longer than a minute and ignores `MaxDelaySeconds` and `JitterStrategy`.
"""

from __future__ import annotations

import random
from typing import Any

from sandbox.states.errors import takes

_LARGEST_DELAY = 31_622_400.0
"""`MaxDelaySeconds` is below 31622400 s, a year."""


class Retries:
    """The retriers of one state and how often each has been used in this visit of it."""

    def __init__(self, state: dict[str, Any]) -> None:
        self._retriers: list[dict[str, Any]] = state.get("Retry", [])
        self._used = [0] * len(self._retriers)

    @property
    def count(self) -> int:
        """How often the state has been tried again: `$states.context.State.RetryCount`."""
        return sum(self._used)

    def delay_after(self, error: str) -> float | None:
        """Seconds until the next attempt; None when there is none. The first retrier that takes the error decides."""
        for index, retrier in enumerate(self._retriers):
            if takes(retrier, error):
                return self._next(index, retrier)
        return None

    def _next(self, index: int, retrier: dict[str, Any]) -> float | None:
        used = self._used[index]
        if used >= retrier.get("MaxAttempts", 3):
            return None
        self._used[index] = used + 1
        return delay(retrier, used)


def delay(retrier: dict[str, Any], used: int) -> float:
    """Seconds before the attempt after `used` earlier ones of this retrier."""
    seconds = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** used
    seconds = min(seconds, retrier.get("MaxDelaySeconds", _LARGEST_DELAY))
    if retrier.get("JitterStrategy") == "FULL":
        return random.uniform(0, seconds)  # noqa: S311 - spreads retries, protects nothing
    return float(seconds)
