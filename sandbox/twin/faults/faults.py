"""What stands before a twin and lets things go wrong."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.twin.errors import Refusal
from sandbox.twin.faults import changing, forcing
from sandbox.twin.faults.acting import Stage, act
from sandbox.twin.faults.calls import Asked, understand
from sandbox.twin.faults.checking import RuleError, check
from sandbox.twin.faults.conditions import Conditions
from sandbox.twin.faults.rules import Change, Condition, Force, NoRoom, Rule
from sandbox.twin.faults.standing import Standing, new_bucket

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.twin.core import Core
    from sandbox.twin.twin import Twin
    from sandbox.twin.wire import HttpRequest, HttpResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A rule that stands, as `Faults.rules` lists it.

    Attributes:
        seen: calls that the rule concerns.
        fired: calls it acted upon; 1 for a rule that did its work when it was added.
        trouble: why it could last not do what it should, for instance since what should vanish was not there.
    """

    id: str
    rule: Rule
    seen: int
    fired: int
    trouble: str | None


class Faults:
    """Fault rules in front of a twin. A call meets them in the order in which they were added.

    Args:
        twin: answers what no rule answers.
        wait: lets seconds pass on the twin's clock.
        seed: of what is drawn by lot.
    """

    def __init__(self, twin: Twin, wait: Callable[[float], None], seed: int = 0) -> None:
        self._twin = twin
        self._stage = Stage(twin=twin, wait=wait)
        self._seed = seed
        self._lock = threading.Lock()
        self._standing: dict[str, Standing] = {}
        self._made = 0
        self._conditions = twin.intervene(Conditions.of)

    @property
    def twin(self) -> Twin:
        """Whom they stand before."""
        return self._twin

    def add(self, rule: Rule) -> str:
        """Let a rule stand and return its id. What it does without waiting for a call is done at once.

        Raises:
            RuleError: it could never match, or what it should do at once cannot be done.
        """
        check(rule, self._zones() if isinstance(rule, NoRoom) else ())
        fired = self._begin(rule)
        with self._lock:
            self._made += 1
            dice = random.Random(f"{self._seed}|{self._made}")  # noqa: S311 - a simulation, not a secret
            bucket = new_bucket(rule, self._twin.now)
            one = Standing(id=str(self._made), rule=rule, dice=dice, bucket=bucket, fired=fired)
            self._standing[one.id] = one
        self._impose()
        return one.id

    def remove(self, rule_id: str) -> None:
        """Take a rule away. What it has done stays done.

        Raises:
            KeyError: no such rule stands.
        """
        with self._lock:
            del self._standing[rule_id]
        self._impose()

    def clear(self) -> None:
        """Take all rules away."""
        with self._lock:
            self._standing.clear()
        self._impose()

    def rules(self) -> list[Listed]:
        """Return the rules that stand, the oldest first."""
        with self._lock:
            standing = list(self._standing.values())
        return [Listed(id=it.id, rule=it.rule, seen=it.seen, fired=it.fired, trouble=it.trouble) for it in standing]

    def fired(self, rule_id: str) -> int:
        """Return how often a rule acted.

        Raises:
            KeyError: no such rule stands.
        """
        with self._lock:
            return self._standing[rule_id].fired

    def handle(self, request: HttpRequest) -> HttpResponse | None:
        """Answer as the rules say, or let the twin answer."""
        with self._lock:
            standing = list(self._standing.values())
        asked = understand(request) if standing else None
        if asked is None:
            return self._twin.handle(request)
        return self._meet(asked, [one for one in standing if one.concerns(asked)])

    def _meet(self, asked: Asked, rules: list[Standing]) -> HttpResponse | None:
        """Let the first rule have its way with the call, and the others with what it lets through."""
        if not rules:
            return self._twin.handle(asked.request)
        return act(self._stage, rules[0], asked, lambda: self._meet(asked, rules[1:]))

    def _zones(self) -> list[str]:
        return self._twin.intervene(lambda core: sorted(core.world.zones()))

    def _begin(self, rule: Rule) -> int:
        """Do what does not wait for a call, and return how often it was done."""
        try:
            if isinstance(rule, Change) and rule.on is None:
                changing.change(self._twin, rule, None)
                return 1
            if isinstance(rule, Force) and rule.now:
                self._twin.intervene(lambda core: forcing.force_now(core, rule))
                return 1
        except Refusal as refusal:
            raise RuleError(str(refusal)) from refusal
        return int(isinstance(rule, Condition))

    def _impose(self) -> None:
        """Let the twin be as the rules say that stand now."""

        def deed(core: Core) -> None:
            self._conditions.impose(core, [it.rule for it in self.rules()])

        self._twin.intervene(deed)
