"""The IAM roles that a spec names, against what IAM says of them."""

from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import Final

from lambdas.domain.frozen import dataclass
from lambdas.domain.preflight.sent import Sent, addon_path
from lambdas.domain.preflight.trust import ASSUME, TAG_SESSION, lets_in
from lambdas.domain.preflight.words import listed
from lambdas.domain.refusal import FieldError, Path
from lambdas.domain.rules.common import wrong
from lambdas.domain.spec import Addon, ClusterSpec


class Purpose(StrEnum):
    """What a role is for, in words."""

    CLUSTER = "the control plane"
    NODE = "nodes"
    POD = "pods"
    SERVICE_ACCOUNT = "a service account"
    """By OIDC: it trusts a provider that there is only once the cluster is there, so nothing is asked of its trust."""


_TRUST: Final = {
    Purpose.CLUSTER: ("eks.amazonaws.com", (ASSUME,)),
    Purpose.NODE: ("ec2.amazonaws.com", (ASSUME,)),
    Purpose.POD: ("pods.eks.amazonaws.com", (ASSUME, TAG_SESSION)),
}

_BROAD: Final = frozenset({"AdministratorAccess", "PowerUserAccess"})
"""AWS managed policies that cover every need."""

_CLUSTER_NEEDS: Final = (frozenset({"AmazonEKSClusterPolicy"}),)
_NODE_NEEDS: Final = (
    frozenset({"AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy"}),
    frozenset(
        {
            "AmazonEC2ContainerRegistryPullOnly",
            "AmazonEC2ContainerRegistryReadOnly",
            "AmazonEC2ContainerRegistryPowerUser",
            "AmazonEC2ContainerRegistryFullAccess",
        }
    ),
)
_CNI_NEED: Final = frozenset({"AmazonEKS_CNI_Policy"})
_PREFERRED: Final = (
    "AmazonEKSClusterPolicy",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEKS_CNI_Policy",
)
"""The one of each need that Slipway itself would attach."""


@dataclass(frozen=True, slots=True)
class RoleUse:
    """One place of a spec that names a role."""

    arn: str
    path: Path
    purpose: Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What IAM says of a role.

    Attributes:
        arn: With its path.
        trust: The trust policy, decoded.
        attached: The ARNs of the managed policies that are attached.
    """

    arn: str
    trust: object
    attached: frozenset[str]


def uses(spec: ClusterSpec, sent: Sent) -> Iterator[RoleUse]:
    """Answer every place of the spec that names a role which AWS must accept."""
    if spec.roleArn:
        yield RoleUse(spec.roleArn, ("roleArn",), Purpose.CLUSTER)
    for number, group in enumerate(spec.nodegroups):
        if group.nodeRole:
            yield RoleUse(group.nodeRole, ("nodegroups", number, "nodeRole"), Purpose.NODE)
    for addon in spec.addons:
        path = addon_path(sent, addon.addonName)
        if addon.serviceAccountRoleArn:
            yield RoleUse(addon.serviceAccountRoleArn, (*path, "serviceAccountRoleArn"), Purpose.SERVICE_ACCOUNT)
        for number, association in enumerate(addon.podIdentityAssociations):
            place = (*path, "podIdentityAssociations", number, "roleArn")
            yield RoleUse(association.roleArn, place, Purpose.POD)
    for number, pods in enumerate(spec.podIdentityAssociations):
        yield RoleUse(pods.roleArn, ("podIdentityAssociations", number, "roleArn"), Purpose.POD)


def absent(use: RoleUse) -> FieldError:
    """Answer the refusal of a role that is not there, which IAM does not tell from one that may not be seen."""
    make = {
        Purpose.CLUSTER: ", or leave it out and Slipway makes one",
        Purpose.NODE: ", or leave it out and Slipway makes one",
    }
    return wrong(
        use.path,
        f"There is no role {use.arn}.",
        f"Create it under exactly this ARN, its path included{make.get(use.purpose, '')}.",
    )


def trust_errors(use: RoleUse, role: Role) -> Iterator[FieldError]:
    """Answer whether the role certainly does not let in the service that is to assume it."""
    if use.purpose not in _TRUST:
        return
    service, actions = _TRUST[use.purpose]
    if not lets_in(role.trust, service, actions):
        yield wrong(
            use.path,
            f"{use.arn} is for {use.purpose}, but its trust policy does not let {service} do {' and '.join(actions)}.",
            f"Add a statement to its trust policy that allows {' and '.join(actions)} to the service {service}.",
        )


def lacking(use: RoleUse, role: Role, spec: ClusterSpec) -> tuple[str, ...]:
    """Answer the AWS managed policies that the role lacks and nothing attached could stand in for.

    Since October 2023 EKS takes policies of one's own in their place, so a role with any such policy lacks nothing
    for certain: https://docs.aws.amazon.com/eks/latest/userguide/cluster-iam-role.html. The caller must ask whether
    the role has inline policies, too.
    """
    if any(":aws:policy/" not in arn for arn in role.attached):
        return ()
    names = {arn.rpartition("/")[2] for arn in role.attached}
    if names & _BROAD:
        return ()
    unmet = [need for need in _needs(use.purpose, spec) if not names & need]
    return tuple(name for name in _PREFERRED if any(name in need for need in unmet))


def without_policies(use: RoleUse, missing: Collection[str]) -> FieldError:
    """Answer the refusal of a role that lacks policies."""
    return wrong(
        use.path,
        f"{use.arn} is for {use.purpose}, but carries neither {listed(missing)} nor a policy of your own.",
        f"Attach {listed(missing)} to it, or a policy of your own that allows the same.",
    )


def shared_roles(spec: ClusterSpec) -> Iterator[FieldError]:
    """Answer where a node group has the control plane's role, which EKS refuses."""
    for number, group in enumerate(spec.nodegroups):
        if group.nodeRole is not None and group.nodeRole == spec.roleArn:
            yield wrong(
                ("nodegroups", number, "nodeRole"),
                "nodeRole is the control plane's roleArn, and EKS refuses nodes with the role of a cluster.",
                "Name another role, or leave nodeRole out and Slipway makes one.",
            )


