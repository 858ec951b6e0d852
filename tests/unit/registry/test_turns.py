"""The counter of turns: numbers are given once, and only one of those who change the rush at the same time does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.domain.turns import Rush

if TYPE_CHECKING:
    from lambdas.aws.registry import Registry

FAST = Rush(first=3.5, since=1_800_000_000.25, rate=7.1, known=5.0)


def test_each_number_is_given_once(registry: Registry) -> None:
    assert registry.turns() == (0, Rush())
    assert [registry.take_turn() for _ in range(3)] == [(0, Rush()), (1, Rush()), (2, Rush())]
    assert registry.turns() == (3, Rush())


def test_of_two_who_change_the_rush_one_does(registry: Registry) -> None:
    assert registry.change_rush(Rush(), FAST)
    assert not registry.change_rush(Rush(), Rush(rate=1.0))
    assert registry.take_turn() == (0, FAST)
    assert registry.change_rush(FAST, Rush())
