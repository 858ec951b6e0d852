"""What is made once for all processes of a test session, by the first that needs it."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Protocol

    class Factory(Protocol):
        """pytest's ``tmp_path_factory``."""

        def getbasetemp(self) -> Path:
            """The folder of this process, inside that of the session if it has several."""


def once(factory: Factory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder that ``make`` was given, in this process or, a moment ago, in another one of this session.

    It is a later session's never, so nothing of it can be out of date.
    """
    own = factory.getbasetemp()
    root = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made, draft = root / name, root / f"{name}.draft"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            draft.mkdir(exist_ok=True)  # another process may have failed at it
            make(draft)
            draft.rename(made)
    return made
