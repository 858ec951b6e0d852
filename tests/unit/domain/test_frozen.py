"""The lean ``dataclass`` is the standard library's in all that a value shows of itself."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import msgspec
import pytest

from lambdas.domain import frozen


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    name: str
    size: int = 1
    tags: dict[str, str] = dataclasses.field(default_factory=dict)


@frozen.dataclass(frozen=True, slots=True, kw_only=True)
class Lean:
    name: str
    size: int = 1
    tags: dict[str, str] = dataclasses.field(default_factory=dict)


@frozen.dataclass(frozen=True, slots=True)
class Pair:
    name: str
    size: int


@frozen.dataclass(frozen=True, slots=True)
class Empty:
    pass


def test_it_says_the_same_of_itself() -> None:
    lean, standard = Lean(name="a"), Standard(name="a")
    assert repr(lean) == repr(standard).replace("Standard", "Lean")
    assert dataclasses.asdict(lean) == dataclasses.asdict(standard)
    assert dataclasses.replace(lean, size=2) == Lean(name="a", size=2)


@pytest.mark.parametrize("other", [Lean(name="b"), Lean(name="a", size=2), Standard(name="a"), "a", None])
def test_it_equals_only_its_like(other: object) -> None:
    assert Lean(name="a") == Lean(name="a")
    assert Lean(name="a") != other


def test_it_is_a_key_if_its_values_are() -> None:
    assert {Pair("a", 1): "found"}[Pair("a", 1)] == "found"
    assert {Empty(), Empty()} == {Empty()}
    with pytest.raises(TypeError, match="unhashable"):
        hash(Lean(name="a"))


@pytest.mark.parametrize("name", ["name", "size", "other"])
def test_nothing_of_it_changes(name: str) -> None:
    value = Pair("a", 1)
    with pytest.raises(AttributeError):
        setattr(value, name, "b")
    with pytest.raises(AttributeError):
        delattr(value, name)
    assert value == Pair("a", 1)


def test_it_wants_what_it_has_no_default_for() -> None:
    with pytest.raises(TypeError, match="name"):
        Lean()  # type: ignore[call-arg] # that is the point


def test_it_can_be_copied_sent_and_decoded() -> None:
    value = Lean(name="a", tags={"b": "c"})
    assert copy.deepcopy(value) == value
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 -- our own
    assert msgspec.json.decode(msgspec.json.encode(value), type=Lean) == value
