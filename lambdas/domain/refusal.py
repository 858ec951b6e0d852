"""How the door says no: which field, what is wrong with it, what to do."""

from collections.abc import Sequence

from lambdas.domain.frozen import dataclass

Path = tuple[str | int, ...]

UNPROCESSABLE = 422
"""The HTTP status of a spec that could be read and is not valid."""

MOST_ERRORS = 100
"""Nobody reads more, and finding words for each of ten thousand takes seconds."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field.

    Attributes:
        pointer: Where it is in what the user sent, as a JSON pointer (RFC 6901); empty for the whole document.
        detail: What is wrong, as a sentence that names the field.
        remedy: What to do about it, as a sentence.
    """

    pointer: str
    detail: str
    remedy: str


class Refused(Exception):  # noqa: N818 - it is an answer to a user more than an error
    """A spec that is not accepted, with everything that is wrong with it, as far as anybody would read.

    Attributes:
        errors: At least one.
        status: The HTTP status that says the same: 400 for what is not a JSON object, 413 for what is too large,
            422 for an object that is not a valid spec.
    """

    def __init__(self, errors: Sequence[FieldError], status: int) -> None:
        self.errors = tuple(errors[:MOST_ERRORS])
        super().__init__("; ".join(f"{error.pointer}: {error.detail}" for error in self.errors))
        self.status = status


def pointer(path: Path) -> str:
    """Answer the JSON pointer of a path: `/nodegroups/0/labels/bank.example~1tier`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
