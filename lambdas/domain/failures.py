"""What an error of an AWS API means, as the table has it: wait, fail with a remedy, or leave it to a retry.

AWS changes its texts: codes and structured members decide, and a text only where it is the only signal.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Final

from lambdas.domain.dispositions import FINAL, Disposition
from lambdas.domain.exception_meanings import ABSENT, DENIED, THROTTLED, Answer
from lambdas.domain.exception_table import ENDINGS, EXCEPTIONS, NO_CLUSTER, STATUSES, TEXTS, Where
from lambdas.domain.frozen import dataclass
from lambdas.domain.progress import Failed, Progress, Waiting


def codes_of(meaning: Answer) -> frozenset[str]:
    """The codes that the table gives this meaning."""
    return frozenset(code for code, means in EXCEPTIONS.items() if means is meaning)


THROTTLING_CODES: Final = codes_of(THROTTLED)
NOT_FOUND_CODES: Final = codes_of(ABSENT)
ACCESS_DENIED_CODES: Final = codes_of(DENIED)

_ENCODED: Final = r"\s*Encoded authorization failure message: \S+"
"""What only sts:DecodeAuthorizationMessage can read: kilobytes that tell a person nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """An error answer. ``operation`` is ``CreateCluster``-like; ``fields`` are the body's other members."""

    operation: str
    code: str
    message: str
    http_status: int
    fields: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_not_found(self) -> bool:
        """Whether the thing is absent; DescribeCluster has been seen to say so with a ``ClientException``."""
        return self.code in NOT_FOUND_CODES or NO_CLUSTER in self.message

    @property
    def is_throttled(self) -> bool:
        """Whether it says nothing but that there were too many calls."""
        return self.http_status == 429 or self.code in THROTTLING_CODES  # noqa: PLR2004 -- HTTP's own number

    def names(self, member: str) -> tuple[str, ...]:
        """A member of the body that lists names; empty if the answer does not have it."""
        listed = self.fields.get(member)
        return tuple(map(str, listed)) if isinstance(listed, list) else ()


def meaning_of(error: ApiError, where: Where = Where.ANYWHERE) -> Answer | None:
    """The row of the table that an error has; None if nobody knows it."""
    row = EXCEPTIONS.get(error.code)
    if row is None or row.disposition is not Disposition.RETRY or row.patience is None:
        row = _by_status(error) or _by_text(error) or row or _by_ending(error, where)
    return row.removing or row if row and where is Where.REMOVAL else row


def explain(error: ApiError, where: Where = Where.ANYWHERE) -> Progress | None:
    """The progress that an error amounts to; None if it is an exception, for a retry: nobody expected it, or a race."""
    meaning = meaning_of(error, where)
    if meaning is None:
        return None
    if meaning.disposition in FINAL:
        return _failed(error, meaning)
    return _waiting(error, meaning)


def explain_removal(error: ApiError) -> Progress | None:
    """The progress that the refusal of a removal amounts to; None as above.

    What still uses a thing may be on its way out itself; and what is not found is gone, as the next look shows.
    """
    return explain(error, Where.REMOVAL)


def explain_ec2(error: ApiError) -> Progress | None:
    """The progress that an error of EC2 amounts to while a VPC is made; None as above."""
    return explain(error, Where.OWN_VPC)


def _by_status(error: ApiError) -> Answer | None:
    return next((means for statuses, means in STATUSES.items() if error.http_status in statuses), None)


def _by_text(error: ApiError) -> Answer | None:
    rows = (text for text in TEXTS if not text.codes or error.code in text.codes)
    return next((text.means for text in rows if re.search(text.pattern, error.message)), None)


def _by_ending(error: ApiError, where: Where) -> Answer | None:
    rows = (ending for ending in ENDINGS if where in ending.where)
    return next((ending.means for ending in rows if error.code.endswith(ending.suffix)), None)


def _waiting(error: ApiError, meaning: Answer) -> Waiting | None:
    patience = meaning.patience
    if patience is None:
        return None
    said = meaning.says.format(operation=error.operation, code=error.code, message=error.message)
    overdue = Failed(
        meaning.fails_as.format(code=error.code) or f"{patience.reason}TooLong",
        f"{said} It stayed so for {patience.budget // 60} minutes.",
        meaning.words,
        meaning.stays,
    )
    return patience.wait(said, overdue)


def _failed(error: ApiError, meaning: Answer) -> Failed:
    zones = ", ".join(error.names("validZones")) or "those that the message names"
    cause = re.sub(_ENCODED, "", f"{error.operation}: {error.message}")
    return Failed(error.code, cause, meaning.words.replace("{zones}", zones), meaning.disposition)
