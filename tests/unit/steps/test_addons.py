from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.domain import pacing
from lambdas.domain.issues import REMEDIES
from lambdas.domain.pacing import FIRST_NODE, Part
from lambdas.domain.progress import Failed, Ready, Waiting
from lambdas.domain.spec import DEFAULT_ADDON_NAMES, Addon
from lambdas.steps.first_node import first_node
from tests.unit.steps.stage import NAME, RUN, spec

if TYPE_CHECKING:
    from lambdas.domain.pacing import Patience
    from lambdas.domain.progress import Progress
    from lambdas.domain.spec import ClusterSpec
    from tests.unit.steps.stage import Stage

NETWORKING, WORKLOAD = Part.NETWORKING_ADDONS, Part.WORKLOAD_ADDONS
NO_NODES, NODES = spec(nodes=0), spec(nodes=1)
CONFLICT = {"issues": [{"code": "ConfigurationConflict", "message": "Conflicts found", "resourceIds": []}]}


def installed(stage: Stage) -> list[str]:
    return [request["addonName"] for name, request in stage.tape.changes if name == "CreateAddon"]


def coredns(stage: Stage, status: str, wanted: ClusterSpec = NO_NODES, **more: object) -> Progress:
    stage.tape.report("DescribeAddon", "addon", status=status, **more)
    (report,) = stage.observe(wanted, WORKLOAD)
    return report.progress


def made_by(run: str) -> dict[str, str]:
    return {"slipway/cluster": NAME, "slipway/run": run}


@pytest.fixture
def there(active: Stage) -> Stage:
    """A cluster without nodes that has CoreDNS."""
    active.ensure(NO_NODES, WORKLOAD)
    active.wait(60)
    return active


def test_each_add_on_is_in_one_of_the_two_parts(active: Stage) -> None:
    wanted = spec(addons=tuple(Addon(addonName=name) for name in (*DEFAULT_ADDON_NAMES, "metrics-server")))
    by_part = [[report.resource for report in active.observe(wanted, part)] for part in (NETWORKING, WORKLOAD)]
    assert [sorted(names) for names in by_part] == [
        ["addons/eks-pod-identity-agent", "addons/kube-proxy", "addons/vpc-cni"],
        ["addons/coredns", "addons/metrics-server"],
    ]


def test_add_ons_that_need_no_node_are_all_asked_for_at_once(active: Stage) -> None:
    active.ensure(NODES, NETWORKING)
    assert sorted(installed(active)) == ["eks-pod-identity-agent", "kube-proxy", "vpc-cni"]
    active.wait(60)
    assert {report.progress for report in active.ensure(NODES, NETWORKING)} == {Ready()}


def test_the_version_is_the_one_that_eks_calls_default(active: Stage) -> None:
    active.ensure(NO_NODES, WORKLOAD)
    offered = active.aws.eks.describe_addon_versions(addonName="coredns", kubernetesVersion="1.35")["addons"]
    default = [
        version["addonVersion"]
        for addon in offered
        for version in addon["addonVersions"]
        if version["compatibilities"][0]["defaultVersion"]
    ]
    assert [request["addonVersion"] for _, request in active.tape.changes] == default


def test_the_version_of_the_spec_goes_before(active: Stage) -> None:
    offered = active.aws.eks.describe_addon_versions(addonName="coredns", kubernetesVersion="1.35")["addons"]
    oldest = offered[0]["addonVersions"][-1]["addonVersion"]
    active.tape.calls.clear()
    active.ensure(spec(addons=(Addon(addonName="coredns", addonVersion=oldest),)), WORKLOAD)
    assert active.tape.changes[0][1]["addonVersion"] == oldest
    assert "DescribeAddonVersions" not in [name for name, _ in active.tape.calls]


def test_an_add_on_that_eks_does_not_offer_fails_with_a_remedy(active: Stage) -> None:
    active.tape.edits["DescribeAddonVersions"] = lambda parsed: parsed.update(addons=[])
    (report,) = active.ensure(NO_NODES, WORKLOAD)
    assert isinstance(report.progress, Failed)
    assert report.progress.error == "AddonNotOffered"
    assert "addonVersion" in report.progress.remedy
    assert installed(active) == []


# -- the first node


