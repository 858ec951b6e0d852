"""Managed node groups, until their instances are in service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lambdas.aws.clients import answered_at
from lambdas.aws.errors import found
from lambdas.domain import pacing
from lambdas.domain.pacing import EMPTY_NODEGROUP, PACES, Pace, Part
from lambdas.domain.paths import NODEGROUPS, nodegroup_path
from lambdas.domain.progress import Action, Progress, Ready, Report
from lambdas.domain.requests import create_nodegroup
from lambdas.steps import fargate, reading
from lambdas.steps.contract import ANY_NAME, LEDGER, Permission, StepContract, eks, pass_role, service_linked_role
from lambdas.steps.network import subnets
from lambdas.steps.reading import broken, foreign, is_ours, making_room, missing, present
from lambdas.steps.removal import asked, gone, of_cluster, standing
from lambdas.steps.roles import node_role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_eks.type_defs import DescribeNodegroupResponseTypeDef, NodegroupTypeDef

    from lambdas.domain.spec import Nodegroup
    from lambdas.steps.convergence import Changed, Removable, Resource
    from lambdas.steps.scope import Scope

_SERVICE: Final = "eks-nodegroup.amazonaws.com"
_TEMPLATES: Final = "arn:{partition}:ec2:{region}:{account}:launch-template/*"

CONTRACT: Final = StepContract(
    name="nodegroups",
    purpose="Makes the managed node groups and watches their instances come into service",
    parts=(Part.NODEGROUPS,),
    permissions=(
        LEDGER,
        Permission(
            actions=("eks:DescribeNodegroup",), resources=(eks("nodegroup/*"),), reads=True, why_wildcard=ANY_NAME
        ),
        Permission(
            actions=("autoscaling:DescribeAutoScalingGroups",),
            resources=("*",),
            reads=True,
            why_wildcard="EC2 Auto Scaling's Describe actions know no narrower resource.",
        ),
        Permission(
            actions=("eks:ListNodegroups", "eks:ListFargateProfiles", "eks:DescribeCluster"),
            resources=(eks("cluster/*"),),
            why_wildcard=ANY_NAME,
        ),
        Permission(actions=("eks:CreateNodegroup",), resources=(eks("cluster/*"),), why_wildcard=ANY_NAME),
        Permission(
            actions=("eks:DescribeFargateProfile", "eks:DeleteFargateProfile"),
            resources=(eks("fargateprofile/*"),),
            why_wildcard=ANY_NAME,
        ),
        Permission(actions=("eks:DeleteNodegroup",), resources=(eks("nodegroup/*"),), why_wildcard=ANY_NAME),
        Permission(
            actions=("eks:TagResource",),
            resources=(eks("cluster/*"), eks("nodegroup/*")),
            implied=True,
            why_wildcard=ANY_NAME,
        ),
        pass_role("eks.amazonaws.com", "ec2.amazonaws.com"),
        # With a launch template EKS tries, as its caller, whether the caller may launch what the template says.
        Permission(
            actions=("ec2:RunInstances",),
            resources=("*",),
            conditions={"ArnLike": {"ec2:LaunchTemplate": _TEMPLATES}},
            implied=True,
            why_wildcard="A launch takes an image, a subnet, security groups, volumes: which, the template says.",
        ),
        Permission(
            actions=("ec2:CreateTags",),
            resources=("arn:{partition}:ec2:{region}:{account}:*/*",),
            conditions={"StringEquals": {"ec2:CreateAction": "RunInstances"}},
            implied=True,
            why_wildcard="Instances and volumes have their ids only once they are launched.",
        ),
        Permission(
            actions=("ec2:DescribeLaunchTemplateVersions",),
            resources=("*",),
            implied=True,
            why_wildcard="EC2's Describe actions know no narrower resource.",
        ),
        Permission(
            actions=("iam:CreateServiceLinkedRole", "iam:GetRole"),
            resources=(service_linked_role(_SERVICE, "AWSServiceRoleForAmazonEKSNodegroup"),),
            implied=True,
        ),
    ),
)


def resources(scope: Scope, _: Part) -> Iterator[Resource]:
    """Every node group of the spec."""
    return (ManagedNodegroup(scope, group) for group in scope.spec.nodegroups)


def surplus(_scope: Scope, _part: Part) -> Iterator[Removable]:
    """What the spec no longer has."""
    yield from ()


def removals(scope: Scope, _: Part) -> Iterator[Removable]:
    """What the cluster's pods run on, also what the spec does not know: node groups and Fargate profiles."""
    yield from of_cluster(
        scope, NODEGROUPS, lambda: _listed(scope), lambda names: (Departing(scope, name) for name in names)
    )
    yield from fargate.removals(scope)


def is_tried_again(scope: Scope, nodegroup: NodegroupTypeDef) -> bool:
    """Whether the run makes room for another try of a node group that could not be created."""
    name, tags, health = nodegroup["nodegroupName"], nodegroup.get("tags"), nodegroup.get("health")
    return reading.is_tried_again(scope, NODEGROUPS + name, nodegroup["status"], tags, health)


