"""The cluster of every provisioning here: two node groups and six add-ons, with what its latencies are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.domain.admission import admit_object

if TYPE_CHECKING:
    from lambdas.domain.spec import ClusterSpec

NODEGROUPS: Final = ("blue", "green")
NODE_FREE: Final = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
"""Add-ons that EKS calls ACTIVE without a node."""
NEED_NODES: Final = ("coredns", "aws-ebs-csi-driver", "metrics-server")
NETWORK_PLUGIN: Final = "vpc-cni"


def spec(name: str) -> ClusterSpec:
    """The spec of a cluster of that name."""
    return admit_object(
        {
            "name": name,
            "nodegroups": [
                {"nodegroupName": group, "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 1}}
                for group in NODEGROUPS
            ],
            "addons": [{"addonName": addon} for addon in (*NODE_FREE, *NEED_NODES)],
        }
    )
