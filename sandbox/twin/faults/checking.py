"""A rule that could never match, or that says what EKS has no word for, is refused when it is added."""

from __future__ import annotations

import re
from difflib import get_close_matches
from fnmatch import filter as matching
from typing import TYPE_CHECKING, Any

from sandbox.twin import autoscaling
from sandbox.twin.errors import COMMON_ERRORS
from sandbox.twin.faults.calls import known_operations
from sandbox.twin.faults.changing import DEEDS, members
from sandbox.twin.faults.conditions import STRETCHABLE
from sandbox.twin.faults.rules import (
    Advise,
    Change,
    Condition,
    Force,
    Guard,
    Leave,
    Lose,
    NoRoom,
    Replace,
    Rule,
    Scarce,
    Stretch,
    Throttle,
    When,
)
from sandbox.twin.faults.standing import DELETE_FAILED
from sandbox.twin.model import AUTOSCALING, EKS, enum_of, service_model
from sandbox.twin.twin import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ISSUE_CODES = {
    "cluster": "ClusterIssueCode",
    "nodegroup": "NodegroupIssueCode",
    "addon": "AddonIssueCode",
    "update": "ErrorCode",
}
STATUS_ENUMS = {
    "cluster": "ClusterStatus",
    "nodegroup": "NodegroupStatus",
    "addon": "AddonStatus",
    "update": "UpdateStatus",
}
LOWEST_ERROR, HIGHEST_ERROR = 400, 599
MOST = 1_000_000_000
MOST_INTERFACES = 100
FEW = 8
"""So many known words are listed; among more, the nearest is named."""
_MINOR = re.compile(r"1\.\d{1,3}")
_AMOUNTS = ("capacity", "refill", "seconds", "factor")
CHANGES = (*(name for name in OPERATIONS if not name.startswith(("Describe", "List"))), *DEEDS)


class RuleError(ValueError):
    """A rule makes no sense; the text says why and what would."""


def check(rule: Rule, zones: Sequence[str]) -> None:
    """Refuse a rule that can do nothing; `zones` are the names of the region's.

    Raises:
        RuleError: an unknown operation, code, status, member or latency, or numbers that count nothing.
    """
    if not isinstance(rule, Force | Change | Condition):
        _check_operations(rule.operation)
    if not isinstance(rule, Throttle | Condition):
        _check_when(rule.when)
    _check_positive(**{name: getattr(rule, name) for name in _AMOUNTS if hasattr(rule, name)})
    match rule:
        case Replace():
            _check_error(rule.operation, rule.code, rule.fields)
            _check_status(rule.status)
        case Lose(how="error") | Throttle():
            _check_error(rule.operation, rule.code, {})
        case Force():
            _check_force(rule)
        case Change():
            _check_change(rule)
        case _ if isinstance(rule, Condition):
            _check_condition(rule, zones)


def _check_condition(rule: Condition, zones: Sequence[str]) -> None:
    match rule:
        case Stretch():
            _one_of("latency", rule.latency, STRETCHABLE)
        case NoRoom():
            for zone in rule.zones:
                _one_of("zones", zone, zones)
        case Leave():
            _check_leave(rule)
        case Scarce():
            _one_of("issue code of a nodegroup", rule.code, sorted(enum_of(EKS, ISSUE_CODES["nodegroup"])))
            if not 0 <= rule.instances <= MOST:
                raise RuleError(f"instances must be between 0 and {MOST} and is {rule.instances}")
        case Advise():
            _one_of("status", rule.status, sorted(enum_of(EKS, "InsightStatusValue")))
            _one_of("category", rule.category, sorted(enum_of(EKS, "Category")))
            if not _MINOR.fullmatch(rule.version):
                raise RuleError(f"version must be a Kubernetes version such as 1.35 and is {rule.version}")
        case Guard():
            _check_positive(nodes=rule.nodes)


