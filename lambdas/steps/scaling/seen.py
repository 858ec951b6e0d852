"""What one look sees of a node group: EKS's word on it, and the instances of its auto scaling groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from lambdas.aws.clients import answered_at
from lambdas.aws.errors import found
from lambdas.domain import pacing
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.paths import SIZES
from lambdas.domain.records import Sizes
from lambdas.steps.reading import broken, foreign, is_ours, issues_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_autoscaling.type_defs import ActivityTypeDef, AutoScalingGroupTypeDef
    from mypy_boto3_eks.type_defs import NodegroupTypeDef

    from lambdas.domain.issues import Issue
    from lambdas.domain.progress import Progress
    from lambdas.steps.scope import Scope

_RECENT: Final = timedelta(hours=1)
_FEW: Final = 20


@dataclass(frozen=True, slots=True)
class Glimpse:
    """The auto scaling groups of a node group, mostly one, and nothing of what EKS says of it."""

    groups: tuple[AutoScalingGroupTypeDef, ...]

    @property
    def sizes(self) -> Sizes:
        """As they are now: autoscalers and people change them in the auto scaling group, not in EKS."""
        return Sizes(
            minSize=sum(group["MinSize"] for group in self.groups),
            maxSize=sum(group["MaxSize"] for group in self.groups),
            desiredSize=sum(group["DesiredCapacity"] for group in self.groups),
        )

    @property
    def names(self) -> list[str]:
        """Those of the auto scaling groups."""
        return [group["AutoScalingGroupName"] for group in self.groups]

    @property
    def instances(self) -> int:
        """All that there are, those that are leaving included."""
        return len(self._states)

    @property
    def in_service(self) -> int:
        """Those that serve."""
        return self._states.count("InService")

    @property
    def is_complete(self) -> bool:
        """Whether just those are there that are wanted, and all of them serve."""
        return self.instances == self.in_service == self.sizes.desiredSize

    @property
    def staying(self) -> int:
        """Those that serve or will."""
        return sum(not state.startswith("Terminat") for state in self._states)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What is known to be wrong with the node group."""
        return ()

    @property
    def _states(self) -> list[str]:
        return [instance["LifecycleState"] for group in self.groups for instance in group["Instances"]]


@dataclass(frozen=True, slots=True)
class Seen(Glimpse):
    """A node group with its auto scaling groups: none if somebody deleted them."""

    nodegroup: NodegroupTypeDef
    at: datetime

    @property
    def sizes(self) -> Sizes:
        """Those of the auto scaling groups; without any, those that EKS says."""
        if self.groups:
            return super(Seen, self).sizes
        said = self.nodegroup["scalingConfig"]
        return Sizes(
            minSize=said.get("minSize", 0), maxSize=said.get("maxSize", 1), desiredSize=said.get("desiredSize", 0)
        )

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What EKS says is wrong with the node group."""
        return issues_in(self.nodegroup.get("health"))


def see(scope: Scope, nodegroup: str) -> Seen | None:
    """DescribeNodegroup and DescribeAutoScalingGroups; None if there is no such node group, or no such cluster."""
    answer = found(
        lambda: scope.aws.eks_by_turns.describe_nodegroup(clusterName=scope.cluster, nodegroupName=nodegroup)
    )
    if answer is None:
        return None
    names = [group["name"] for group in answer["nodegroup"].get("resources", {}).get("autoScalingGroups", ())]
    # Without names all groups of the account would be the answer.
    return Seen(_groups(scope, names) if names else (), answer["nodegroup"], answered_at(answer))


class Glances:
    """DescribeAutoScalingGroups alone, once for all node groups of a cluster of which this run has seen more before."""

    def __init__(self, scope: Scope) -> None:
        facts = {group.nodegroupName: scope.facts(SIZES + group.nodegroupName) for group in scope.spec.nodegroups}
        self._names = {name: _seen_by(scope.run, known) for name, known in facts.items()}
        self._scope = scope

    def of(self, nodegroup: str) -> Glimpse | None:
        """The auto scaling groups of a node group; None unless all are there that an earlier look of the run saw."""
        names = self._names.get(nodegroup, ())
        there = [self._there[name] for name in names if name in self._there] if names else []
        return Glimpse(tuple(there)) if names and len(there) == len(names) else None

    @cached_property
    def _there(self) -> dict[str, AutoScalingGroupTypeDef]:
        every = [name for names in self._names.values() for name in names]
        return {group["AutoScalingGroupName"]: group for group in _groups(self._scope, every)}


def _seen_by(run: str, facts: Mapping[str, object]) -> tuple[str, ...]:
    before = facts.get("seen")
    return tuple(before["groups"]) if isinstance(before, dict) and before["run"] == run else ()


def _groups(scope: Scope, names: Sequence[str]) -> tuple[AutoScalingGroupTypeDef, ...]:
    answer = scope.aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=list(names))
    return tuple(answer["AutoScalingGroups"])


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


def failed_launch(scope: Scope, seen: Glimpse) -> str | None:
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
