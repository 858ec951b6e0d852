"""What a cluster has outside EKS, in EC2 and CloudWatch Logs: made with it, gone with it, or left behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sandbox.twin.core import Core
    from sandbox.twin.state import Cluster

Origin = Literal["nodes", "controlPlane"]
_DIGITS, _HEX = "0123456789", "0123456789abcdef"
_PURPOSE = (
    "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any"
    " managed workloads."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leavings:
    """What clusters leave behind when they go.

    Attributes:
        interfaces: how many network interfaces, which hold on to the cluster's security group.
        of: whose they were: the network plugin's for pods on nodes, which carry tags, or the control plane's.
        log_group: its last log lines come in late and make the log group anew.
        cluster: by name; by default all.
    """

    interfaces: int = 0
    of: Origin = "nodes"
    log_group: bool = False
    cluster: str | None = None


def log_group(cluster: Cluster) -> str:
    """Return the name of the log group that the control plane writes to."""
    return f"/aws/eks/{cluster.name}/cluster"


def make_security_group(core: Core, cluster: Cluster) -> None:
    """Make the cluster security group, if the twin makes anything; otherwise its id leads nowhere."""
    if core.estate is None:
        return
    name = f"eks-cluster-sg-{cluster.name}-{core.draws.text(_DIGITS, 9, 'securityGroup', cluster.name)}"
    tags = {"Name": name, f"kubernetes.io/cluster/{cluster.name}": "owned"}
    config = cluster.settings["resourcesVpcConfig"]
    config["clusterSecurityGroupId"] = core.estate.make_security_group(name, _PURPOSE, cluster.vpc_id, tags)


def leave(core: Core, cluster: Cluster) -> None:
    """Take away what EKS takes away with a cluster; what a rule leaves behind stays, and what hangs on it."""
    if core.estate is None:
        return
    for left in core.leavings:
        if left.cluster in (None, cluster.name):
            _leave(core, cluster, left)
    core.estate.delete_security_group(_security_group(cluster))


def _leave(core: Core, cluster: Cluster, left: Leavings) -> None:
    for _ in range(left.interfaces):
        _leave_interface(core, cluster, left.of)
    if left.log_group:
        seconds = core.draws.seconds(core.latencies.log_group_reborn, "reborn", cluster.arn)
        core.timeline.after(seconds, lambda: _write_late(core, cluster))


def _write_late(core: Core, cluster: Cluster) -> None:
    if core.estate:
        core.estate.make_log_group(log_group(cluster))


def _leave_interface(core: Core, cluster: Cluster, of: Origin) -> None:
    """Leave a network interface, available, under the description and the tags by which it is known.

    Sources: aws/amazon-vpc-cni-k8s (the plugin's description and tags);
    https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html (the control plane's description).
    """
    if core.estate is None:
        return
    description, tags = f"Amazon EKS {cluster.name}", dict[str, str]()
    if of == "nodes":
        instance = "i-" + core.draws.text(_HEX, 17, "left", cluster.arn)
        description = f"aws-K8S-{instance}"
        tags = {
            "cluster.k8s.amazonaws.com/name": cluster.name,
            "node.k8s.amazonaws.com/instance_id": instance,
            "eks:eni:owner": "amazon-vpc-cni",
        }
    subnet = cluster.settings["resourcesVpcConfig"]["subnetIds"][0]
    core.estate.make_network_interface(subnet, _security_group(cluster), description, tags)


def _security_group(cluster: Cluster) -> str:
    return str(cluster.settings["resourcesVpcConfig"]["clusterSecurityGroupId"])