def test_what_runs_on_nodes_waits_for_the_first_one(active: Stage) -> None:
    active.ensure(NODES, NETWORKING)
    (before,) = active.ensure(NODES, WORKLOAD)
    active.ensure(NODES, Part.NODEGROUPS)
    active.wait(30)
    (during,) = active.ensure(NODES, WORKLOAD)
    assert [before.progress, during.progress] == [
        Waiting("WaitingForNode", "no node has joined yet", FIRST_NODE.first, FIRST_NODE.budget),
        Waiting("WaitingForNode", "no node has joined yet", FIRST_NODE.first - 30, FIRST_NODE.budget),
    ]
    assert "coredns" not in installed(active)
    active.wait(300)
    active.ensure(NODES, WORKLOAD)
    assert "coredns" in installed(active)


@pytest.mark.parametrize("wanted", [NO_NODES, spec()], ids=["groups of none", "no groups"])
def test_with_no_nodes_wanted_it_waits_for_nobody(active: Stage, wanted: ClusterSpec) -> None:
    active.ensure(wanted, WORKLOAD)
    assert installed(active) == ["coredns"]


def test_without_any_hope_of_a_node_it_fails(active: Stage) -> None:
    active.ensure(NODES, Part.NODEGROUPS)
    active.wait(1200)
    (report,) = active.ensure(NODES, WORKLOAD)
    assert isinstance(report.progress, Failed)
    assert report.progress.error == "NoNode"
    assert installed(active) == []


def test_a_group_that_the_run_gave_up_is_not_waited_for(active: Stage) -> None:
    scope = active.scope(NODES, failed=frozenset({"nodegroups/workers"}))
    assert isinstance(first_node(scope), Failed)
    assert isinstance(first_node(active.scope(NODES)), Waiting)


# -- health


@pytest.mark.parametrize(
    ("status", "patience"), [("UPDATING", pacing.UPDATE_IN_PROGRESS), ("DELETING", pacing.BEING_DELETED)]
)
def test_what_passes_is_waited_for(there: Stage, status: str, patience: Patience) -> None:
    assert coredns(there, status, NODES) == patience.wait(status)


@pytest.mark.parametrize("status", ["CREATING", "DEGRADED", "UPDATING"])
def test_with_no_nodes_wanted_nothing_but_nodes_is_lacking(there: Stage, status: str) -> None:
    assert coredns(there, status) == Ready()
    assert isinstance(coredns(there, status, NODES), Waiting)


def test_degraded_with_nodes_says_what_ails_it(there: Stage) -> None:
    issue = {"code": "InsufficientNumberOfReplicas", "message": "The add-on is unhealthy"}
    progress = coredns(there, "DEGRADED", NODES, health={"issues": [issue]})
    assert isinstance(progress, Waiting)
    assert "InsufficientNumberOfReplicas: The add-on is unhealthy" in progress.detail
    assert progress.overdue is not None
    assert progress.overdue.error == "InsufficientNumberOfReplicas"


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED"])
def test_a_broken_add_on_says_why_and_what_to_do(there: Stage, status: str) -> None:
    assert coredns(there, status, health=CONFLICT, tags=made_by(RUN)) == Failed(
        "ConfigurationConflict", "ConfigurationConflict: Conflicts found", REMEDIES["ConfigurationConflict"]
    )


@pytest.mark.parametrize(("run", "deletions"), [(RUN, 0), ("bank-provision-1-0", 1)])
def test_one_that_could_not_be_made_makes_room_for_a_new_one_when_asked_again(
    there: Stage, run: str, deletions: int
) -> None:
    there.tape.calls.clear()
    there.tape.report("DescribeAddon", "addon", status="CREATE_FAILED", health=CONFLICT, tags=made_by(run))
    there.ensure(NO_NODES, WORKLOAD)
    assert [name for name, _ in there.tape.changes] == ["DeleteAddon"] * deletions


def test_status_and_version_are_remembered(there: Stage) -> None:
    there.tape.report("DescribeAddon", "addon", status="ACTIVE", addonVersion="v9")
    (report,) = there.observe(NO_NODES, WORKLOAD)
    chosen = {"version": "v9", "for": "1.35"}
    assert report.facts == {"status": "ACTIVE", "version": "v9", "chosen": chosen}
    assert there.aws.eks.list_addons(clusterName=NAME)["addons"] == ["coredns"]
