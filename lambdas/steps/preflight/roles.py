"""GetRole, ListAttachedRolePolicies and, where those leave a doubt, ListRolePolicies: once for each role."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from lambdas.aws.errors import api_error, found
from lambdas.domain.preflight.roles import (
    Purpose,
    Role,
    RoleUse,
    absent,
    lacking,
    made_roles,
    shared_roles,
    trust_errors,
    uses,
    without_policies,
)
from lambdas.steps.preflight.asking import unless_denied

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_iam.type_defs import GetRoleResponseTypeDef

    from lambdas.aws.clients import Aws
    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.refusal import FieldError
    from lambdas.domain.spec import ClusterSpec
    from lambdas.steps.preflight.asking import Question

_NOT_GRANTED: Final = "no identity-based policy allows"
"""How IAM says that our policies do not name the resource, not that anything forbids it:
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""

_WITH_POLICIES: Final = frozenset({Purpose.CLUSTER, Purpose.NODE})


def questions(spec: ClusterSpec, sent: Sent) -> Iterator[Question]:
    """One for each role, however often the spec names it."""
    by_arn: defaultdict[str, list[RoleUse]] = defaultdict(list)
    for use in uses(spec, sent):
        by_arn[use.arn].append(use)
    yield lambda _: shared_roles(spec)
    yield lambda _: made_roles(spec)
    for arn, its_uses in by_arn.items():
        yield partial(_errors, spec, arn, its_uses)


def _errors(spec: ClusterSpec, arn: str, its_uses: Sequence[RoleUse], aws: Aws) -> list[FieldError]:
    return unless_denied(lambda: list(_found_errors(spec, arn, its_uses, aws)), otherwise=[])


def _found_errors(spec: ClusterSpec, arn: str, its_uses: Sequence[RoleUse], aws: Aws) -> Iterator[FieldError]:
    answer = _role(aws, arn.rpartition("/")[2])
    if answer is None or answer["Role"]["Arn"] != arn:
        yield from map(absent, its_uses)
        return
    with_policies = any(use.purpose in _WITH_POLICIES for use in its_uses)
    role = Role(
        arn=arn,
        trust=answer["Role"].get("AssumeRolePolicyDocument"),
        attached=_attached(aws, answer["Role"]["RoleName"]) if with_policies else frozenset(),
    )
    for use in its_uses:
        distrust = tuple(trust_errors(use, role))
        yield from distrust
        missing = () if distrust else lacking(use, role, spec)
        if missing and not _inline(aws, answer["Role"]["RoleName"]):
            yield without_policies(use, missing)


def _role(aws: Aws, name: str) -> GetRoleResponseTypeDef | None:
    """The role of a name; None if there is none.

    Asked about a name that nobody has, or that a role of another path has, IAM judges by an ARN other than the one
    that the spec names and our policies allow: it then denies for want of a policy.
    """
    try:
        return found(lambda: aws.iam.get_role(RoleName=name))
    except ClientError as error:
        if _NOT_GRANTED in api_error(error).message:
            return None
        raise


def _inline(aws: Aws, name: str) -> list[str]:
    return aws.iam.list_role_policies(RoleName=name)["PolicyNames"]


def _attached(aws: Aws, name: str) -> frozenset[str]:
    policies = aws.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return frozenset(policy["PolicyArn"] for policy in policies)
