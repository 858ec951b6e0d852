"""What is missing of a night or of a morning once EKS has accepted the sizes, and what it means if it stays so."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambdas.domain import pacing
from lambdas.domain.issues import REMEDIES, failed_by
from lambdas.domain.progress import Failed
from lambdas.domain.sizes import counted
from lambdas.steps.scaling.seen import failed_launch

if TYPE_CHECKING:
    from lambdas.domain.progress import Waiting
    from lambdas.steps.scaling.seen import Glimpse
    from lambdas.steps.scope import Scope

_CODE: Final = re.compile(r"\b([A-Z][A-Za-z]+) - ")
"""EC2's own code in the words of EC2 Auto Scaling: ``Could not launch Spot Instances. UnfulfillableCapacity - ...``."""

_LAUNCH_FAILURES: Final = "AsgInstanceLaunchFailures"
_REQUEST_LIMIT: Final = "RequestLimitExceeded"
_TOO_MANY: Final = re.compile("RequestLimitExceeded|[Rr]equest limit exceeded")
"""EC2's code and its words for it: too many launches of all that the account has, which passes by itself."""

_BY_ITSELF: Final = "Until then Slipway goes on trying by itself."
_LATER: Final = (
    "Too many instances of this account are starting at once: let clusters wake at different times, or ask AWS for a "
    f"higher rate of RunInstances. {_BY_ITSELF}"
)
_REMAIN: Final = (
    "Look at what holds them in the EC2 console: a lifecycle hook, scale-in protection, a PodDisruptionBudget. They "
    f"cost money until they are gone. {_BY_ITSELF}"
)


_UNEXPLAINED: Final = Failed(
    "NodesMissing",
    "neither EKS nor EC2 Auto Scaling says why",
    f"Look at the activity of the node group's auto scaling group. {_BY_ITSELF}",
)


def leaving(seen: Glimpse, staying: int = 0) -> Waiting | None:
    """Wait for the instances above those that stay to be gone: EKS calls the node group ACTIVE long before that."""
    surplus = seen.instances - staying
    if surplus <= 0:
        return None
    left = f"{surplus} of its instances {'is' if surplus == 1 else 'are'} still there"
    return pacing.INSTANCES_LEAVING.wait(left, Failed("InstancesRemain", left, _REMAIN))


def coming(scope: Scope, seen: Glimpse) -> Waiting | None:
    """Wait for all instances to be in service, and for EKS to find nothing wrong with them."""
    wanted = seen.sizes.desiredSize
    so_far = f"{seen.in_service} of {counted(wanted)} {'is' if wanted == 1 else 'are'} in service"
    if seen.in_service < wanted:
        why = _why(scope, seen) or _UNEXPLAINED
        failed = replace(why, cause=f"{so_far}: {why.cause}")
        patience = pacing.LAUNCHES_THROTTLED if why.error == _REQUEST_LIMIT else pacing.NODES_MISSING
        return patience.wait(so_far if why is _UNEXPLAINED else failed.cause, failed)
    if seen.issues:
        why = failed_by(seen.issues, "")
        cause = f"{so_far}, but {why.cause}"
        return pacing.NODEGROUP_UNHEALTHY.wait(cause, replace(why, cause=cause))
    return None


def _why(scope: Scope, seen: Glimpse) -> Failed | None:
    """Why instances are missing: as EKS has it, else as EC2 Auto Scaling has it, if either says anything."""
    if seen.issues:
        failed = failed_by(seen.issues, "")
        if all(_TOO_MANY.search(issue.message) for issue in seen.issues):
            return Failed(_REQUEST_LIMIT, failed.cause, _LATER)
        return replace(failed, remedy=f"{failed.remedy} {_BY_ITSELF}")
    said = failed_launch(scope, seen)
    if said is None:
        return None
    if _TOO_MANY.search(said):
        return Failed(_REQUEST_LIMIT, said, _LATER)
    code = _CODE.search(said)
    return Failed(code[1] if code else _LAUNCH_FAILURES, said, f"{REMEDIES[_LAUNCH_FAILURES]} {_BY_ITSELF}")
