"""Sizes and schedules: what puts a cluster to sleep and wakes it, and what says when to look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.domain.pacing import Part
from lambdas.steps.contract import ANY_NAME, LEDGER, Permission, StepContract, eks
from lambdas.steps.scaling.group import SizedNodegroup
from lambdas.steps.scaling.seen import Glances
from lambdas.steps.schedules import Schedules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.steps.convergence import Removable, Resource
    from lambdas.steps.scope import Scope

_NO_NARROWER: Final = "{}'s Describe actions know no narrower resource."
_BOUNDARIES: Final = "Schedules are named after clusters and their calendars, which come after the deployment."

CONTRACT: Final = StepContract(
    name="scaling",
    purpose="Puts node groups to sleep and wakes them, and keeps the schedules that say when to look",
    parts=(Part.SCHEDULES, Part.SIZES),
    permissions=(
        LEDGER,
        Permission(actions=("eks:DescribeNodegroup",), resources=(eks("nodegroup/*"),), why_wildcard=ANY_NAME),
        Permission(
            actions=("eks:DescribeUpdate",),
            resources=(eks("cluster/*"), eks("nodegroup/*")),
            why_wildcard=ANY_NAME,
        ),
        Permission(
            actions=("autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"),
            resources=("*",),
            why_wildcard=_NO_NARROWER.format("EC2 Auto Scaling"),
        ),
        Permission(actions=("ec2:DescribeSubnets",), resources=("*",), why_wildcard=_NO_NARROWER.format("EC2")),
        Permission(actions=("eks:UpdateNodegroupConfig",), resources=(eks("nodegroup/*"),), why_wildcard=ANY_NAME),
        Permission(
            actions=("scheduler:ListSchedules",),
            resources=("*",),
            reads=True,
            why_wildcard="A list of schedules knows no narrower resource.",
        ),
        Permission(
            actions=("scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"),
            resources=("{schedules}",),
            why_wildcard=_BOUNDARIES,
        ),
        Permission(
            actions=("iam:PassRole",),
            resources=("{scheduler_role}",),
            conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
            implied=True,
        ),
    ),
)


def resources(scope: Scope, part: Part) -> Iterator[Resource]:
    """The schedules; or the sizes of every node group of the spec."""
    if part is Part.SCHEDULES:
        yield Schedules(scope)
    else:
        glances = Glances(scope)
        yield from (SizedNodegroup(scope, group.nodegroupName, glances) for group in scope.spec.nodegroups)


def removals(scope: Scope, part: Part) -> Iterator[Removable]:
    """The schedules; sizes go with their node groups."""
    if part is Part.SCHEDULES:
        yield Schedules(scope)
