"""Which calls are deletion's alone: tests hold provisioning to all the others, and deletion to these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAKING_AWAY: Final = ("Delete", "Detach", "Disassociate", "Remove", "Release", "UpdateCluster")
_LOOKING: Final = {
    "roles": {"iam:GetOpenIDConnectProvider", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies"},
    "addons": {"eks:DescribeCluster", "eks:ListAddons"},
    "nodegroups": {
        "eks:DescribeCluster",
        "eks:DescribeFargateProfile",
        "eks:ListFargateProfiles",
        "eks:ListNodegroups",
    },
}


def removing(function: str, declared: Iterable[str]) -> set[str]:
    """Those of the actions a function declares that take something away, or look what there is to take away."""
    changes = {action for action in declared if action.partition(":")[2].startswith(_TAKING_AWAY)}
    return changes | _LOOKING.get(function, set())
