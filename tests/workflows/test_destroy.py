"""Deletion: what goes, what stays, what the run says of both, and who comes first."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from lambdas.domain.calendar import State
from lambdas.domain.existing import LOOKED_FOR
from lambdas.domain.names import OWNER_TAG, RoleKind, role_name
from lambdas.domain.pacing import Part
from lambdas.domain.runs import SUPERSEDED, RunStatus
from lambdas.domain.spec import Nodegroup
from lambdas.steps.deletion import Protected
from lambdas.steps.intake import NameUnknown
from lambdas.steps.starting import BeingDeleted
from tests.house import REGION
from tests.workflows.attempts import A_WHILE
from tests.workflows.bank import HOURS
from tests.workflows.demolition import inventory

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.interpreter import Invoke
    from tests.workflows.demolition import Site

NODES = {"nodegroups/services", "nodegroups/batch", "roles/node", "addons/coredns"}
WENT = {
    "bare": {"cluster", "addons/vpc-cni"},
    "all sorts": {"cluster", "roles/cluster"} | NODES,
    "network": {"cluster", "roles/cluster", "network/vpc"},
    "everything": {"cluster", "roles/cluster", "network/vpc"} | NODES,
}
"""Some of what the receipt names."""

# -- what goes


@pytest.mark.parametrize("kind", WENT)
def test_nothing_is_left_of_a_cluster(site: Site, kind: str) -> None:
    site.build(kind)
    assert inventory(site.home) != site.before
    run = site.demolish()
    site.assert_bare(run)
    assert "cluster" in run.receipt.deleted
    assert run.receipt.left == ()


def test_the_receipt_names_what_went(site: Site) -> None:
    site.build()
    receipt = site.demolish().receipt
    assert {
        "cluster", "roles/cluster", "roles/node", "nodegroups/services", "nodegroups/batch", "addons/vpc-cni",
    } <= set(receipt.deleted)  # fmt: skip
    kind, detail = site.home.hearing.heard[-1]
    assert (kind, tuple(detail["deleted"]), detail["left"]) == ("ClusterDeleted", receipt.deleted, [])


def test_the_receipt_says_what_was_looked_for_in_vain(site: Site) -> None:
    site.build("network")
    run = site.demolish()
    assert run.receipt.lookedFor == tuple(kind for kinds in LOOKED_FOR.values() for kind in kinds)


def test_what_was_not_made_for_the_cluster_is_not_looked_for(site: Site) -> None:
    site.build("bare")
    assert not set(site.demolish().receipt.lookedFor) & set(LOOKED_FOR[Part.NETWORK])


def test_what_comes_after_all_was_cleared_up_is_found_by_the_last_look(site: Site) -> None:
    site.build("bare")
    logs = boto3.client("logs", region_name=REGION)
    late: list[str] = []

    def invoke(function: str, event: dict[str, Any]) -> dict[str, object]:
        if event["verb"] == "confirm" and not late:
            late.append(f"/aws/eks/{site.name}/cluster")
            logs.create_log_group(logGroupName=late[0])
        return site.home.invoke(function, event)

    run = site.demolish(invoke=invoke)
    assert late
    site.assert_bare(run)
    assert "log group" in run.receipt.lookedFor


def test_node_groups_added_by_hand_are_the_clusters(site: Site) -> None:
    site.build()
    eks = site.home.around.aws.eks
    like = eks.describe_nodegroup(clusterName=site.name, nodegroupName="services")["nodegroup"]
    eks.create_nodegroup(
        clusterName=site.name, nodegroupName="by-hand", subnets=like["subnets"], nodeRole=like["nodeRole"]
    )
    run = site.demolish()
    site.assert_bare(run)
    assert "nodegroups/by-hand" in run.receipt.deleted


WITHIN = {"loadBalancers", "targetGroups", "securityGroups", "volumes", "oidcProvider"}
"""The kinds of what a cluster's controllers make, in a receipt."""


def test_what_services_and_claims_left_goes_and_others_stay(site: Site) -> None:
    site.build()
    site.work_within()
    run = site.demolish()
    site.assert_bare(run)
    assert {name.partition("/")[0] for name in run.receipt.deleted} >= WITHIN
    assert run.receipt.left == ()


