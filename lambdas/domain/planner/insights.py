"""EKS's upgrade readiness insights: what it thinks stands in the way of a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.domain.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_ERROR: Final = "ERROR"
_WARNING: Final = "WARNING"

MENDED_ON_THE_WAY: Final = frozenset(
    {"Kubelet version skew", "kube-proxy version skew", "EKS add-on version compatibility"}
)
"""Insights into what an upgrade changes itself before it comes to a rung (docs.aws.amazon.com, EKS user guide,
"Cluster insights")."""


@dataclass(frozen=True, slots=True)
class Insight:
    """One insight: its name, the version it is about, ``PASSING``, ``WARNING``, ``ERROR`` or ``UNKNOWN``, and why."""

    name: str
    version: str
    status: str
    reason: str

    def __str__(self) -> str:
        """In words."""
        return f"{self.name} (for {self.version}): {self.reason}"


def blocking(
    insights: Iterable[Insight], rungs: Sequence[str], ignored: Collection[str], *, climbing: bool = False
) -> tuple[Insight, ...]:
    """The errors that stop an upgrade up these rungs, but for those whose names the spec says to ignore.

    While ``climbing``, something has still to follow to the rung before the first of these.
    """
    return tuple(
        it
        for it in insights
        if it.status == _ERROR
        and it.version in rungs
        and it.name not in ignored
        and ((it.version == rungs[0] and not climbing) or it.name not in MENDED_ON_THE_WAY)
    )


def overridden(insights: Iterable[Insight], rung: str, ignored: Collection[str]) -> bool:
    """Whether there are errors for this version, all of which the spec says to ignore: EKS has to be told to."""
    errors = {it.name for it in insights if it.status == _ERROR and it.version == rung}
    return bool(errors) and errors <= set(ignored)


def warnings(insights: Iterable[Insight], rung: str) -> tuple[str, ...]:
    """What EKS warns of for this version, in words."""
    return tuple(str(it) for it in insights if it.status == _WARNING and it.version == rung)
