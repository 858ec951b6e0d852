from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.domain import pacing
from lambdas.domain.dispositions import Disposition
from lambdas.domain.issue_table import ISSUES
from lambdas.domain.pacing import PACES, Pace, Part
from lambdas.domain.progress import Failed, Ready, Waiting, Word, word
from lambdas.domain.spec import Nodegroup
from tests.unit.steps.stage import NAME, NODE_ROLE, RUN, spec
from tests.unit.twin.house import SUBNETS

if TYPE_CHECKING:
    from lambdas.domain.pacing import Patience
    from lambdas.domain.progress import Progress, Report
    from tests.unit.steps.stage import Stage

WANTED = spec(nodes=2)


@pytest.fixture
def working(active: Stage) -> Stage:
    """A cluster on which nodes can become ready."""
    active.aws.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    active.tape.calls.clear()
    return active


@pytest.fixture
def there(working: Stage) -> Stage:
    """Two nodes, all well."""
    working.ensure(WANTED, Part.NODEGROUPS)
    working.wait(300)
    return working


def look(stage: Stage) -> Report:
    (report,) = stage.observe(WANTED, Part.NODEGROUPS)
    return report


def progress_when(stage: Stage, status: str, **more: object) -> Progress:
    stage.tape.report("DescribeNodegroup", "nodegroup", status=status, **more)
    return look(stage).progress


def test_it_is_made_with_the_role_of_its_cluster_in_the_subnets_that_were_found(working: Stage) -> None:
    working.ensure(WANTED, Part.NODEGROUPS)
    ((_, request),) = working.tape.changes
    assert (request["nodeRole"], request["subnets"]) == (NODE_ROLE, SUBNETS)
    assert request["scalingConfig"] == {"minSize": 0, "maxSize": 5, "desiredSize": 2}


def test_every_group_is_asked_for_in_one_look_and_one_failure_keeps_nobody_back(active: Stage) -> None:
    groups = tuple(
        Nodegroup(nodegroupName=name, nodeRole=role)
        for name, role in (("a", None), ("b", "arn:aws:iam::000000000000:role/distrusted"), ("c", None))
    )
    reports = active.ensure(spec(nodegroups=groups), Part.NODEGROUPS)
    assert [word(report.progress) for report in reports] == [Word.WAITING, Word.FAILED, Word.WAITING]
    assert [request["nodegroupName"] for _, request in active.tape.changes] == ["a", "b", "c"]


@pytest.mark.parametrize(("nodes", "pace"), [(0, pacing.EMPTY_NODEGROUP), (1, PACES[Part.NODEGROUPS])])
def test_an_empty_group_is_looked_at_sooner(active: Stage, nodes: int, pace: Pace) -> None:
    (report,) = active.ensure(spec(nodes=nodes), Part.NODEGROUPS)
    assert isinstance(report.progress, Waiting)
    assert report.progress.retry_after_seconds == pace.first


def test_ready_means_that_all_instances_are_in_service(there: Stage) -> None:
    report = look(there)
    assert report.progress == Ready()
    assert (report.facts["status"], report.facts["inService"]) == ("ACTIVE", 2)
    assert report.facts["scalingConfig"] == {"minSize": 0, "maxSize": 5, "desiredSize": 2}


def test_active_alone_is_not_ready(there: Stage) -> None:
    def one_is_pending(parsed: dict[str, list[dict[str, list[dict[str, str]]]]]) -> None:
        parsed["AutoScalingGroups"][0]["Instances"][0]["LifecycleState"] = "Pending"

    there.tape.edits["DescribeAutoScalingGroups"] = one_is_pending
    assert look(there).progress == pacing.INSTANCES_STARTING.wait("1 of 2 instances are in service")
    assert look(there).facts["inService"] == 1


def test_no_auto_scaling_group_means_no_instance(there: Stage) -> None:
    progress = progress_when(there, "ACTIVE", resources={})
    assert isinstance(progress, Waiting)
    assert progress.detail == "0 of 2 instances are in service"


def test_what_is_being_made_says_how_far_it_is(working: Stage) -> None:
    working.ensure(WANTED, Part.NODEGROUPS)
    working.wait(30)
    pace, detail = PACES[Part.NODEGROUPS], "CREATING, 0 of 2 instances are in service"
    assert look(working).progress == Waiting("Creating", detail, pace.first - 30, pace.budget)


