"""``dataclass`` for values: as the standard library's with ``frozen=True, slots=True``, at a quarter of its price.

The standard library writes the text of up to seven functions for each class, and compiles it whenever the class is
imported: of a cold start without pydantic that was more than a third. Here ``__init__`` is its only one, and the rest
are functions that classes share. An attribute can be written once, which is what ``__init__`` does.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


def _dataclass(*, frozen: Literal[True], slots: Literal[True], kw_only: bool = False) -> Callable[[type[_T]], type[_T]]:
    """As ``dataclasses.dataclass``; what has other parameters, or is not to be frozen, takes that."""

    def made(cls: type[_T]) -> type[_T]:
        lean = dataclasses.dataclass(repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
        names = tuple(field.name for field in dataclasses.fields(lean))  # type: ignore[arg-type] # it is one now
        for name, method in _methods(names).items():
            if name not in vars(cls):
                setattr(lean, name, method)
        return lean

    assert frozen
    return made


def _methods(names: tuple[str, ...]) -> dict[str, Callable[..., object]]:
    """What a class with fields of these names has beside ``__init__``."""
    values: Callable[[object], object] = attrgetter(*names) if names else _nothing

    def equal(self: object, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: object) -> int:
        return hash(values(self))

    def shown(self: object) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return {"__eq__": equal, "__hash__": hashed, "__repr__": shown, "__setattr__": _set_once, "__delattr__": _keep}


def _nothing(_: object) -> tuple[()]:
    return ()


def _set_once(self: object, name: str, value: object) -> None:
    if hasattr(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _keep(_: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


if TYPE_CHECKING:
    from dataclasses import dataclass  # which type checkers know
else:
    dataclass = _dataclass

__all__ = ["dataclass"]
