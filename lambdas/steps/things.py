"""What a list shows of one sort, outside EKS: each thing goes, waits for others, or is left and named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import CALL_ERRORS, removal_progress_of
from lambdas.domain import pacing
from lambdas.domain.frozen import dataclass
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.progress import Action, Progress, Report
from lambdas.steps.removal import Settled, due, gone, left

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lambdas.steps.convergence import Removable
    from lambdas.steps.scope import Scope

_PACE: Final = PACES[Part.LEFTOVERS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something that a list has shown. ``name`` ends its path, ``id`` is AWS's; ``take_away`` is the call.

    ``kept`` says why it is left; ``after`` says what has to go before it.
    """

    name: str
    id: str
    take_away: Callable[[], object]
    kept: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that was made for the cluster and is of no use without it."""

    prefix: str
    thing: Thing

    @property
    def path(self) -> str:
        """``networkInterfaces/eni-0123``."""
        return self.prefix + self.thing.name

    def look_for(self) -> Report:
        """It is there, as a list has just shown."""
        thing = self.thing
        if thing.kept:
            return left(self.path, thing.kept)
        if thing.after:
            return Report(resource=self.path, progress=pacing.AFTER_OTHERS.wait(thing.after), facts={"id": thing.id})
        return due(self.path, f"{thing.id} goes", {"id": thing.id})

    def delete(self, _: Action) -> Progress:
        """The call that takes it away; what it still holds makes it wait."""
        self.thing.take_away()
        return _PACE.wait("asked for")


def of_list(scope: Scope, prefix: str, listed: Callable[[], Iterable[Thing]]) -> Iterator[Removable]:
    """What there is of one sort, and what earlier looks saw that is there no more."""
    try:
        things = sorted(listed(), key=lambda it: it.name)
    except CALL_ERRORS as error:
        yield Settled(Report(resource=prefix.rstrip("/"), progress=removal_progress_of(error)))
        return
    yield from (Leftover(prefix, thing) for thing in things)
    known = {path.removeprefix(prefix) for path in scope.observed if path.startswith(prefix)}
    names = {thing.name for thing in things}
    yield from (Settled(gone(scope, prefix + name)) for name in sorted(known - names))