@pytest.mark.parametrize(
    ("status", "patience"), [("UPDATING", pacing.UPDATE_IN_PROGRESS), ("DELETING", pacing.BEING_DELETED)]
)
def test_what_passes_is_waited_for(there: Stage, status: str, patience: Patience) -> None:
    assert progress_when(there, status) == patience.wait(status)


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED", "DEGRADED"])
@pytest.mark.parametrize("code", ["NodeCreationFailure", "Ec2SubnetNotFound", "OfTomorrow"])
def test_a_broken_group_says_why_and_what_to_do(there: Stage, status: str, code: str) -> None:
    issue = {"code": code, "message": "Well.", "resourceIds": ["i-1", "i-2"]}
    progress = progress_when(there, status, health={"issues": [issue]})
    meaning = ISSUES.get(code, ISSUES["Unknown"])
    assert progress == Failed(code, f"{code}: Well. (i-1, i-2)", meaning.words, meaning.disposition)


@pytest.mark.parametrize("code", ["InternalFailure", "AutoScalingGroupInstanceRefreshActive"])
def test_a_degraded_group_whose_trouble_passes_is_waited_for(there: Stage, code: str) -> None:
    progress = progress_when(there, "DEGRADED", health={"issues": [{"code": code, "message": "Well."}]})
    failed = Failed(code, f"{code}: Well.", ISSUES[code].words, Disposition.PAGE)
    assert progress == pacing.NODEGROUP_UNHEALTHY.wait(f"DEGRADED, {code}: Well.", failed)


def test_nodes_that_never_join_fail_by_eks_own_word(active: Stage) -> None:
    active.ensure(WANTED, Part.NODEGROUPS)
    active.wait(1200)
    progress = look(active).progress
    assert isinstance(progress, Failed)
    assert progress.error == "NodeCreationFailure"


def broken_by(stage: Stage, *codes: str, made_by: str = RUN) -> None:
    issues = [{"code": code, "message": "Well."} for code in codes]
    tags = {"slipway/cluster": NAME, "slipway/run": made_by}
    stage.tape.report("DescribeNodegroup", "nodegroup", status="CREATE_FAILED", health={"issues": issues}, tags=tags)


@pytest.mark.parametrize(
    ("codes", "made_by", "again"),
    [
        pytest.param(["InternalFailure"], RUN, True, id="AWS stumbled"),
        pytest.param(["InternalFailure", "IamThrottling"], RUN, True, id="AWS stumbled twice"),
        pytest.param(["InternalFailure", "NodeCreationFailure"], RUN, False, id="and something else is wrong"),
        pytest.param(["NodeCreationFailure"], RUN, False, id="nothing that passes by itself"),
        pytest.param([], RUN, False, id="nobody knows why"),
        pytest.param(["NodeCreationFailure"], "bank-provision-1-0", True, id="a person asked again"),
    ],
)
def test_a_group_that_could_not_be_made_makes_room_for_a_new_one(
    there: Stage,
    codes: list[str],
    made_by: str,
    again: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    broken_by(there, *codes, made_by=made_by)
    there.tape.calls.clear()
    (report,) = there.ensure(WANTED, Part.NODEGROUPS)
    assert [name for name, _ in there.tape.changes] == ["DeleteNodegroup"] * again
    assert isinstance(report.progress, Waiting if again else Failed)


def test_nobody_tries_for_ever(there: Stage) -> None:
    broken_by(there, "InternalFailure")
    there.tape.calls.clear()
    (report,) = there.ensure(WANTED, Part.NODEGROUPS, observed={"nodegroups/workers": {"remade": 3}})
    assert isinstance(report.progress, Failed)
    assert there.tape.changes == []


@pytest.mark.parametrize("status", ["DEGRADED", "DELETE_FAILED"])
def test_only_a_group_that_never_was_is_deleted(there: Stage, status: str) -> None:
    broken_by(there, "InternalFailure", made_by="bank-provision-1-0")
    there.tape.report("DescribeNodegroup", "nodegroup", status=status, tags={"slipway/cluster": NAME})
    (report,) = there.observe(WANTED, Part.NODEGROUPS)
    assert report.action is None


def test_the_same_spec_again_mends_a_group_whose_nodes_never_joined(active: Stage) -> None:
    """The remedy says to mend what is wrong and to send the same spec again."""
    active.ensure(WANTED, Part.NODEGROUPS)
    active.wait(1200)
    active.aws.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    observed: dict[str, object] = {"nodegroups/workers": look(active).facts}
    ends = []
    for _ in ("deleted", "gone", "made", "there"):
        (report,) = active.ensure(WANTED, Part.NODEGROUPS, run="bank-provision-1-2", observed=observed)
        observed[report.resource] = report.facts
        ends.append((report.action.verb if report.action else None, report.progress == Ready()))
        active.wait(600)
    assert ends == [("delete", False), ("create", False), (None, True), (None, True)]
    assert look(active).progress == Ready()
