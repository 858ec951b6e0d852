"""Is an IAM role fit for its purpose: does it exist, is it visible yet, whom does it trust, what may it do?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.twin.errors import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.twin.core import Core
    from sandbox.twin.wire import Json
    from sandbox.world import Role

CLUSTER_POLICY = "AmazonEKSClusterPolicy"
NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy")
REGISTRY_POLICIES = (
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEC2ContainerRegistryPowerUser",
    "AmazonEC2ContainerRegistryFullAccess",
)
ASSUME = "sts:AssumeRole"
TAG_SESSION = "sts:TagSession"


class RoleVisibility:
    """IAM is eventually consistent: EKS sees a role only some time after it was made.

    The role's own creation date may come from a clock of another speed, so its age counts from when the twin was
    first asked about it.
    """

    def __init__(self, delay_seconds: float) -> None:
        self._delay = timedelta(seconds=delay_seconds)
        self._first_seen: dict[str, datetime] = {}

    def sees(self, role: Role, now: datetime) -> bool:
        """Has the role become visible by `now`?"""
        return now - self._first_seen.setdefault(role.role_id, now) >= self._delay


def visible_role(core: Core, arn: str) -> Role | None:
    """Return the role if it exists and EKS can see it already."""
    role = core.world.role(arn)
    return role if role is not None and core.roles.sees(role, core.now) else None


def trusts(role: Role, service: str, *actions: str) -> bool:
    """Does the role's trust policy let `service` do all of `actions`?"""
    return set(actions) <= {
        action
        for statement in _list(role.trust_policy.get("Statement", []))
        if statement.get("Effect") == "Allow" and service in _services(statement)
        for action in _granted(statement, actions)
    }


def _services(statement: Json) -> list[Any]:
    principal = statement.get("Principal")
    return _list(principal.get("Service", [])) if isinstance(principal, dict) else []


def _granted(statement: Json, actions: Iterable[str]) -> list[str]:
    patterns = {str(action).lower() for action in _list(statement.get("Action", []))}
    return [action for action in actions if patterns & {action.lower(), "sts:*", "*"}]


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - policies have one or many of everything
    return value if isinstance(value, list) else [value]


def _has_any(core: Core, role: Role, names: Iterable[str]) -> bool:
    return any(core.scope.managed_policy(name) in role.managed_policies for name in names)


def check_cluster_role(core: Core, arn: str, cluster_name: str) -> None:
    """Refuse a role that the control plane cannot work with."""
    role = visible_role(core, arn)
    if role is None or not trusts(role, "eks.amazonaws.com", ASSUME):
        raise invalid_parameter(
            f"Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not"
            " correct",
            clusterName=cluster_name,
        )
    if not _has_any(core, role, [CLUSTER_POLICY]):
        raise _policies_missing(core, [CLUSTER_POLICY], cluster_name, None)


def check_node_role(core: Core, arn: str, cluster_name: str, nodegroup_name: str) -> Role:
    """Return the role, or refuse one that nodes cannot work with."""
    names = {"clusterName": cluster_name, "nodegroupName": nodegroup_name}
    role = visible_role(core, arn)
    if role is None:
        short = arn.rpartition("/")[2]
        raise invalid_parameter(f"The role with name {short} cannot be found.", **names)
    if not trusts(role, "ec2.amazonaws.com", ASSUME):
        raise invalid_parameter(
            "Following required service principals [ec2.amazonaws.com] were not found in the trust relationships"
            f" of nodeRole {arn}",
            **names,
        )
    if not (_has_any(core, role, NODE_POLICIES) and _has_any(core, role, REGISTRY_POLICIES)):
        raise _policies_missing(core, [NODE_POLICIES[0], REGISTRY_POLICIES[0]], cluster_name, nodegroup_name)
    return role


def check_pod_role(core: Core, arn: str, cluster_name: str) -> None:
    """Refuse a role that EKS Pod Identity cannot hand to pods."""
    role = visible_role(core, arn)
    if role is None:
        raise invalid_parameter(f"Role provided in the request does not exist: {arn}", clusterName=cluster_name)
    if not trusts(role, "pods.eks.amazonaws.com", ASSUME, TAG_SESSION):
        raise invalid_parameter("Trust policy of the role provided is invalid.", clusterName=cluster_name)


def check_fargate_role(core: Core, arn: str, cluster_name: str) -> None:
    """Refuse a role that Fargate cannot run pods with."""
    role = visible_role(core, arn)
    if role is None or not trusts(role, "eks-fargate-pods.amazonaws.com"):
        raise invalid_parameter(
            f"The podExecutionRoleArn {arn} does not exist or does not trust eks-fargate-pods.amazonaws.com",
            clusterName=cluster_name,
        )


def _policies_missing(core: Core, names: list[str], cluster_name: str, nodegroup_name: str | None) -> Exception:
    arns = ", ".join(core.scope.managed_policy(name) for name in names)
    return invalid_parameter(
        "The provided role doesn't have the Amazon EKS Managed Policies associated with it. Please ensure the"
        f" following policies [{arns}] are attached",
        clusterName=cluster_name,
        nodegroupName=nodegroup_name,
    )
