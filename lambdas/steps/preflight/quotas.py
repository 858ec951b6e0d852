"""ListClusters, and GetServiceQuota for each quota that the spec could exceed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lambdas.aws.errors import CALL_ERRORS
from lambdas.domain.preflight.quotas import (
    CLUSTERS,
    NODEGROUPS,
    NODES,
    SERVICE,
    Quota,
    cluster_errors,
    node_errors,
    nodegroup_errors,
)
from lambdas.steps.preflight.asking import unasked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.aws.clients import Aws
    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.refusal import FieldError
    from lambdas.domain.spec import ClusterSpec
    from lambdas.steps.preflight.asking import Question


def questions(spec: ClusterSpec, _: Sent) -> Iterator[Question]:
    """One for each quota."""
    yield partial(_cluster_errors, spec)
    if spec.nodegroups:
        yield lambda aws: nodegroup_errors(spec, _limit(aws, NODEGROUPS))
        yield lambda aws: node_errors(spec, _limit(aws, NODES))


def _cluster_errors(spec: ClusterSpec, aws: Aws) -> Iterator[FieldError]:
    pages = aws.eks.get_paginator("list_clusters").paginate()
    names = {name for page in pages for name in page["clusters"]}
    return cluster_errors(spec, names, _limit(aws, CLUSTERS))


def _limit(aws: Aws, quota: Quota) -> int:
    """What the account has, or AWS's default where Service Quotas does not say: EKS itself has the last word."""
    try:
        answer = aws.quotas.get_service_quota(ServiceCode=SERVICE, QuotaCode=quota.code)
    except CALL_ERRORS as error:
        unasked(error)
        return quota.default
    return int(answer["Quota"].get("Value", quota.default))