@dataclass(frozen=True, slots=True)
class ManagedNodegroup:
    """One managed node group; Ready when all its instances are in service."""

    scope: Scope
    group: Nodegroup

    @property
    def path(self) -> str:
        """``nodegroups/simple-bank``."""
        return nodegroup_path(self.group)

    @property
    def _pace(self) -> Pace:
        return PACES[Part.NODEGROUPS] if self.group.scalingConfig.desiredSize else EMPTY_NODEGROUP

    def look(self) -> Report:
        """DescribeNodegroup, and its auto scaling groups."""
        answer = found(
            lambda: self.scope.aws.eks.describe_nodegroup(
                clusterName=self.scope.cluster, nodegroupName=self.group.nodegroupName
            )
        )
        if answer is None:
            return self._missing()
        nodegroup = answer["nodegroup"]
        in_service = self._in_service(nodegroup)
        progress = self._progress(answer, in_service)
        report = present(self.scope, self.path, progress, _facts(nodegroup, in_service))
        return making_room(report) if is_tried_again(self.scope, nodegroup) else report

    def change(self, action: Action) -> Progress:
        """CreateNodegroup; or DeleteNodegroup, where one that failed is in the way of a new one."""
        if action.verb == "delete":
            self.scope.aws.eks.delete_nodegroup(clusterName=self.scope.cluster, nodegroupName=self.group.nodegroupName)
            return pacing.BEING_DELETED.wait("DELETING")
        scope = self.scope
        request = create_nodegroup(
            scope.spec,
            self.group,
            role=node_role(scope, self.group.nodeRole),
            subnets=subnets(scope),
            tags=scope.tags(self.group.tags),
        )
        scope.aws.eks.create_nodegroup(**request, clientRequestToken=scope.token(self.path, request))
        return self._pace.wait("CREATING")

    def _missing(self) -> Report:
        sizes = self.group.scalingConfig
        action = Action(
            verb="create",
            resource=self.path,
            reason="the cluster has no node group of this name",
            consequence=f"{sizes.desiredSize} nodes, between {sizes.minSize} and {sizes.maxSize}",
        )
        return missing(self.scope, self._pace.wait("not there"), action)

    def _in_service(self, nodegroup: NodegroupTypeDef) -> int:
        names = [group["name"] for group in nodegroup.get("resources", {}).get("autoScalingGroups", ())]
        if not names:
            return 0
        answer = self.scope.aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=names)
        return sum(
            instance["LifecycleState"] == "InService"
            for group in answer["AutoScalingGroups"]
            for instance in group["Instances"]
        )

    def _progress(self, answer: DescribeNodegroupResponseTypeDef, in_service: int) -> Progress:
        nodegroup = answer["nodegroup"]
        if not is_ours(self.scope, nodegroup.get("tags")):
            remedy = "Choose another nodegroupName, or delete that node group."
            return foreign("NodegroupNotOurs", nodegroup["nodegroupArn"], remedy)
        wanted = nodegroup["scalingConfig"].get("desiredSize", 0)
        match nodegroup["status"]:
            case "ACTIVE" if in_service >= wanted:
                return Ready()
            case "ACTIVE":
                return pacing.INSTANCES_STARTING.wait(f"{in_service} of {wanted} instances are in service")
            case "CREATING":
                return self._pace.wait(
                    f"CREATING, {in_service} of {wanted} instances are in service",
                    created_at=nodegroup["createdAt"],
                    now=answered_at(answer),
                )
            case "UPDATING":
                return pacing.UPDATE_IN_PROGRESS.wait("UPDATING")
            case "DELETING":
                return pacing.BEING_DELETED.wait("DELETING")
            case status:
                return broken(status, nodegroup.get("health"))


@dataclass(frozen=True, slots=True)
class Departing:
    """A node group on its way out. EKS drains its nodes, but lets no disruption budget keep them."""

    scope: Scope
    name: str

    @property
    def path(self) -> str:
        """``nodegroups/simple-bank``."""
        return NODEGROUPS + self.name

    def look_for(self) -> Report:
        """DescribeNodegroup."""
        answer = found(
            lambda: self.scope.aws.eks.describe_nodegroup(clusterName=self.scope.cluster, nodegroupName=self.name)
        )
        if answer is None:
            return gone(self.scope, self.path)
        nodegroup = answer["nodegroup"]
        return standing(self.scope, self.path, nodegroup["status"], nodegroup.get("health"))

    def delete(self, _: Action) -> Changed:
        """DeleteNodegroup."""
        self.scope.aws.eks.delete_nodegroup(clusterName=self.scope.cluster, nodegroupName=self.name)
        return asked(self.scope, self.path)


def _listed(scope: Scope) -> list[str]:
    pages = scope.aws.eks.get_paginator("list_nodegroups").paginate(clusterName=scope.cluster)
    return [name for page in pages for name in page["nodegroups"]]


def _facts(nodegroup: NodegroupTypeDef, in_service: int) -> dict[str, object]:
    return {
        "status": nodegroup["status"],
        "scalingConfig": nodegroup.get("scalingConfig", {}),
        "instanceTypes": nodegroup.get("instanceTypes", []),
        "releaseVersion": nodegroup.get("releaseVersion"),
        "inService": in_service,
    }
