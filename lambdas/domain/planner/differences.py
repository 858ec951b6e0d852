"""What differs between a spec and what AWS reports, and the one call that makes it good."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from lambdas.domain.frozen import dataclass

Json = Mapping[str, Any]


class Effect(StrEnum):
    """What a change does to what runs: the first words of every consequence that a plan shows."""

    CREATED = "created"
    IN_PLACE = "in place"
    ROLLING = "rolling"
    REPLACED = "replaced"
    DELETED = "deleted"
    REFUSED = "refused"

    def saying(self, what: str) -> str:
        """The consequence in words: ``in place: ...``."""
        return f"{self}: {what}"


@dataclass(frozen=True, slots=True)
class Difference:
    """One member that is not as the spec says. ``field`` leads to it in the resource, as in ``logging.clusterLogging``.

    ``actual`` and ``wanted`` are plain JSON; None where there is nothing.
    """

    field: str
    actual: object
    wanted: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One change that EKS takes by itself.

    ``operation`` is the client's method and ``request`` its members, without the token and what names the resource,
    unless it is ``whole``: some calls take no token. ``effect`` and ``outcome`` say what comes of it.
    ``rung`` is the Kubernetes version for which it is due, where it belongs to an upgrade; ``verb`` what plans call it.
    """

    operation: str
    differences: tuple[Difference, ...]
    request: Json = field(default_factory=dict)
    whole: bool = False
    effect: Effect = Effect.IN_PLACE
    outcome: str = ""
    rung: str = ""
    verb: str = "update"


def said(wanted: Json, actual: Json, members: Iterable[str]) -> tuple[Difference, ...]:
    """The members of which the spec says something else than AWS reports; what it does not say is AWS's to choose."""
    return tuple(
        Difference(member, actual.get(member), wanted[member])
        for member in members
        if member in wanted and not covers(actual.get(member), wanted[member])
    )


def covers(actual: object, wanted: object) -> bool:
    """Whether what is there has everything that is wanted: of objects every member, of the rest the very value."""
    if isinstance(wanted, Mapping):
        return isinstance(actual, Mapping) and all(covers(actual.get(name), it) for name, it in wanted.items())
    if isinstance(wanted, (list, tuple)) and isinstance(actual, (list, tuple)):
        return len(actual) == len(wanted) and all(covers(a, w) for a, w in zip(actual, wanted, strict=True))
    return actual == wanted


def of_set(member: str, actual: Collection[str] | None, wanted: Collection[str] | None) -> Iterator[Difference]:
    """The difference between two lists whose order means nothing, if there is one."""
    if set(actual or ()) != set(wanted or ()):
        yield Difference(member, sorted(actual or ()), sorted(wanted or ()))
