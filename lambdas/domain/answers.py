"""What a step answers to the state machine, and how long it has been waiting for what.

The answer of one look is the ``last`` of the next, so a loop carries its own history and needs no variable.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from lambdas.domain.progress import Failed, Progress, Ready, Report, Waiting, Word, combine, word
from lambdas.domain.runs import Problem

_REMEDY: Final = " What to do: "
_UNEXPECTED_REMEDY: Final = (
    "Nobody expected this: the function's log has the details. Send the same spec again: the run goes on from here."
)


@dataclass(frozen=True, slots=True)
class Wait:
    """For which reason a resource waits, and for how many seconds it has."""

    reason: str
    seconds: int


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
            {name: Wait(wait["reason"], wait["seconds"]) for name, wait in waits.items()},
            int(last.get("retryAfterSeconds", 0)),
        )

    def after(self, reports: Iterable[Report]) -> "Waits":
        """The history with one more look: whoever still waits for the same reason has waited for longer."""
        waits: dict[str, Wait] = {}
        for report in reports:
            if isinstance(report.progress, Waiting):
                before = self.by_resource.get(report.resource)
                same = before is not None and before.reason == report.progress.reason
                waited = before.seconds + self.interval if before and same else 0
                waits[report.resource] = Wait(report.progress.reason, waited)
        return replace(self, by_resource=waits)


def within_budget(reports: Iterable[Report], waits: Waits) -> list[Report]:
    """The reports, with those that have waited for longer than their budget failed."""
    return [_judged(report, waits.by_resource.get(report.resource)) for report in reports]


def _judged(report: Report, wait: Wait | None) -> Report:
    progress = report.progress
    if not isinstance(progress, Waiting) or wait is None or wait.seconds <= progress.budget_seconds:
        return report
    failed = Failed(
        f"{progress.reason}TooLong",
        f"It waited for {wait.seconds // 60} minutes: {progress.detail}",
        "See what the resource reports in the EKS console; then send the same spec again: the run goes on from here.",
    )
    return replace(report, progress=failed)


def answer(part: str, reports: Iterable[Report], waits: Waits) -> dict[str, object]:
    """The JSON that a step's Lambda returns. Its ``progress`` is what the Choice states compare."""
    progress = combine(reports)
    return {
        "part": part,
        **told(progress),
        "waits": {name: {"reason": w.reason, "seconds": w.seconds} for name, w in waits.by_resource.items()},
    }


def told(progress: Progress) -> dict[str, object]:
    """A progress as JSON. A failure's cause carries its remedy, so that Step Functions' own pages show both."""
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
                "cause": f"{progress.cause}{_REMEDY}{progress.remedy}",
            }


def problem_in(failure: object) -> Problem:
    """The problem in what reached the state that records failures.

    That is a step's failed answer, a Parallel state's list of answers, or an error that was caught.
    """
    if isinstance(failure, list):
        failed = [entry for entry in failure if isinstance(entry, dict) and entry.get("progress") == Word.FAILED]
        return problem_in(failed[0]) if failed else problem_in({})
    if not isinstance(failure, dict):
        return problem_in({})
    code, text = str(failure.get("error") or "Unknown"), str(failure.get("cause") or "")
    cause, mark, remedy = text.partition(_REMEDY)
    if mark:
        return Problem(code=code, cause=cause, remedy=remedy)
    kind, message = _exception_in(text)
    return Problem(code=kind or code, cause=message, remedy=_UNEXPECTED_REMEDY)


def _exception_in(cause: str) -> tuple[str, str]:
    """Type and message of a Lambda function's exception, which Step Functions hands over as JSON text."""
    try:
        body = json.loads(cause)
    except ValueError:
        return "", cause
    if not isinstance(body, dict):
        return "", cause
    return str(body.get("errorType") or ""), str(body.get("errorMessage") or cause)
