"""Turns: when one of many that want to call EKS is due, by a rate that nobody has told and that is learned.

Turns are numbers, given one after the other; a ``Rush`` says when a number is due. Instants are seconds since 1970.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp, log
from typing import Final

from lambdas.domain.frozen import dataclass

AT_ONCE: Final = 3
"""So many turns after the first one of a rush are due at once: buckets are full then, and most clusters are alone."""

FIRST_RATE: Final = 2.0
"""Turns a second while nothing is known."""

LEAST_RATE: Final = 0.2
MOST_RATE: Final = 20.0
"""Whatever is learned, it stays between these."""

_GROWTH: Final = 0.003
_FIRST_GROWTH: Final = 0.02
"""By what part of itself the rate grows with each turn that passes; the second while nothing is known."""

_HASTE: Final = 1.25
"""How much faster than is known a rush begins, until a call is refused."""

_EASE: Final = 0.9
_FIRST_EASE: Final = 0.75
"""What a refused call leaves of the rate that is known; the second while it cannot be measured."""

_QUIET_SECONDS: Final = 60.0
"""After so long without calls AWS's bucket is taken to be full."""

_TELLING: Final = 10
"""A rush of no more turns says nothing of what EKS bears."""

_MOST_RISE: Final = 1.1
"""By how much a rush in which nothing was refused raises what is known: it may have lived on a full bucket."""

_DEAF_SECONDS: Final = 2.0
"""Calls that are refused so soon after one that was heard were made at the old rate."""

_MEASURABLE_SECONDS: Final = 3.0
"""Two refused calls that lie as far apart say how many calls a second there are between them."""

_STEEPEST: Final = 30.0
"""Of an exponent: what lies beyond is cut off by the turns given anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A call that was refused: when, and how far the turns had come."""

    at: float
    number: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rush:
    """When turns are due: ``first`` at ``since``, those after it at a ``rate`` a second that grows with each of them.

    ``known`` is the rate that EKS is known to bear. ``refused`` is the first call that EKS refused in this rush, and
    ``eased`` when one was last heeded.
    """

    first: float = 0.0
    since: float = 0.0
    rate: float = FIRST_RATE
    known: float | None = None
    refused: Refused | None = None
    eased: float = 0.0

    def due(self, number: float) -> float:
        """The instant at which a turn is due, if the rate grows as it does now."""
        ahead = number - self.first
        return self.since if ahead <= 0 else self.since + log(1 + self._growth * ahead) / (self._growth * self.rate)

    def begun(self, number: int, now: float) -> Rush:
        """The rush that whoever got this number begins, since nobody waits."""
        told = number - self.first > _TELLING
        reached, known = self._rate_at(number) if told else self.rate, self.known
        if known is not None:
            borne = reached if self.refused else min(reached / _HASTE, known * _MOST_RISE)
            known = _bounded(max(known, borne))
        idle = now - self.due(number)
        haste = _HASTE if idle > _QUIET_SECONDS else 1.0
        rate = _bounded(reached if known is None else known * haste)
        first = number + min(float(AT_ONCE), idle * rate)
        return replace(self, first=first, since=now, rate=rate, known=known, refused=None)

    def is_over(self, number: int, now: float) -> bool:
        """Whether nobody waits any more when this number is given: it begins another rush."""
        return number > self.first and self.due(number) < now

    def eased_off(self, given: int, now: float) -> Rush:
        """The rush after a call was refused, when so many turns had been ``given``; itself if it has heard of that."""
        if now - self.eased < _DEAF_SECONDS:
            return self
        number = self._reached(given, now)
        known = _bounded(self._learned(number, now))
        return Rush(
            first=number,
            since=now,
            rate=_bounded(known * _EASE) if self.refused else known,
            known=known,
            refused=self.refused or Refused(at=now, number=number),
            eased=now,
        )

    def _learned(self, number: float, now: float) -> float:
        """What EKS bears: where two calls were refused its bucket was empty both times, so all between them was new."""
        reached = self._rate_at(number)
        if self.refused is None:
            return self.known * _EASE if self.known else reached * _FIRST_EASE
        passed = now - self.refused.at
        if passed > _MEASURABLE_SECONDS:
            return min(reached, (number - self.refused.number) / passed)
        return min(reached, self.known or reached) * _FIRST_EASE

    def _reached(self, given: int, now: float) -> float:
        """The number that is due now, of those given."""
        steep = min(_STEEPEST, self._growth * self.rate * max(0.0, now - self.since))
        return min(max(self.first, given), self.first + (exp(steep) - 1) / self._growth)

    def _rate_at(self, number: float) -> float:
        return self.rate * (1 + self._growth * max(0.0, number - self.first))

    @property
    def _growth(self) -> float:
        return _FIRST_GROWTH if self.known is None else _GROWTH


def _bounded(rate: float) -> float:
    return min(MOST_RATE, max(LEAST_RATE, rate))
