"""What is asked before a node group sleeps: will it be able to wake?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.aws.errors import CALL_ERRORS
from lambdas.domain import wake_risk
from lambdas.steps.network import described

if TYPE_CHECKING:
    from lambdas.steps.scaling.seen import Seen
    from lambdas.steps.scope import Scope


def risks(scope: Scope, seen: Seen, nodes: int) -> tuple[str, ...]:
    """What may keep so many nodes from coming back."""
    subnets = seen.nodegroup.get("subnets", [])
    try:
        free = sum(it.free_addresses for it in described(scope.aws, [{"Name": "subnet-id", "Values": subnets}]))
    except CALL_ERRORS as error:  # sleep does not wait for a warning
        return (*wake_risk.risks(nodes, None, seen.nodegroup["status"], seen.issues), wake_risk.unasked(str(error)))
    return wake_risk.risks(nodes, free, seen.nodegroup["status"], seen.issues)