def made_roles(spec: ClusterSpec) -> Iterator[FieldError]:
    """Answer where the roles that Slipway would make do not do, as they carry nothing but EKS's common policies."""
    if spec.kubernetesNetworkConfig.ipFamily == "ipv6" and not _has_own_role(_network_plugin(spec), spec):
        for number, group in enumerate(spec.nodegroups):
            if group.nodeRole is None:
                yield wrong(
                    ("nodegroups", number, "nodeRole"),
                    "nodeRole is missing, and with the role that Slipway makes vpc-cni may not assign IPv6 addresses: "
                    "AWS has no managed policy for that, and no node would become ready.",
                    "Give vpc-cni a role that allows ec2:AssignIpv6Addresses, in its podIdentityAssociations; or name "
                    "such a nodeRole.",
                )
    for number, group in enumerate(spec.nodegroups):
        if group.amiType and group.amiType.startswith("WINDOWS") and spec.roleArn is None:
            yield wrong(
                ("nodegroups", number, "amiType"),
                f"amiType is {group.amiType}, but with the role that Slipway makes for the control plane pods on "
                "Windows get no addresses.",
                "Give roleArn of a role that carries AmazonEKSClusterPolicy and AmazonEKSVPCResourceController.",
            )


def _needs(purpose: Purpose, spec: ClusterSpec) -> tuple[frozenset[str], ...]:
    if purpose is Purpose.CLUSTER:
        return _CLUSTER_NEEDS
    if purpose is Purpose.NODE:
        return (*_NODE_NEEDS, _CNI_NEED) if _network_plugin_uses_the_node_role(spec) else _NODE_NEEDS
    return ()


def _network_plugin_uses_the_node_role(spec: ClusterSpec) -> bool:
    """Whether vpc-cni has no role of its own; what it needs for IPv6 no managed policy has."""
    plugin = _network_plugin(spec)
    if plugin is None or spec.kubernetesNetworkConfig.ipFamily == "ipv6":
        return False
    return not _has_own_role(plugin, spec)


def _network_plugin(spec: ClusterSpec) -> Addon | None:
    return next((addon for addon in spec.addons if addon.addonName == "vpc-cni"), None)


def _has_own_role(plugin: Addon | None, spec: ClusterSpec) -> bool:
    own = plugin is not None and (plugin.podIdentityAssociations or plugin.serviceAccountRoleArn)
    return bool(own) or any(it.serviceAccount == "aws-node" for it in spec.podIdentityAssociations)