def test_an_update_that_is_in_progress_ends_first(site: Site) -> None:
    site.build()
    eks = site.home.around.aws.eks
    update = eks.update_cluster_config(
        name=site.name, logging={"clusterLogging": [{"types": ["api"], "enabled": False}]}
    )["update"]["id"]
    eks.update_nodegroup_config(
        clusterName=site.name, nodegroupName="services", labels={"addOrUpdateLabels": {"a": "b"}}
    )
    assert eks.describe_update(name=site.name, updateId=update)["update"]["status"] == "InProgress"
    site.assert_bare(site.demolish())


@pytest.mark.parametrize("within", [True, False])
def test_the_cluster_may_be_gone_already(site: Site, *, within: bool) -> None:
    site.build()
    if within:
        site.work_within()
    eks = site.home.around.aws.eks
    for group in eks.list_nodegroups(clusterName=site.name)["nodegroups"]:
        eks.delete_nodegroup(clusterName=site.name, nodegroupName=group)
    site.home.clock.advance(A_WHILE)
    eks.delete_cluster(name=site.name)
    site.home.clock.advance(A_WHILE)
    site.assert_bare(site.demolish())


@pytest.mark.parametrize("kind", RoleKind)
def test_a_role_may_be_gone_already(site: Site, kind: RoleKind) -> None:
    site.build()
    _take_role_away(site, kind)
    site.assert_bare(site.demolish())


def test_a_first_run_that_never_began_leaves_nothing_to_do(site: Site) -> None:
    site.home.accept(site.spec())
    site.clockwork.settle(stop=lambda _: True)
    site.assert_bare(site.demolish())


def test_the_schedules_of_a_sleeping_cluster_go(site: Site) -> None:
    site.build()
    site.clockwork.plan(site.name, HOURS)
    site.clockwork.settle()
    site.clockwork.hold(site.name, State.ASLEEP)
    site.clockwork.settle()
    assert site.clockwork.schedules()
    site.assert_bare(site.demolish())


# -- what stays


def test_what_is_not_ours_is_left_and_said(site: Site) -> None:
    site.build()
    name = _take_role_away(site, RoleKind.NODE)
    iam = site.home.around.aws.iam
    iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    site.before = {**site.before, **{it: said for it, said in inventory(site.home).items() if it[1].endswith(name)}}
    run = site.demolish()
    site.assert_bare(run)
    assert [it.resource for it in run.receipt.left] == ["roles/node"]
    assert OWNER_TAG in run.receipt.left[0].why
    iam.delete_role(RoleName=name)


def test_what_somebody_protects_or_uses_is_left_and_said(site: Site) -> None:
    """A load balancer with deletion protection, a volume in use, and an OIDC provider that another tool made."""
    site.build()
    known = inventory(site.home)
    site.work_within()
    site.protect_what_is_within()
    run = site.demolish()
    site.before = {**site.before, **{key: it for key, it in inventory(site.home).items() if key not in known}}
    site.assert_bare(run)
    left = {it.resource.partition("/")[0]: it.why for it in run.receipt.left}
    assert left.keys() == WITHIN
    assert "deletion protection" in left["loadBalancers"]
    assert "in-use" in left["volumes"]
    assert OWNER_TAG in left["oidcProvider"]


def test_a_protected_cluster_stays(site: Site) -> None:
    site.home.accept(replace(site.spec(), deletionProtection=True))
    with pytest.raises(Protected):
        site.home.delete(site.name)
    site.clockwork.settle()
    with pytest.raises(Protected):
        site.home.delete(site.name)
    site.home.replace(site.spec())
    site.clockwork.settle()
    site.assert_bare(site.demolish())


# -- again and again


def test_what_was_deleted_is_unknown(site: Site) -> None:
    site.build("bare")
    site.demolish()
    with pytest.raises(NameUnknown):
        site.home.delete(site.name)
    with pytest.raises(NameUnknown):
        site.home.replace(site.spec())


def test_a_name_is_used_again_as_the_next_generation(site: Site) -> None:
    for generation in (1, 2):
        record, run = site.home.accept(site.spec())
        site.clockwork.settle()
        site.assert_ended(run, RunStatus.SUCCEEDED)
        assert (record.generation, run.id) == (generation, f"{site.name}-provision-{generation}-1")
        gone = site.demolish()
        assert gone.id == f"{site.name}-destroy-{generation}-2"
        site.assert_bare(gone)


@pytest.mark.parametrize("transitions", range(1, 71, 10))
def test_a_run_stopped_at_any_moment_is_finished_by_the_next(site: Site, transitions: int) -> None:
    site.build()
    site.demolish(stop=lambda states: len(states) == transitions)
    if site.home.around.registry.cluster(site.name) is not None:
        site.assert_bare(site.demolish())
    assert inventory(site.home) == site.before


