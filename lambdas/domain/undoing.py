"""What becomes of a first creation that failed for good."""

import json
from typing import TYPE_CHECKING, Final

from lambdas.domain.runs import STOPPED, SUPERSEDED, RunStatus

if TYPE_CHECKING:
    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.runs import Run

REMOVE: Final = "remove"
"""The spec's word for it, as its ``onFailure``."""

_NOT_FOR_GOOD: Final = frozenset({STOPPED.code, SUPERSEDED.code})
"""Somebody stopped the run, or asked for another one: he knows what he wants."""


def is_to_be_undone(record: "ClusterRecord", run: "Run") -> bool:
    """Whether what the run has made is to go again: the last one that provisioned, and nothing came after it.

    Only of a cluster that never was as described: what has served once is nobody's to take away.
    """
    failed = run.status is RunStatus.FAILED and run.error is not None and run.error.code not in _NOT_FOR_GOOD
    first = not record.made and record.run == record.provision == run.id
    return failed and first and json.loads(record.spec).get("onFailure") == REMOVE
