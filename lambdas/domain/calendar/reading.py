"""Reading a document that somebody wrote: every mistake is noted, none stops the reading."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from lambdas.domain.constraints import SHOWN, UnacceptableError, quoted
from lambdas.domain.refusal import FieldError, Path, pointer
from lambdas.domain.wording import nearest

T = TypeVar("T")
# Every member that an object may have, with an example in JSON.
Members = Mapping[str, str]


class Reader:
    """Reads a document.

    Attributes:
        errors: Everything that was found wrong so far, in the order of the reading.
    """

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def wrong(self, path: Path, detail: str, remedy: str) -> None:
        """Note a mistake: what is wrong, and what to do about it, each a sentence."""
        self.errors.append(FieldError(pointer(path), f"{_name(path)}: {detail}" if path else detail, remedy))

    def members(self, path: Path, value: object, required: Members, optional: Members) -> dict[str, object]:
        """Answer the known members of an object."""
        known = {**required, **optional}
        if not isinstance(value, dict):
            self.wrong(path, f"{quoted(value)} is not an object.", f"Give an object with {', '.join(known)}.")
            return {}
        for name in value:
            if name not in known:
                self.wrong((*path, name), "there is no such field.", _instead(name, list(known)))
        for name, example in required.items():
            if name not in value:
                self.wrong((*path, name), "it is missing.", f"Write it like {name}: {example}.")
        return {name: value[name] for name in known if name in value}

    def elements(self, path: Path, value: object, most: int) -> Iterator[tuple[Path, object]]:
        """Answer the elements of a list, each with its path; none of a list with too many."""
        if not isinstance(value, list):
            self.wrong(path, f"{quoted(value)} is not a list.", "Give a list, even of one.")
        elif len(value) > most:
            self.wrong(path, f"it has {len(value)} entries.", f"Keep at most {most}.")
        else:
            yield from (((*path, place), element) for place, element in enumerate(value))

    def text(self, path: Path, value: object, parse: Callable[[str], T]) -> T | None:
        """Answer what a text means; None if it is no text, or means nothing."""
        if not isinstance(value, str):
            self.wrong(path, f"{quoted(value)} is not a text.", "Put it in quotes.")
            return None
        try:
            return parse(value)
        except UnacceptableError as error:
            self.wrong(path, error.detail, error.remedy)
            return None

    def distinct(self, taken: dict[T, Path], key: T, path: Path) -> bool:
        """Answer whether nothing has taken a key yet, and take it."""
        if key in taken:
            self.wrong(path, f"{key} is there twice, first at {pointer(taken[key])}.", "Keep one of the two.")
            return False
        taken[key] = path
        return True


def _instead(name: str, known: list[str]) -> str:
    near = nearest(name, known)
    return f"Did you mean {near}?" if near else f"The fields here are {', '.join(known)}."


def _name(path: Path) -> str:
    """Answer the last name of a path with the numbers that follow it: `awake[0]`."""
    last = max((place for place, step in enumerate(path) if isinstance(step, str)), default=0)
    return "".join(f"[{step}]" if isinstance(step, int) else _short(step) for step in path[last:])


def _short(name: str) -> str:
    return name if 0 < len(name) <= SHOWN else quoted(name)
