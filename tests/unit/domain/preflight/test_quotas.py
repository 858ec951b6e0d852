from __future__ import annotations

import re

import pytest

from lambdas.domain.preflight.quotas import (
    CLUSTERS,
    NODEGROUPS,
    NODES,
    Quota,
    cluster_errors,
    node_errors,
    nodegroup_errors,
)
from lambdas.domain.spec import ClusterSpec, Nodegroup, ScalingConfig
from sandbox.twin.quotas import Quotas
from tests.unit.domain.preflight.judging import pointers

BANK = ClusterSpec(name="bank")


def sized(*sizes: int) -> ClusterSpec:
    groups = (
        Nodegroup(nodegroupName=f"g{size}", scalingConfig=ScalingConfig(minSize=0, maxSize=size, desiredSize=0))
        for size in sizes
    )
    return ClusterSpec(name="bank", nodegroups=tuple(groups))


@pytest.mark.parametrize(
    ("clusters", "limit", "places"),
    [([], 1, []), (["a"], 2, []), (["a", "b"], 2, [""]), (["a", "b", "c"], 2, [""]), (["a", "bank"], 2, [])],
)
def test_a_region_has_room_for_so_many_clusters(clusters: list[str], limit: int, places: list[str]) -> None:
    assert pointers(cluster_errors(BANK, clusters, limit)) == places


@pytest.mark.parametrize(("limit", "places"), [(2, []), (1, ["/nodegroups"])])
def test_a_cluster_has_so_many_node_groups(limit: int, places: list[str]) -> None:
    assert pointers(nodegroup_errors(sized(1, 2), limit)) == places


def test_a_node_group_grows_no_larger_than_the_quota() -> None:
    assert pointers(node_errors(sized(450, 451, 1), 450)) == ["/nodegroups/1/scalingConfig/maxSize"]


@pytest.mark.parametrize(
    ("quota", "error"),
    [
        (CLUSTERS, next(iter(cluster_errors(BANK, ["a"], 1)))),
        (NODEGROUPS, next(iter(nodegroup_errors(sized(1), 0)))),
        (NODES, next(iter(node_errors(sized(2), 1)))),
    ],
)
def test_a_refusal_names_the_quota_and_how_to_raise_it(quota: Quota, error: object) -> None:
    assert f"EKS quota {quota.code}, {quota.name}" in str(error)
    assert f"--service-code eks --quota-code {quota.code}" in str(error)
    assert re.fullmatch("L-[0-9A-F]{8}", quota.code)


def test_the_defaults_are_those_of_the_account_in_the_sandbox() -> None:
    assert Quotas(clusters=CLUSTERS.default, nodegroups=NODEGROUPS.default, nodes=NODES.default) == Quotas()
