"""The kinds of resource that EKS keeps, as a table for the tests of what holds for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.domain.pacing import Part
from lambdas.domain.spec import AccessEntry, AccessPolicy, ClusterSpec, PodIdentityAssociation
from tests.unit.steps.stage import NAME, NODE_ROLE, spec
from tests.unit.twin.house import PERSON, POD_ROLE, SUBNETS, VIEW_POLICY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.steps.stage import Stage

PERSON_PATH = "access/role/people/alice"
ASSOCIATION: dict[str, Any] = {"namespace": "payments", "serviceAccount": "ledger", "roleArn": POD_ROLE}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A resource by its path: what asks for it, what makes it, and how somebody else would have made it before."""

    path: str
    part: Part
    wanted: ClusterSpec
    call: str
    foreign: Callable[[Stage], object]
    error: str
    needs_cluster: bool = True


def foreign_cluster(stage: Stage) -> None:
    stage.cluster(tags={"slipway/cluster": "bench"})


def foreign_entry(stage: Stage) -> None:
    stage.aws.eks.create_access_entry(clusterName=NAME, principalArn=PERSON)


def foreign_association(stage: Stage) -> None:
    stage.aws.eks.create_pod_identity_association(clusterName=NAME, **ASSOCIATION, tags={"team": "payments"})


def foreign_addon(name: str) -> Callable[[Stage], object]:
    return lambda stage: stage.aws.eks.create_addon(clusterName=NAME, addonName=name)


def foreign_nodegroup(stage: Stage) -> None:
    stage.aws.eks.create_nodegroup(
        clusterName=NAME, nodegroupName="workers", subnets=SUBNETS, nodeRole=NODE_ROLE, tags={"slipway/cluster": "b"}
    )


LET_IN = spec(accessEntries=(AccessEntry(principalArn=PERSON),))
WITH_POLICY = spec(
    accessEntries=(AccessEntry(principalArn=PERSON, accessPolicies=(AccessPolicy(policyArn=VIEW_POLICY),)),)
)
PODS = spec(podIdentityAssociations=(PodIdentityAssociation(**ASSOCIATION),))
KINDS = {
    kind.path: kind
    for kind in (
        Kind(
            path="cluster",
            part=Part.CLUSTER,
            wanted=spec(),
            call="CreateCluster",
            needs_cluster=False,
            foreign=foreign_cluster,
            error="ClusterNotOurs",
        ),
        Kind(
            path=PERSON_PATH,
            part=Part.ACCESS,
            wanted=LET_IN,
            call="CreateAccessEntry",
            foreign=foreign_entry,
            error="AccessEntryNotOurs",
        ),
        Kind(
            path="podidentity/payments/ledger",
            part=Part.ACCESS,
            wanted=PODS,
            call="CreatePodIdentityAssociation",
            foreign=foreign_association,
            error="PodIdentityAssociationNotOurs",
        ),
        Kind(
            path="addons/kube-proxy",
            part=Part.NETWORKING_ADDONS,
            wanted=spec(omitDefaultAddons=("vpc-cni", "coredns", "eks-pod-identity-agent")),
            call="CreateAddon",
            foreign=foreign_addon("kube-proxy"),
            error="AddonNotOurs",
        ),
        Kind(
            path="addons/coredns",
            part=Part.WORKLOAD_ADDONS,
            wanted=spec(),
            call="CreateAddon",
            foreign=foreign_addon("coredns"),
            error="AddonNotOurs",
        ),
        Kind(
            path="nodegroups/workers",
            part=Part.NODEGROUPS,
            wanted=spec(nodes=2),
            call="CreateNodegroup",
            foreign=foreign_nodegroup,
            error="NodegroupNotOurs",
        ),
    )
}
