"""When somebody who looks now and then sees that something has happened.

Each answers at what time after the start the one is seen who is done ``seconds`` after it. All begin to look when they
have asked for the thing, as the tools do; nothing has a random phase but what says so.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random


def every(interval: float, seconds: float) -> float:
    """Looks at a fixed interval: botocore's waiters, CloudFormation's custom resources, naive pollers."""
    return ceil(seconds / interval) * interval


def terraform(seconds: float) -> float:
    """Looks after 0.1 s, then after twice as long each time, at most 10 s."""
    return _first(_doubling(), seconds)


def eksctl_stack(seconds: float) -> float:
    """The loop of eksctl over a stack: 30 s, 30 s, then every 60 s."""
    return _first(_eksctl(), seconds)


def sdk_waiter(random: Random, seconds: float, least: float = 30) -> float:
    """AWS SDK for Go v2: ``least`` doubling up to 120 s, each drawn between the least and that (smithy-go)."""
    return _first(_jittered(random, least), seconds)


def backing_off(seconds: float) -> float:
    """CAPA's wait for an add-on: 1 s, then 1.71 times as long each time."""
    return _first(_growing(), seconds)


def _first(looks: Iterator[float], seconds: float) -> float:
    at = 0.0
    while at < seconds:
        at += next(looks)
    return at


def _doubling() -> Iterator[float]:
    interval = 0.1
    while True:
        yield interval
        interval = min(2 * interval, 10)


def _eksctl() -> Iterator[float]:
    yield from (30, 30)
    while True:
        yield 60


def _jittered(random: Random, least: float) -> Iterator[float]:
    longest = least
    while True:
        yield random.uniform(least, longest)
        longest = min(2 * longest, 120)


def _growing() -> Iterator[float]:
    interval = 1.0
    while True:
        yield interval
        interval *= 1.71
