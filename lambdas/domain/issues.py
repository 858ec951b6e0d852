"""The health issues of EKS resources and failed updates, as the table has them: which pass, and what a failure says."""

from collections.abc import Iterable
from typing import Final

from lambdas.domain.dispositions import Disposition, Meaning, gravest
from lambdas.domain.frozen import dataclass
from lambdas.domain.issue_table import ISSUES
from lambdas.domain.progress import Failed

REMEDIES: Final = {code: meaning.words for code, meaning in ISSUES.items()}
"""What a person can do, by code."""

MOST_TRIES: Final = 3
"""How often a run makes anew what AWS itself stumbled over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One entry of a resource's ``health.issues`` or of an update's ``errors``."""

    code: str
    message: str
    resource_ids: tuple[str, ...] = ()


def meaning_of(code: str) -> Meaning:
    """What a code means; one that the table does not know yet is as telling as EKS's own ``Unknown``."""
    return ISSUES.get(code, ISSUES["Unknown"])


def is_retried(issues: Iterable[Issue]) -> bool:
    """Whether AWS stumbled by itself, and nothing else is wrong: worth making the resource anew without asking."""
    return {meaning_of(issue.code).disposition for issue in issues} == {Disposition.RETRY}


def passes(issues: Iterable[Issue]) -> bool:
    """Whether all that is wrong goes away by itself, as far as a code can tell."""
    found = {meaning_of(issue.code).disposition for issue in issues}
    return bool(found) and found <= {Disposition.RETRY, Disposition.WAIT}


def failed_by(issues: Iterable[Issue], otherwise: str) -> Failed:
    """The failure that the issues amount to: the first one's code, everybody's words, the gravest disposition.

    ``otherwise`` is the cause where EKS reports a failure without an issue.
    """
    known = tuple(issues)
    meanings = [meaning_of(issue.code) for issue in known] or [ISSUES["Unknown"]]
    return Failed(
        known[0].code if known else "Unknown",
        "; ".join(map(_said, known)) or otherwise,
        " ".join(dict.fromkeys(meaning.words for meaning in meanings)),
        gravest(meaning.ends_as for meaning in meanings),
    )


def _said(issue: Issue) -> str:
    ids = f" ({', '.join(issue.resource_ids)})" if issue.resource_ids else ""
    return f"{issue.code}: {issue.message}{ids}"
