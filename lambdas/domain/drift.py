"""Drift: what somebody changed behind Slipway's back, and since when it is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self

import msgspec

from lambdas.domain.frozen import dataclass
from lambdas.domain.paths import NODEGROUPS
from lambdas.domain.planner.differences import Difference
from lambdas.domain.progress import IDLE, WAIT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from lambdas.domain.progress import Action
    from lambdas.domain.records import Sizes

LOOK_MINUTES: Final = 60
"""How often somebody looks at every cluster for drift."""

_SIZES: Final = "scalingConfig."
_BOUNDS: Final = ("minSize", "maxSize")
"""The sizes that nobody but the spec's owner moves; the desired size between them is an autoscaler's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One member of a resource that is not as the spec says.

    ``field`` leads to it in EKS's words; it is empty where the resource as a whole is missing, too many or troubled.
    ``since`` is when a look first saw it, in ISO 8601. ``repairable`` says whether a run can mend it.
    """

    resource: str
    field: str
    actual: object
    wanted: object
    reason: str
    repairable: bool
    since: str

    @property
    def key(self) -> tuple[str, str]:
        """What it is about."""
        return self.resource, self.field

    @property
    def is_of_sizes(self) -> bool:
        """Whether it is about how many nodes there may be."""
        return self.field.startswith(_SIZES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What the last look found, at ``lookedAt``."""

    lookedAt: str  # noqa: N815 -- as the API shows it
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, text: str | None) -> Self | None:
        """What a record keeps of it; None before the first look, and after a run that has left nothing of it."""
        return msgspec.json.decode(text, type=cls) if text else None

    def told(self) -> str:
        """As JSON text."""
        return msgspec.json.encode(self).decode()

    @property
    def since(self) -> str:
        """When the oldest of it was first seen."""
        return min((it.since for it in self.findings), default=self.lookedAt)

    def after_a_run(self) -> Self | None:
        """What is left of it when a run has converged: sizes, which such runs leave alone."""
        sizes = tuple(it for it in self.findings if it.is_of_sizes)
        return replace(self, findings=sizes) if sizes else None


def found(
    actions: Iterable[Action],
    sizes: Mapping[str, tuple[Difference, ...]],
    before: Drift | None,
    at: str,
    *,
    unseen: Collection[str] = (),
) -> Drift:
    """What a look found: what a run would do, and the bounds of node groups' sizes, by their names.

    What an earlier look has seen already is known since then; of the sizes of ``unseen`` node groups it still holds.
    """
    earlier = before.findings if before else ()
    known = {it.key: it.since for it in earlier}
    paths = {NODEGROUPS + name for name in unseen}
    held = (it for it in earlier if it.is_of_sizes and it.resource in paths)
    seen = [*(it for action in actions for it in _of_action(action, at)), *_of_sizes(sizes, at), *held]
    return Drift(lookedAt=at, findings=tuple(replace(it, since=known.get(it.key, at)) for it in seen))


def bounds(actual: Sizes, wanted: Sizes) -> tuple[Difference, ...]:
    """The bounds of a node group's size that are not the wanted ones."""
    pairs = ((name, getattr(actual, name), getattr(wanted, name)) for name in _BOUNDS)
    return tuple(Difference(_SIZES + name, is_now, is_to_be) for name, is_now, is_to_be in pairs if is_now != is_to_be)


def within(actual: Sizes, wanted: Sizes) -> Sizes:
    """The wanted bounds, with the desired size as near as they allow to what an autoscaler made of it."""
    return replace(wanted, desiredSize=min(max(actual.desiredSize, wanted.minSize), wanted.maxSize))


def _of_action(action: Action, at: str) -> Iterator[Finding]:
    repairable = action.verb not in IDLE
    if action.verb == WAIT:
        return
    for it in action.differences or (Difference("", None, None),):
        yield Finding(
            resource=action.resource,
            field=it.field,
            actual=it.actual,
            wanted=it.wanted,
            reason=action.reason,
            repairable=repairable,
            since=at,
        )


def _of_sizes(sizes: Mapping[str, tuple[Difference, ...]], at: str) -> Iterator[Finding]:
    for name, differences in sizes.items():
        for it in differences:
            yield Finding(
                resource=NODEGROUPS + name,
                field=it.field,
                actual=it.actual,
                wanted=it.wanted,
                reason=f"{it.field} is {it.actual}, wanted {it.wanted}",
                repairable=True,
                since=at,
            )
