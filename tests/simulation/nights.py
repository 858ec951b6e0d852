"""Days and nights by a calendar drawn by lot, while events come twice, late or never, and clocks are changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from lambdas.domain.calendar import Awake, Calendar, Hours, Window, desired
from lambdas.domain.pacing import SWEEP_MINUTES
from tests.simulation.chance import chance
from tests.simulation.forks import futures
from tests.simulation.invariants import ledger, side_by_side
from tests.simulation.lives import Lived
from tests.simulation.portrait import but, differences, everything
from tests.simulation.slipway import Slipway
from tests.simulation.trial import neighbours
from tests.simulation.workflows import NAME, spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from tests.simulation.ground import Ground

STARTS: Final = (
    datetime(2026, 10, 23, 12, 0, tzinfo=UTC),  # clocks in Berlin and on Lord Howe go back on the 25th or have done so
    datetime(2026, 3, 27, 12, 0, tzinfo=UTC),  # and forward on the 29th
    datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
)
ZONES: Final = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
DAYS: Final = 4
_AROUND: Final = (timedelta(days=-1), timedelta(0), timedelta(days=1))
SLACK: Final = timedelta(minutes=SWEEP_MINUTES + 3)
"""By then after a boundary the sizes are what the calendar says: a sweep comes every 15 minutes, up to a minute late,
and the run that it starts needs some seconds."""


@dataclass
class _Watch:
    """Looks, a while after each boundary, whether the cluster is what its calendar says."""

    slipway: Slipway
    calendar: Calendar
    found: list[str] = field(default_factory=list)

    def run(self) -> None:
        engine = self.slipway.engine
        while True:
            now = self.slipway.clock.now()
            state = desired(self.calendar, None, now)
            if state.until is None:
                return
            engine.pause(SLACK.total_seconds())
            if self.slipway.clock.now() < state.until:
                self._look(awake=isinstance(state, Awake))
            engine.pause(max((state.until - self.slipway.clock.now()).total_seconds(), 0.0) + 1)

    def _look(self, *, awake: bool) -> None:
        if _on_the_wall(self.calendar, self.slipway.clock.now()) not in {None, awake}:
            self.found.append(f"at {self.slipway.clock.now():%a %H:%M} its windows say otherwise than the calendar")
        groups = self.slipway.twin.inventory()["clusters"][NAME]["nodegroups"].values()
        desired_sizes = [it["nodegroup"]["scalingConfig"]["desiredSize"] for it in groups]
        if awake and 0 in desired_sizes:
            self.found.append(f"asleep at {self.slipway.clock.now():%a %H:%M}, {SLACK} after it was to wake")
        if not awake and any(desired_sizes):
            self.found.append(f"awake at {self.slipway.clock.now():%a %H:%M}, {SLACK} after it was to sleep")


def _on_the_wall(calendar: Calendar, now: datetime) -> bool | None:
    """Whether the cluster is to be awake by a plain look at the clock; None where clocks are changed within a day."""
    shown = now.astimezone(calendar.zone)
    if len({(now + days).astimezone(calendar.zone).utcoffset() for days in _AROUND}) > 1:
        return None
    minutes = shown.hour * 60 + shown.minute
    return any(
        (shown.weekday() - yesterday) % 7 in window.days
        and window.hours.start <= minutes + 24 * 60 * yesterday < window.hours.end
        for window in calendar.awake
        for yesterday in (0, 1)
    )


def nights(ground: Ground, seeds: range, *, at_once: int) -> Iterator[Lived]:
    """The days and nights of these seeds."""
    ground.fresh()  # once for all
    works = [partial(_lived, ground, seed) for seed in seeds]
    for _, lived in futures(works, at_once=at_once):
        yield lived


def _lived(ground: Ground, seed: int) -> Lived:
    dice = chance(seed, "nights")
    slipway = Slipway(ground, seed, start=dice.choice(STARTS), mixed=True)
    neighbours(slipway)
    foreign = but(everything(slipway), NAME)
    slipway.accept(spec("small"))
    slipway.settle()
    late = chance(seed, "rules")
    slipway.rule("sweep", lambda: (late.uniform(0, 60),))
    injected: Counter[str] = Counter()
    slipway.schedules.delays = lambda: tuple(_delays(dice, injected))
    calendar = _calendar(dice)
    slipway.plan(NAME, calendar)
    watch = _Watch(slipway, calendar)
    slipway.engine.spawn(watch.run, about="observer")
    slipway.pass_time(timedelta(days=DAYS))
    slipway.settle()
    foreign_now = but(everything(slipway), NAME)
    found = [*watch.found, *ledger(slipway, NAME), *side_by_side(slipway.answered), *differences(foreign, foreign_now)]
    virtual, calls = slipway.clock.now() - slipway.start, len(slipway.cloud.numbered)
    return Lived(
        seed, (str(calendar.awake),), tuple(found), injected, virtual, calls, slipway.history.digest,
        tuple(slipway.history.lines),
    )  # fmt: skip


def _delays(dice: Random, injected: Counter[str]) -> Iterable[float]:
    """How often an event of a schedule's arrives, and how late each time."""
    times = dice.choice((0, 1, 1, 2))
    if times != 1:
        injected["event lost" if times == 0 else "event delivered twice"] += 1
    for _ in range(times):
        seconds = dice.choice((0.0, 30.0, dice.uniform(0, 24 * 3600)))
        injected["event late"] += seconds > 0
        yield seconds


def _calendar(dice: Random) -> Calendar:
    """Some windows in some zone, among them such as end or begin where clocks are changed."""
    hours = dice.choice((Hours(7 * 60 + 30, 20 * 60 + 30), Hours(3 * 60, 12 * 60), Hours(22 * 60, 26 * 60 + 30)))
    days = dice.choice((range(7), range(5), (0, 2, 4, 6)))
    return Calendar(timezone=dice.choice(ZONES), awake=(Window(tuple(days), hours),))
