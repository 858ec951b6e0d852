"""What there is of a cluster so far: what a run that fails leaves standing, for whoever has to decide what to do."""

from collections.abc import Iterator, Mapping
from typing import Final

from lambdas.domain.pacing import Part
from lambdas.domain.paths import CONFIRMED, SCHEDULES, SIZES
from lambdas.domain.placement import LEFT_OUT
from lambdas.domain.runs import Left, Receipt

NOT_A_SIGN: Final = frozenset({"remade", "askedBy", LEFT_OUT})
"""Facts that a resource leaves behind which is gone, or which nobody has seen yet."""

NO_STATUS: Final = "THERE"
"""The status noted for what EKS gives none."""

DELETED: Final = "DELETED"
"""The status noted for what a run has taken away."""

EARLIER: Final = "earlier"
"""The fact that says of what is gone that the spec no longer had it: it did not go with the cluster."""

LEFT: Final = "left"
"""The fact that says why a run which deletes has left something that is not ours."""


LOOKED_FOR: Final[Mapping[Part, tuple[str, ...]]] = {
    Part.SCHEDULES: ("schedules",),
    Part.CLUSTER: ("cluster, with node groups, Fargate profiles, add-ons and access",),
    Part.CLUSTER_ROLE: ("cluster role", "OIDC provider"),
    Part.NODE_ROLE: ("node role, with instance profiles",),
    Part.LEFTOVERS: (
        "load balancers",
        "target groups",
        "security groups",
        "network interfaces",
        "volumes",
        "log group",
    ),
    Part.NETWORK: ("VPC, with all that lies in it",),
}
"""What a run that deletes looks for once more at its end, by the parts of its last look."""


def is_gone(facts: Mapping[str, object]) -> bool:
    """Whether a run that deletes has settled this: taken away, or left to whose it is."""
    return facts.get("status") == DELETED or LEFT in facts


_BY: Final = "run"


def confirmation(run: str) -> dict[str, object]:
    """The facts of a last look that has found nothing."""
    return {_BY: run}


def receipt(observed: Mapping[str, object], run: str) -> Receipt:
    """What a run that deletes has taken away, what it has left and what it looked for in vain at its end.

    ``observed`` are the facts of its looks; an earlier run's last look proves nothing.
    """
    settled = {name: facts for name, facts in sorted(observed.items()) if isinstance(facts, dict) and is_gone(facts)}
    return Receipt(
        deleted=tuple(name for name, facts in settled.items() if not {LEFT, EARLIER} & facts.keys()),
        left=tuple(Left(name, str(facts[LEFT])) for name, facts in settled.items() if LEFT in facts),
        lookedFor=tuple(
            kind
            for part, kinds in LOOKED_FOR.items()
            if observed.get(CONFIRMED + part) == confirmation(run)
            for kind in kinds
        ),
    )


def existing(observed: Mapping[str, object]) -> tuple[str, ...]:
    """The resources that looks have found, by name, with EKS's own status: ``nodegroups/a CREATE_FAILED``."""
    return tuple(_named(observed))


def _named(observed: Mapping[str, object]) -> Iterator[str]:
    for resource, facts in sorted(observed.items()):
        if not isinstance(facts, dict) or is_gone(facts) or resource.startswith((SIZES, SCHEDULES, CONFIRMED)):
            continue
        if facts.keys() - NOT_A_SIGN:
            status = facts.get("status", NO_STATUS)
            yield resource if status == NO_STATUS else f"{resource} {status}"
