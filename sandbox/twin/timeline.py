"""What will happen and when. Nothing runs in the background: whoever looks first settles what is due."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Happening = Callable[[], None]


@dataclass(order=True, slots=True)
class _Event:
    at: datetime
    number: int
    happening: Happening = field(compare=False)


class Timeline:
    """Events in the order of their time, and of their making where times are equal.

    Attributes:
        now: the instant reached: the time of the event being settled, else that of the last settling.
    """

    def __init__(self, start: datetime) -> None:
        self.now = start
        self._events: list[_Event] = []
        self._made = 0

    def after(self, seconds: float, happening: Happening) -> None:
        """Let `happening` be called `seconds` from now. It must look whether it still applies."""
        self._made += 1
        heapq.heappush(self._events, _Event(self.now + timedelta(seconds=seconds), self._made, happening))

    def settle(self, until: datetime) -> None:
        """Let everything due by `until` happen, events made on the way included. Time never runs back."""
        while self._events and self._events[0].at <= until:
            event = heapq.heappop(self._events)
            self.now = max(self.now, event.at)
            event.happening()
        self.now = max(self.now, until)

    def next_event(self) -> datetime | None:
        """Return when the next event is due, or None if nothing will happen by itself."""
        return self._events[0].at if self._events else None
