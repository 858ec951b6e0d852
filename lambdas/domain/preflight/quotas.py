"""The quotas of EKS that a new cluster may exceed."""

from collections.abc import Collection, Iterator
from typing import Final

from lambdas.domain.frozen import dataclass
from lambdas.domain.refusal import FieldError
from lambdas.domain.rules.common import wrong
from lambdas.domain.spec import ClusterSpec

SERVICE: Final = "eks"
"""EKS's code in Service Quotas."""


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota: its code and name in Service Quotas, and what AWS grants every account."""

    code: str
    name: str
    default: int


# https://docs.aws.amazon.com/general/latest/gr/eks.html
CLUSTERS: Final = Quota("L-1194D53C", "Clusters", 100)
NODEGROUPS: Final = Quota("L-6D54EA21", "Managed node groups per cluster", 30)
NODES: Final = Quota("L-BD136A63", "Nodes per managed node group", 450)


def cluster_errors(spec: ClusterSpec, clusters: Collection[str], limit: int) -> Iterator[FieldError]:
    """Answer whether the region has no room for one more cluster; `clusters` are the names of those there."""
    if spec.name not in clusters and len(clusters) >= limit:
        yield wrong(
            (),
            f"This region has {len(clusters)} clusters, and the quota is {limit} ({_named(CLUSTERS)}).",
            f"Delete a cluster, or have the quota raised: {_command(CLUSTERS)}",
        )


def nodegroup_errors(spec: ClusterSpec, limit: int) -> Iterator[FieldError]:
    """Answer whether the cluster would have too many node groups."""
    if len(spec.nodegroups) > limit:
        yield wrong(
            ("nodegroups",),
            f"nodegroups has {len(spec.nodegroups)} entries, and the quota is {limit} ({_named(NODEGROUPS)}).",
            f"Keep at most {limit}, or have the quota raised: {_command(NODEGROUPS)}",
        )


def node_errors(spec: ClusterSpec, limit: int) -> Iterator[FieldError]:
    """Answer which node groups may become larger than EKS allows."""
    for place, group in enumerate(spec.nodegroups):
        size = group.scalingConfig.maxSize
        if size > limit:
            yield wrong(
                ("nodegroups", place, "scalingConfig", "maxSize"),
                f"maxSize is {size}, and the quota is {limit} ({_named(NODES)}).",
                f"Lower it to {limit}, make several node groups, or have the quota raised: {_command(NODES)}",
            )


def _named(quota: Quota) -> str:
    return f"EKS quota {quota.code}, {quota.name}"


def _command(quota: Quota) -> str:
    return (
        f"`aws service-quotas request-service-quota-increase --service-code {SERVICE} --quota-code {quota.code} "
        "--desired-value N`."
    )
