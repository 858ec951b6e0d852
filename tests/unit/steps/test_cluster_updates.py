"""A control plane that is changed in place: one update at a time, followed by its id."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.pacing import Part
from lambdas.domain.paths import CLUSTER
from lambdas.domain.progress import Failed, Ready, Waiting
from lambdas.domain.spec import Logging, LogSetup, UpgradePolicy, VpcConfig
from tests.unit.steps.stage import NAME, spec

if TYPE_CHECKING:
    from lambdas.domain.progress import Report
    from lambdas.domain.spec import ClusterSpec
    from tests.unit.steps.stage import Stage

WANTED = spec()
AUDITED = replace(WANTED, logging=Logging(clusterLogging=(LogSetup(types=("audit",)),)))
OPEN = VpcConfig(endpointPublicAccess=True, publicAccessCidrs=("203.0.113.0/24",))
SEVERAL = replace(
    AUDITED, resourcesVpcConfig=OPEN, upgradePolicy=UpgradePolicy(supportType="EXTENDED"), tags={"a": "b"}
)
ANOTHER_RUN = "bank-provision-2-1"
Facts = dict[str, object]


def step(stage: Stage, wanted: ClusterSpec, facts: Facts, **more: Any) -> Report:  # noqa: ANN401 -- scope's own
    """One look, of which the facts are remembered."""
    (report,) = stage.ensure(wanted, Part.CLUSTER, observed=facts, **more)
    facts[CLUSTER] = dict(report.facts)
    return report


def settle(stage: Stage, wanted: ClusterSpec, facts: Facts, **more: Any) -> Report:  # noqa: ANN401 -- scope's own
    """Looks until the step no longer waits."""
    report = step(stage, wanted, facts, **more)
    for _ in range(60):
        if not isinstance(report.progress, Waiting):
            return report
        stage.wait(report.progress.retry_after_seconds)
        report = step(stage, wanted, facts, **more)
    raise AssertionError(report)


def asked(stage: Stage) -> list[str]:
    return [operation for operation, _ in stage.tape.changes]


def test_every_kind_is_asked_for_by_itself_and_in_its_turn(active: Stage) -> None:
    before = active.aws.eks.describe_cluster(name=NAME)["cluster"]
    report = settle(active, SEVERAL, {})
    assert (report.progress, report.action, report.ahead) == (Ready(), None, ())
    assert asked(active) == [*["UpdateClusterConfig"] * 3, "TagResource"]
    cluster = active.aws.eks.describe_cluster(name=NAME)["cluster"]
    assert cluster["resourcesVpcConfig"]["publicAccessCidrs"] == ["203.0.113.0/24"]
    assert [it["types"] for it in cluster["logging"]["clusterLogging"] if it["enabled"]] == [["audit"]]
    assert (cluster["upgradePolicy"]["supportType"], cluster["tags"]["a"]) == ("EXTENDED", "b")
    changed = {"resourcesVpcConfig", "logging", "upgradePolicy", "tags"}
    rest = before.keys() - changed
    assert {name: cluster[name] for name in rest} == {name: before[name] for name in rest}  # type: ignore[literal-required]


def test_a_plan_names_them_all_in_their_order_with_what_differs(active: Stage) -> None:
    (report,) = active.observe(SEVERAL, Part.CLUSTER)
    assert report.action is not None
    actions = (report.action, *report.ahead)
    assert [it.differences[0].field for it in actions] == [
        "resourcesVpcConfig.endpointPublicAccess", "logging.clusterLogging", "upgradePolicy", "tags.a",
    ]  # fmt: skip
    assert all(it.verb == "update" and it.consequence.startswith("in place: ") for it in actions)
    assert active.tape.changes == []


def test_what_the_spec_wants_no_more_goes_and_others_tags_stay(active: Stage) -> None:
    facts: Facts = {}
    settle(active, replace(WANTED, tags={"team": "a"}), facts)
    arn = active.aws.eks.describe_cluster(name=NAME)["cluster"]["arn"]
    active.aws.eks.tag_resource(resourceArn=arn, tags={"cost": "42"})
    assert settle(active, WANTED, facts).progress == Ready()
    tags = active.aws.eks.describe_cluster(name=NAME)["cluster"]["tags"]
    assert ("team" in tags, tags["cost"]) == (False, "42")


def test_a_second_look_finds_nothing(active: Stage) -> None:
    facts: Facts = {}
    settle(active, SEVERAL, facts)
    active.tape.calls.clear()
    assert settle(active, SEVERAL, facts).progress == Ready()
    assert active.tape.changes == []


def test_an_answer_that_was_lost_is_answered_again_by_the_same_update(active: Stage) -> None:
    """The function died between the call and its report: nothing is known of the update."""
    step(active, AUDITED, {})
    ((_, first),) = active.tape.changes
    (again,) = active.ensure(AUDITED, Part.CLUSTER)
    assert isinstance(again.progress, Waiting)
    assert len(active.aws.eks.list_updates(name=NAME)["updateIds"]) == 1
    assert settle(active, AUDITED, {}).progress == Ready()
    assert {call["clientRequestToken"] for _, call in active.tape.changes} == {first["clientRequestToken"]}


def test_the_same_content_later_in_a_run_is_another_update(active: Stage) -> None:
    """There and back and there again: EKS would replay the first answer to the first token."""
    facts: Facts = {}
    for wanted in (AUDITED, WANTED, AUDITED):
        assert settle(active, wanted, facts).progress == Ready()
    tokens = [call["clientRequestToken"] for _, call in active.tape.changes]
    assert len(set(tokens)) == len(tokens) == 3


def test_an_update_that_fails_fails_the_run_with_its_code_and_the_next_run_tries_again(active: Stage) -> None:
    cluster = active.aws.eks.describe_cluster(name=NAME)["cluster"]
    active.tape.report("DescribeCluster", "cluster", logging=cluster["logging"])
    error = {"errorCode": "IpNotAvailable", "errorMessage": "no free addresses"}
    active.tape.report("DescribeUpdate", "update", status="Failed", errors=[error])
    facts: Facts = {}
    report = settle(active, AUDITED, facts)
    assert isinstance(report.progress, Failed)
    assert (report.progress.error, "no free addresses" in report.progress.cause) == ("IpNotAvailable", True)
    assert report.ahead[0].differences[0].field == "logging.clusterLogging"
    assert step(active, AUDITED, facts).progress == report.progress
    assert len(active.tape.changes) == 1
    (again,) = active.observe(AUDITED, Part.CLUSTER, observed=facts, run=ANOTHER_RUN)
    assert again.action is not None
    assert again.action.differences == report.ahead[0].differences


def test_what_somebody_changes_back_is_not_changed_for_ever(active: Stage) -> None:
    facts: Facts = {}
    for _ in range(4):
        assert settle(active, AUDITED, facts).progress == Ready()
        active.twin.intervene(lambda core: core.cluster(NAME).settings.update(logging={"clusterLogging": []}))
    report = settle(active, AUDITED, facts)
    assert isinstance(report.progress, Failed)
    assert (report.progress.error, "logging.clusterLogging" in report.progress.cause) == ("ChangedOutside", True)


def test_somebody_elses_update_is_waited_for(active: Stage) -> None:
    active.aws.eks.update_cluster_config(name=NAME, zonalShiftConfig={"enabled": True})
    report = step(active, AUDITED, {})
    assert isinstance(report.progress, Waiting)
    assert report.progress.reason == "UpdateInProgress"
    assert len(active.aws.eks.list_updates(name=NAME)["updateIds"]) == 1
    assert settle(active, AUDITED, {}).progress == Ready()


IMMUTABLE = {
    "roleArn": replace(WANTED, roleArn="arn:aws:iam::000000000000:role/slipway/cluster"),
    "version": replace(WANTED, version="1.34"),
}


@pytest.mark.parametrize("field", IMMUTABLE)
def test_what_cannot_change_is_refused_by_its_name_and_nothing_is_called(active: Stage, field: str) -> None:
    report = step(active, IMMUTABLE[field], {}, replaceable=frozenset({CLUSTER}))
    assert isinstance(report.progress, Failed)
    assert (report.progress.error, field in report.progress.cause) == ("Immutable", True)
    (refusal,) = report.ahead
    assert (refusal.verb, refusal.differences[0].field) == ("refuse", field)
    assert refusal.consequence.startswith("refused: ")
    assert active.tape.changes == []


def test_a_cluster_in_another_vpc_than_the_specs_subnets_is_refused(active: Stage) -> None:
    report = step(active, WANTED, {"network": {"vpcId": "vpc-9", "subnets": {}}})
    assert [it.field for it in report.ahead[0].differences] == ["vpc"]
