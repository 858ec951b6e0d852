"""Runs: what the ledger remembers of each execution."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from lambdas.domain.progress import Word


class Verb(StrEnum):
    """What a run is for; also the name of its state machine."""

    PROVISION = "provision"
    SCALE = "scale"


class RunStatus(StrEnum):
    """How a run stands. A run that was stopped from outside is ``FAILED`` with the error ``Stopped``."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a run failed, in words a person can act on, and what there was of the cluster by then."""

    code: str
    cause: str
    remedy: str
    exists: tuple[str, ...] = ()


STOPPED: Final = Problem(
    code="Stopped",
    cause="The execution ended from outside before the run could say how it went.",
    remedy="Send the same spec again: a new attempt goes on from where this one ended. What exists so far is in the "
    "cluster's status.",
)
"""The problem of a run whose execution was stopped, or timed out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a run's timeline. ``name`` is a resource path; ``since`` is ISO 8601 in UTC."""

    name: str
    status: Word
    reason: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of a state machine on one cluster. Times are ISO 8601 in UTC."""

    id: str
    cluster: str
    verb: Verb
    generation: int
    attempt: int
    status: RunStatus
    startedAt: str
    endedAt: str | None = None
    steps: Mapping[str, Step] = field(default_factory=dict)
    error: Problem | None = None
