"""What bears Slipway's tag and belongs to no cluster that it knows: told of once, and never touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import CALL_ERRORS, found
from lambdas.domain.calendar import instant_text
from lambdas.domain.events import orphan_found
from lambdas.domain.names import OWNER_TAG, PATH
from lambdas.steps.contract import ANY_NAME, LEDGER, SLIPWAY_ROLES, WRITING, Permission, StepContract, eks
from lambdas.steps.events import PUBLISHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mypy_boto3_ec2.type_defs import FilterTypeDef, TagTypeDef

    from lambdas.aws.clients import Aws
    from lambdas.aws.registry import Registry
    from lambdas.domain.names import Home
    from lambdas.steps.events import Announcer

    Tagged = Iterator[tuple[str, str]]
    """Resources by ARN, each with the cluster that its tag names."""

RECENT: Final = timedelta(hours=1)
"""How long after a cluster's deletion lists may still show what went with it: the next look is soon enough."""

_TAGGED: Final[FilterTypeDef] = {"Name": "tag-key", "Values": [OWNER_TAG]}
_LISTS: Final = "Lists know no narrower resource."

CONTRACT: Final = StepContract(
    name="orphans",
    purpose="Looks for what bears Slipway's tag and belongs to no cluster that it knows",
    parts=(),
    permissions=(
        LEDGER,
        WRITING,
        PUBLISHING,
        Permission(
            actions=("eks:ListClusters", "iam:ListRoles", "ec2:DescribeVpcs", "ec2:DescribeAddresses"),
            resources=("*",),
            why_wildcard=_LISTS,
        ),
        Permission(actions=("eks:DescribeCluster",), resources=(eks("cluster/*"),), why_wildcard=ANY_NAME),
        Permission(
            actions=("iam:ListRoleTags",),
            resources=(SLIPWAY_ROLES,),
            why_wildcard="Roles are made at run time, all of them below one path.",
        ),
    ),
    timeout_seconds=300,  # a call for each role, some hundredths of a second
)


@dataclass(slots=True)
class Found:
    """What a look has found: every orphan, those that are told of for the first time, and what could not be listed."""

    orphans: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    trouble: dict[str, str] = field(default_factory=dict)


class LookTroubled(Exception):  # noqa: N818 -- what was found stays found
    """Something could not be listed. ``args[0]`` says what and why."""


def look_for_orphans(aws: Aws, home: Home, announcer: Announcer) -> Found:
    """Go through what costs money or holds a name: clusters, roles, VPCs and addresses."""
    seen = Found()
    is_unknown = cache(_Unknown(announcer.registry, announcer.clock()))
    for kind, tagged in _kinds(aws, home).items():
        try:
            for arn, owner in tagged():
                if is_unknown(owner):
                    _tell(seen, announcer, arn, owner)
        except CALL_ERRORS as error:
            seen.trouble[kind] = str(error)
    return seen


def _tell(seen: Found, announcer: Announcer, arn: str, owner: str) -> None:
    seen.orphans.append(arn)
    if announcer.tell(orphan_found(owner, instant_text(announcer.clock()), arn)):
        seen.told.append(arn)


@dataclass(frozen=True, slots=True)
class _Unknown:
    """Whether the registry knows no cluster of a name, and has not just forgotten it.

    To be asked after AWS: a cluster is written down before anything of it is made.
    """

    registry: Registry
    now: datetime

    def __call__(self, cluster: str) -> bool:
        if self.registry.cluster(cluster) is not None:
            return False
        buried = self.registry.tombstone(cluster)
        return buried is None or datetime.fromisoformat(buried.deleted_at) < self.now - RECENT


def _kinds(aws: Aws, home: Home) -> Mapping[str, Callable[[], Tagged]]:
    return {
        "clusters": lambda: _clusters(aws),
        "roles": lambda: _roles(aws),
        "VPCs": lambda: _vpcs(aws, home),
        "addresses": lambda: _addresses(aws, home),
    }


def _clusters(aws: Aws) -> Tagged:
    for page in aws.eks.get_paginator("list_clusters").paginate():
        for name in page["clusters"]:
            answer = found(lambda name=name: aws.eks.describe_cluster(name=name))  # type: ignore[misc] # binds the name
            if answer:
                yield from _owned(answer["cluster"]["arn"], answer["cluster"].get("tags", {}))


def _roles(aws: Aws) -> Tagged:
    for page in aws.iam.get_paginator("list_roles").paginate(PathPrefix=PATH):
        for role in page["Roles"]:
            answer = found(lambda name=role["RoleName"]: aws.iam.list_role_tags(RoleName=name))  # type: ignore[misc] # so
            yield from _owned(role["Arn"], {tag["Key"]: tag["Value"] for tag in answer["Tags"]} if answer else {})


def _vpcs(aws: Aws, home: Home) -> Tagged:
    for page in aws.ec2.get_paginator("describe_vpcs").paginate(Filters=[_TAGGED]):
        for vpc in page["Vpcs"]:
            yield from _owned(_ec2_arn(home, f"vpc/{vpc['VpcId']}"), _tags(vpc["Tags"]))


def _addresses(aws: Aws, home: Home) -> Tagged:
    for address in aws.ec2.describe_addresses(Filters=[_TAGGED])["Addresses"]:
        yield from _owned(_ec2_arn(home, f"elastic-ip/{address['AllocationId']}"), _tags(address["Tags"]))


def _owned(arn: str, tags: Mapping[str, str]) -> Tagged:
    """The resource with the cluster that it belongs to; nothing where no tag says so."""
    if owner := tags.get(OWNER_TAG):
        yield arn, owner


def _tags(tags: Sequence[TagTypeDef]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _ec2_arn(home: Home, resource: str) -> str:
    return f"arn:{home.partition}:ec2:{home.region}:{home.account}:{resource}"
