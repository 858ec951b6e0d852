"""Closes: MiniStack starts a process for every invocation that finds all of a function's processes busy.

AWS has a machine for each of them; here a start takes a processor for about half a second, while the processes that
wait for it keep it busy too. So an invocation waits for one of a few. One that waits long gets a process of its own all
the same: a function that invokes itself would wait for itself otherwise.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any

from ministack.services import lambda_svc

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_SECONDS = 10.0


def install() -> None:
    """Put a queue before MiniStack's pool of processes."""
    width = max(2, os.cpu_count() or 1)
    queue = Queue(lambda_svc.acquire_worker, lambda_svc.release_worker, width, PATIENCE_SECONDS)
    lambda_svc.acquire_worker, lambda_svc.release_worker = queue.acquire, queue.release


def close() -> None:
    """Refuse every further invocation, such as a sweep's: a process that starts now would outlive the sandbox."""
    lambda_svc.acquire_worker = lambda *_, **__: (None, "func_cap")


class Queue:
    """Leases processes as MiniStack does, `width` of them for a function, unless one waits longer than `patience`."""

    def __init__(self, acquire: Callable[..., Any], release: Callable[..., Any], width: int, patience: float) -> None:
        self._acquire = acquire
        self._release = release
        self._width = width
        self._patience = patience
        self._freed = threading.Condition()

    def acquire(self, *function: Any, qualifier: str = "$LATEST", **more: Any) -> Any:  # noqa: ANN401 - MiniStack's
        """A process and how it was come by."""
        deadline = time.monotonic() + self._patience
        with self._freed:
            while (left := deadline - time.monotonic()) > 0:
                leased = self._acquire(*function, qualifier=qualifier, max_concurrency=self._width)
                if leased[0] is not None:
                    return leased
                self._freed.wait(left)
        return self._acquire(*function, qualifier=qualifier, **more)

    def release(self, worker: Any) -> None:  # noqa: ANN401 - MiniStack's
        """Return a process to the pool and let one of those who wait have it."""
        self._release(worker)
        with self._freed:
            self._freed.notify_all()
