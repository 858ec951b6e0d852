"""DescribeClusterVersions: one call, which the version that a spec leaves open is taken from, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.domain.preflight.versions import OfferedVersion

if TYPE_CHECKING:
    from lambdas.aws.clients import Aws

_EXTENDED = "EXTENDED_SUPPORT"
_OFFERED = frozenset({"STANDARD_SUPPORT", _EXTENDED})


def offered_versions(aws: Aws) -> tuple[OfferedVersion, ...]:
    """The Kubernetes versions that EKS has support for."""
    pages = aws.eks.get_paginator("describe_cluster_versions").paginate()
    return tuple(
        OfferedVersion(version=entry["clusterVersion"], extended=entry["versionStatus"] == _EXTENDED)
        for page in pages
        for entry in page["clusterVersions"]
        if entry.get("versionStatus") in _OFFERED and entry.get("clusterType", "eks") == "eks"
    )
