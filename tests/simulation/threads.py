"""Threads of the steps' own: here their work is done in turn, since a thread has no place on a virtual clock."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self, TypeVar
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Given = TypeVar("Given")
Made = TypeVar("Made")


class _InTurn:
    """In the place of a ThreadPoolExecutor."""

    def __init__(self, _: int) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, work: Callable[[Given], Made], given: Iterable[Given]) -> list[Made]:
        return [work(one) for one in given]


@contextmanager
def in_turn() -> Iterator[None]:
    """For a while, what threads would do side by side is done one after the other."""
    with mock.patch("lambdas.steps.preflight.asking.ThreadPoolExecutor", _InTurn):
        yield
