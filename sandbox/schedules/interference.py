"""What can be made to go wrong with the firings of EventBridge Scheduler, as plain values, and which one meets which.

AWS promises to deliver at least once, within the minute, and again when the target refuses. So a firing can be late,
come twice or need retries; that it is dropped stands for all that keeps it from ever coming.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

MOST = 1_000_000_000


class InterferenceError(ValueError):
    """An interference makes no sense; the text says why and what would."""


class Interference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that happens to the next firings of some schedules.

    Attributes:
        does: `drop` it, `delay` it by `seconds`, `repeat` it (deliver it twice), or let the target `refuse` it with
            `code`, after which the schedule's retry policy decides.
        schedule, group: of which schedules, as shell patterns of their names.
        times: to how many firings (attempts, for `refuse`); None for all that come.
        seconds: real ones, as schedules follow the real clock.
        code: an error of the target; a throttling or server error is tried again, any other is not.
    """

    does: Literal["drop", "delay", "repeat", "refuse"]
    schedule: str = "*"
    group: str = "*"
    times: int | None = 1
    seconds: float = 0.0
    code: str = "ThrottlingException"


@dataclass(slots=True, kw_only=True)
class Standing:
    """An interference that stands, and how often it has acted."""

    id: str
    what: Interference
    fired: int = 0

    @property
    def spent(self) -> bool:
        """Has it acted as often as it should?"""
        return self.what.times is not None and self.fired >= self.what.times


class Interferences:
    """Those that stand, in the order in which they were added; the first that concerns a firing acts upon it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._standing: dict[str, Standing] = {}
        self._made = 0

    def add(self, what: Interference) -> Standing:
        """Let one stand.

        Raises:
            InterferenceError: it could do nothing.
        """
        if what.times is not None and not 0 < what.times <= MOST:
            raise InterferenceError(f"times must be above 0 and at most {MOST}, or null for no end; it is {what.times}")
        if (what.does == "delay") != (0 < what.seconds <= MOST):
            raise InterferenceError(f"seconds belong to delay and are above 0 and at most {MOST}")
        with self._lock:
            self._made += 1
            one = self._standing[str(self._made)] = Standing(id=str(self._made), what=what)
        return one

    def remove(self, rule_id: str) -> None:
        """Take one away.

        Raises:
            KeyError: no such one stands.
        """
        with self._lock:
            del self._standing[rule_id]

    def clear(self) -> None:
        """Take all away."""
        with self._lock:
            self._standing.clear()

    def standing(self) -> list[Standing]:
        """All that stand, the oldest first."""
        with self._lock:
            return list(self._standing.values())

    def meet(self, group: str, schedule: str, *does: str) -> Interference | None:
        """The first of these kinds that acts upon a firing of the schedule; it has acted once more then."""
        with self._lock:
            for one in self._standing.values():
                what = one.what
                named = fnmatchcase(schedule, what.schedule) and fnmatchcase(group, what.group)
                if what.does in does and named and not one.spent:
                    one.fired += 1
                    return what
        return None
