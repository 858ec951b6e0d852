"""What Slipway knows of add-ons by name."""

from typing import Final

NODE_FREE: Final = frozenset({"vpc-cni", "kube-proxy", "eks-pod-identity-agent", "eks-node-monitoring-agent"})
"""Add-ons that are DaemonSets and nothing else: EKS calls them ACTIVE without a single node."""


def needs_node(name: str) -> bool:
    """Whether the add-on has pods that must run somewhere before EKS calls it ACTIVE."""
    return name not in NODE_FREE
