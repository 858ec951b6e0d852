"""What a rule does with a call that it concerns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.twin.errors import Refusal
from sandbox.twin.faults import changing, finding, forcing, texts
from sandbox.twin.faults.rules import (
    Change,
    Condition,
    Delay,
    Force,
    Lose,
    Replace,
    Stale,
    Throttle,
)
from sandbox.twin.wire import AnswerLost, HttpResponse

if TYPE_CHECKING:
    from sandbox.twin.faults.calls import Asked
    from sandbox.twin.faults.standing import Standing
    from sandbox.twin.twin import Twin

Proceed = Callable[[], HttpResponse | None]
"""Lets the rules that come later, and at last the twin, answer the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What rules act upon: the twin, and its clock through `wait`, which lets seconds pass."""

    twin: Twin
    wait: Callable[[float], None]

    def refuse(self, asked: Asked, code: str, message: str, status: int | None = None, **fields: str) -> HttpResponse:
        """Return an error answer to the call."""
        return self.twin.refuse(asked.request.service, Refusal(code, message, **fields), status)


def act(stage: Stage, one: Standing, asked: Asked, proceed: Proceed) -> HttpResponse | None:
    """Answer the call as the rule says.

    Raises:
        AnswerLost: the rule loses the answer.
    """
    rule = one.rule
    if isinstance(rule, Force):
        return _force(stage, one, rule, asked, proceed)
    counts = one.counts(stage.twin.now)
    if isinstance(rule, Stale):
        return _stale(stage, one, rule, asked, proceed(), acts=counts)
    if not counts:
        return proceed()
    match rule:
        case Replace():
            return stage.refuse(asked, rule.code, rule.message or texts.ANY, rule.status, **rule.fields)
        case Throttle():
            return stage.refuse(asked, rule.code, rule.message)
        case Lose():
            proceed()
            return _lose(stage, rule, asked)
        case Change():
            return _change(stage, one, rule, asked, proceed)
        case Delay():
            stage.wait(rule.seconds)
        case _ if isinstance(rule, Condition):  # concerns no call
            pass
    return proceed()


def _lose(stage: Stage, rule: Lose, asked: Asked) -> HttpResponse:
    if rule.how == "dropped":
        raise AnswerLost(f"a fault rule lost the answer to {asked.operation}")
    return stage.refuse(asked, rule.code, rule.message or texts.ANY)


def _change(stage: Stage, one: Standing, rule: Change, asked: Asked, proceed: Proceed) -> HttpResponse | None:
    answer = proceed() if rule.moment == "after" else None
    try:
        changing.change(stage.twin, rule, asked)
    except Refusal as refusal:
        one.trouble = str(refusal)
    return answer if rule.moment == "after" else proceed()


def _force(stage: Stage, one: Standing, rule: Force, asked: Asked, proceed: Proceed) -> HttpResponse | None:
    """Decide the outcome of what the twin begins; a refusal or a repeated answer begins nothing and does not count."""
    before = stage.twin.intervene(lambda core: finding.find(core, asked))
    try:
        return proceed()
    finally:  # also when the answer is lost
        begun = stage.twin.intervene(lambda core: finding.begun(core, asked, before, rule))
        if begun is not None and one.counts(stage.twin.now):
            stage.twin.intervene(lambda core: forcing.force_later(core, begun, rule))


def _stale(
    stage: Stage, one: Standing, rule: Stale, asked: Asked, fresh: HttpResponse | None, *, acts: bool
) -> HttpResponse | None:
    if fresh is None:
        return None
    oldest = one.oldest_since(asked, fresh, stage.twin.now, rule.seconds)
    return oldest if acts else fresh
