from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain import pacing
from lambdas.domain.issue_table import ISSUES
from lambdas.domain.pacing import Part
from lambdas.domain.paths import CLUSTER
from lambdas.domain.progress import Failed, Ready, Waiting
from tests.unit.steps.refusals import throttled
from tests.unit.steps.stage import CLUSTER_ROLE, NAME, spec
from tests.unit.twin.house import START, SUBNETS

if TYPE_CHECKING:
    from lambdas.domain.pacing import Patience
    from lambdas.domain.progress import Report
    from tests.unit.steps.stage import Stage

WANTED = spec()


def look(stage: Stage) -> Report:
    (report,) = stage.observe(WANTED, Part.CLUSTER)
    return report


def test_it_is_made_with_the_role_of_its_name_in_the_subnets_that_were_found(stage: Stage) -> None:
    stage.ensure(WANTED, Part.CLUSTER)
    ((_, request),) = stage.tape.changes
    assert (request["name"], request["roleArn"]) == (NAME, CLUSTER_ROLE)
    assert request["resourcesVpcConfig"]["subnetIds"] == SUBNETS


def test_the_role_that_the_spec_names_goes_before(stage: Stage) -> None:
    given = "arn:aws:iam::000000000000:role/slipway/cluster"
    stage.ensure(spec(roleArn=given), Part.CLUSTER)
    ((_, request),) = stage.tape.changes
    assert request["roleArn"] == given


@pytest.mark.parametrize(("age", "seconds"), [(0, 450), (100, 350), (445, 11)])
def test_it_is_looked_at_again_when_it_may_be_there(stage: Stage, age: int, seconds: int) -> None:
    stage.ensure(WANTED, Part.CLUSTER)
    stage.wait(age)
    assert look(stage).progress == Waiting("Creating", "CREATING", seconds, 2700)


def test_what_clients_need_is_remembered(active: Stage) -> None:
    report = look(active)
    facts = report.facts
    assert report.progress == Ready()
    assert (facts["status"], facts["version"], facts["vpcId"], facts["subnetIds"]) == (
        "ACTIVE", "1.35", "vpc-1", SUBNETS,
    )  # fmt: skip
    for name in ("arn", "endpoint", "certificateAuthority", "issuer"):
        assert facts[name], name


def test_a_control_plane_that_is_being_made_has_no_endpoint_yet(stage: Stage) -> None:
    stage.ensure(WANTED, Part.CLUSTER)
    facts = look(stage).facts
    assert (facts["endpoint"], facts["certificateAuthority"], facts["status"]) == (None, None, "CREATING")


@pytest.mark.parametrize(
    ("status", "patience"), [("UPDATING", pacing.UPDATE_IN_PROGRESS), ("DELETING", pacing.BEING_DELETED)]
)
def test_what_passes_is_waited_for(active: Stage, status: str, patience: Patience) -> None:
    active.tape.report("DescribeCluster", "cluster", status=status)
    assert look(active).progress == patience.wait(status)


def test_a_cluster_that_eks_has_put_in_a_queue_is_being_made(active: Stage) -> None:
    active.tape.report("DescribeCluster", "cluster", status="PENDING", createdAt=START)
    progress = look(active).progress
    assert isinstance(progress, Waiting)
    assert progress.reason == "Creating"


ISSUE = {"code": "SubnetNotFound", "message": "We couldn't find it", "resourceIds": ["subnet-a"]}


@pytest.mark.parametrize(
    ("health", "code", "cause"),
    [
        ({"issues": [ISSUE]}, "SubnetNotFound", "SubnetNotFound: We couldn't find it (subnet-a)"),
        ({"issues": []}, "Unknown", "EKS reports the status FAILED and no reason."),
        (None, "Unknown", "EKS reports the status FAILED and no reason."),
    ],
)
def test_a_cluster_that_failed_says_why_and_what_to_do(active: Stage, health: Any, code: str, cause: str) -> None:  # noqa: ANN401 -- JSON
    active.tape.report("DescribeCluster", "cluster", status="FAILED", health=health)
    removal = f"Delete what failed with `aws eks delete-cluster --name {NAME}`. "
    meaning = ISSUES[code]
    assert look(active).progress == Failed(code, cause, removal + meaning.words, meaning.disposition)


def test_a_role_that_eks_cannot_see_yet_is_waited_for(stage: Stage) -> None:
    del stage.world.roles[CLUSTER_ROLE]
    (report,) = stage.ensure(WANTED, Part.CLUSTER)
    assert isinstance(report.progress, Waiting)
    assert report.progress.reason == "RoleNotVisible"
    assert report.resource == CLUSTER


def test_the_absence_that_eks_tells_as_a_client_exception_is_absence(stage: Stage) -> None:
    stage.tape.refusals["DescribeCluster"] = (400, "ClientException", f"No cluster found for name: {NAME}.")
    assert look(stage).action is not None


def test_a_look_that_is_throttled_finds_nothing_out(active: Stage) -> None:
    active.tape.refusals["DescribeCluster"] = (429, "ThrottlingException", "Rate exceeded")
    (report,) = active.ensure(WANTED, Part.CLUSTER)
    assert (report.resource, report.action, report.progress) == (
        CLUSTER, None, throttled("DescribeCluster"),
    )  # fmt: skip
    assert active.tape.changes == []
