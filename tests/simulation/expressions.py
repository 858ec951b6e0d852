"""DynamoDB's expressions, as far as the registry uses them: conditions and updates over one item.

``test_table.py`` holds them to moto's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Value = dict[str, Any]
    """A value in DynamoDB's own words: ``{"S": "text"}``."""

    Item = dict[str, Value]
    Condition = Callable[[Item, "Names"], bool]
    Change = Callable[[Item, Item, "Names"], None]
    """Changes the second item by what the first one says."""

_TOKEN: Final = re.compile(r"\s*(<>|<=|>=|[(),=<>+-]|[#:]?\w+(?:\.[#:]?\w+)*)")
_CLAUSES: Final = ("SET", "REMOVE", "ADD")


@dataclass(frozen=True, slots=True)
class Names:
    """What the placeholders of one expression stand for."""

    names: Mapping[str, str]
    values: Mapping[str, Value]

    def path(self, text: str) -> list[str]:
        """The names of the attributes on the way to a place."""
        return [self.names[part] if part.startswith("#") else part for part in text.split(".")]

    def read(self, item: Item, text: str) -> Value | None:
        """A value of the request's own, or what stands at a place; None if nothing does."""
        if text.startswith(":"):
            return self.values[text]
        *way, last = self.path(text)
        for name in way:
            held = item.get(name)
            if held is None or "M" not in held:
                return None
            item = held["M"]
        return item.get(last)


class Unusable(Exception):  # noqa: N818 -- DynamoDB calls it a validation exception
    """An update of what is not there."""


@cache
def condition(text: str) -> Condition:
    """What ``ConditionExpression`` says."""
    tokens = _Tokens(text)
    found = _either(tokens)
    tokens.end()
    return found


@cache
def update(text: str) -> Change:
    """What ``UpdateExpression`` does."""
    tokens, changes = _Tokens(text), []
    while tokens.next in _CLAUSES:
        parse = {"SET": _assignment, "REMOVE": _removal, "ADD": _addition}[tokens.take()]
        changes.append(parse(tokens))
        while tokens.next == ",":
            tokens.take()
            changes.append(parse(tokens))
    tokens.end()

    def change(before: Item, item: Item, names: Names) -> None:
        for one in changes:
            one(before, item, names)

    return change


class _Tokens:
    def __init__(self, text: str) -> None:
        self._left = _TOKEN.findall(text)
        assert "".join(self._left) == re.sub(r"\s", "", text), f"not understood: {text}"

    @property
    def next(self) -> str | None:
        return self._left[0] if self._left else None

    def take(self, expected: str | None = None) -> str:
        taken = str(self._left.pop(0))
        assert expected in {None, taken}, (expected, taken)
        return taken

    def end(self) -> None:
        assert not self._left, f"not understood: {self._left}"


def _either(tokens: _Tokens) -> Condition:
    arms = [_both(tokens)]
    while tokens.next == "OR":
        tokens.take()
        arms.append(_both(tokens))
    return lambda item, names: any(arm(item, names) for arm in arms)


def _both(tokens: _Tokens) -> Condition:
    arms = [_one(tokens)]
    while tokens.next == "AND":
        tokens.take()
        arms.append(_one(tokens))
    return lambda item, names: all(arm(item, names) for arm in arms)


def _one(tokens: _Tokens) -> Condition:
    first = tokens.take()
    if first == "(":
        inner = _either(tokens)
        tokens.take(")")
        return inner
    if first in {"attribute_exists", "attribute_not_exists"}:
        tokens.take("(")
        place = tokens.take()
        tokens.take(")")
        return lambda item, names: (names.read(item, place) is None) == (first == "attribute_not_exists")
    sign, second = tokens.take(), tokens.take()
    return _comparison(first, sign, second)


def _comparison(first: str, sign: str, second: str) -> Condition:
    def compare(item: Item, names: Names) -> bool:
        one, other = names.read(item, first), names.read(item, second)
        match sign:
            case "=":
                return one is not None and one == other
            case "<>":
                return one != other
            case "<" | "<=" | ">" | ">=":
                return one is not None and other is not None and _ordered(one, sign, other)
            case _:
                raise AssertionError(f"not understood: {sign}")

    return compare


def _ordered(one: Value, sign: str, other: Value) -> bool:
    ((kind, left),), ((other_kind, right),) = one.items(), other.items()
    if kind != other_kind:
        return False
    first, second = (float(left), float(right)) if kind == "N" else (left, right)
    return {"<": first < second, "<=": first <= second, ">": first > second, ">=": first >= second}[sign]


def _assignment(tokens: _Tokens) -> Change:
    place = tokens.take()
    tokens.take("=")
    terms, signs = [_operand(tokens)], []
    while tokens.next in {"+", "-"}:
        signs.append(tokens.take())
        terms.append(_operand(tokens))

    def assign(before: Item, item: Item, names: Names) -> None:
        values = [term(before, names) for term in terms]
        value = values[0]
        for sign, more in zip(signs, values[1:], strict=True):
            value = {"N": _number(float(value["N"]) + float(more["N"]) * (1 if sign == "+" else -1))}
        *way, last = names.path(place)
        _at(item, way)[last] = value

    return assign


def _operand(tokens: _Tokens) -> Callable[[Item, Names], Value]:
    first = tokens.take()
    otherwise = first
    if first == "if_not_exists":
        tokens.take("(")
        first = tokens.take()
        tokens.take(",")
        otherwise = tokens.take()
        tokens.take(")")

    def value(before: Item, names: Names) -> Value:
        found = names.read(before, first)
        found = names.read(before, otherwise) if found is None else found
        if found is None:
            raise Unusable(f"{first} is not there")
        return found

    return value


def _removal(tokens: _Tokens) -> Change:
    place = tokens.take()

    def remove(_: Item, item: Item, names: Names) -> None:
        *way, last = names.path(place)
        _at(item, way).pop(last, None)

    return remove


def _addition(tokens: _Tokens) -> Change:
    place, more = tokens.take(), tokens.take()

    def add(before: Item, item: Item, names: Names) -> None:
        number = names.read(before, place) or {"N": "0"}
        *way, last = names.path(place)
        _at(item, way)[last] = {"N": _number(float(number["N"]) + float(names.values[more]["N"]))}

    return add


def _at(item: Item, way: list[str]) -> Item:
    for name in way:
        if "M" not in item.get(name, {}):
            raise Unusable(f"{name} is no map")
        item = item[name]["M"]
    return item


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else str(value)
