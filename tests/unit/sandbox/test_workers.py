"""Invocations wait for one of a few processes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sandbox.workers import Queue

LONG = 60.0


@dataclass
class Pool:
    """A pool as MiniStack's: it has a process that is free, or starts one below the limit."""

    started: int = 0
    free: list[int] = field(default_factory=list)
    refused: threading.Event = field(default_factory=threading.Event)

    def acquire(self, function: str, *, qualifier: str, max_concurrency: int | None = None) -> tuple[int | None, str]:
        assert (function, qualifier) == ("api", "1")
        if self.free:
            return self.free.pop(), "reused"
        if max_concurrency and self.started >= max_concurrency:
            self.refused.set()
            return None, "func_cap"
        self.started += 1
        return self.started, "spawn"

    def release(self, worker: int) -> None:
        self.free.append(worker)


def test_an_invocation_waits_for_a_process_that_is_busy() -> None:
    pool = Pool()
    queue = Queue(pool.acquire, pool.release, 2, LONG)
    first, second = (queue.acquire("api", qualifier="1") for _ in range(2))
    with ThreadPoolExecutor() as threads:
        third = threads.submit(queue.acquire, "api", qualifier="1")
        assert pool.refused.wait(LONG)
        queue.release(first[0])
        assert third.result(LONG) == (1, "reused")
    assert (first, second, pool.started) == ((1, "spawn"), (2, "spawn"), 2)


def test_one_that_waits_too_long_gets_a_process_of_its_own() -> None:
    pool = Pool()
    queue = Queue(pool.acquire, pool.release, 1, 0.01)
    assert [queue.acquire("api", qualifier="1") for _ in range(2)] == [(1, "spawn"), (2, "spawn")]
