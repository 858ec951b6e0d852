"""What the rules share."""

from collections.abc import Hashable, Iterable, Iterator, Sequence

from lambdas.domain.refusal import FieldError, Path, pointer


def wrong(path: Path, detail: str, remedy: str) -> FieldError:
    """Answer an error at a path."""
    return FieldError(pointer(path), detail, remedy)


def repeated(keys: Sequence[Hashable]) -> Iterator[int]:
    """Answer the places of keys that have been there before."""
    seen: set[Hashable] = set()
    for place, key in enumerate(keys):
        if key in seen:
            yield place
        seen.add(key)


def twice(path: Path, names: Sequence[str], member: str) -> Iterable[FieldError]:
    """Answer an error for each element of a list whose name an earlier one has."""
    for place in repeated(names):
        yield wrong(
            (*path, place, member),
            f"{member} {names[place]!r} is there twice in {path[-1]}.",
            "Give each a name of its own, or make one of the two.",
        )
