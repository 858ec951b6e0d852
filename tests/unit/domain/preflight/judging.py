"""What the tables of these tests say of an error: where it is and a word of what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambdas.domain.refusal import FieldError


def pointers(errors: Iterable[FieldError]) -> list[str]:
    """Where the errors are; each must say what is wrong and what to do, in sentences."""
    found = list(errors)
    for error in found:
        assert error.detail.endswith("."), error
        assert error.remedy.endswith((".", "?")), error
    return [error.pointer for error in found]
