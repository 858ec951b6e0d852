"""What one look sees of a node group: EKS's word on it, and the instances of its auto scaling groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from lambdas.aws.clients import answered_at
from lambdas.aws.errors import found
from lambdas.domain import pacing
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.records import Sizes
from lambdas.steps.reading import broken, foreign, is_ours, issues_in

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_autoscaling.type_defs import ActivityTypeDef, AutoScalingGroupTypeDef
    from mypy_boto3_eks.type_defs import NodegroupTypeDef

    from lambdas.domain.issues import Issue
    from lambdas.domain.progress import Progress
    from lambdas.steps.scope import Scope

_RECENT: Final = timedelta(hours=1)
_FEW: Final = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """A node group with its auto scaling groups: mostly one, none if somebody deleted it."""

    nodegroup: NodegroupTypeDef
    groups: tuple[AutoScalingGroupTypeDef, ...]
    at: datetime

    @property
    def sizes(self) -> Sizes:
        """As they are now: autoscalers and people change them in the auto scaling group, not in EKS."""
        if not self.groups:
            said = self.nodegroup["scalingConfig"]
            return Sizes(
                minSize=said.get("minSize", 0), maxSize=said.get("maxSize", 1), desiredSize=said.get("desiredSize", 0)
            )
        return Sizes(
            minSize=sum(group["MinSize"] for group in self.groups),
            maxSize=sum(group["MaxSize"] for group in self.groups),
            desiredSize=sum(group["DesiredCapacity"] for group in self.groups),
        )

    @property
    def instances(self) -> int:
        """All that there are, those that are leaving included."""
        return len(self._states)

    @property
    def in_service(self) -> int:
        """Those that serve."""
        return self._states.count("InService")

    @property
    def staying(self) -> int:
        """Those that serve or will."""
        return sum(not state.startswith("Terminat") for state in self._states)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What EKS says is wrong with the node group."""
        return issues_in(self.nodegroup.get("health"))

    @property
    def _states(self) -> list[str]:
        return [instance["LifecycleState"] for group in self.groups for instance in group["Instances"]]


def see(scope: Scope, nodegroup: str) -> Seen | None:
    """DescribeNodegroup and DescribeAutoScalingGroups; None if there is no such node group, or no such cluster."""
    answer = found(lambda: scope.aws.eks.describe_nodegroup(clusterName=scope.cluster, nodegroupName=nodegroup))
    if answer is None:
        return None
    names = [group["name"] for group in answer["nodegroup"].get("resources", {}).get("autoScalingGroups", ())]
    # Without names all groups of the account would be the answer.
    groups = (
        scope.aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"]
        if names
        else []
    )
    return Seen(answer["nodegroup"], tuple(groups), answered_at(answer))


def hindrance(scope: Scope, seen: Seen) -> Progress | None:
    """What stands in the way of changing the sizes; a DEGRADED node group can sleep and wake like any other."""
    nodegroup = seen.nodegroup
    if not is_ours(scope, nodegroup.get("tags")):
        remedy = "Choose another nodegroupName, or delete that node group."
        return foreign("NodegroupNotOurs", nodegroup["nodegroupArn"], remedy)
    match nodegroup["status"]:
        case "ACTIVE" | "DEGRADED":
            return None
        case "CREATING":
            return PACES[Part.NODEGROUPS].wait("CREATING", created_at=nodegroup["createdAt"], now=seen.at)
        case "UPDATING":
            return pacing.UPDATE_IN_PROGRESS.wait("UPDATING: another update of the node group is running")
        case "DELETING":
            return pacing.BEING_DELETED.wait("DELETING")
        case status:
            return broken(status, nodegroup.get("health"))


def failed_launch(scope: Scope, seen: Seen) -> str | None:
    """Why instances that are wanted are not even starting, in EC2 Auto Scaling's words; None if it does not say."""
    if seen.staying >= seen.sizes.desiredSize:
        return None
    return next(filter(None, (_failure(scope, group["AutoScalingGroupName"]) for group in seen.groups)), None)


def _failure(scope: Scope, group: str) -> str | None:
    answer = scope.aws.autoscaling.describe_scaling_activities(AutoScalingGroupName=group, MaxRecords=_FEW)
    since = answered_at(answer) - _RECENT
    return next(
        (_said(it) for it in answer["Activities"] if it["StatusCode"] == "Failed" and it["StartTime"] > since), None
    )


def _said(activity: ActivityTypeDef) -> str:
    return activity.get("StatusMessage", "") or activity.get("Cause", "")
