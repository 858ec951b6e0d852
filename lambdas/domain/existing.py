"""What there is of a cluster so far: what a run that fails leaves standing, for whoever has to decide what to do."""

from collections.abc import Iterator, Mapping
from typing import Final

from lambdas.domain.paths import SCHEDULES, SIZES

NOT_A_SIGN: Final = frozenset({"remade", "askedBy"})
"""Facts that a resource leaves behind which is gone, or which nobody has seen yet."""

NO_STATUS: Final = "THERE"
"""The status noted for what EKS gives none."""


def existing(observed: Mapping[str, object]) -> tuple[str, ...]:
    """The resources that looks have found, by name, with EKS's own status: ``nodegroups/a CREATE_FAILED``."""
    return tuple(_named(observed))


def _named(observed: Mapping[str, object]) -> Iterator[str]:
    for resource, facts in sorted(observed.items()):
        if isinstance(facts, dict) and facts.keys() - NOT_A_SIGN and not resource.startswith((SIZES, SCHEDULES)):
            status = facts.get("status", NO_STATUS)
            yield resource if status == NO_STATUS else f"{resource} {status}"
