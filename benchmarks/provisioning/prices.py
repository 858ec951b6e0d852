"""List prices in us-east-1 without any free tier, in dollars, and what is assumed where no twin can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from benchmarks.provisioning.interpreting import COLD_SECONDS, WARM_SECONDS

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


def bill(*, transitions: int, functions: int, invocations: int, reads: int, writes: int, events: int) -> Bill:
    """The bill of a run whose functions all had to start once; the door is one request and one more invocation."""
    calls = invocations + 1
    seconds = (functions + 1) * COLD_SECONDS + (calls - functions - 1) * WARM_SECONDS
    return Bill(
        step_functions=transitions * TRANSITION,
        functions=calls * INVOCATION + seconds * MEMORY_MB / 1024 * GIGABYTE_SECOND,
        registry=reads * READ + writes * WRITE,
        door=REQUEST + events * EVENT,
    )
