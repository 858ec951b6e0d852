"""List prices in us-east-1 without any free tier, in dollars, and what is assumed where no twin can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from benchmarks.provisioning.account import COLD_SECONDS

TRANSITION: Final = 25e-6
GIGABYTE_SECOND: Final = 13.33e-6
"""Lambda on arm64."""
INVOCATION: Final = 0.2e-6
REQUEST: Final = 3.5e-6
"""REST API."""
READ: Final = 0.125e-6
MEMORY_MB: Final = 1024
"""What `stacks/functions.py` gives each function."""
WRITE: Final = 0.625e-6
EVENT: Final = 1e-6

_DOOR_SECONDS: Final = 2.0
"""Of the function behind the API for one POST, its start included: assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What one run costs, in dollars."""

    step_functions: float
    functions: float
    registry: float
    door: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.step_functions + self.functions + self.registry + self.door


def bill(
    *, transitions: int, invocations: int, busy_seconds: float, starts: int, reads: int, writes: int, events: int
) -> Bill:
    """The bill of a run, with the request and the function of the door."""
    seconds = busy_seconds + starts * COLD_SECONDS + _DOOR_SECONDS
    return Bill(
        step_functions=transitions * TRANSITION,
        functions=(invocations + 1) * INVOCATION + seconds * MEMORY_MB / 1024 * GIGABYTE_SECOND,
        registry=reads * READ + writes * WRITE,
        door=REQUEST + events * EVENT,
    )
