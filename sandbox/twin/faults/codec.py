"""Fault rules as JSON: the rule's own members, and its kind in `rule`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.twin.faults.checking import RuleError
from sandbox.twin.faults.rules import (
    Advise,
    Change,
    Delay,
    Force,
    Guard,
    Leave,
    Lose,
    NoRoom,
    Replace,
    Rule,
    Scarce,
    Stale,
    Stretch,
    Throttle,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.twin.faults.faults import Listed
    from sandbox.twin.wire import Json

KIND = "rule"
KINDS: dict[str, type[Rule]] = {
    kind.__name__.lower(): kind
    for kind in (
        *(Replace, Lose, Force, Change, Throttle, Delay, Stale),
        *(Stretch, NoRoom, Scarce, Leave, Advise, Guard),
    )
}


def decode(body: bytes) -> Rule:
    """Read a rule.

    Raises:
        RuleError: not JSON, or not a rule; the text says what is wrong where.
    """
    try:
        document = msgspec.json.decode(body, type=dict[str, Any])
        kind = str(document.pop(KIND, ""))
        if kind not in KINDS:
            raise RuleError(f"{KIND} must be one of {', '.join(KINDS)}")
        rule = msgspec.convert(document, KINDS[kind])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"the body is not a rule in JSON: {error}") from error
    for where, known in _misspelt(document, msgspec.to_builtins(rule), kind):
        raise RuleError(f"{where} is unknown; known are {', '.join(sorted(known))}")
    return rule


def _misspelt(given: Any, read: Any, where: str) -> Iterator[tuple[str, Json]]:  # noqa: ANN401 - JSON
    """Yield the members that were given and not read: msgspec passes over what a dataclass does not have."""
    if isinstance(given, dict):
        for name, value in given.items():
            if name in read:
                yield from _misspelt(value, read[name], f"{where}.{name}")
            else:
                yield f"{where}.{name}", read
    elif isinstance(given, list):
        for number, value in enumerate(given):
            yield from _misspelt(value, read[number], f"{where}[{number}]")


def encode(listed: Listed) -> Json:
    """Return a rule that stands as JSON: its id, its counts and its members."""
    document: Json = {"id": listed.id, "seen": listed.seen, "fired": listed.fired, "trouble": listed.trouble}
    document[KIND] = type(listed.rule).__name__.lower()
    return document | dict(msgspec.to_builtins(listed.rule))
