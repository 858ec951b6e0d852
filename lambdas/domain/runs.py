"""Runs: what the ledger remembers of each execution."""

import re
from collections.abc import Mapping
from dataclasses import field, replace
from enum import StrEnum
from typing import Final

from lambdas.domain.dispositions import Disposition
from lambdas.domain.frozen import dataclass
from lambdas.domain.progress import Word

_SEND_AGAIN: Final = re.compile("([Ss])end the same spec again")
"""How remedies say that a run is to go on."""


class Verb(StrEnum):
    """What a run is for; also the name of its state machine."""

    PROVISION = "provision"
    SCALE = "scale"
    DESTROY = "destroy"


class RunStatus(StrEnum):
    """How a run stands. A run that was stopped from outside is ``FAILED`` with the error ``Stopped``."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a run failed, in words a person can act on, who that is, and what there was of the cluster by then."""

    code: str
    cause: str
    remedy: str
    exists: tuple[str, ...] = ()
    disposition: Disposition = Disposition.USER


STOPPED: Final = Problem(
    code="Stopped",
    cause="The execution ended from outside before the run could say how it went.",
    remedy="Send the same spec again: a new attempt goes on from where this one ended. What exists so far is in the "
    "cluster's status.",
)
"""The problem of a run whose execution was stopped, or timed out."""

SUPERSEDED: Final = Problem(
    code="BeingDeleted",
    cause="Somebody has asked for the cluster to be deleted.",
    remedy="Nothing to do. To have the cluster after all, send its spec again when its deletion has ended.",
)
"""The problem of a run that has not done its work because its cluster is to go."""


def told_for(verb: Verb, problem: Problem) -> Problem:
    """The problem with the remedy of a run of this verb.

    To ask for the spec again would bring back a cluster that is to go, and does nothing for one that is to scale.
    """
    match verb:
        case Verb.PROVISION:
            return problem
        case Verb.DESTROY:
            return replace(problem, remedy=_SEND_AGAIN.sub("DELETE the cluster again", problem.remedy))
        case Verb.SCALE:
            return replace(problem, remedy=_SEND_AGAIN.sub(_wait_for_the_sweep, problem.remedy))


def _wait_for_the_sweep(said: re.Match[str]) -> str:
    return f"{'Wait' if said[1] == 'S' else 'wait'} for the next sweep, which tries again"


def stopped(verb: Verb) -> Problem:
    """The problem of a run of this verb that was stopped."""
    return told_for(verb, STOPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a run's timeline. ``name`` is a resource path; ``since`` is ISO 8601 in UTC."""

    name: str
    status: Word
    reason: str
    since: str


@dataclass(frozen=True, slots=True)
class Left:
    """Something that a run which deletes has found and not taken away, and why."""

    resource: str
    why: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a run has taken away, by resource path, and what it has left.

    ``lookedFor`` are the kinds that it looked for once more at its end: of those there is nothing but what is left.
    """

    deleted: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()
    lookedFor: tuple[str, ...] = ()


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
    receipt: Receipt = Receipt()
