"""Taking turns at EKS: all runs of an account and region together call it no faster than it bears."""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import api_error
from lambdas.domain.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.exceptions import ClientError

    from lambdas.aws.turns import TurnCounter

PACED: Final = frozenset({"DescribeNodegroup", "DescribeUpdate", "UpdateNodegroupConfig"})
"""The calls that are made in turn: if one of them is refused, turns come too fast."""

_SOON: Final = 0.5
"""Seconds: a turn that is due so soon is due, because Step Functions waits for whole ones."""

_FAR: Final = 30.0
"""Seconds: whoever waits for longer looks at half time whether the rate has changed."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Turn:
    """A number, and in how many whole seconds to ask again whether it is due; 0 if it is."""

    number: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of an account and region; without a counter there is nobody else, and each is due at once."""

    counter: TurnCounter | None = None
    clock: Callable[[], datetime] = field(default=_now)

    def take(self) -> Turn:
        """The next turn. It passes by itself: whoever is stopped holds nobody up."""
        if self.counter is None:
            return Turn(0, 0)
        number, rush = self.counter.take_turn()
        now = self._now()
        if rush.is_over(number, now):
            if self.counter.change_rush(rush, rush.begun(number, now)):
                return Turn(number, 0)
            _, rush = self.counter.turns()
        return Turn(number, _seconds(rush.due(number) - now))

    def ask_again(self, number: int) -> Turn:
        """Whether a turn that was taken is due by now."""
        if self.counter is None:
            return Turn(number, 0)
        _, rush = self.counter.turns()
        return Turn(number, _seconds(rush.due(number) - self._now()))

    def take_spare(self) -> bool:
        """Take a turn if nobody waits for one. Answers whether there was one."""
        if self.counter is None:
            return True
        given, rush = self.counter.turns()
        return rush.due(given) <= self._now() and self.take().seconds == 0

    def heed(self, error: ClientError) -> bool:
        """Slow everybody down if EKS has refused a call because of too many. Answers whether it was so."""
        said = api_error(error)
        if said.operation not in PACED or not said.is_throttled:
            return False
        if self.counter is not None:
            given, rush = self.counter.turns()
            eased = rush.eased_off(given, self._now())
            if eased != rush:  # if somebody else was faster, they have slowed everybody down
                self.counter.change_rush(rush, eased)
        return True

    def _now(self) -> float:
        return self.clock().timestamp()


def _seconds(ahead: float) -> int:
    if ahead <= _SOON:
        return 0
    return ceil(ahead / 2) if ahead > _FAR else ceil(ahead - _SOON)
