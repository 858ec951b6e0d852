"""Taking in what is asked of a cluster's nights and sizes: it is written down, and a run sees to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lambdas.aws.registry import Conflict
from lambdas.domain.calendar import instant_text, override, override_from_text, to_text
from lambdas.domain.frozen import dataclass
from lambdas.domain.power import Night, due
from lambdas.domain.records import Start
from lambdas.domain.runs import Verb
from lambdas.steps.starting import TRIES, BeingDeleted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from lambdas.aws.registry import Registry
    from lambdas.domain.calendar import Calendar, State
    from lambdas.domain.records import ClusterRecord, Sizes
    from lambdas.domain.runs import Run
    from lambdas.steps.starting import Starter

    Arrangement = tuple[ClusterRecord, Run | None]


@dataclass(frozen=True, slots=True)
class Nights:
    """Accepts calendars, overrides and sizes.

    Everything it does may be repeated. Each method answers the cluster and the run that sees to what is asked for, or
    None if nothing is left to do. What was asked for last is what counts: a run that works already turns to it, or is
    followed by another one.
    """

    registry: Registry
    starter: Starter

    def plan(self, name: str, calendar: Callable[[ClusterRecord], Calendar], now: datetime) -> Arrangement:
        """Have the cluster live by a calendar, which is judged by its record. Raises what ``calendar`` raises.

        An override that would never end by itself ends here, since the calendar would never have its turn.
        """

        def change(record: ClusterRecord) -> ClusterRecord:
            by_hand = override_from_text(record.override) if record.override else None
            kept = record.override if by_hand and by_hand.until else None
            return replace(record, calendar=to_text(calendar(record)), override=kept)

        return self._intend(name, change, now)

    def forget(self, name: str, now: datetime) -> Arrangement:
        """Have the cluster never sleep: neither by a calendar nor by hand."""
        return self._intend(name, lambda record: replace(record, calendar=None, override=None), now)

    def hold(self, name: str, state: State, until: datetime | None, now: datetime) -> Arrangement:
        """Have the cluster awake or asleep until an instant, by default until the calendar's next change."""

        def change(record: ClusterRecord) -> ClusterRecord:
            held = override(state, until, Night.of(record, now).calendar, now)
            return replace(record, override=to_text(held))

        return self._intend(name, change, now)

    def resize(self, name: str, sizes: Callable[[ClusterRecord], Mapping[str, Sizes]], now: datetime) -> Arrangement:
        """Have node groups get other sizes, at once or at waking; ``sizes`` judges them by the cluster's record."""
        return self._intend(name, lambda record: replace(record, resize={**record.resize, **sizes(record)}), now)

    def _intend(self, name: str, change: Callable[[ClusterRecord], ClusterRecord], now: datetime) -> Arrangement:
        for _ in range(TRIES):
            record = self.registry.cluster(name)
            if record is None:
                break
            if record.destroy:
                raise BeingDeleted(name, record.destroy)
            wanted = change(_without_the_past(record, now))
            try:
                run = self._see_to(record, wanted, now)
            except Conflict:
                continue
            return self._arranged(name, run)
        raise Conflict(name)

    def _see_to(self, record: ClusterRecord, wanted: ClusterRecord, now: datetime) -> str | None:
        """The id of the run that sees to what is wanted: the one that works, or a new one; None if none is needed."""
        if due(replace(wanted, aim=""), now) is None:  # whoever asks gets another try, whatever was tried before
            self._write(record, wanted, None)
            return None
        if self.starter.is_busy(record):
            self._write(record, wanted, None)
            return record.lease
        start = Start.following(record, Verb.SCALE, instant_text(now))
        self._write(record, wanted, start)
        self.starter.executions.start(start.verb, start.run, record.name)
        return start.run

    def _write(self, record: ClusterRecord, wanted: ClusterRecord, start: Start | None) -> None:
        if start is None and wanted == record:
            return
        self.registry.intend(
            record, calendar=wanted.calendar, override=wanted.override, resize=wanted.resize, start=start
        )

    def _arranged(self, name: str, run: str | None) -> Arrangement:
        record = self.registry.cluster(name)
        if record is None:
            raise Conflict(name)
        return record, self.registry.run(run) if run else None


def _without_the_past(record: ClusterRecord, now: datetime) -> ClusterRecord:
    """The record without an override that is over."""
    by_hand = override_from_text(record.override) if record.override else None
    return record if by_hand is None or by_hand.active(now) else replace(record, override=None)
