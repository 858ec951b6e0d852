"""Serve the front door until told to stop, and leave nothing behind."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING, cast

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config

if TYPE_CHECKING:
    import socket
    import threading
    from collections.abc import Callable, Coroutine

    from hypercorn.typing import ASGIFramework

    from sandbox.asgi import Application

_GRACE_SECONDS = 0.5


async def serve(
    application: Application,
    listener: socket.socket,
    task: Callable[[], Coroutine[None, None, None]],
    interrupted: threading.Event,
) -> None:
    """Serve `application` on `listener` while `task` runs, until SIGINT or SIGTERM.

    The task may end (the server goes on) or raise (the server stops and the exception is raised here). After a
    signal, `interrupted` is set, the task's own error is of no interest and the task is waited for.
    """
    stop = asyncio.Event()
    framework = cast("ASGIFramework", application)  # hypercorn spells out each kind of ASGI message

    def interrupt() -> None:
        interrupted.set()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    server = asyncio.create_task(hypercorn_serve(framework, _config(listener), shutdown_trigger=stop.wait))
    running = asyncio.create_task(task())
    running.add_done_callback(lambda done: None if done.cancelled() or done.exception() is None else stop.set())
    await server
    await asyncio.wait([running], timeout=_GRACE_SECONDS)
    if running.done() and not interrupted.is_set():
        running.result()


def _config(listener: socket.socket) -> Config:
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = _GRACE_SECONDS
    config.shutdown_timeout = _GRACE_SECONDS
    config.errorlog = logging.getLogger("hypercorn.error")
    return config
