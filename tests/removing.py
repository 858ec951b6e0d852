"""Which calls are deletion's alone, and which those of changes: tests hold provisioning to all the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAKING_AWAY: Final = ("Delete", "Detach", "Disassociate", "Remove", "Release", "UpdateClusterConfig")
_CHANGING: Final = ("Update", "Tag", "Untag", "DescribeUpdate")
_NOT_BY_DELETION: Final = frozenset({"access"})
"""Functions that take away only what a spec no longer has."""

_COMPARING: Final = {
    "addons": {"eks:DescribePodIdentityAssociation"},
    "cluster": {
        "eks:AssociateEncryptionConfig",
        "eks:DescribeNodegroup",
        "eks:ListInsights",
        "eks:StartInsightsRefresh",
    },
}
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
    if function in _NOT_BY_DELETION:
        return set()
    changes = {action for action in declared if action.partition(":")[2].startswith(_TAKING_AWAY)}
    return changes | _LOOKING.get(function, set())


def updating(function: str, declared: Iterable[str]) -> set[str]:
    """Those of the actions a function declares that change what is there, or look whether it is as it should be."""
    of_aws = {action for action in declared if not action.startswith("dynamodb:")}
    changes = {action for action in of_aws if action.partition(":")[2].startswith(_CHANGING)}
    if function in _NOT_BY_DELETION:
        changes |= {action for action in declared if action.partition(":")[2].startswith(_TAKING_AWAY)}
    return changes | _COMPARING.get(function, set())
