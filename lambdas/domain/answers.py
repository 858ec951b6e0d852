"""What a step answers to the state machine, and how long it has been waiting for what.

The answer of one look is the ``last`` of the next, so a loop carries its own history and needs no variable.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Self

from lambdas.domain.dispositions import FOR_OPERATORS, Disposition, for_whom, gravest
from lambdas.domain.frozen import dataclass
from lambdas.domain.pacing import NODES_ROLLING, OF_THE_CALL, ROLLING_AT_MOST, THROTTLED, THROTTLED_AT_MOST
from lambdas.domain.progress import Failed, Progress, Ready, Report, Waiting, Word, combine, word
from lambdas.domain.runs import Problem

_REMEDY: Final = " What to do: "
_UNEXPECTED_REMEDY: Final = (
    "Nobody expected this: the function's log has the details. Send the same spec again: the run goes on from here."
)


@dataclass(frozen=True, slots=True)
class Wait:
    """For which reason a resource waits, and for how many seconds it has.

    While a call is hindered, ``interrupted`` keeps what was waited for before: it goes on from there.
    """

    reason: str
    seconds: int
    interrupted: Self | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """A wait as JSON."""
        interrupted = said.get("interrupted")
        return cls(said["reason"], said["seconds"], cls.of(interrupted) if interrupted else None)

    def told(self) -> dict[str, object]:
        """As JSON."""
        interrupted = {"interrupted": self.interrupted.told()} if self.interrupted else {}
        return {"reason": self.reason, "seconds": self.seconds, **interrupted}

    def then(self, reason: str, interval: int) -> "Wait":
        """The wait at the next look, which found ``reason``, ``interval`` seconds later."""
        if reason == self.reason:
            return replace(self, seconds=self.seconds + interval)
        if reason in OF_THE_CALL:
            before = self.interrupted if self.reason in OF_THE_CALL else replace(self, seconds=self.seconds + interval)
            return Wait(reason, 0, before)
        if self.interrupted and self.interrupted.reason == reason:
            return Wait(reason, self.interrupted.seconds)
        return Wait(reason, 0)


@dataclass(frozen=True, slots=True)
class Waits:
    """The waits of one loop so far, and when the look that follows was asked for, in seconds after the last."""

    part: str
    by_resource: Mapping[str, Wait]
    interval: int

    @classmethod
    def of(cls, part: str, last: object) -> Self:
        """The history in the previous answer; an empty one if that was another loop's."""
        if not isinstance(last, dict) or last.get("part") != part:
            return cls(part, {}, 0)
        waits = last.get("waits") or {}
        return cls(
            part,
            {name: Wait.of(wait) for name, wait in waits.items()},
            int(last.get("retryAfterSeconds", 0)),
        )

    @property
    def is_throttled(self) -> bool:
        """Whether the last look heard that AWS was called too often."""
        return any(wait.reason == THROTTLED.reason for wait in self.by_resource.values())

    def after(self, reports: Iterable[Report]) -> "Waits":
        """The history with one more look: whoever still waits for the same reason has waited for longer."""
        waits: dict[str, Wait] = {}
        for report in reports:
            if isinstance(report.progress, Waiting):
                reason, before = report.progress.reason, self.by_resource.get(report.resource)
                waits[report.resource] = before.then(reason, self.interval) if before else Wait(reason, 0)
        return replace(self, by_resource=waits)


def paced(reports: Iterable[Report], waits: Waits, run: str) -> list[Report]:
    """The reports, with longer waits the longer they wait: where a call was throttled, and while nodes are replaced.

    What was throttled gets a moment of the run's own: otherwise all runs that were refused in one second would come
    back in one second, and as often as they were let through. A history gives the same again.
    """
    return [_paced(report, waits, run) for report in reports]


