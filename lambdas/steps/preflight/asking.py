"""How facts are asked of AWS: independent questions side by side, and what becomes of one that is not answered."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from botocore.exceptions import ClientError

from lambdas.aws.clients import Aws
from lambdas.aws.errors import api_error
from lambdas.domain.failures import ACCESS_DENIED_CODES
from lambdas.domain.refusal import FieldError

if TYPE_CHECKING:
    from lambdas.aws.errors import CallError

Answer = TypeVar("Answer")
Question = Callable[[Aws], Iterable[FieldError]]
"""One thing to ask of AWS and what the answer means for the spec. Raises what a call can raise."""

AT_ONCE: Final = 8
"""Questions under way together: fewer than the ten connections that a client keeps."""

logger = logging.getLogger("slipway.preflight")
"""A child of the functions' own logger."""


def answers(aws: Aws, questions: Iterable[Question]) -> tuple[FieldError, ...]:
    """Everything that is wrong, in the order of the questions. Raises the error of a call that AWS did not answer."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        found = threads.map(lambda question: tuple(question(aws)), questions)
        return tuple(error for errors in found for error in errors)


def unless_denied(read: Callable[[], Answer], otherwise: Answer) -> Answer:
    """The answer of a read, or ``otherwise`` where AWS does not let us read: that says nothing against the spec."""
    try:
        return read()
    except ClientError as error:
        if api_error(error).code not in ACCESS_DENIED_CODES:
            raise
        unasked(error)
        return otherwise


def unasked(error: CallError) -> None:
    """Leave a trace of a question without an answer."""
    logger.warning("not checked: %s", error)
