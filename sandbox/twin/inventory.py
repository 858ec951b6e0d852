"""Everything that exists, as plain JSON: for comparing before with after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.twin import access, addons, clusters, fargate, nodegroups, podidentity, updates
from sandbox.twin.autoscaling import describe_groups
from sandbox.twin.model import AUTOSCALING, EKS, service_model
from sandbox.twin.restjson import render

if TYPE_CHECKING:
    from sandbox.twin.core import Core
    from sandbox.twin.state import Cluster, Update
    from sandbox.twin.wire import Json


def inventory(core: Core) -> Json:
    """Return every cluster with what belongs to it, and every auto scaling group, by name."""
    groups = describe_groups(core, {})["AutoScalingGroups"]
    return {
        "clusters": {name: _cluster(core, cluster) for name, cluster in sorted(core.clusters.items())},
        "autoScalingGroups": {
            group["AutoScalingGroupName"]: _rendered(AUTOSCALING, "AutoScalingGroup", group) for group in groups
        },
    }


def _cluster(core: Core, cluster: Cluster) -> Json:
    return {
        "cluster": _rendered(EKS, "Cluster", clusters.view(core, cluster)),
        "software": sorted(cluster.software),
        "updates": _updates(cluster.updates),
        "nodegroups": {
            name: {
                "nodegroup": _rendered(EKS, "Nodegroup", nodegroups.view(cluster, it)),
                "updates": _updates(it.updates),
            }
            for name, it in cluster.nodegroups.items()
        },
        "fargateProfiles": {
            name: _rendered(EKS, "FargateProfile", fargate.view(cluster, it))
            for name, it in cluster.fargate_profiles.items()
        },
        "addons": {
            name: {"addon": _rendered(EKS, "Addon", addons.view(cluster, it)), "updates": _updates(it.updates)}
            for name, it in cluster.addons.items()
        },
        "accessEntries": {
            arn: {
                "accessEntry": _rendered(EKS, "AccessEntry", access.view(cluster, it)),
                "policies": _rendered(EKS, "AssociatedAccessPoliciesList", list(it.policies.values())),
            }
            for arn, it in cluster.access_entries.items()
        },
        "podIdentityAssociations": {
            identifier: _rendered(EKS, "PodIdentityAssociation", podidentity.view(cluster, it))
            for identifier, it in cluster.associations.items()
        },
    }


def _updates(found: dict[str, Update]) -> Json:
    return {update.id: _rendered(EKS, "Update", updates.view(update)) for update in found.values()}


def _rendered(service: str, shape: str, value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    return render(service_model(service).shape_for(shape), value)