def _paced(report: Report, waits: Waits, run: str) -> Report:
    progress, before = report.progress, waits.by_resource.get(report.resource)
    if not isinstance(progress, Waiting):
        return report
    waited = before.seconds + waits.interval if before and before.reason == progress.reason else 0
    match progress.reason:
        case THROTTLED.reason:
            half = min(THROTTLED_AT_MOST, max(progress.retry_after_seconds, waited)) // 2
            drawn = int.from_bytes(hashlib.sha256(f"{run} {waits.by_resource}".encode()).digest()[:4])
            seconds = half + drawn % (half + 1)
        case NODES_ROLLING.reason:
            seconds = max(progress.retry_after_seconds, min(ROLLING_AT_MOST, waited // 60))
        case _:
            return report
    return replace(report, progress=replace(progress, retry_after_seconds=seconds))


def within_budget(reports: Iterable[Report], waits: Waits) -> list[Report]:
    """The reports, with those that have waited for longer than their budget failed."""
    return [_judged(report, waits.by_resource.get(report.resource)) for report in reports]


def _judged(report: Report, wait: Wait | None) -> Report:
    progress = report.progress
    if not isinstance(progress, Waiting) or wait is None or wait.seconds <= progress.budget_seconds:
        return report
    failed = progress.overdue or Failed(
        f"{progress.reason}TooLong",
        f"It waited for {wait.seconds // 60} minutes: {progress.detail}",
        "See what the resource reports in the EKS console; then send the same spec again: the run goes on from here.",
        Disposition.PAGE,
    )
    return replace(report, progress=failed)


def answer(part: str, reports: Iterable[Report], waits: Waits) -> dict[str, object]:
    """The JSON that a step's Lambda returns. Its ``progress`` is what the Choice states compare."""
    progress = combine(reports)
    return {
        "part": part,
        **told(progress),
        "waits": {name: wait.told() for name, wait in waits.by_resource.items()},
    }


def told(progress: Progress) -> dict[str, object]:
    """A progress as JSON.

    A failure's cause carries its remedy and for whom it is: Step Functions' own pages show them, and a state that fails
    hands nothing else on.
    """
    match progress:
        case Ready():
            return {"progress": str(Word.READY)}
        case Waiting():
            return {
                "progress": str(word(progress)),
                "reason": progress.detail,
                "retryAfterSeconds": progress.retry_after_seconds,
            }
        case Failed():
            return {
                "progress": str(word(progress)),
                "error": progress.error,
                "cause": f"{progress.cause}{for_whom(progress.disposition)}{_REMEDY}{progress.remedy}",
            }


def problem_in(failure: object) -> Problem:
    """The problem in what reached the state that records failures.

    That is a step's failed answer, a Parallel state's list of answers, or an error that was caught.
    """
    if isinstance(failure, list):
        failed = [entry for entry in failure if isinstance(entry, dict) and entry.get("progress") == Word.FAILED]
        return _all_of([problem_in(entry) for entry in failed]) if failed else problem_in({})
    if not isinstance(failure, dict):
        return problem_in({})
    code, text = str(failure.get("error") or "Unknown"), str(failure.get("cause") or "")
    cause, mark, remedy = text.partition(_REMEDY)
    if mark:
        why = cause.removesuffix(FOR_OPERATORS)
        disposition = Disposition.USER if why == cause else Disposition.PAGE
        return Problem(code=code, cause=why, remedy=remedy, disposition=disposition)
    kind, message = _exception_in(text)
    return Problem(code=kind or code, cause=message, remedy=_UNEXPECTED_REMEDY, disposition=Disposition.PAGE)


def _all_of(problems: Sequence[Problem]) -> Problem:
    """The problems of branches side by side as one: the first one's code, everybody's words."""
    return Problem(
        code=problems[0].code,
        cause="; ".join(dict.fromkeys(problem.cause for problem in problems)),
        remedy=" ".join(dict.fromkeys(problem.remedy for problem in problems)),
        disposition=gravest(problem.disposition for problem in problems),
    )


def failed_for(problem: Problem) -> Failed:
    """The failure with which the run's execution ends, so that Step Functions' console says all there is to say."""
    so_far = ", ".join(problem.exists) or "nothing"
    return Failed(problem.code, problem.cause, f"{problem.remedy} What exists so far: {so_far}.", problem.disposition)


def _exception_in(cause: str) -> tuple[str, str]:
    """Type and message of a Lambda function's exception, which Step Functions hands over as JSON text."""
    try:
        body = json.loads(cause)
    except ValueError:
        return "", cause
    if not isinstance(body, dict):
        return "", cause
    return str(body.get("errorType") or ""), str(body.get("errorMessage") or cause)
