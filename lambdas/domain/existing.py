"""What there is of a cluster so far: what a run that fails leaves standing, for whoever has to decide what to do."""

from collections.abc import Iterator, Mapping
from typing import Final

from lambdas.domain.paths import SCHEDULES, SIZES
from lambdas.domain.runs import Left, Receipt

NOT_A_SIGN: Final = frozenset({"remade", "askedBy"})
"""Facts that a resource leaves behind which is gone, or which nobody has seen yet."""

NO_STATUS: Final = "THERE"
"""The status noted for what EKS gives none."""

DELETED: Final = "DELETED"
"""The status noted for what a run has taken away."""

LEFT: Final = "left"
"""The fact that says why a run which deletes has left something that is not ours."""


def is_gone(facts: Mapping[str, object]) -> bool:
    """Whether a run that deletes has settled this: taken away, or left to whose it is."""
    return facts.get("status") == DELETED or LEFT in facts


def receipt(observed: Mapping[str, object]) -> Receipt:
    """What a run that deletes has taken away and what it has left, by the facts of its looks."""
    settled = {name: facts for name, facts in sorted(observed.items()) if isinstance(facts, dict) and is_gone(facts)}
    return Receipt(
        deleted=tuple(name for name, facts in settled.items() if LEFT not in facts),
        left=tuple(Left(name, str(facts[LEFT])) for name, facts in settled.items() if LEFT in facts),
    )


def existing(observed: Mapping[str, object]) -> tuple[str, ...]:
    """The resources that looks have found, by name, with EKS's own status: ``nodegroups/a CREATE_FAILED``."""
    return tuple(_named(observed))


def _named(observed: Mapping[str, object]) -> Iterator[str]:
    for resource, facts in sorted(observed.items()):
        if not isinstance(facts, dict) or is_gone(facts) or resource.startswith((SIZES, SCHEDULES)):
            continue
        if facts.keys() - NOT_A_SIGN:
            status = facts.get("status", NO_STATUS)
            yield resource if status == NO_STATUS else f"{resource} {status}"
