"""Rules of an event bus that have a schedule. Closes: MiniStack looks at them every ten seconds, and delivers as root.

The rate of a rule is an interval and runs at the sandbox's speed, as every other wait of a workflow does: a sweep every
15 minutes comes every 15 seconds at speed 60. A cron expression of a rule is a time on the clock and does not.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ministack.services import eventbridge

from sandbox.iam.trust import Deputy, may_invoke
from sandbox.schedules.delivery import NEEDED
from sandbox.states.pause import scaled
from sandbox.states.permissions import role_allows

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICE = "events.amazonaws.com"
_logger = logging.getLogger("sandbox.schedules")


def install() -> None:
    """Let rates run at the sandbox's speed, and ask before every delivery of a rule whether it is allowed."""
    eventbridge._parse_rate_seconds = _at_speed(eventbridge._parse_rate_seconds)  # noqa: SLF001 - of rules alone by now
    eventbridge._SCHEDULER_TICK_INTERVAL = 1  # noqa: SLF001 - seconds
    eventbridge._invoke_target = _if_allowed(eventbridge._invoke_target)  # noqa: SLF001


def _at_speed(parse: Callable[[str], int | None]) -> Callable[[str], float | None]:
    def seconds(expression: str) -> float | None:
        found = parse(expression)
        return None if found is None else scaled(found)

    return seconds


def _if_allowed(deliver: Callable[..., None]) -> Callable[..., None]:
    """Deliver only what the target's role or policy allows; on AWS such an invocation fails and is counted as such."""

    def deliver_if_allowed(target: dict[str, Any], event: object, rule: dict[str, Any], *more: object) -> None:
        arn, role = target.get("Arn", ""), target.get("RoleArn")
        service = arn.split(":")[2] if arn.startswith("arn:") else ""
        if role and service in NEEDED:
            allowed = role_allows(role, NEEDED[service], arn)
        else:
            allowed = service != "lambda" or may_invoke(Deputy(SERVICE, rule["Arn"]), arn)
        if allowed:
            deliver(target, event, rule, *more)
        else:
            _logger.warning("Not delivered to %s: neither %s nor a policy of the target allows it", arn, role)

    return deliver_if_allowed
