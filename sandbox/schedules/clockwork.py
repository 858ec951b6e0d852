"""Which schedules are due, and what becomes of their firings. Takes the place of MiniStack's own look at its schedules.

MiniStack fires once, at the earliest ten seconds late, and knows neither retries nor a dead-letter queue.
"""

from __future__ import annotations

import logging
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ministack.core import responses
from ministack.services import scheduler

from sandbox.schedules.delivery import Failure, Firing, failure_of
from sandbox.schedules.expressions import Schedule, next_time

if TYPE_CHECKING:
    from sandbox.schedules.interference import Interferences

_logger = logging.getLogger("sandbox.schedules")

MOST_ATTEMPTS, OLDEST_SECONDS = 185, 86_400
"""The retry policy of a schedule that has none: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html"""
_SLOWEST_RETRY = 60
_KEPT = 1000

Deliver = Callable[[Firing], Failure | None]
Bury = Callable[[Firing, Failure, str | None], bool]
"""As the functions of these names in delivery.py."""

Key = tuple[str, str, str]
"""Account, region, and group and name with a slash between, as MiniStack's store has them."""


@dataclass(slots=True, kw_only=True)
class _Due:
    """When a schedule fires next, and for which wording of it that was worked out."""

    wording: tuple[object, ...]
    instant: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a firing, or of one attempt: delivered, refused (and tried again), failed, dropped or delayed.

    Attributes:
        error: of the target.
        dead_letter: the firing lies in the schedule's dead-letter queue.
    """

    group: str
    schedule: str
    scheduled: datetime
    at: datetime
    attempt: int
    outcome: str
    error: str | None = None
    dead_letter: bool = False


class Clockwork:
    """Looks at every schedule when it is told to, and fires what has become due since the last time."""

    def __init__(self, interferences: Interferences, deliver: Deliver, bury: Bury) -> None:
        self._interferences = interferences
        self._deliver = deliver
        self._bury = bury
        self._due: dict[Key, _Due] = {}
        self._waiting: list[Firing] = []
        self.outcomes: deque[Outcome] = deque(maxlen=_KEPT)

    def tick(self, schedules: dict[Key, Schedule], now: datetime) -> list[Key]:
        """Fire what is due; return the schedules that have completed and want to be deleted then."""
        for gone in self._due.keys() - schedules.keys():
            del self._due[gone]
        completed = [key for key, schedule in schedules.items() if self._look(key, schedule, now)]
        for firing in [firing for firing in self._waiting if firing.at <= now]:
            self._waiting.remove(firing)  # one by one: what goes wrong with one must not cost the others
            self._attempt(firing, now)
        return completed

    def _look(self, key: Key, schedule: Schedule, now: datetime) -> bool:
        """Fire the schedule if it is due. Has it completed, and is it to be deleted then?"""
        due = self._due_of(key, schedule)
        if due.instant is not None and due.instant <= now:
            scheduled, due.instant = due.instant, _next(schedule, now)
            if schedule["State"] == "ENABLED":
                self._fire(key, schedule, scheduled, now)
        return due.instant is None and schedule.get("ActionAfterCompletion") == "DELETE"

    def _due_of(self, key: Key, schedule: Schedule) -> _Due:
        names = ("ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate", "CreationDate")
        wording = tuple(schedule.get(name) for name in names)
        if key not in self._due or self._due[key].wording != wording:
            since = datetime.fromtimestamp(schedule["LastModificationDate"], UTC)
            self._due[key] = _Due(wording=wording, instant=_next(schedule, since))
        return self._due[key]

    def _fire(self, key: Key, schedule: Schedule, scheduled: datetime, now: datetime) -> None:
        account, region, _ = key
        firing = Firing(
            account=account,
            region=region,
            schedule=dict(schedule),
            scheduled=scheduled,
            at=now,
            id=str(uuid.uuid4()),
        )
        met = self._interferences.meet(firing.group, firing.name, "drop", "delay", "repeat")
        if met is None or met.does == "repeat":
            self._waiting += [firing] if met is None else [firing, replace(firing)]
        elif met.does == "delay":
            firing.at = now + timedelta(seconds=met.seconds)
            self._waiting.append(firing)
            self._note(firing, now, "delayed")
        else:
            self._note(firing, now, "dropped")

    def _attempt(self, firing: Firing, now: datetime) -> None:
        responses.set_request_account_id(firing.account)
        responses.set_request_region(firing.region)
        met = self._interferences.meet(firing.group, firing.name, "refuse")
        failure = failure_of(met.code, "An interference of the sandbox says so.") if met else self._deliver(firing)
        if failure is None:
            self._note(firing, now, "delivered")
            return
        pause = min(2 ** (firing.attempt - 1), _SLOWEST_RETRY)
        exhausted = _exhausted(firing, now + timedelta(seconds=pause)) if failure.transient else None
        if failure.transient and exhausted is None:
            self._note(firing, now, "refused", failure)
            self._waiting.append(replace(firing, attempt=firing.attempt + 1, at=now + timedelta(seconds=pause)))
        else:
            buried = self._bury(firing, failure, exhausted)
            self._note(firing, now, "failed", failure, dead_letter=buried)

    def _note(
        self, firing: Firing, now: datetime, outcome: str, failure: Failure | None = None, *, dead_letter: bool = False
    ) -> None:
        noted = Outcome(
            group=firing.group,
            schedule=firing.name,
            scheduled=firing.scheduled,
            at=now,
            attempt=firing.attempt,
            outcome=outcome,
            error=f"{failure.code}: {failure.message}" if failure else None,
            dead_letter=dead_letter,
        )
        self.outcomes.append(noted)
        _logger.info("%s", asdict(noted))


def _exhausted(firing: Firing, next_attempt: datetime) -> str | None:
    """The limit of the schedule's retry policy that forbids another attempt, if one does."""
    policy = firing.schedule["Target"].get("RetryPolicy") or {}
    if firing.attempt > policy.get("MaximumRetryAttempts", MOST_ATTEMPTS):
        return "MaximumRetryAttempts"
    oldest = timedelta(seconds=policy.get("MaximumEventAgeInSeconds", OLDEST_SECONDS))
    return "MaximumEventAgeInSeconds" if next_attempt - firing.scheduled > oldest else None


def _next(schedule: Schedule, after: datetime) -> datetime | None:
    """When the schedule is due next within its start and its end."""
    start, end = (scheduler._to_epoch(schedule.get(name)) for name in ("StartDate", "EndDate"))  # noqa: SLF001
    if start is not None:
        after = max(after, datetime.fromtimestamp(start, UTC) - timedelta(microseconds=1))
    found = next_time(schedule, after)
    return None if found is None or (end is not None and found.timestamp() > end) else found


def install(clockwork: Clockwork) -> None:
    """Let MiniStack's thread drive this clockwork, each second instead of every ten."""

    def tick() -> None:
        schedules = dict(scheduler._schedules._data)  # noqa: SLF001 - its store, by account, region and name
        for completed in clockwork.tick(schedules, datetime.now(UTC)):
            scheduler._schedules._data.pop(completed, None)  # noqa: SLF001 - as above

    scheduler._tick_schedules = tick  # noqa: SLF001 - what its thread calls
    scheduler._SCHEDULE_TICK_INTERVAL = 1  # noqa: SLF001 - seconds
