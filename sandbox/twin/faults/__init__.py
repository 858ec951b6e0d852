"""Fault rules: what can be made to go wrong in front of a twin. docs/twin.md lists the failures they stand for."""

from sandbox.twin.faults.checking import RuleError
from sandbox.twin.faults.faults import Faults, Listed
from sandbox.twin.faults.rules import (
    ALWAYS,
    ONCE,
    Change,
    Delay,
    Force,
    Issue,
    Lose,
    NoRoom,
    Replace,
    Rule,
    Stale,
    Stretch,
    Throttle,
    When,
    each,
    first,
    nth,
    some,
)

__all__ = [
    "ALWAYS",
    "ONCE",
    "Change",
    "Delay",
    "Faults",
    "Force",
    "Issue",
    "Listed",
    "Lose",
    "NoRoom",
    "Replace",
    "Rule",
    "RuleError",
    "Stale",
    "Stretch",
    "Throttle",
    "When",
    "each",
    "first",
    "nth",
    "some",
]
