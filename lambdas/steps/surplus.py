"""What a cluster has that its spec no longer has: it goes, if it is ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.aws.errors import CALL_ERRORS, found, removal_progress_of
from lambdas.domain.existing import is_gone
from lambdas.domain.progress import Report
from lambdas.steps.removal import Settled

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from lambdas.steps.convergence import Removable
    from lambdas.steps.scope import Scope


def surplus_of(
    scope: Scope,
    prefix: str,
    wanted: Collection[str],
    listed: Callable[[], Iterable[str]],
    made: Callable[[str], Removable],
) -> Iterator[Removable]:
    """The removals of what is there and not ``wanted``, by path below ``prefix``.

    ``listed`` are the paths of all that EKS has of the kind, whoever made it: ``made`` gives what tells ours from the
    rest. What earlier looks have seen comes with them, so that its end is noted.
    """
    known = {path for path in scope.observed if path.startswith(prefix) and not is_gone(scope.facts(path))}
    try:
        there = set(found(lambda: list(listed())) or ())
    except CALL_ERRORS as error:
        yield Settled(Report(resource=prefix.rstrip("/"), progress=removal_progress_of(error)))
        return
    yield from (made(path) for path in sorted((there | known) - set(wanted)))
