"""Planting a bug: another text in one place of Slipway's code, in force for as long as somebody wants.

A module's text is changed and compiled anew, and every function whose code comes out different gets that code. So all
who have imported it before, under whatever name, meet the bug; constants and decorators are not changed.
"""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


class Withered(Exception):  # noqa: N818 -- what happened
    """A change changes nothing: the text is not there (any more), is there several times, or is in no function."""


@dataclass(frozen=True, slots=True)
class Change:
    """In a module (``lambdas.domain.tokens``), a text that is there once, and what is to stand in its place."""

    module: str
    old: str
    new: str


@contextmanager
def planted(change: Change) -> Iterator[None]:
    """With the change for a while. Raises Withered."""
    module = import_module(change.module)
    functions = dict(_functions(module))
    codes = dict(_codes(_changed(module, change)))
    before = {name: function.__code__ for name, function in functions.items()}
    differing = [name for name, code in before.items() if not _is_same(code, codes[name])]
    if not differing:
        raise Withered(f"{change.module}: no function changes")
    for name in differing:
        functions[name].__code__ = codes[name]
    try:
        yield
    finally:
        for name in differing:
            functions[name].__code__ = before[name]


def _changed(module: ModuleType, change: Change) -> CodeType:
    path = Path(inspect.getfile(module))
    text = path.read_text()
    if text.count(change.old) != 1:
        raise Withered(f"{change.module}: {text.count(change.old)} times {change.old!r}")
    code = compile(text.replace(change.old, change.new), path, "exec", dont_inherit=True)
    assert isinstance(code, CodeType)
    return code


def _functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    """The functions and methods that the module's text has made, by their qualified names."""
    for value in vars(module).values():
        members = vars(value).values() if isinstance(value, type) else (value,)
        for member in members:
            function = _behind(member)
            if function is not None and function.__module__ == module.__name__ and _is_of(module, function):
                yield function.__qualname__, function


def _behind(member: object) -> FunctionType | None:
    """The function that a property, a class method or a memory of answers has been made of."""
    match member:
        case property():
            member = member.fget
        case cached_property():
            member = member.func
        case classmethod() | staticmethod():
            member = member.__func__
    member = inspect.unwrap(member) if callable(member) else member
    return member if isinstance(member, FunctionType) else None


def _is_of(module: ModuleType, function: FunctionType) -> bool:
    return function.__code__.co_filename == inspect.getfile(module)


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant.co_qualname, constant
            yield from _codes(constant)


def _is_same(one: CodeType, other: CodeType) -> bool:
    """Whether they do the same, on whatever lines they stand."""
    if (one.co_code, one.co_names, one.co_varnames) != (other.co_code, other.co_names, other.co_varnames):
        return False
    if len(one.co_consts) != len(other.co_consts):
        return False
    return all(map(_is_same_constant, one.co_consts, other.co_consts))


def _is_same_constant(one: object, other: object) -> bool:
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return _is_same(one, other)
    return (type(one), one) == (type(other), other)
