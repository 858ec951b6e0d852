"""What controllers in a cluster make in AWS, by the tags that they write, and why some of it is not taken away.

Sources: kubernetes/cloud-provider-aws (pkg/providers/v1, the controller in EKS's control plane: cluster tag and service
name on load balancers and target groups, only the cluster tag on security groups, which it names after the load
balancer); kubernetes-sigs/aws-load-balancer-controller (one tag on all that it makes);
kubernetes-sigs/aws-ebs-csi-driver (docs/tagging.md).
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Final

from lambdas.domain.frozen import dataclass

CLUSTER_TAG: Final = "kubernetes.io/cluster/"
"""Begins the tag whose value is ``owned`` on what a controller made for one cluster, else ``shared``."""

OWNED: Final = "owned"
CONTROLLER_TAG: Final = "elbv2.k8s.aws/cluster"
"""The AWS Load Balancer Controller's; its value is the cluster's name."""

SERVICE_TAG: Final = "kubernetes.io/service-name"
"""What the cloud controller notes beside the cluster tag: for which service a load balancer is."""

DRIVER_TAG: Final = "ebs.csi.aws.com/cluster"
"""The EBS CSI driver's, with the value ``true``, whichever the cluster."""

CLAIM_TAG: Final = "kubernetes.io/created-for/pvc/name"
"""For which claim a volume was made, by the CSI driver or before it by Kubernetes itself."""

BY_EKS: Final = "eks-cluster-sg-"
BY_CLOUD_CONTROLLER: Final = "k8s-elb-"
"""What the names of security groups begin with that EKS, and the cloud controller, make."""

Tags = Mapping[str, str]


def cluster_tag(cluster: str) -> str:
    """``kubernetes.io/cluster/<name>``."""
    return CLUSTER_TAG + cluster


def concerns(cluster: str, tags: Tags) -> bool:
    """Whether the tags name the cluster at all."""
    return cluster_tag(cluster) in tags or tags.get(CONTROLLER_TAG) == cluster


def balancing_kept(cluster: str, tags: Tags) -> str:
    """Why a load balancer or a target group stays; empty if a service in the cluster left it."""
    if not concerns(cluster, tags):
        return "Its tags do not name the cluster."
    others = _others(cluster, tags)
    if others:
        return f"It bears the tag of another cluster, too: {others}."
    if tags.get(CONTROLLER_TAG) == cluster:
        return ""
    if tags[cluster_tag(cluster)] != OWNED:
        return f"Its tag {cluster_tag(cluster)} says {tags[cluster_tag(cluster)]}, not {OWNED}."
    if SERVICE_TAG not in tags:
        return f"It lacks the tag {SERVICE_TAG}: no service in the cluster made it."
    return ""


def security_group_kept(cluster: str, name: str, tags: Tags) -> str:
    """Why a security group that concerns the cluster stays; empty if EKS left it, or a service."""
    others = _others(cluster, tags)
    if others:
        return f"It bears the tag of another cluster, too: {others}."
    if name.startswith(f"{BY_EKS}{cluster}-") or tags.get(CONTROLLER_TAG) == cluster:
        return ""
    if not name.startswith(BY_CLOUD_CONTROLLER):
        return f"It bears the cluster's tag, but neither EKS nor a service in the cluster made {name}."
    if "Name" in tags:
        return "Somebody has given it a tag Name, which the cloud controller does not."
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A volume that bears the cluster's tag. ``state`` is EC2's; ``attached_to`` are instances."""

    state: str
    created_at: datetime
    tags: Tags = field(default_factory=dict)
    attached_to: tuple[str, ...] = ()


def volume_kept(volume: Volume, cluster_made_at: datetime | None) -> str:
    """Why a volume that bears the cluster's tag stays; empty if a claim in the cluster left it.

    A volume is data: what is in use stays, and what may be an earlier cluster's of the same name.
    """
    if volume.state != "available":
        where = f" by {', '.join(volume.attached_to)}" if volume.attached_to else ""
        return f"It is {volume.state}{where}."
    if volume.tags.get(DRIVER_TAG) != "true" and CLAIM_TAG not in volume.tags:
        return f"It bears neither {DRIVER_TAG} nor {CLAIM_TAG}: no claim in the cluster made it."
    if cluster_made_at is None:
        return "Nobody has noted when the cluster was made, so it may be an earlier one's."
    if volume.created_at < cluster_made_at:
        return f"It is older than the cluster, which was made at {cluster_made_at:%Y-%m-%dT%H:%M:%SZ}."
    return ""


def _others(cluster: str, tags: Tags) -> str:
    """The tags of other clusters."""
    own = cluster_tag(cluster)
    found = [key for key in tags if key.startswith(CLUSTER_TAG) and key != own]
    if tags.get(CONTROLLER_TAG, cluster) != cluster:
        found.append(f"{CONTROLLER_TAG}: {tags[CONTROLLER_TAG]}")
    return ", ".join(sorted(found))