def _check_leave(rule: Leave) -> None:
    if not 0 <= rule.interfaces <= MOST_INTERFACES:
        raise RuleError(f"interfaces must be between 0 and {MOST_INTERFACES} and is {rule.interfaces}")
    if not rule.interfaces and not rule.log_group:
        raise RuleError("a rule leaves at least one of interfaces and log_group behind")


def _check_operations(operations: str) -> None:
    known = known_operations()
    if not operations.split():
        raise RuleError("operation must name at least one operation, for instance CreateCluster or Describe*")
    for pattern in operations.split():
        if not matching(known, pattern):
            raise RuleError(f"no operation is called {pattern}{_nearest(pattern, known)}")


def _concerned(operations: str) -> set[str]:
    """Return the services whose operations are named."""
    patterns = operations.split()
    own = {name for pattern in patterns for name in matching(list(autoscaling.OPERATIONS), pattern)}
    eks = {name for pattern in patterns for name in matching(service_model(EKS).operation_names, pattern)}
    return {service for service, names in ((EKS, eks), (AUTOSCALING, own)) if names}


def _check_error(operations: str, code: str, fields: Iterable[str]) -> None:
    shapes: dict[str, Any] = {}
    for service in _concerned(operations):
        shapes |= {getattr(shape, "error_code", shape.name): shape for shape in service_model(service).error_shapes}
    _one_of("code", code, [*shapes, *COMMON_ERRORS])
    known = set(getattr(shapes.get(code), "members", {})) - {"message"}
    for name in fields:
        _one_of(f"fields of {code}", name, sorted(known))


def _check_status(status: int | None) -> None:
    if status is not None and not LOWEST_ERROR <= status <= HIGHEST_ERROR:
        raise RuleError(f"status must be between {LOWEST_ERROR} and {HIGHEST_ERROR} and is {status}")


def _check_positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if not 0 < number <= MOST:
            raise RuleError(f"{name} must be above 0 and at most {MOST} and is {number}")


def _check_when(when: When) -> None:
    _check_positive(first=when.first, every=when.every, probability=when.probability)
    if when.times is not None:
        _check_positive(times=when.times)
    if when.probability > 1:
        raise RuleError(f"probability must be at most 1 and is {when.probability}")


def _check_force(rule: Force) -> None:
    _one_of("status", rule.status, sorted(enum_of(EKS, STATUS_ENUMS[rule.resource])))
    for issue in rule.issues:
        _one_of(f"issue code of a {rule.resource}", issue.code, sorted(enum_of(EKS, ISSUE_CODES[rule.resource])))
    if rule.now and rule.cluster is None:
        raise RuleError("a status that is forced now needs the name of a cluster")
    if rule.now and rule.resource in ("nodegroup", "addon") and rule.name is None:
        raise RuleError(f"a status that is forced now needs the name of the {rule.resource}")
    if rule.now and rule.after is not None:
        raise RuleError("after counts from a creation or update; a status that is forced now has none")
    if rule.status == DELETE_FAILED and not rule.now and rule.lasts is not None:
        raise RuleError("what could not be deleted does not recover; leave lasts out")
    if rule.resource == "update" and rule.lasts is not None:
        raise RuleError("an update does not recover; leave lasts out")
    for name, seconds in (("after", rule.after), ("lasts", rule.lasts)):
        if seconds is not None and not 0 <= seconds <= MOST:
            raise RuleError(f"{name} must be between 0 and {MOST} and is {seconds}")


def _check_change(rule: Change) -> None:
    _one_of("does", rule.does, CHANGES)
    for name in rule.params:
        _one_of(f"params of {rule.does}", name, sorted(members(rule.does)))
    if rule.on is not None:
        _check_operations(rule.on)


def _one_of(what: str, word: str, known: Sequence[str]) -> None:
    if word not in known:
        raise RuleError(f"{what}: {word} is unknown{_nearest(word, known)}")


def _nearest(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1) if len(known) > FEW else []
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(sorted(known))}"
