"""Who sees to what goes wrong: the four answers that the tables of codes give, and what a row of them says.

Where a run fails, the line is drawn by what has to change: ``USER`` if it is the spec or what runs in the cluster,
``PAGE`` if it is the account (its roles, keys, quotas, policies) or something that Slipway or AWS did wrong.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from lambdas.domain.frozen import dataclass


class Disposition(StrEnum):
    """What becomes of something that went wrong. A failed run has `user`, who wrote the spec, or `page`, operators."""

    RETRY = "retry"
    """The same is asked for again, by itself."""
    WAIT = "wait"
    """It passes by itself; a later look sees whether it has."""
    USER = "user"
    """The run fails, and who wrote the spec can mend it."""
    PAGE = "page"
    """The platform's operators must look."""


FINAL: Final = frozenset({Disposition.USER, Disposition.PAGE})
"""What a failed run can have."""

OPERATOR_NEEDED: Final = "an operator is needed"
"""The log message of a run that failed for what only operators can mend. An alarm listens to it."""

FOR_OPERATORS: Final = " This is for the platform's operators."
"""What a failure says that no other spec mends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a code means: a row of the tables.

    ``words`` are what a person can do about it; with ``RETRY`` and ``WAIT``, if it does not pass. ``stays`` is whose
    it is then.
    """

    disposition: Disposition
    words: str
    stays: Disposition = Disposition.PAGE

    @property
    def ends_as(self) -> Disposition:
        """The disposition of a run that fails for it."""
        return self.disposition if self.disposition in FINAL else self.stays


def gravest(dispositions: Iterable[Disposition]) -> Disposition:
    """The disposition of several failures: what one of them needs operators for, all do."""
    return Disposition.PAGE if Disposition.PAGE in dispositions else Disposition.USER


def for_whom(disposition: Disposition) -> str:
    """What is said between a failure's cause and its remedy."""
    return FOR_OPERATORS if disposition is Disposition.PAGE else ""
