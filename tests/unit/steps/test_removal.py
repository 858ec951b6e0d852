"""What holds for the removal of everything that EKS keeps: one look, at most one change, and nobody else's things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.domain import pacing
from lambdas.domain.existing import DELETED
from lambdas.domain.pacing import Part
from lambdas.domain.progress import Failed, Ready, Waiting
from lambdas.steps import addons, cluster, nodegroups
from lambdas.steps.convergence import remove
from lambdas.steps.removal import MOST_TRIES
from tests.unit.steps.refusals import throttled
from tests.unit.steps.stage import NAME, NODE_ROLE, spec
from tests.unit.twin.house import FARGATE_ROLE, SUBNETS

if TYPE_CHECKING:
    from lambdas.domain.progress import Report
    from lambdas.domain.spec import ClusterSpec
    from tests.unit.steps.stage import Stage

    Reports = dict[str, Report]

REMOVALS = {module.CONTRACT.name: module.removals for module in (cluster, nodegroups, addons)}
UNPROTECTED = spec(deletionProtection=False)
AN_HOUR = 3600
PARTS = {
    "cluster": Part.CLUSTER,
    "nodegroups/workers": Part.NODEGROUPS,
    "fargate/batch": Part.NODEGROUPS,
    "addons/coredns": Part.WORKLOAD_ADDONS,
    "addons/kube-proxy": Part.NETWORKING_ADDONS,
}
CALLS = {
    "cluster": "DeleteCluster",
    "nodegroups/workers": "DeleteNodegroup",
    "fargate/batch": "DeleteFargateProfile",
    "addons/coredns": "DeleteAddon",
    "addons/kube-proxy": "DeleteAddon",
}
EACH = pytest.mark.parametrize("path", PARTS)
OF_THE_CLUSTER = pytest.mark.parametrize("path", [path for path in PARTS if path != "cluster"])


class Departure:
    """Looks at what is to go; what they find is remembered."""

    def __init__(self, stage: Stage, wanted: ClusterSpec = UNPROTECTED) -> None:
        self.stage = stage
        self.wanted = wanted
        self.run = "bank-destroy-1-2"
        self.facts: dict[str, object] = {}

    def look(self, part: Part) -> Reports:
        function = {Part.CLUSTER: "cluster", Part.NODEGROUPS: "nodegroups"}.get(part, "addons")
        scope = self.stage.scope(self.wanted, run=self.run, observed=self.facts)
        reports = remove(REMOVALS[function](scope, part))
        self.facts |= {it.resource: dict(it.facts) for it in reports if it.facts}
        return {it.resource: it for it in reports}

    def see(self, path: str) -> Report:
        return self.look(PARTS[path])[path]


@pytest.fixture
def departure(active: Stage) -> Departure:
    return Departure(active)


def make(stage: Stage, path: str, **more: Any) -> None:  # noqa: ANN401 -- members of a creation
    """Something of the cluster, as somebody might have made it by hand, and an empty tape."""
    kind, _, name = path.partition("/")
    eks = stage.aws.eks
    match kind:
        case "nodegroups":
            eks.create_nodegroup(clusterName=NAME, nodegroupName=name, subnets=SUBNETS, nodeRole=NODE_ROLE, **more)
        case "fargate":
            eks.create_fargate_profile(
                clusterName=NAME, fargateProfileName=name, podExecutionRoleArn=FARGATE_ROLE,
                subnets=SUBNETS, selectors=[{"namespace": "batch"}],
            )  # fmt: skip
        case "addons":
            eks.create_addon(clusterName=NAME, addonName=name)
    stage.wait(AN_HOUR)
    stage.tape.calls.clear()


def changes(stage: Stage) -> list[str]:
    return [name for name, _ in stage.tape.changes]


@EACH
def test_it_is_deleted_once_and_then_waited_for(departure: Departure, path: str) -> None:
    make(departure.stage, path)
    first = departure.see(path)
    assert changes(departure.stage) == [CALLS[path]]
    assert first.action is not None
    assert (first.action.verb, first.action.resource) == ("delete", path)
    for _ in range(3):
        assert departure.see(path).progress == pacing.DELETING.wait("DELETING")
    assert changes(departure.stage) == [CALLS[path]]
    departure.stage.wait(AN_HOUR)
    last = departure.see(path)
    assert (last.progress, last.action) == (Ready(), None)
    assert last.facts["status"] == DELETED
    assert departure.see(path).facts["status"] == DELETED
    assert len(changes(departure.stage)) == 1


@EACH
def test_what_was_never_there_is_not_called_deleted(stage: Stage, path: str) -> None:
    departure = Departure(stage)
    found = departure.look(PARTS[path])
    assert all(report.progress == Ready() and not report.facts for report in found.values())
    assert changes(stage) == []


@OF_THE_CLUSTER
def test_what_went_with_the_cluster_is_noted(stage: Stage, path: str) -> None:
    departure = Departure(stage)
    departure.facts = {path: {"status": "ACTIVE"}}
    for _ in range(3):
        assert departure.see(path).progress == pacing.NOT_THERE_YET.wait(f"EKS knows no such {path}")
    assert departure.see(path).progress == Ready()
    assert departure.facts == {path: {"status": DELETED}}
    departure.facts = {path: {"status": DELETED, "earlier": True}}
    departure.see(path)
    assert departure.facts == {path: {"status": DELETED, "earlier": True}}, "which was not the deletion's doing"
    departure.facts = {"cluster": {"status": "DELETING", "vpcId": "vpc-1"}, path: {"status": "DELETE_FAILED"}}
    departure.see("cluster")
    assert departure.facts == {"cluster": {"status": DELETED, "vpcId": "vpc-1"}, path: {"status": DELETED}}


def test_a_cluster_that_stood_is_believed_to_be_gone_after_four_looks(stage: Stage) -> None:
    departure = Departure(stage)
    departure.facts = {"cluster": {"status": "ACTIVE", "vpcId": "vpc-1"}}
    doubts = [departure.see("cluster").progress for _ in range(3)]
    assert doubts == [pacing.NOT_THERE_YET.wait("EKS knows no such cluster")] * 3
    assert departure.see("cluster").progress == Ready()
    assert departure.facts == {"cluster": {"status": DELETED, "vpcId": "vpc-1"}}


def test_a_cluster_that_eks_denies_for_a_moment_is_deleted_all_the_same(departure: Departure) -> None:
    departure.see("cluster")
    departure.facts["cluster"] = {"status": "ACTIVE"}
    departure.stage.tape.calls.clear()
    departure.stage.tape.refusals["DescribeCluster"] = (404, "ResourceNotFoundException", "No cluster found")
    assert isinstance(departure.see("cluster").progress, Waiting)
    departure.stage.tape.refusals.clear()
    departure.see("cluster")
    facts = departure.facts["cluster"]
    assert isinstance(facts, dict)
    assert "denied" not in facts
    assert departure.see("cluster").progress == pacing.DELETING.wait("DELETING")


@EACH
def test_somebody_elses_cluster_is_left_with_all_that_it_has(stage: Stage, path: str) -> None:
    stage.cluster(tags={"slipway/cluster": "bench"})
    make(stage, path, **({"tags": {"slipway/cluster": NAME}} if path.startswith("nodegroups") else {}))
    before, departure = stage.twin.inventory(), Departure(stage)
    departure.facts = {path: {"status": "ACTIVE"}}
    report = departure.see(path)
    assert (report.progress, report.action) == (Ready(), None)
    assert "slipway/cluster" in str(report.facts["left"])
    assert stage.twin.inventory() == before
    assert changes(stage) == []


@EACH
def test_a_lost_answer_means_another_look(departure: Departure, path: str) -> None:
    make(departure.stage, path)
    departure.stage.tape.lost.add(CALLS[path])
    assert departure.see(path).progress == pacing.SERVICE_TROUBLE.wait(
        'No answer came back: Read timeout on endpoint URL: "eks"'
    )
    departure.stage.tape.lost.clear()
    assert departure.see(path).progress == pacing.DELETING.wait("DELETING")


@EACH
def test_what_nobody_expected_is_raised(departure: Departure, path: str) -> None:
    make(departure.stage, path)
    departure.stage.tape.refusals[CALLS[path]] = (400, "TeapotException", "short and stout")
    with pytest.raises(ClientError, match="short and stout"):
        departure.see(path)


@pytest.mark.parametrize("path", ["cluster", "nodegroups/workers", "fargate/batch"])
def test_what_still_uses_it_is_waited_for(departure: Departure, path: str) -> None:
    make(departure.stage, path)
    departure.stage.tape.refusals[CALLS[path]] = (409, "ResourceInUseException", "something is attached")
    progress = departure.see(path).progress
    assert isinstance(progress, Waiting)
    assert progress.reason == pacing.STILL_IN_USE.reason
    assert progress.overdue is not None
    assert "something is attached" in progress.overdue.cause
    assert "delete the cluster again" in progress.overdue.remedy


@OF_THE_CLUSTER
@pytest.mark.parametrize("call", ["DescribeCluster", "List"])
def test_a_list_that_fails_is_asked_for_again(departure: Departure, path: str, call: str) -> None:
    make(departure.stage, path)
    kinds = {"nodegroups": "ListNodegroups", "fargate": "ListFargateProfiles", "addons": "ListAddons"}
    listing = kinds[path.partition("/")[0]] if call == "List" else call
    departure.facts = {path: {"status": "ACTIVE"}}
    departure.stage.tape.refusals[listing] = (429, "ThrottlingException", "slowly")
    assert departure.see(path).progress == throttled(listing)
    departure.facts = {}
    assert {it.progress for it in departure.look(PARTS[path]).values()} >= {throttled(listing)}
    assert changes(departure.stage) == []


@pytest.mark.parametrize(
    ("path", "status", "wait"),
    [
        ("cluster", "CREATING", pacing.STILL_CREATING),
        ("cluster", "UPDATING", pacing.UPDATE_IN_PROGRESS),
        ("nodegroups/workers", "CREATING", pacing.STILL_CREATING),
        ("nodegroups/workers", "UPDATING", pacing.UPDATE_IN_PROGRESS),
        ("fargate/batch", "CREATING", pacing.STILL_CREATING),
    ],
)
def test_what_changes_is_let_come_to_rest(departure: Departure, path: str, status: str, wait: pacing.Patience) -> None:
    make(departure.stage, path)
    members = {"cluster": "cluster", "nodegroups": "nodegroup", "fargate": "fargateProfile"}
    member = members[path.partition("/")[0]]
    departure.stage.tape.report(f"Describe{member[0].upper()}{member[1:]}", member, status=status)
    assert departure.see(path).progress == wait.wait(status)
    assert changes(departure.stage) == []


def test_a_node_group_whose_nodes_are_replaced_is_let_finish_however_long_that_takes(departure: Departure) -> None:
    path = "nodegroups/workers"
    make(departure.stage, path)
    update = {"id": "1", "run": "r", "key": "k", "operation": "update_nodegroup_version", "number": 1, "times": 1}
    departure.facts = {path: {"status": "ACTIVE", "update": update}}
    departure.stage.tape.report("DescribeNodegroup", "nodegroup", status="UPDATING")
    for _ in range(2):
        assert departure.see(path).progress == pacing.NODES_ROLLING.wait("UPDATING")
    assert changes(departure.stage) == []


# -- node groups and Fargate profiles


@pytest.mark.parametrize("status", ["ACTIVE", "DEGRADED", "CREATE_FAILED", "DELETE_FAILED"])
def test_a_node_group_at_rest_goes(departure: Departure, status: str) -> None:
    make(departure.stage, "nodegroups/workers")
    departure.stage.tape.report("DescribeNodegroup", "nodegroup", status=status)
    departure.see("nodegroups/workers")
    assert changes(departure.stage) == ["DeleteNodegroup"]


def test_what_eks_fails_to_delete_is_tried_again_and_then_named(departure: Departure) -> None:
    make(departure.stage, "nodegroups/workers")
    issue = {"code": "Ec2SecurityGroupDeletionFailure", "message": "has a dependent object"}
    failed_so = {"status": "DELETE_FAILED", "health": {"issues": [issue]}}
    for status in ("DELETE_FAILED", "DELETING") * MOST_TRIES + ("DELETE_FAILED",):
        departure.stage.tape.report("DescribeNodegroup", "nodegroup", **failed_so | {"status": status})
        report = departure.see("nodegroups/workers")
        if isinstance(report.progress, Failed):
            break
        assert report.progress == pacing.DELETING.wait("DELETING")
    failed = departure.see("nodegroups/workers").progress
    assert isinstance(failed, Failed)
    assert failed.error == "Ec2SecurityGroupDeletionFailure"
    assert changes(departure.stage) == ["DeleteNodegroup"] * MOST_TRIES
    departure.run = "bank-destroy-1-3"
    assert departure.see("nodegroups/workers").progress == pacing.DELETING.wait("DELETING")


def test_node_groups_go_side_by_side_whoever_made_them(departure: Departure) -> None:
    for name in ("workers", "by-hand"):
        make(departure.stage, f"nodegroups/{name}")
    departure.look(Part.NODEGROUPS)
    assert changes(departure.stage) == ["DeleteNodegroup"] * 2


def test_fargate_profiles_go_one_by_one(departure: Departure) -> None:
    names = ["a", "b", "c"]
    for name in names:
        make(departure.stage, f"fargate/{name}")
    for count, _ in enumerate(names, start=1):
        for _ in range(2):
            departure.look(Part.NODEGROUPS)
        assert changes(departure.stage) == ["DeleteFargateProfile"] * count
        departure.stage.wait(AN_HOUR)
    assert {it.progress for it in departure.look(Part.NODEGROUPS).values()} == {Ready()}


# -- add-ons


def test_the_network_plugin_goes_last(departure: Departure) -> None:
    for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent"):
        make(departure.stage, f"addons/{name}")
    first = departure.look(Part.NETWORKING_ADDONS)
    assert first["addons/vpc-cni"].progress == pacing.AFTER_OTHERS.wait("the other add-ons go first")
    assert [said["addonName"] for _, said in departure.stage.tape.changes] == ["eks-pod-identity-agent", "kube-proxy"]
    departure.stage.wait(AN_HOUR)
    departure.look(Part.NETWORKING_ADDONS)
    assert departure.stage.tape.changes[-1][1]["addonName"] == "vpc-cni"


def test_each_part_has_its_own_add_ons(departure: Departure) -> None:
    for name in ("vpc-cni", "coredns"):
        make(departure.stage, f"addons/{name}")
    assert list(departure.look(Part.WORKLOAD_ADDONS)) == ["addons/coredns"]
    assert list(departure.look(Part.NETWORKING_ADDONS)) == ["addons/vpc-cni"]


@pytest.mark.parametrize("error", ["InvalidParameterException", "AccessDeniedException"])
def test_an_add_on_that_may_not_be_deleted_goes_with_the_cluster(departure: Departure, error: str) -> None:
    make(departure.stage, "addons/coredns")
    departure.stage.tape.refusals["DeleteAddon"] = (400, error, "no")
    assert departure.see("addons/coredns").progress == Ready()


def test_an_add_on_that_failed_to_go_goes_with_the_cluster(departure: Departure) -> None:
    make(departure.stage, "addons/coredns")
    departure.stage.tape.report("DescribeAddon", "addon", status="DELETE_FAILED")
    assert departure.see("addons/coredns").progress == Ready()
    assert changes(departure.stage) == []


@pytest.mark.parametrize(("seconds", "waits"), [(590, True), (610, False)])
def test_an_add_on_is_waited_for_so_long_and_no_longer(departure: Departure, seconds: int, *, waits: bool) -> None:
    make(departure.stage, "addons/coredns")
    departure.stage.tape.refusals["DeleteAddon"] = (409, "ResourceInUseException", "an operation is in progress")
    departure.see("addons/coredns")
    departure.stage.wait(seconds)
    assert isinstance(departure.see("addons/coredns").progress, Waiting) is waits


# -- the control plane


def test_protection_goes_first_if_the_spec_no_longer_wants_it(stage: Stage) -> None:
    stage.cluster(deletionProtection=True)
    departure = Departure(stage)
    report = departure.see("cluster")
    assert report.action is not None
    assert report.action.verb == "update"
    assert changes(stage) == ["UpdateClusterConfig"]
    stage.wait(AN_HOUR)
    departure.see("cluster")
    assert changes(stage) == ["UpdateClusterConfig", "DeleteCluster"]
    stage.wait(AN_HOUR)
    assert departure.see("cluster").progress == Ready()


def test_protection_that_the_spec_wants_keeps_the_cluster(stage: Stage) -> None:
    stage.cluster(deletionProtection=True)
    failed = Departure(stage, spec(deletionProtection=True)).see("cluster").progress
    assert isinstance(failed, Failed)
    assert failed.error == "DeletionProtected"
    assert "deletionProtection: false" in failed.remedy
    assert changes(stage) == []


def test_a_cluster_that_failed_is_not_protected(stage: Stage) -> None:
    stage.cluster(deletionProtection=True)
    stage.tape.report("DescribeCluster", "cluster", status="FAILED")
    stage.tape.refusals["DeleteCluster"] = (409, "ResourceInUseException", "no")
    report = Departure(stage).see("cluster")
    assert report.action is not None
    assert report.action.verb == "delete"


@pytest.mark.parametrize("enabled", [True, False])
def test_what_tells_its_leftovers_outlives_it(stage: Stage, *, enabled: bool) -> None:
    stage.cluster(logging={"clusterLogging": [{"types": ["api"], "enabled": enabled}]})
    departure = Departure(stage)
    departure.see("cluster")
    stage.wait(AN_HOUR)
    facts = departure.see("cluster").facts
    assert facts.keys() == {"status", "arn", "vpcId", "logged", "issuer", "createdAt"}
    assert facts["logged"] is enabled
