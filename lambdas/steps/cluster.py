"""The control plane."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from lambdas.aws.clients import answered_at
from lambdas.aws.errors import api_error, found, progress_of
from lambdas.domain import pacing
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.paths import CLUSTER
from lambdas.domain.placement import within
from lambdas.domain.progress import Action, Failed, Progress, Ready, Report
from lambdas.domain.requests import create_cluster
from lambdas.steps.contract import ANY_NAME, LEDGER, OPERATORS_CHOICE, Permission, StepContract, eks, pass_role
from lambdas.steps.network import subnet_zones, subnets
from lambdas.steps.reading import broken, foreign, is_ours, missing, present
from lambdas.steps.roles import cluster_role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_eks.type_defs import ClusterTypeDef, DescribeClusterResponseTypeDef

    from lambdas.steps.convergence import Resource
    from lambdas.steps.scope import Scope

CONTRACT: Final = StepContract(
    name="cluster",
    purpose="Makes the control plane and watches it",
    parts=(Part.CLUSTER,),
    permissions=(
        LEDGER,
        Permission(actions=("eks:DescribeCluster",), resources=(eks("cluster/*"),), reads=True, why_wildcard=ANY_NAME),
        Permission(actions=("eks:CreateCluster",), resources=(eks("cluster/*"),), why_wildcard=ANY_NAME),
        Permission(actions=("eks:TagResource",), resources=(eks("cluster/*"),), implied=True, why_wildcard=ANY_NAME),
        pass_role("eks.amazonaws.com"),
        Permission(
            actions=("kms:DescribeKey", "kms:CreateGrant"),
            resources=("{keys}",),
            implied=True,
            why_wildcard=OPERATORS_CHOICE,
        ),
        Permission(
            actions=("iam:CreateServiceLinkedRole",),
            resources=(
                "arn:{partition}:iam::{account}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS",
            ),
            conditions={"StringEquals": {"iam:AWSServiceName": "eks.amazonaws.com"}},
            implied=True,
        ),
    ),
)


def resources(scope: Scope, _: Part) -> Iterator[Resource]:
    """The one control plane."""
    yield ControlPlane(scope)


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """The EKS cluster itself; found again by its name, and ours by its tag."""

    scope: Scope

    @property
    def path(self) -> str:
        """``cluster``."""
        return CLUSTER

    def look(self) -> Report:
        """DescribeCluster."""
        answer = found(lambda: self.scope.aws.eks.describe_cluster(name=self.scope.cluster))
        if answer is None:
            return self._missing()
        return present(self.scope, CLUSTER, self._progress(answer), _facts(answer["cluster"]))

    def change(self, _: Action) -> Progress:
        """CreateCluster; where EKS has no room in a zone, once more without the subnets there."""
        try:
            return self._create(subnets(self.scope))
        except self.scope.aws.eks.exceptions.UnsupportedAvailabilityZoneException as refusal:
            elsewhere = within(subnet_zones(self.scope), api_error(refusal).names("validZones"))
            if not elsewhere:
                return self._nowhere(progress_of(refusal))
            return self._create(elsewhere)

    def _create(self, where: Sequence[str]) -> Progress:
        scope = self.scope
        request = create_cluster(scope.spec, role=cluster_role(scope), subnets=where, tags=scope.tags(scope.spec.tags))
        scope.aws.eks.create_cluster(**request, clientRequestToken=scope.token(CLUSTER, request))
        return PACES[Part.CLUSTER].wait("CREATING")

    def _nowhere(self, refused: Progress) -> Progress:
        """The refusal with the zones that we have, beside those that EKS offers."""
        if not isinstance(refused, Failed):
            return refused
        ours = ", ".join(sorted(set(subnet_zones(self.scope).values())))
        return replace(refused, cause=f"{refused.cause} The subnets of the cluster lie in {ours}.")

    def _missing(self) -> Report:
        action = Action(
            verb="create",
            resource=CLUSTER,
            reason=f"there is no EKS cluster {self.scope.cluster}",
            consequence=f"a control plane of version {self.scope.spec.version}, in six to eleven minutes",
        )
        return missing(self.scope, PACES[Part.CLUSTER].wait("not there"), action)

    def _progress(self, answer: DescribeClusterResponseTypeDef) -> Progress:
        cluster = answer["cluster"]
        if not is_ours(self.scope, cluster.get("tags")):
            return foreign("ClusterNotOurs", cluster["arn"], "Choose another name, or delete that cluster.")
        match cluster["status"]:
            case "ACTIVE":
                return Ready()
            case "CREATING" | "PENDING":
                return PACES[Part.CLUSTER].wait("CREATING", created_at=cluster["createdAt"], now=answered_at(answer))
            case "UPDATING":
                return pacing.UPDATE_IN_PROGRESS.wait("UPDATING")
            case "DELETING":
                return pacing.BEING_DELETED.wait("DELETING")
            case status:
                removal = f"aws eks delete-cluster --name {self.scope.cluster}"
                return broken(status, cluster.get("health"), removal=removal)


def _facts(cluster: ClusterTypeDef) -> dict[str, object]:
    vpc = cluster.get("resourcesVpcConfig", {})
    return {
        "arn": cluster["arn"],
        "status": cluster["status"],
        "version": cluster["version"],
        "endpoint": cluster.get("endpoint"),
        "certificateAuthority": cluster.get("certificateAuthority", {}).get("data"),
        "issuer": cluster.get("identity", {}).get("oidc", {}).get("issuer"),
        "vpcId": vpc.get("vpcId"),
        "subnetIds": vpc.get("subnetIds", []),
        "clusterSecurityGroupId": vpc.get("clusterSecurityGroupId"),
    }
