"""What an operator may choose, in ``cdk.json``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stacks.asset import Target

if TYPE_CHECKING:
    from constructs import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The context values ``slipway:*``."""

    stack_name: str = "Slipway"
    passable_roles: tuple[str, ...] = ()
    """Paths and names, such as ``platform/*``, of the roles that a spec may name."""
    usable_keys: tuple[str, ...] = ()
    """ARNs, possibly with ``*``, of the KMS keys that a spec may name."""
    log_retention_days: int = 90
    alarm_topic_arn: str = ""
    target: Target = Target.LAMBDA

    @classmethod
    def from_context(cls, node: Node) -> Options:
        """Read the options. Raises ValueError naming the value that is wrong."""
        default = cls()
        return cls(
            stack_name=node.try_get_context("slipway:stackName") or default.stack_name,
            passable_roles=tuple(node.try_get_context("slipway:passableRoles") or ()),
            usable_keys=tuple(node.try_get_context("slipway:usableKeys") or ()),
            log_retention_days=int(node.try_get_context("slipway:logRetentionDays") or default.log_retention_days),
            alarm_topic_arn=node.try_get_context("slipway:alarmTopicArn") or "",
            target=Target(node.try_get_context("slipway:target") or default.target),
        )
