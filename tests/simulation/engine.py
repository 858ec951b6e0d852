"""Time that passes as fast as the machine goes: processes wait on a virtual clock, and a seed says who goes first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from greenlet import getcurrent, greenlet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

    from sandbox.clock import VirtualClock

Result = TypeVar("Result")


class Ended(BaseException):
    """Thrown into a process that somebody ends: nothing it may catch by mistake."""


class TimedOut(Exception):  # noqa: N818 -- what happened
    """What was waited for took too long."""


@dataclass(eq=False)
class Process(Generic[Result]):
    """Some work that may stand still in the middle of any call while others go on.

    ``about`` is for whoever wants to know who is at work. What the work raises is raised where it is waited for; if
    nobody waits, out of the engine.
    """

    engine: Engine
    work: Callable[[], Result]
    about: object = None
    done: bool = False
    expected: bool = False
    """Whether somebody waits, or has waited, for what it comes to."""

    _value: Result | None = None
    _error: BaseException | None = None
    _doom: BaseException | None = None
    _waiting: list[Process[Any]] = field(default_factory=list)
    _wakes: int = 0
    _greenlet: greenlet = field(init=False)

    def __post_init__(self) -> None:
        self._greenlet = greenlet(self._run, parent=self.engine.hub)

    def _run(self) -> None:
        try:
            self._meet_doom()
            self._value = self.work()
        except Ended:
            pass
        except BaseException as error:  # noqa: BLE001 -- handed on to whoever waits
            self._error = error
        self.done = True
        for process in self._waiting:
            self.engine.wake(process)
        if self._error is not None and not self.expected:
            raise self._error

    def result(self) -> Result:
        """What the work came to. Raises what it raised."""
        assert self.done
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value] # None only where the work answers None, or was ended

    def end(self, error: BaseException | None = None) -> None:
        """Throw an error into the work where it stands; by default one that ends it without a word."""
        if not self.done and self._doom is None:
            self._doom = error or Ended()
            self.engine.wake(self)

    def _meet_doom(self) -> None:
        if self._doom is not None:
            raise self._doom


class Engine:
    """Runs processes, one at a time, each until it waits.

    Args:
        clock: moved on to the instant at which something happens next.
        random: draws who goes first at an instant; without it, whoever has waited longest.
    """

    def __init__(self, clock: VirtualClock, random: Random | None = None) -> None:
        self.clock = clock
        self.hub = getcurrent()
        self._random = random
        self._due: list[tuple[datetime, float, int, int, Process[Any]]] = []
        self._numbers = count()
        self._current: Process[Any] | None = None
        self._until: Callable[[], bool] | datetime | None = None

    @property
    def current(self) -> Process[Any] | None:
        """Who is at work; None outside of all processes."""
        return self._current

    def spawn(self, work: Callable[[], Result], *, after: float = 0, about: object = None) -> Process[Result]:
        """Let a process begin after so many seconds."""
        process = Process(self, work, about)
        self._schedule(process, after)
        return process

    def pause(self, seconds: float) -> None:
        """Let seconds pass for who is at work. Outside of all processes, no time passes."""
        process = self._current
        if process is None:
            return
        at = self.clock.now() + timedelta(seconds=seconds)
        if self._is_next(at):  # nobody comes in between: go on at once, which is quicker
            process._wakes += 1
            self.clock.advance_to(at)
            process._meet_doom()
            return
        self._schedule(process, seconds)
        self._stand_still(process)

    def wake(self, process: Process[Any]) -> None:
        """Let a process go on now that waits for something."""
        self._schedule(process, 0)

    def join(self, processes: Iterable[Process[Any]], *, within: float | None = None) -> None:
        """Wait until all processes are done. Raises what one of them raises, at once; what it waited for goes on.

        Raises TimedOut if that takes more seconds than ``within``.
        """
        waited = list(processes)
        me = self._current
        assert me is not None, "only processes wait"
        until = self.clock.now() + timedelta(seconds=within) if within is not None else None
        for process in waited:
            process.expected = True
            process._waiting.append(me)
        try:
            while not all(it.done for it in waited):
                if error := next((it._error for it in waited if it._error), None):
                    raise error
                if until is not None:
                    if self.clock.now() >= until:
                        raise TimedOut
                    self._schedule(me, (until - self.clock.now()).total_seconds())
                self._stand_still(me)
        finally:
            for process in waited:
                process._waiting.remove(me)
        if error := next((it._error for it in waited if it._error), None):
            raise error

    def run(self, until: Callable[[], bool] | datetime | None = None) -> None:
        """Let everything happen: until something is so, until an instant, or until nothing is left to happen."""
        self._until = until
        while self._due and not (callable(until) and until()):
            at, _, _, wake, process = self._due[0]
            if isinstance(until, datetime) and at > until:
                break
            heappop(self._due)
            if process.done or wake != process._wakes:
                continue
            self.clock.advance_to(at)
            self._current = process
            try:
                process._greenlet.switch()
            finally:
                self._current = None
        if isinstance(until, datetime):
            self.clock.advance_to(until)

    def do(self, work: Callable[[], Result], *, about: object = None) -> Result:
        """Let a process begin, and everything happen until it is done. Answers its result."""
        process = self.spawn(work, about=about)
        process.expected = True
        self.run(lambda: process.done)
        return process.result()

    def _is_next(self, at: datetime) -> bool:
        """Whether nothing is due by then, nor an end to what happens."""
        if self._due and self._due[0][0] <= at:
            return False
        until = self._until
        return not until() if callable(until) else until is None or at <= until

    def _schedule(self, process: Process[Any], seconds: float) -> None:
        process._wakes += 1
        at = self.clock.now() + timedelta(seconds=seconds)
        first = self._random.random() if self._random else 0.0
        heappush(self._due, (at, first, next(self._numbers), process._wakes, process))

    def _stand_still(self, process: Process[Any]) -> None:
        self.hub.switch()
        process._meet_doom()
