"""DescribeSubnets, DescribeSecurityGroups and, where nothing was found, DescribeVpcs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lambdas.domain.preflight.network import (
    chosen_errors,
    given_errors,
    named_subnets,
    nodegroup_errors,
    security_group_errors,
    vpcs_of,
)
from lambdas.steps.network import choice, described

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lambdas.aws.clients import Aws
    from lambdas.domain.placement import Subnet
    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.refusal import FieldError
    from lambdas.domain.spec import ClusterSpec
    from lambdas.steps.preflight.asking import Question


def questions(spec: ClusterSpec, _: Sent) -> Iterator[Question]:
    """One for everything that must lie in the cluster's VPC, unless that is yet to be made."""
    if not (spec.vpc and spec.vpc.create):
        yield partial(_errors, spec)


def _errors(spec: ClusterSpec, aws: Aws) -> Iterator[FieldError]:
    named = _named(aws, named_subnets(spec))
    given = spec.resourcesVpcConfig.subnetIds
    if given:
        vpcs = vpcs_of(named[subnet] for subnet in given if subnet in named)
        yield from given_errors(spec, named)
    else:
        there = described(aws, [choice(spec)])
        vpcs = vpcs_of(there)
        yield from chosen_errors(spec, there, vpc_exists=bool(there) or _vpc_exists(aws, spec))
    yield from nodegroup_errors(spec, named, vpcs)
    yield from security_group_errors(spec, _vpc_by_group(aws, spec.resourcesVpcConfig.securityGroupIds), vpcs)


def _named(aws: Aws, ids: Sequence[str]) -> dict[str, Subnet]:
    there = described(aws, [{"Name": "subnet-id", "Values": list(ids)}]) if ids else []
    return {subnet.id: subnet for subnet in there}


def _vpc_exists(aws: Aws, spec: ClusterSpec) -> bool:
    if spec.vpc and spec.vpc.vpcId:
        found = aws.ec2.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [spec.vpc.vpcId]}])
    else:
        found = aws.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])
    return bool(found["Vpcs"])


def _vpc_by_group(aws: Aws, ids: Sequence[str]) -> dict[str, str]:
    if not ids:
        return {}
    found = aws.ec2.describe_security_groups(Filters=[{"Name": "group-id", "Values": list(ids)}])
    return {group["GroupId"]: group.get("VpcId", "") for group in found["SecurityGroups"]}
