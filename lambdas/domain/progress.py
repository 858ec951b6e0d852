"""How far a resource is: the closed vocabulary in which every step answers.

What is *expected* (still creating, throttled, not visible yet) is ``Waiting``; what is *final* is ``Failed``.
Exceptions are left for what nobody expected: Step Functions retries those.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never


class Word(StrEnum):
    """The words that the Choice states of the state machines compare. There are no others."""

    READY = "Ready"
    WAITING = "Waiting"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Ready:
    """The resource is as the spec says and usable."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing is wrong, but it is not done: look again in ``retry_after_seconds``."""

    reason: str
    retry_after_seconds: int


@dataclass(frozen=True, slots=True)
class Failed:
    """Waiting longer will not help: ``error`` is EKS's own code, ``remedy`` is what a person can do."""

    error: str
    cause: str
    remedy: str


Progress = Ready | Waiting | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One change that a run would make, as ``POST /plan`` shows it."""

    verb: str
    resource: str
    reason: str
    consequence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one look at one resource found.

    ``resource`` is a path such as ``nodegroups/simple-bank``. ``action`` is the change that is due, or, after
    ``ensure``, the one that was made. ``facts`` are worth remembering in the registry: plain JSON.
    """

    resource: str
    progress: Progress
    action: Action | None = None
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
        case Waiting(reason=text):
            return text
        case Failed(error=error, cause=cause):
            return f"{error}: {cause}"
    assert_never(progress)


def combine(reports: Iterable[Report]) -> Progress:
    """The progress of a kind: waits as long as any resource does, so that one failure does not stop the rest.

    The next look comes when the first of the waiting resources wants one.
    """
    progresses = [(report.resource, report.progress) for report in reports]
    waiting = [(name, p) for name, p in progresses if isinstance(p, Waiting)]
    failed = [(name, p) for name, p in progresses if isinstance(p, Failed)]
    if waiting:
        return Waiting(
            "; ".join(f"{name}: {p.reason}" for name, p in waiting),
            min(p.retry_after_seconds for _, p in waiting),
        )
    if failed:
        return Failed(
            failed[0][1].error,
            "; ".join(f"{name}: {p.cause}" for name, p in failed),
            " ".join(dict.fromkeys(p.remedy for _, p in failed)),
        )
    return Ready()
