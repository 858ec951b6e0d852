"""Telling others: what is written in the registry goes out on the bus, at least once."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import CALL_ERRORS
from lambdas.aws.events import MOST_AT_ONCE
from lambdas.aws.registry import Conflict
from lambdas.domain.calendar import instant_text
from lambdas.domain.events import Notice
from lambdas.domain.frozen import dataclass
from lambdas.steps.contract import Permission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lambdas.aws.events import Bus
    from lambdas.aws.registry import Registry
    from lambdas.domain.events import Event

PUBLISHING: Final = Permission(actions=("events:PutEvents",), resources=("{bus}",))
"""What whoever publishes needs beside the ledger."""

OVERDUE: Final = timedelta(minutes=2)
"""How old an event is whose writer has surely died: younger ones he publishes himself."""


class NotTaken(Exception):  # noqa: N818 -- what happened
    """EventBridge did not take some events. ``args[0]`` says which and why; they stay to be published."""


@dataclass(frozen=True, slots=True)
class Announcer:
    """Publishes what has been written down, and notes that it is published."""

    registry: Registry
    bus: Bus
    clock: Callable[[], datetime]

    def announce(self, events: Iterable[Event]) -> None:
        """Publish what was just written down. What goes wrong does not matter here: the sweep will publish it."""
        with suppress(*CALL_ERRORS, NotTaken):
            self._publish([Notice.of(event) for event in events])

    def tell(self, event: Event) -> bool:
        """Write an event down by itself, and publish it. Answers whether it is new: what was told stays as it is."""
        new = self.registry.note(event)
        if new:
            self.announce([event])
        return new

    def catch_up(self) -> int:
        """Publish what others have written down and not published. Answers how many; raises NotTaken."""
        before = self.clock() - OVERDUE
        waiting = [notice for notice in self.registry.unpublished() if datetime.fromisoformat(notice.at) <= before]
        self._publish(waiting)
        return len(waiting)

    def _publish(self, notices: Sequence[Notice]) -> None:
        refused: dict[str, str] = {}
        for first in range(0, len(notices), MOST_AT_ONCE):
            some = notices[first : first + MOST_AT_ONCE]
            missing = self.bus.publish(some)
            self._note_published(notice for notice in some if notice.id not in missing)
            refused |= missing
        if refused:
            raise NotTaken(str(refused))

    def _note_published(self, notices: Iterable[Notice]) -> None:
        for notice in notices:
            with suppress(Conflict):  # somebody else is at it, or it will be published once more
                self.registry.published(notice.id, instant_text(self.clock()))
