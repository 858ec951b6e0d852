"""The same work for many seeds, on every processor."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
CHUNK = 10


def for_each(work: Callable[[int], T], seeds: Iterable[int], *, at_once: int = CHUNK) -> list[T]:
    """What ``work``, a function of a module, answers to each seed, in the order of the seeds.

    A process takes so many ``at_once``: few, where each takes long.
    """
    with ProcessPoolExecutor(max_workers=processors()) as pool:
        return list(pool.map(work, seeds, chunksize=at_once))


def processors() -> int:
    """On how many this may run."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
