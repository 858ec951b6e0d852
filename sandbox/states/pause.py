"""Waiting that ends early when the execution, or the Parallel state around it, is over."""

from __future__ import annotations

import threading

from ministack.services import stepfunctions

from sandbox.states.errors import Stopped


class Stop:
    """A flag for one execution or one branch of it; setting it sets those of the branches below."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._below: list[Stop] = []
        self._lock = threading.Lock()

    def branch(self) -> Stop:
        """A flag below this one."""
        stop = Stop()
        with self._lock:
            self._below.append(stop)
            if self._event.is_set():
                stop.set()
        return stop

    def set(self) -> None:
        """Tell everyone who waits on this flag, or on one below, to give up."""
        with self._lock:
            self._event.set()
            below = list(self._below)
        for stop in below:
            stop.set()

    def check(self) -> None:
        """Give up if told to.

        Raises:
            Stopped: When the flag is set.
        """
        if self._event.is_set():
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Let `seconds` of the state machine's time pass, which the sandbox's speed makes shorter.

        Raises:
            Stopped: When the flag is set meanwhile.
        """
        if self._event.wait(scaled(seconds)):
            raise Stopped


def scaled(seconds: float) -> float:
    """Real seconds for seconds of a state machine's time."""
    scale: float = stepfunctions._SFN_WAIT_SCALE  # noqa: SLF001 - read once from SFN_WAIT_SCALE
    return seconds * scale
