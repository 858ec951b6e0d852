"""The control plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lambdas.aws.clients import answered_at
from lambdas.aws.errors import found
from lambdas.domain import pacing
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.progress import Action, Progress, Ready, Report
from lambdas.domain.requests import create_cluster
from lambdas.steps.contract import ANY_NAME, LEDGER, OPERATORS_CHOICE, Permission, StepContract, eks, pass_role
from lambdas.steps.network import subnets
from lambdas.steps.reading import broken, foreign, is_ours, missing, present
from lambdas.steps.roles import cluster_role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_eks.type_defs import ClusterTypeDef, DescribeClusterResponseTypeDef

    from lambdas.steps.convergence import Resource
    from lambdas.steps.scope import Scope

PATH: Final = "cluster"

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
        return PATH

    def look(self) -> Report:
        """DescribeCluster."""
        answer = found(lambda: self.scope.aws.eks.describe_cluster(name=self.scope.cluster))
        if answer is None:
            return self._missing()
        return present(self.scope, PATH, self._progress(answer), _facts(answer["cluster"]))

    def change(self, _: Action) -> Progress:
        """CreateCluster."""
        scope = self.scope
        request = create_cluster(
            scope.spec, role=cluster_role(scope), subnets=subnets(scope), tags=scope.tags(scope.spec.tags)
        )
        scope.aws.eks.create_cluster(**request, clientRequestToken=scope.token(PATH, request))
        return PACES[Part.CLUSTER].wait("CREATING")

    def _missing(self) -> Report:
        action = Action(
            verb="create",
            resource=PATH,
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
