"""What EKS finds out about a cluster before its next version: one finding a check, from the state of the cluster alone.

Names and outcomes: the AWS CLI's examples of list-insights and describe-insight, a public record of the insights of
clusters on 1.32 (September 2025), and https://docs.aws.amazon.com/eks/latest/userguide/view-cluster-insights.html,
by which an ERROR is about the next version and a WARNING about later ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.twin.catalogue import addon_entry, addon_version, known_version, minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.twin.state import Addon, Cluster, Nodegroup
    from sandbox.twin.wire import Json

UPGRADE = "UPGRADE_READINESS"
PASSING, WARNING, ERROR = "PASSING", "WARNING", "ERROR"
KUBELET, PROXY = "Kubelet version skew", "kube-proxy version skew"
ADDONS, HEALTH, AMAZON_LINUX_2 = (
    "EKS add-on version compatibility",
    "Cluster health issues",
    "Amazon Linux 2 compatibility",
)
_MOST_MINORS_BEHIND = 3
"""Kubernetes's own skew policy, for kubelet and kube-proxy: https://kubernetes.io/releases/version-skew-policy/."""
_WITHOUT_AMAZON_LINUX_2 = "1.33"
_KUBE_PROXY = "kube-proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The outcome of one check.

    Attributes:
        version: the Kubernetes version that it is about.
        concerned: ARN or Kubernetes URI of what does not pass, in the member of the model that carries it.
        details: members of InsightCategorySpecificSummary.
    """

    name: str
    version: str
    status: str = PASSING
    reason: str = ""
    category: str = UPGRADE
    description: str = ""
    recommendation: str = ""
    concerned: tuple[Json, ...] = ()
    details: Json = field(default_factory=dict)


def findings(cluster: Cluster) -> list[Finding]:
    """Return what the checks say of the next version, and of a later one where that is known already."""
    target = f"1.{minor(cluster.version) + 1}"
    if not known_version(target):
        return []
    found = [
        _kubelet(cluster, target),
        _kube_proxy(cluster, target),
        _addons(cluster, target),
        _health(cluster, target),
    ]
    if minor(cluster.version) < minor(_WITHOUT_AMAZON_LINUX_2):
        found.append(_amazon_linux_2(cluster))
    return found


def _kubelet(cluster: Cluster, target: str) -> Finding:
    late = [it for it in cluster.nodegroups.values() if minor(it.version) < minor(cluster.version)]
    status = _skew(target, (minor(it.version) for it in late))
    return Finding(
        name=KUBELET,
        version=target,
        status=status,
        reason="Node kubelet versions do not match the cluster control plane version."
        if late
        else "Node kubelet versions match the cluster control plane version.",
        description="Are the kubelets of the nodes recent enough for the next control plane?",
        recommendation="Update the node groups to the Kubernetes version of the control plane.",
        concerned=_by_arn(late),
    )


def _kube_proxy(cluster: Cluster, target: str) -> Finding:
    addon = cluster.addons.get(_KUBE_PROXY)
    late = [addon] if addon and _of_version(addon) < minor(cluster.version) else []
    return Finding(
        name=PROXY,
        version=target,
        status=_skew(target, map(_of_version, late)),
        reason=f"kube-proxy versions {'do not match' if late else 'match'} the cluster control plane version.",
        description="Is kube-proxy recent enough for the next control plane?",
        recommendation="Update kube-proxy to the Kubernetes version of the control plane.",
        concerned=_by_arn(late),
    )


def _of_version(addon: Addon) -> int:
    """The minor Kubernetes version of kube-proxy, whose own version begins with it: v1.34.3-eksbuild.2."""
    return minor(".".join(addon.version.removeprefix("v").split(".")[:2]))


def _skew(target: str, late: Iterator[int]) -> str:
    """Judge by the oldest of those that are behind the control plane."""
    oldest = min(late, default=None)
    if oldest is None:
        return PASSING
    return ERROR if minor(target) - oldest > _MOST_MINORS_BEHIND else WARNING


def _addons(cluster: Cluster, target: str) -> Finding:
    """kube-proxy is left to the check of its skew: with v1.32 of it a cluster on 1.32 passed for 1.33."""
    unfit = [it for it in cluster.addons.values() if it.name != _KUBE_PROXY and not _fits(it, target)]
    details = [{"name": it.name, "compatibleVersions": _compatible(it, target)} for it in unfit]
    return Finding(
        name=ADDONS,
        version=target,
        status=ERROR if unfit else PASSING,
        reason="Installed EKS add-on versions are not compatible with next Kubernetes version."
        if unfit
        else "All installed EKS add-on versions are compatible with next Kubernetes version.",
        description="Do the versions of the add-ons that EKS manages run on the next version of Kubernetes?",
        recommendation="Update the add-ons to versions that the next Kubernetes version can run.",
        concerned=_by_arn(unfit),
        details={"addonCompatibilityDetails": details} if details else {},
    )


def _fits(addon: Addon, target: str) -> bool:
    entry = addon_entry(addon.name)
    return entry is not None and addon_version(entry, target, addon.version) is not None


def _compatible(addon: Addon, target: str) -> list[str]:
    entry = addon_entry(addon.name) or {"versions": []}
    return [it["addonVersion"] for it in entry["versions"] if target in it["clusterVersions"]]


def _health(cluster: Cluster, target: str) -> Finding:
    return Finding(
        name=HEALTH,
        version=target,
        status=ERROR if cluster.issues else PASSING,
        reason="Cluster health issues detected." if cluster.issues else "No cluster health issues detected.",
        description="Is there a health issue of the cluster that an upgrade would not get past?",
        recommendation="Resolve the health issues of the cluster.",
        concerned=({"arn": cluster.arn},) if cluster.issues else (),
    )


def _amazon_linux_2(cluster: Cluster) -> Finding:
    old = [it for it in cluster.nodegroups.values() if it.settings["amiType"].startswith("AL2_")]
    near = minor(cluster.version) + 1 == minor(_WITHOUT_AMAZON_LINUX_2)
    return Finding(
        name=AMAZON_LINUX_2,
        version=_WITHOUT_AMAZON_LINUX_2,
        status=PASSING if not old else ERROR if near else WARNING,
        reason="The cluster contains Amazon Linux 2 nodes." if old else "No Amazon Linux 2 nodes detected.",
        description="Are there nodes on Amazon Linux 2, for which there are no AMIs from 1.33 on?",
        recommendation="Replace the node groups by ones on Amazon Linux 2023 or Bottlerocket.",
        concerned=_by_arn(old),
    )


def _by_arn(things: list[Nodegroup] | list[Addon]) -> tuple[Json, ...]:
    return tuple({"arn": it.arn} for it in things)
