"""What is left of a cluster outside EKS: by its services, its claims, its network plugin and its control plane."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from lambdas.domain import pacing
from lambdas.domain.existing import DELETED, LEFT
from lambdas.domain.names import OWNER_TAG
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.paths import CLUSTER, INTERFACES, LOG_GROUP
from lambdas.domain.progress import Action, Report
from lambdas.steps import balancers, volumes
from lambdas.steps.contract import ANY_NAME, LEDGER, Permission, StepContract
from lambdas.steps.convergence import Changed
from lambdas.steps.removal import due, gone, left
from lambdas.steps.things import Leftover, Thing, of_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_ec2.type_defs import FilterTypeDef, NetworkInterfaceTypeDef

    from lambdas.aws.logs import LogGroup
    from lambdas.steps.convergence import Removable, Resource
    from lambdas.steps.scope import Scope

QUIET_LOOKS: Final = 7
"""As many looks, a minute apart, find no log group before its last lines are believed to have come in."""

_QUIET: Final = "quietLooks"
_PACE: Final = PACES[Part.LEFTOVERS]
_CNI_TAG: Final = "cluster.k8s.amazonaws.com/name"
"""What the network plugin marks its interfaces with (aws/amazon-vpc-cni-k8s); the control plane's bear no tag."""

_EARLIER: Final = "It was there before: Slipway has never got as far as a cluster to which it could belong."
_NO_NARROWER: Final = "EC2's Describe actions know no narrower resource."
_LOGS: Final = "arn:{partition}:logs:{region}:{account}:log-group:"

CONTRACT: Final = StepContract(
    name="leftovers",
    purpose="Takes away what is left of a cluster outside EKS",
    parts=(Part.LEFTOVERS,),
    permissions=(
        LEDGER,
        *balancers.PERMISSIONS,
        *volumes.PERMISSIONS,
        Permission(
            actions=("ec2:DescribeNetworkInterfaces",),
            resources=("*",),
            why_wildcard=_NO_NARROWER,
        ),
        Permission(
            actions=("ec2:DeleteNetworkInterface",),
            resources=("arn:{partition}:ec2:{region}:{account}:network-interface/*",),
            why_wildcard="Those that a control plane leaves bear no tag; EC2 deletes none that is in use.",
        ),
        Permission(
            actions=("logs:DescribeLogGroups",),
            resources=(f"{_LOGS}*",),
            why_wildcard="A list of log groups knows no narrower resource.",
        ),
        Permission(
            actions=("logs:ListTagsForResource", "logs:DeleteLogGroup"),
            resources=(f"{_LOGS}/aws/eks/*",),
            why_wildcard=ANY_NAME,
        ),
    ),
)


def resources(_scope: Scope, _part: Part) -> Iterator[Resource]:
    """None: nobody wants what is left over."""
    yield from ()


def removals(scope: Scope, _: Part) -> Iterator[Removable]:
    """What services left, what the network plugin left, volumes, and then the log group. To be walked lazily."""
    cluster = scope.facts(CLUSTER)
    if LEFT in cluster:  # the cluster of this name is somebody else's, and so is what belongs to it
        return
    things = [
        *of_list(scope, INTERFACES, lambda: _interfaces(scope)),
        *balancers.removals(scope),
        *volumes.removals(scope),
    ]
    if not cluster:
        things = [_kept(thing) for thing in things]
    yield from things
    yield LogGroupRemoval(scope, others_are_gone=not any(map(_goes, things)))


def _kept(thing: Removable) -> Removable:
    """What is left alone as no look has ever seen a cluster of ours: an earlier one of the name has left it."""
    if not _goes(thing):
        return thing
    assert isinstance(thing, Leftover)
    return replace(thing, thing=replace(thing.thing, kept=_EARLIER, after=""))


def _goes(thing: Removable) -> bool:
    return isinstance(thing, Leftover) and not thing.thing.kept


class LogGroupRemoval:
    """The log group that EKS made for the control plane. It is watched for a while, as it may come back."""

    def __init__(self, scope: Scope, *, others_are_gone: bool) -> None:
        self.scope = scope
        self._others_are_gone = others_are_gone

    @property
    def path(self) -> str:
        """``logGroup``."""
        return LOG_GROUP

    @property
    def name(self) -> str:
        """``/aws/eks/<cluster>/cluster``."""
        return f"/aws/eks/{self.scope.cluster}/cluster"

    def look_for(self) -> Report:
        """DescribeLogGroups, and its tags where EKS did not write into it for our cluster."""
        group = self._group()
        if group is None:
            return self._watched()
        if not _is_logged(self.scope) and not self._is_tagged(group):
            return left(self.path, f"{self.name} bears no tag {OWNER_TAG}, and the cluster's logging was off.")
        return due(self.path, f"{self.name} is deleted", {"name": self.name})

    def delete(self, _: Action) -> Changed:
        """DeleteLogGroup."""
        self.scope.aws.logs.delete_log_group(logGroupName=self.name)
        return Changed(_PACE.wait("deleted"), {"name": self.name})

    def _group(self) -> LogGroup | None:
        groups = self.scope.aws.logs.describe_log_groups(logGroupNamePrefix=self.name)["logGroups"]
        return next((group for group in groups if group["logGroupName"] == self.name), None)

    def _is_tagged(self, group: LogGroup) -> bool:
        tags = self.scope.aws.logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"]
        return tags.get(OWNER_TAG) == self.scope.cluster

    def _watched(self) -> Report:
        """Gone for good, if it was ever there or no line can come in any more."""
        known = self.scope.facts(self.path)
        if not _is_logged(self.scope) or known.get("status") == DELETED:
            return gone(self.scope, self.path)
        count = known.get(_QUIET, 0)
        looks = (count if isinstance(count, int) else 0) + self._others_are_gone
        if looks >= QUIET_LOOKS:
            return gone(self.scope, self.path)
        facts = {"name": self.name, _QUIET: looks}
        return Report(resource=self.path, progress=pacing.LAST_LOG_LINES.wait("its last lines may come"), facts=facts)


def _is_logged(scope: Scope) -> bool:
    """Whether EKS was to write logs for a cluster that was ours."""
    cluster = scope.facts(CLUSTER)
    asked = scope.spec.logging
    return bool(cluster) and (bool(cluster.get("logged")) or any(setup.enabled for setup in asked.clusterLogging))


def _inside(scope: Scope) -> list[FilterTypeDef]:
    """Only in the cluster's own VPC, if a look has told which one that was."""
    vpc = scope.facts(CLUSTER).get("vpcId")
    return [{"Name": "vpc-id", "Values": [str(vpc)]}] if vpc else []


def _interfaces(scope: Scope) -> Iterator[Thing]:
    pages = scope.aws.ec2.get_paginator("describe_network_interfaces").paginate(
        Filters=[{"Name": "status", "Values": ["available"]}, *_inside(scope)]
    )
    for page in pages:
        yield from (_thing(scope, it) for it in page["NetworkInterfaces"] if _is_clusters(scope, it))


def _thing(scope: Scope, interface: NetworkInterfaceTypeDef) -> Thing:
    name = interface["NetworkInterfaceId"]
    return Thing(name=name, id=name, take_away=partial(scope.aws.ec2.delete_network_interface, NetworkInterfaceId=name))


def _is_clusters(scope: Scope, interface: NetworkInterfaceTypeDef) -> bool:
    tags = {tag.get("Key"): tag.get("Value") for tag in interface.get("TagSet", [])}
    return tags.get(_CNI_TAG) == scope.cluster or interface.get("Description") == f"Amazon EKS {scope.cluster}"