def test_asked_again_it_is_the_same_run(site: Site) -> None:
    site.build("bare")
    _, run = site.home.delete(site.name)
    assert site.home.delete(site.name)[1].id == run.id
    site.clockwork.settle()
    site.assert_bare(site.home.run(run.id))


def test_whoever_accepts_it_may_die(site: Site) -> None:
    site.build("bare")
    with site.clockwork.nobody_starts():
        _, run = site.home.delete(site.name)
    site.clockwork.sweep()
    site.clockwork.settle()
    site.assert_bare(site.home.run(run.id))


# -- who comes first


def test_a_run_at_work_makes_way(site: Site) -> None:
    _, provision = site.home.accept(site.spec())
    asked = _at_call(site, 12, lambda: site.home.delete(site.name))
    site.clockwork.settle(invoke=asked)
    run = site.home.run(f"{site.name}-destroy-1-2")
    stopped = site.home.run(provision.id).error
    assert stopped is not None
    assert (stopped.code, stopped.cause) == (SUPERSEDED.code, SUPERSEDED.cause)
    assert site.clockwork.executions[provision.id].states[-1] == "Run makes way"
    assert site.clockwork.executions[provision.id].status == "SUCCEEDED"
    site.assert_bare(run)


def test_a_run_that_scales_makes_way_and_what_waits_for_it_ends(site: Site) -> None:
    site.build()
    with site.clockwork.nobody_starts():
        site.clockwork.hold(site.name, State.ASLEEP)
    scale = site.clockwork.record(site.name).run
    spec = site.spec()
    _, queued = site.home.replace(replace(spec, nodegroups=(*spec.nodegroups, Nodegroup(nodegroupName="more"))))
    waiting = queued.id
    _, run = site.home.delete(site.name)
    assert site.home.run(waiting).error == SUPERSEDED
    site.clockwork.settle()
    assert site.home.run(scale).status is RunStatus.FAILED
    assert site.clockwork.executions[scale].states[-1] == "Run makes way"
    site.assert_bare(site.home.run(run.id))


def test_nothing_else_is_taken_in_of_what_goes(site: Site) -> None:
    site.build("bare")
    site.home.delete(site.name)
    for ask in (
        lambda: site.home.accept(site.spec()),
        lambda: site.home.replace(site.spec("all sorts")),
        lambda: site.clockwork.plan(site.name, HOURS),
        lambda: site.clockwork.hold(site.name, State.ASLEEP),
    ):
        with pytest.raises(BeingDeleted):
            ask()
    fired = site.clockwork.fire(site.name)
    site.clockwork.settle()
    assert site.clockwork.executions[fired].states[-1] == "Nothing to do"
    assert site.home.around.registry.cluster(site.name) is None


def test_a_deletion_that_ended_badly_may_be_taken_back(site: Site) -> None:
    site.build()
    site.clockwork.plan(site.name, HOURS)
    site.clockwork.settle()
    _, run = site.home.delete(site.name)
    site.clockwork.settle(stop=lambda states: states[-1] == "Remove workload add-ons")
    site.clockwork.sweep()
    assert site.home.run(run.id).status is RunStatus.FAILED
    assert site.clockwork.record(site.name).lease is None
    with pytest.raises(BeingDeleted):
        site.clockwork.hold(site.name, State.ASLEEP)
    _, again = site.home.accept(site.spec())
    site.clockwork.settle()
    site.assert_ended(again, RunStatus.SUCCEEDED)
    groups = site.home.around.aws.eks.list_nodegroups(clusterName=site.name)["nodegroups"]
    assert sorted(groups) == ["batch", "services"]
    site.assert_bare(site.demolish())


def _at_call(site: Site, number: int, do: Callable[[], object]) -> Invoke:
    """Calls functions as they are, and does something else before one of the calls."""
    calls = count(1)

    def invoke(function: str, event: dict[str, Any]) -> dict[str, object]:
        if next(calls) == number:
            do()
        return site.home.invoke(function, event)

    return invoke


def _take_role_away(site: Site, kind: RoleKind) -> str:
    iam, name = site.home.around.aws.iam, role_name(site.name, kind)
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    for profile in iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]:
        iam.remove_role_from_instance_profile(InstanceProfileName=profile["InstanceProfileName"], RoleName=name)
        iam.delete_instance_profile(InstanceProfileName=profile["InstanceProfileName"])
    iam.delete_role(RoleName=name)
    return name
