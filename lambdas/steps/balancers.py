"""Load balancers that services in a cluster have made, with their target groups and security groups.

They go once the cluster is gone. Before that the controllers that made them may make them anew (the cloud controller
runs in EKS's own control plane, until its very end), and the rules of the cluster security group, which name theirs,
would hold those.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from lambdas.domain.frozen import dataclass
from lambdas.domain.leavings import (
    BY_EKS,
    CONTROLLER_TAG,
    OWNED,
    SERVICE_TAG,
    balancing_kept,
    cluster_tag,
    concerns,
    security_group_kept,
)
from lambdas.domain.paths import CLUSTER, LOAD_BALANCERS, SECURITY_GROUPS, TARGET_GROUPS
from lambdas.steps.contract import Permission
from lambdas.steps.things import Thing, of_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_ec2.type_defs import FilterTypeDef, SecurityGroupTypeDef

    from lambdas.aws.balancing import TargetGroup
    from lambdas.steps.convergence import Removable
    from lambdas.steps.scope import Scope

_MOST_TAGGED: Final = 20
"""Of so many things at once Elastic Load Balancing tells the tags."""

_PROTECTION: Final = "deletion_protection.enabled"
_NO_NARROWER: Final = "Elastic Load Balancing's Describe actions know no narrower resource."
_TAGGED: Final = "AWS chooses the ids; a condition on the controllers' tags says which things are meant."
_BALANCING: Final = "arn:{partition}:elasticloadbalancing:{region}:{account}:"
_GROUPS: Final = ("arn:{partition}:ec2:{region}:{account}:security-group/*",)
_DELETE: Final = ("elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteTargetGroup")

PERMISSIONS: Final = (
    Permission(
        actions=(
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTags",
            "ec2:DescribeSecurityGroups",
        ),
        resources=("*",),
        why_wildcard=_NO_NARROWER,
    ),
    *(
        Permission(
            actions=_DELETE,
            resources=(f"{_BALANCING}loadbalancer/*", f"{_BALANCING}targetgroup/*"),
            conditions={"Null": {f"aws:ResourceTag/{tag}": "false"}},
            why_wildcard=_TAGGED,
        )
        for tag in (CONTROLLER_TAG, SERVICE_TAG)
    ),
    Permission(
        actions=("ec2:DeleteSecurityGroup",),
        resources=_GROUPS,
        conditions={"StringLike": {"aws:ResourceTag/Name": f"{BY_EKS}*"}},
        why_wildcard="EC2 chooses the ids; a condition says that EKS made them.",
    ),
    Permission(
        actions=("ec2:DeleteSecurityGroup",),
        resources=_GROUPS,
        conditions={"Null": {f"aws:ResourceTag/{CONTROLLER_TAG}": "false"}},
        why_wildcard=_TAGGED,
    ),
    Permission(
        actions=("ec2:DeleteSecurityGroup",),
        resources=_GROUPS,
        conditions={"Null": {"aws:ResourceTag/Name": "true"}},
        why_wildcard="The cloud controller's groups bear one tag, whose key has the cluster's name in it: IAM can only "
        "be told that they have no Name. EC2 deletes none that is in use.",
    ),
)


def removals(scope: Scope) -> Iterator[Removable]:
    """The load balancers, the target groups that they used, and the security groups that they wore."""
    seen = Seen(scope)
    yield from of_list(scope, LOAD_BALANCERS, seen.load_balancers)
    yield from of_list(scope, TARGET_GROUPS, seen.target_groups)
    yield from of_list(scope, SECURITY_GROUPS, seen.security_groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancer:
    """A load balancer. ``id`` is its ARN, or the name of a classic one; ``tags`` say whether the cluster is meant."""

    name: str
    id: str
    tags: Mapping[str, str]
    kept: str
    security_groups: frozenset[str]
    take_away: Callable[[], object]


class Seen:
    """What one look finds: load balancers are asked for once, as the others depend on whether those go."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        vpc = scope.facts(CLUSTER).get("vpcId")
        self._vpc = str(vpc) if vpc else None

    @cached_property
    def balancers(self) -> list[Balancer]:
        """All load balancers in the cluster's VPC, whosever they are."""
        return [*self._current(), *self._classic()]

    def load_balancers(self) -> list[Thing]:
        """Those whose tags name the cluster. Their listeners go with them."""
        return [
            Thing(name=it.name, id=it.id, take_away=it.take_away, kept=it.kept)
            for it in self.balancers
            if concerns(self.scope.cluster, it.tags)
        ]

    def target_groups(self) -> list[Thing]:
        """Those whose tags name the cluster."""
        client = self.scope.aws.balancing
        pages = client.get_paginator("describe_target_groups").paginate()
        there = {
            it["TargetGroupArn"]: it for page in pages for it in page["TargetGroups"] if self._here(it.get("VpcId"))
        }
        return [
            self._target_group(it, tags)
            for arn, tags in self._tags(list(there))
            if concerns(self.scope.cluster, tags)
            for it in [there[arn]]
        ]

    def security_groups(self) -> list[Thing]:
        """Those whose tags name the cluster: EKS's own too, which it leaves where an interface holds it."""
        name = self.scope.cluster
        marks = {cluster_tag(name): OWNED, CONTROLLER_TAG: name}
        found = [it for key, value in marks.items() for it in self._security_groups(key, value)]
        return [self._security_group(it) for it in {it["GroupId"]: it for it in found}.values()]

    # -- load balancers

    def _current(self) -> Iterator[Balancer]:
        client = self.scope.aws.balancing
        pages = client.get_paginator("describe_load_balancers").paginate()
        there = {
            it["LoadBalancerArn"]: it for page in pages for it in page["LoadBalancers"] if self._here(it.get("VpcId"))
        }
        for arn, tags in self._tags(list(there)):
            yield Balancer(
                name=f"{there[arn]['Type']}/{there[arn]['LoadBalancerName']}",
                id=arn,
                tags=tags,
                kept=self._kept(tags) or self._protected(arn),
                security_groups=frozenset(there[arn].get("SecurityGroups", ())),
                take_away=partial(client.delete_load_balancer, LoadBalancerArn=arn),
            )

    def _classic(self) -> Iterator[Balancer]:
        client = self.scope.aws.classic_balancing
        pages = client.get_paginator("describe_load_balancers").paginate()
        found = [it for page in pages for it in page["LoadBalancerDescriptions"] if self._here(it.get("VPCId"))]
        there = {it["LoadBalancerName"]: it for it in found}
        for names in _batches(list(there)):
            for described in client.describe_tags(LoadBalancerNames=names)["TagDescriptions"]:
                name, tags = described["LoadBalancerName"], _as_mapping(described["Tags"])
                yield Balancer(
                    name=f"classic/{name}",
                    id=name,
                    tags=tags,
                    kept=self._kept(tags),
                    security_groups=frozenset(there[name].get("SecurityGroups", ())),
                    take_away=partial(client.delete_load_balancer, LoadBalancerName=name),
                )

    def _kept(self, tags: Mapping[str, str]) -> str:
        return balancing_kept(self.scope.cluster, tags)

    def _protected(self, arn: str) -> str:
        attributes = self.scope.aws.balancing.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        protected = any(it["Key"] == _PROTECTION and it["Value"] == "true" for it in attributes)
        return "It has deletion protection of its own." if protected else ""

    def _tags(self, arns: Sequence[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
        for some in _batches(arns):
            for described in self.scope.aws.balancing.describe_tags(ResourceArns=some)["TagDescriptions"]:
                yield described["ResourceArn"], _as_mapping(described["Tags"])

    def _here(self, vpc: str | None) -> bool:
        """Whether something lies in the cluster's own VPC, if a look has told which one that was."""
        return self._vpc is None or vpc == self._vpc

    # -- what hangs on them

    def _target_group(self, group: TargetGroup, tags: Mapping[str, str]) -> Thing:
        arn, served = group["TargetGroupArn"], set(group["LoadBalancerArns"])
        kept, after = self._held(it for it in self.balancers if it.id in served)
        return Thing(
            name=group["TargetGroupName"],
            id=arn,
            kept=self._kept(tags) or kept,
            after=after,
            take_away=partial(self.scope.aws.balancing.delete_target_group, TargetGroupArn=arn),
        )

    def _held(self, users: Iterable[Balancer]) -> tuple[str, str]:
        """Why something stays that load balancers use, and what it has to wait for."""
        using = list(users)
        staying = next((it.name for it in using if it.kept), None)
        return (
            f"The load balancer {staying} uses it, which stays." if staying else "",
            "its load balancer goes first" if using else "",
        )

    def _security_groups(self, key: str, value: str) -> Iterator[SecurityGroupTypeDef]:
        filters: list[FilterTypeDef] = [{"Name": f"tag:{key}", "Values": [value]}]
        if self._vpc:
            filters.append({"Name": "vpc-id", "Values": [self._vpc]})
        for page in self.scope.aws.ec2.get_paginator("describe_security_groups").paginate(Filters=filters):
            yield from page["SecurityGroups"]

    def _security_group(self, group: SecurityGroupTypeDef) -> Thing:
        identifier, name = group["GroupId"], group["GroupName"]
        kept, after = self._held(it for it in self.balancers if identifier in it.security_groups)
        return Thing(
            name=identifier,
            id=identifier,
            kept=security_group_kept(self.scope.cluster, name, _as_mapping(group.get("Tags", ()))) or kept,
            after=after,
            take_away=partial(self.scope.aws.ec2.delete_security_group, GroupId=identifier),
        )


def _batches(names: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _MOST_TAGGED):
        yield list(names[start : start + _MOST_TAGGED])


def _as_mapping(tags: Iterable[Mapping[str, object]]) -> dict[str, str]:
    return {str(tag.get("Key", "")): str(tag.get("Value", "")) for tag in tags}
