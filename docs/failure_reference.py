"""The text of docs/failures.md, the reference of what goes wrong, out of the tables that Slipway goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.domain.dispositions import FOR_OPERATORS, OPERATOR_NEEDED, Disposition
from lambdas.domain.exception_table import DECLARED, ENDINGS, STATUSES, TEXTS, UNDECLARED, Where
from lambdas.domain.issue_table import ISSUES
from lambdas.domain.issues import MOST_TRIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lambdas.domain.dispositions import Meaning
    from lambdas.domain.exception_meanings import Answer

INTRODUCTION: Final = f"""\
# What goes wrong, and who sees to it

<!-- Written by `make docs` from lambdas/domain/issue_table.py and exception_table.py. Do not edit by hand. -->

Every code with which EKS reports trouble, and every error with which AWS answers a call that Slipway may make, stands
once in a table with one of four dispositions:

| Disposition | What becomes of it |
|---|---|
| `{Disposition.RETRY}` | The same is asked for again, by itself: a hindered call after a while, a node group or \
add-on that could not be created up to {MOST_TRIES} times. |
| `{Disposition.WAIT}` | It passes by itself; a later look sees whether it has. |
| `{Disposition.USER}` | The run fails, and who wrote the spec can mend it: in the spec, or in what runs in the \
cluster. |
| `{Disposition.PAGE}` | The run fails, and the platform's operators must look: at a role, a key, a quota, a policy, \
or at AWS or Slipway itself. |

What is retried or waited for fails the run, too, if it does not pass; the tables say whose it is then. So a failed run
is always one of the last two, and says which:

- the run's `error.disposition` in `GET /runs/{{id}}`, and that of the events `ClusterFailed` and `WakeFailed`;
- with `{Disposition.PAGE}`, "{FOR_OPERATORS.strip()}" in the event's message and the execution's cause;
- with `{Disposition.PAGE}`, the log message `{OPERATOR_NEEDED}` of the function runs, to which the alarm OperatorNeeded
  listens. Every failed run raises its state machine's alarm; this one tells operators which are theirs.

Several failures in one run are `{Disposition.PAGE}` if one of them is. What no table knows is left to Step Functions,
which makes the step again a few times, and then to operators; so is what took longer than it may. A failure that
Slipway itself finds, such as a name that somebody else's resource has, is `{Disposition.USER}` unless it says
otherwise.
Tests hold the tables to botocore's models: a code or an exception that EKS adds fails them until it has a row.
"""


def reference() -> str:
    """Answer the text of docs/failures.md."""
    return f"{INTRODUCTION}\n{_issues()}\n{_exceptions()}\n{_refinements()}"


def _issues() -> str:
    said = "`ClusterIssueCode`, `NodegroupIssueCode`, `AddonIssueCode` of `health.issues`, and an update's `ErrorCode`."
    rows = (f"| `{code}` | {_disposition(row)} | {_cell(row.words)} |" for code, row in ISSUES.items())
    return _table("Issues of resources and errors of updates", said, "Code | Disposition | What a person can do", rows)


def _exceptions() -> str:
    said = "Where there is a wait, the words are for the case that it does not end."
    head = "Code | Disposition | Wait | What a person can do"
    undeclared = "EC2 declares no exceptions; the others are answered by many services without being declared."
    return "\n".join(
        [
            _table("Exceptions that botocore's models declare", said, head, _rows(DECLARED)),
            _table("Exceptions that no model declares", undeclared, head, _rows(UNDECLARED)),
        ]
    )


def _refinements() -> str:
    said = (
        "These come before the code's own row, but for throttling, expired credentials and faults of AWS; the endings "
        "are for codes without a row. In a removal, what is still in use is waited for as `StillInUse`."
    )
    statuses = (_row(f"HTTP {_range(it)}", means) for it, means in STATUSES.items())
    texts = (_row(f"{_codes(text.codes)} with the text `{text.pattern}` ({text.seen})", text.means) for text in TEXTS)
    endings = (_row(f"`…{it.suffix}` {_places(it.where)}", it.means) for it in ENDINGS)
    head = "What is seen | Disposition | Wait | What a person can do"
    return _table("Statuses, texts and endings", said, head, [*statuses, *texts, *endings])


def _rows(answers: Mapping[str, Answer]) -> list[str]:
    return [_row(f"`{code}`", answers[code]) for code in sorted(answers, key=str.lower)]


def _row(seen: str, row: Answer) -> str:
    return f"| {_cell(seen)} | {_disposition(row)} | {_wait(row)} | {_cell(row.words)} |"


def _disposition(row: Meaning) -> str:
    return f"`{row.disposition}`" if row.disposition is row.ends_as else f"`{row.disposition}`, then `{row.ends_as}`"


def _wait(row: Answer) -> str:
    if row.patience is not None:
        return f"{row.patience.reason}, up to {row.patience.budget // 60} min"
    return "the step again" if row.disposition is Disposition.RETRY else ""


def _range(statuses: range) -> str:
    return str(statuses.start) if len(statuses) == 1 else f"{statuses.start} to {statuses.stop - 1}"


def _codes(codes: tuple[str, ...]) -> str:
    return ", ".join(f"`{code}`" for code in codes) or "Any code"


def _places(where: frozenset[Where]) -> str:
    return " or ".join(it.value for it in Where if it in where) if where != frozenset(Where) else Where.ANYWHERE.value


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(title: str, said: str, head: str, rows: Iterable[str]) -> str:
    rule = "|".join("---" for _ in head.split(" | "))
    return f"## {title}\n\n{said}\n\n| {head} |\n|{rule}|\n" + "\n".join(rows) + "\n"
