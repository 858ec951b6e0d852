"""`python -m sandbox`: AWS without an account, on one port, until interrupted."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.environment import server_environment
from sandbox.settings import HOST, read_settings

if TYPE_CHECKING:
    from sandbox.settings import Settings


def main() -> int:
    """Run the sandbox; the exit code is 0 after an interrupt and 1 after a failure."""
    settings = read_settings(sys.argv[1:], os.environ)
    try:
        listener = _listen(settings.port)
    except OSError as error:
        sys.stderr.write(f"Port {settings.port} of {HOST}: {error.strerror}. Choose another with SANDBOX_PORT.\n")
        return 1
    # Until the server handles both signals itself, each of them ends the sandbox as Ctrl-C does.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    directory = Path(tempfile.mkdtemp(prefix="slipway-sandbox-"))
    try:
        return _run(settings, listener, directory)
    except KeyboardInterrupt:
        return 0
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _run(settings: Settings, listener: socket.socket, directory: Path) -> int:
    log = settings.log or directory / "sandbox.log"
    logging.basicConfig(filename=log, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    variables = server_environment(os.environ, settings, url, directory)
    os.environ.clear()
    os.environ.update(variables)
    tempfile.tempdir = str(directory)
    # MiniStack is configured when it is imported, so only now.
    from sandbox.run import run  # noqa: PLC0415

    return run(settings, listener, url, directory)


def _listen(port: int) -> socket.socket:
    """Take the port at once: who asks for the health early waits for an answer instead of being refused."""
    listener = socket.create_server((HOST, port), backlog=128)
    listener.settimeout(0.0)
    return listener


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    sys.stdout.flush()
    # Not sys.exit: threads of an emulated service may still sleep in a state machine's wait.
    os._exit(code)
