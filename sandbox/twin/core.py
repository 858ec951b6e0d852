"""What every part of the twin works with, and the finding of things by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.twin.errors import invalid_request, not_found
from sandbox.twin.quotas import Quotas
from sandbox.twin.state import AccessEntry, Addon, Association, Cluster, ClusterStatus, FargateProfile, Nodegroup
from sandbox.twin.tokens import Tokens

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.estate import Estate
    from sandbox.twin.capacity import Scarcity
    from sandbox.twin.guards import Guard
    from sandbox.twin.insights import Advice
    from sandbox.twin.latencies import Draws, Latencies
    from sandbox.twin.leavings import Leavings
    from sandbox.twin.roles import RoleVisibility
    from sandbox.twin.timeline import Timeline
    from sandbox.twin.wire import Json
    from sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The account and region a twin stands for."""

    partition: str
    region: str
    account: str

    def eks(self, resource: str) -> str:
        """Return the ARN of an EKS resource, for instance of `cluster/NAME`."""
        return f"arn:{self.partition}:eks:{self.region}:{self.account}:{resource}"

    def ec2(self, resource: str) -> str:
        """Return the ARN of an EC2 resource, for instance of `subnet/ID`."""
        return f"arn:{self.partition}:ec2:{self.region}:{self.account}:{resource}"

    def group(self, uuid: str, name: str) -> str:
        """Return the ARN of an auto scaling group."""
        stem = f"arn:{self.partition}:autoscaling:{self.region}:{self.account}"
        return f"{stem}:autoScalingGroup:{uuid}:autoScalingGroupName/{name}"

    def managed_policy(self, name: str) -> str:
        """Return the ARN of an IAM policy that AWS manages."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"

    def access_policy(self, name: str) -> str:
        """Return the ARN of an EKS access policy."""
        return f"arn:{self.partition}:eks::aws:cluster-access-policy/{name}"

    @property
    def root(self) -> str:
        """The ARN of the account's root, which stands in for an unknown caller."""
        return f"arn:{self.partition}:iam::{self.account}:root"


@dataclass(slots=True, kw_only=True)
class Core:
    """The state of the control plane and the few things it is moved by.

    Attributes:
        full_zones: names of zones in which there is no room for control planes at present.
        scarcities: what keeps auto scaling groups from getting instances at present.
        leavings: what clusters that go at present leave behind.
        advices: insights that do not come of the twin's own state.
        guards: what keeps pods on their nodes at present.
        estate: what EKS makes outside itself; None for a twin that makes nothing.
        tokens: those used so far, but for the ones of clusters that are gone.
    """

    scope: Scope
    world: World
    latencies: Latencies
    draws: Draws
    timeline: Timeline
    roles: RoleVisibility
    quotas: Quotas = field(default_factory=Quotas)
    full_zones: frozenset[str] = frozenset()
    scarcities: tuple[Scarcity, ...] = ()
    leavings: tuple[Leavings, ...] = ()
    advices: tuple[Advice, ...] = ()
    guards: tuple[Guard, ...] = ()
    estate: Estate | None = None
    tokens: Tokens = field(default_factory=Tokens)
    clusters: dict[str, Cluster] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The instant reached."""
        return self.timeline.now

    def cluster(self, name: str) -> Cluster:
        """Return the cluster `name` or refuse with 404."""
        if name not in self.clusters:
            raise not_found(f"No cluster found for name: {name}.", clusterName=name)
        return self.clusters[name]

    def working_cluster(self, name: str) -> Cluster:
        """Return the cluster `name`, or refuse unless its control plane is up."""
        cluster = self.cluster(name)
        if cluster.status not in (ClusterStatus.ACTIVE, ClusterStatus.UPDATING):
            raise not_active(cluster)
        return cluster

    def nodegroup(self, cluster_name: str, name: str) -> tuple[Cluster, Nodegroup]:
        """Return a cluster and its node group `name`."""
        cluster = self.cluster(cluster_name)
        if name not in cluster.nodegroups:
            raise not_found(f"No node group found for name: {name}.", clusterName=cluster_name, nodegroupName=name)
        return cluster, cluster.nodegroups[name]

    def addon(self, cluster_name: str, name: str) -> tuple[Cluster, Addon]:
        """Return a cluster and its add-on `name`."""
        cluster = self.cluster(cluster_name)
        if name not in cluster.addons:
            raise not_found(
                f"No addon: {name} found in cluster: {cluster_name}", clusterName=cluster_name, addonName=name
            )
        return cluster, cluster.addons[name]

    def fargate_profile(self, cluster_name: str, name: str) -> tuple[Cluster, FargateProfile]:
        """Return a cluster and its Fargate profile `name`."""
        cluster = self.cluster(cluster_name)
        if name not in cluster.fargate_profiles:
            message = f"No Fargate Profile found with name: {name}."
            raise not_found(message, clusterName=cluster_name, fargateProfileName=name)
        return cluster, cluster.fargate_profiles[name]

    def access_entry(self, cluster_name: str, principal: str) -> tuple[Cluster, AccessEntry]:
        """Return a cluster and its access entry for `principal`."""
        cluster = self.cluster(cluster_name)
        if principal not in cluster.access_entries:
            message = f"The specified principalArn could not be found: {principal}."
            raise not_found(message, clusterName=cluster_name)
        return cluster, cluster.access_entries[principal]

    def association(self, cluster_name: str, association_id: str) -> tuple[Cluster, Association]:
        """Return a cluster and one of its pod identity associations."""
        cluster = self.cluster(cluster_name)
        if association_id not in cluster.associations:
            message = f"The association ID provided is not associated with the cluster: {association_id}"
            raise not_found(message, clusterName=cluster_name)
        return cluster, cluster.associations[association_id]

    def exists(self, cluster: Cluster) -> bool:
        """Is this very cluster still there, not only one of its name?"""
        return self.clusters.get(cluster.name) is cluster


def not_active(cluster: Cluster) -> Exception:
    """Return the refusal of what only an ACTIVE cluster can do."""
    return invalid_request(f"Cluster '{cluster.name}' is not in ACTIVE status", clusterName=cluster.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to one operation, its parameters already known to fit the model."""

    operation: str
    params: Json
    caller: str


Handler = Callable[[Core, Call], "Json"]
