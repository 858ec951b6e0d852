"""How far a resource is: the closed vocabulary in which every step answers.

What is *expected* (still creating, throttled, not visible yet) is ``Waiting``; what is *final* is ``Failed``.
Exceptions are left for what nobody expected: Step Functions retries those.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Final, assert_never

from lambdas.domain.dispositions import Disposition, gravest
from lambdas.domain.frozen import dataclass
from lambdas.domain.planner.differences import Difference, Update


class Word(StrEnum):
    """The words that the Choice states of the state machines compare. There are no others."""

    READY = "Ready"
    WAITING = "Waiting"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Ready:
    """The resource is as the spec says and usable."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Waiting longer will not help: ``error`` is EKS's own code, ``remedy`` is what a person can do.

    ``disposition`` says which person: who wrote the spec, or the platform's operators.
    """

    error: str
    cause: str
    remedy: str
    disposition: Disposition = Disposition.USER


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing is wrong, but it is not done: look again in ``retry_after_seconds``.

    ``reason`` is one CamelCase word, ``detail`` says it to a person. Who waits for the same reason for more
    than ``budget_seconds`` has failed: as ``overdue`` says, where more is known than that it took too long.
    """

    reason: str
    detail: str
    retry_after_seconds: int
    budget_seconds: int
    overdue: Failed | None = None


Progress = Ready | Waiting | Failed


REFUSE: Final = "refuse"
"""The verb of what no run does."""

WAIT: Final = "wait"
"""The verb of what a run would let pass."""

REPLACE: Final = "replace"
"""The verb of what goes first and then is made anew."""

IDLE: Final = frozenset({REFUSE, WAIT})
"""The verbs for which no run has anything to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One change that a run would make, as ``POST /plan`` shows it.

    ``differences`` are the members that it makes good, ``update`` the call that does where a single one of EKS's does.
    ``rung`` is the Kubernetes version on the way to which it comes, where it is part of an upgrade.
    """

    verb: str
    resource: str
    reason: str
    consequence: str
    differences: tuple[Difference, ...] = ()
    update: Update | None = None
    rung: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one look at one resource found.

    ``resource`` is a path such as ``nodegroups/simple-bank``. ``action`` is the change that is due, or, after
    ``ensure``, the one that was made; ``ahead`` is what comes after it, in order, or what would if it were not refused.
    ``facts`` are worth remembering in the registry: plain JSON.
    """

    resource: str
    progress: Progress
    action: Action | None = None
    ahead: tuple[Action, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


def word(progress: Progress) -> Word:
    """The word under which a progress travels."""
    match progress:
        case Ready():
            return Word.READY
        case Waiting():
            return Word.WAITING
        case Failed():
            return Word.FAILED
    assert_never(progress)


def reason(progress: Progress) -> str:
    """The few words that a person reads beside a step."""
    match progress:
        case Ready():
            return ""
        case Waiting(detail=detail):
            return detail
        case Failed(error=error, cause=cause):
            return cause if cause.startswith(f"{error}: ") else f"{error}: {cause}"
    assert_never(progress)


def combine(reports: Iterable[Report]) -> Progress:
    """The progress of a kind: waits as long as any resource does, so that one failure does not stop the rest.

    The next look comes when the first of the waiting resources wants one.
    """
    waiting: list[tuple[str, Waiting]] = []
    failed: list[tuple[str, Failed]] = []
    for report in reports:
        match report.progress:
            case Waiting() as wait:
                waiting.append((report.resource, wait))
            case Failed() as failure:
                failed.append((report.resource, failure))
            case Ready():
                pass
    if waiting:
        return Waiting(
            waiting[0][1].reason,
            "; ".join(f"{name}: {wait.detail}" for name, wait in waiting),
            min(wait.retry_after_seconds for _, wait in waiting),
            max(wait.budget_seconds for _, wait in waiting),
        )
    if failed:
        return Failed(
            failed[0][1].error,
            "; ".join(f"{name}: {failure.cause}" for name, failure in failed),
            " ".join(dict.fromkeys(failure.remedy for _, failure in failed)),
            gravest(failure.disposition for _, failure in failed),
        )
    return Ready()
