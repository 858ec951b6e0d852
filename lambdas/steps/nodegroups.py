"""Managed node groups, until their instances are in service."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambdas.aws.clients import answered_at
from lambdas.aws.errors import found
from lambdas.domain import pacing
from lambdas.domain.frozen import dataclass
from lambdas.domain.issues import passes
from lambdas.domain.pacing import EMPTY_NODEGROUP, PACES, Pace, Part
from lambdas.domain.paths import NODEGROUPS, nodegroup_path
from lambdas.domain.planner import ladder, tags
from lambdas.domain.planner import nodegroups as planner
from lambdas.domain.planner.differences import Effect
from lambdas.domain.planner.node_versions import made_in, version_updates
from lambdas.domain.progress import Action, Failed, Progress, Ready, Report
from lambdas.domain.requests import create_nodegroup
from lambdas.domain.sizes import in_words, night
from lambdas.steps import fargate, reading
from lambdas.steps.contract import (
    ANY_NAME,
    LEDGER,
    OURS,
    Permission,
    StepContract,
    eks,
    pass_role,
    service_linked_role,
)
from lambdas.steps.network import subnets
from lambdas.steps.nodegroup_removal import Departing, listed, unwanted
from lambdas.steps.reading import adoptions, belongs, broken, foreign, making_room, missing, present
from lambdas.steps.removal import of_cluster
from lambdas.steps.roles import node_role
from lambdas.steps.updating import rolling, send, settled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_eks.type_defs import DescribeNodegroupResponseTypeDef, NodegroupTypeDef

    from lambdas.domain.planner import Difference
    from lambdas.domain.spec import Nodegroup, ScalingConfig
    from lambdas.steps.convergence import Changed, Removable, Resource
    from lambdas.steps.scope import Scope

_SERVICE: Final = "eks-nodegroup.amazonaws.com"
_AT_REST: Final = frozenset({"ACTIVE", "DEGRADED"})
"""The statuses in which EKS takes updates; one may mend what is DEGRADED."""

_REPLACED: Final = (
    "its nodes go first, then new ones come; for no gap add a node group under another name and remove this one "
    "afterwards"
)
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
        Permission(actions=("eks:ListNodegroups",), resources=(eks("cluster/*"),), reads=True, why_wildcard=ANY_NAME),
        Permission(
            actions=("eks:DescribeUpdate",),
            resources=(eks("cluster/*"), eks("nodegroup/*")),
            reads=True,
            why_wildcard=ANY_NAME,
        ),
        Permission(
            actions=("autoscaling:DescribeAutoScalingGroups",),
            resources=("*",),
            reads=True,
            why_wildcard="EC2 Auto Scaling's Describe actions know no narrower resource.",
        ),
        Permission(
            actions=("eks:ListFargateProfiles", "eks:DescribeCluster"),
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
            actions=("eks:UpdateNodegroupConfig", "eks:UpdateNodegroupVersion", "eks:UntagResource"),
            resources=(eks("nodegroup/*"),),
            conditions=OURS,
            why_wildcard=ANY_NAME,
        ),
        Permission(
            actions=("eks:TagResource",), resources=(eks("cluster/*"), eks("nodegroup/*")), why_wildcard=ANY_NAME
        ),
        pass_role("eks.amazonaws.com", "ec2.amazonaws.com", "ec2.amazonaws.com.cn"),
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


def surplus(scope: Scope, _: Part) -> Iterator[Removable]:
    """The node groups of ours that the spec no longer has. To be walked lazily, as ``remove`` does."""
    return unwanted(scope, [nodegroup_path(group) for group in scope.spec.nodegroups])


def removals(scope: Scope, _: Part) -> Iterator[Removable]:
    """What the cluster's pods run on, also what the spec does not know: node groups and Fargate profiles."""
    yield from of_cluster(
        scope, NODEGROUPS, lambda: listed(scope), lambda names: (Departing(scope, name) for name in names)
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
        return PACES[Part.NODEGROUPS] if self._sizes.desiredSize else EMPTY_NODEGROUP

    @property
    def _sizes(self) -> ScalingConfig:
        """The sizes to make it with: what takes the place of a node group that sleeps sleeps too, and wakes as that."""
        sizes = self.group.scalingConfig
        return night(sizes) if self.scope.is_asleep(self.group.nodegroupName) else sizes

    def look(self) -> Report:
        """DescribeNodegroup, and its auto scaling groups."""
        answer = found(
            lambda: self.scope.aws.eks.describe_nodegroup(
                clusterName=self.scope.cluster, nodegroupName=self.group.nodegroupName
            )
        )
        if answer is None:
            return self._missing()
        scope, nodegroup = self.scope, answer["nodegroup"]
        in_service = self._in_service(nodegroup)
        report = present(scope, self.path, self._progress(answer, in_service), _facts(nodegroup, in_service))
        if is_tried_again(scope, nodegroup):
            return making_room(report)
        if not belongs(scope, self.path, nodegroup.get("tags")):
            return report
        if nodegroup["status"] in _AT_REST:
            return self._compared(report, nodegroup)
        return self._at_work(report, nodegroup) if scope.is_shown and nodegroup["status"] == "UPDATING" else report

    def change(self, action: Action) -> Progress | Changed:
        """An update, CreateNodegroup; or DeleteNodegroup, where what is there is in the way of a new one."""
        names = {"clusterName": self.scope.cluster, "nodegroupName": self.group.nodegroupName}
        if action.update is not None:
            return send(self.scope, action, names)
        if action.verb == "create":
            return self._create()
        self.scope.aws.eks.delete_nodegroup(clusterName=self.scope.cluster, nodegroupName=self.group.nodegroupName)
        return pacing.BEING_DELETED.wait("DELETING")

    def _compared(self, report: Report, nodegroup: NodegroupTypeDef) -> Report:
        """What is there beside what the spec says. The whole configuration goes before new nodes are made by it."""
        scope, group, wanted = self.scope, self.group, self._version
        due, later = version_updates(group, nodegroup, wanted=wanted, reached=scope.version)
        changes = (
            *adoptions(scope, self.path, nodegroup.get("tags"), nodegroup["nodegroupArn"]),
            *planner.updates(group, nodegroup),
            *tags.updates(nodegroup.get("tags"), group.tags, scope.dropped_from(self.path), nodegroup["nodegroupArn"]),
            *due,
        )
        return settled(
            scope,
            report,
            changes,
            frozen=self._frozen(nodegroup),
            replaced=_REPLACED if self._can_be_made else "",
            later=later,
        )

    def _at_work(self, report: Report, nodegroup: NodegroupTypeDef) -> Report:
        """EKS changes it: only what cannot change is known of what comes then."""
        frozen = self._frozen(nodegroup)
        replaced = _REPLACED if self._can_be_made else ""
        return settled(self.scope, report, (), frozen=frozen, replaced=replaced) if frozen else report

    def _frozen(self, nodegroup: NodegroupTypeDef) -> tuple[Difference, ...]:
        role = node_role(self.scope, self.group.nodeRole)
        return planner.frozen(self.group, nodegroup, role=role, wanted=self._version)

    @property
    def _version(self) -> str:
        """The Kubernetes version of its nodes in the end."""
        return self.group.version or self.scope.spec.version or self.scope.version

    @property
    def _can_be_made(self) -> bool:
        """EKS makes node groups in the control plane's version only, and takes none of them down."""
        return ladder.minor(self._version) >= ladder.minor(self.scope.version)

    def _create(self) -> Progress:
        scope, group = self.scope, made_in(replace(self.group, scalingConfig=self._sizes), self.scope.version)
        request = create_nodegroup(
            scope.spec,
            group,
            role=node_role(scope, group.nodeRole),
            subnets=subnets(scope),
            tags=scope.tags(group.tags),
        )
        scope.aws.eks.create_nodegroup(**request, clientRequestToken=scope.token(self.path, request))
        return self._pace.wait("CREATING")

    def _missing(self) -> Report:
        asleep = ", until it wakes" if self.scope.is_asleep(self.group.nodegroupName) else ""
        action = Action(
            verb="create",
            resource=self.path,
            reason="the cluster has no node group of this name",
            consequence=Effect.CREATED.saying(f"{in_words(self._sizes)}{asleep}"),
        )
        report = missing(self.scope, self._pace.wait("not there"), action)
        return report if self._can_be_made else replace(report, progress=self._too_old(), action=None)

    def _too_old(self) -> Failed:
        reached = self.scope.version
        return Failed(
            "NodegroupVersionTooLow",
            f"version of {self.path} is {self._version}, but EKS makes new node groups in the cluster's version only, "
            f"{reached}.",
            f"Set the node group's version to {reached}, or leave it out.",
        )

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
        if not belongs(self.scope, self.path, nodegroup.get("tags")):
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
                return rolling(self.scope, self.path, "UPDATING")
            case "DELETING":
                return pacing.BEING_DELETED.wait("DELETING")
            case "DEGRADED" if passes(reading.issues_in(nodegroup.get("health"))):
                failed = broken("DEGRADED", nodegroup.get("health"))
                return pacing.NODEGROUP_UNHEALTHY.wait(f"DEGRADED, {failed.cause}", overdue=failed)
            case status:
                return broken(status, nodegroup.get("health"))


def _facts(nodegroup: NodegroupTypeDef, in_service: int) -> dict[str, object]:
    return {
        "status": nodegroup["status"],
        "scalingConfig": nodegroup.get("scalingConfig", {}),
        "instanceTypes": nodegroup.get("instanceTypes", []),
        "version": nodegroup.get("version"),
        "releaseVersion": nodegroup.get("releaseVersion"),
        "inService": in_service,
    }
