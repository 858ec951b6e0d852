"""What holds for every resource that EKS keeps: one look, at most one change, and nobody else's things."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.domain.pacing import Part
from lambdas.domain.progress import Failed, Ready, Waiting, Word, word
from lambdas.domain.spec import AccessEntry, Addon
from tests.unit.steps.kinds import KINDS, LET_IN, PERSON_PATH, WITH_POLICY, foreign_entry
from tests.unit.steps.stage import CLUSTER_SECONDS, NAME, spec
from tests.unit.twin.house import PERSON

if TYPE_CHECKING:
    from lambdas.domain.progress import Report
    from lambdas.domain.spec import ClusterSpec
    from tests.unit.steps.kinds import Kind
    from tests.unit.steps.stage import Stage


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest, stage: Stage) -> Kind:
    """Each kind in turn, on a stage where it is what is missing."""
    asked = KINDS[request.param]
    if asked.needs_cluster:
        stage.cluster()
    if asked.part is Part.NODEGROUPS:  # without its network plugin no node is ever ready
        stage.aws.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
        stage.tape.calls.clear()
    return asked


def only(reports: list[Report]) -> Report:
    (report,) = reports
    return report


def test_what_is_missing_is_due(stage: Stage, kind: Kind) -> None:
    report = only(stage.observe(kind.wanted, kind.part))
    assert report.resource == kind.path
    assert isinstance(report.progress, Waiting)
    assert report.action is not None
    assert (report.action.verb, report.action.resource) == ("create", kind.path)
    assert report.action.reason
    assert report.action.consequence
    assert stage.tape.changes == []


def test_what_is_due_is_done_once_and_then_waited_for(stage: Stage, kind: Kind) -> None:
    first = only(stage.ensure(kind.wanted, kind.part))
    assert [name for name, _ in stage.tape.changes] == [kind.call]
    assert first.action is not None
    assert isinstance(first.progress, Waiting)
    for _ in range(3):
        again = only(stage.ensure(kind.wanted, kind.part))
        assert again.action is None
        assert word(again.progress) in {Word.WAITING, Word.READY}
    assert len(stage.tape.changes) == 1


def test_in_the_end_it_is_there(stage: Stage, kind: Kind) -> None:
    stage.ensure(kind.wanted, kind.part)
    stage.wait(CLUSTER_SECONDS)
    assert only(stage.ensure(kind.wanted, kind.part)).progress == Ready()
    assert len(stage.tape.changes) == 1


def test_observing_changes_nothing_at_any_time(stage: Stage, kind: Kind) -> None:
    for _ in ("missing", "being made", "there"):
        before = stage.twin.inventory()
        stage.observe(kind.wanted, kind.part)
        assert stage.twin.inventory() == before
        stage.ensure(kind.wanted, kind.part)
        stage.wait(CLUSTER_SECONDS / 2)
    assert len(stage.tape.changes) == 1


def test_it_bears_our_tags_and_those_of_the_spec(stage: Stage, kind: Kind) -> None:
    stage.ensure(kind.wanted, kind.part)
    ((_, request),) = stage.tape.changes
    assert request["tags"] == {"slipway/cluster": NAME, "slipway/run": "bank-provision-1-1"}


def test_the_token_is_the_same_for_the_same_request(stage: Stage, kind: Kind) -> None:
    """Whatever names another run is another request: EKS takes no token for two contents."""
    stage.tape.refusals[kind.call] = (503, "ServiceUnavailableException", "Away")
    for run in ("bank-provision-1-1", "bank-provision-1-1", "bank-provision-1-2"):
        stage.ensure(kind.wanted, kind.part, run=run)
    first, again, other = (request["clientRequestToken"] for _, request in stage.tape.changes)
    assert first == again != other
    assert len(first) == len(other) == 64


def test_a_lost_answer_is_no_lost_work(stage: Stage, kind: Kind) -> None:
    stage.tape.lost = {kind.call}
    report = only(stage.ensure(kind.wanted, kind.part))
    assert isinstance(report.progress, Waiting)
    assert report.progress.reason == "ServiceTrouble"
    stage.wait(CLUSTER_SECONDS)
    assert only(stage.ensure(kind.wanted, kind.part)).progress == Ready()
    assert len(stage.tape.changes) == 1


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ((429, "ThrottlingException", "Rate exceeded"), "Throttled"),
        ((500, "ServerException", "Internal"), "ServiceTrouble"),
        ((409, "ResourceInUseException", "already exists"), "NotThereYet"),
        ((400, "InvalidRequestException", "Cluster 'bank' is not in ACTIVE status"), "ClusterNotActive"),
    ],
)
def test_an_expected_refusal_is_waited_for(
    stage: Stage, kind: Kind, refusal: tuple[int, str, str], expected: str
) -> None:
    stage.tape.refusals[kind.call] = refusal
    report = only(stage.ensure(kind.wanted, kind.part))
    assert report.action is not None
    assert isinstance(report.progress, Waiting)
    assert report.progress.reason == expected


def test_a_final_refusal_fails_with_eks_own_code(stage: Stage, kind: Kind) -> None:
    stage.tape.refusals[kind.call] = (400, "ResourceLimitExceededException", "Too many")
    report = only(stage.ensure(kind.wanted, kind.part))
    assert isinstance(report.progress, Failed)
    assert report.progress.error == "ResourceLimitExceededException"


def test_what_nobody_expected_is_an_exception(stage: Stage, kind: Kind) -> None:
    stage.tape.refusals[kind.call] = (400, "OfTomorrowException", "?")
    with pytest.raises(ClientError, match="OfTomorrow"):
        stage.ensure(kind.wanted, kind.part)


@pytest.mark.parametrize("path", sorted(KINDS))
def test_somebody_elses_is_refused_and_left_alone(stage: Stage, path: str) -> None:
    kind = KINDS[path]
    if kind.needs_cluster:
        stage.cluster()
    kind.foreign(stage)
    stage.wait(CLUSTER_SECONDS)
    before = stage.twin.inventory()
    stage.tape.calls.clear()
    report = only(stage.ensure(kind.wanted, kind.part))
    assert isinstance(report.progress, Failed)
    assert report.progress.error == kind.error
    assert "slipway/cluster" in report.progress.cause
    assert stage.tape.changes == []
    assert stage.twin.inventory() == before


def test_nobody_elses_entry_is_given_a_policy(active: Stage) -> None:
    foreign_entry(active)
    active.tape.calls.clear()
    active.ensure(WITH_POLICY, Part.ACCESS)
    assert active.tape.changes == []


def test_a_policy_is_associated_once_its_entry_is_there(active: Stage) -> None:
    for _ in range(2):
        active.ensure(WITH_POLICY, Part.ACCESS)
    reports = active.ensure(WITH_POLICY, Part.ACCESS)
    assert [(it.resource, it.progress) for it in reports] == [
        (PERSON_PATH, Ready()),
        (f"{PERSON_PATH}/AmazonEKSViewPolicy", Ready()),
    ]
    assert [name for name, _ in active.tape.changes] == ["CreateAccessEntry", "AssociateAccessPolicy"]


@pytest.mark.parametrize("run", ["bank-provision-1-1", "bank-provision-1-2"])
def test_what_a_person_took_away_is_made_anew_as_often_as_that_happens(active: Stage, run: str) -> None:
    """As the remedies say: delete what failed, then send the same spec again."""
    observed: dict[str, object] = {}
    for times in range(3):
        made = only(active.ensure(LET_IN, Part.ACCESS, run=run, observed=observed))
        observed[made.resource] = made.facts
        found = only(active.ensure(LET_IN, Part.ACCESS, run=run, observed=observed))
        observed[found.resource] = found.facts
        assert found.progress == Ready()
        assert found.facts.get("remade", 0) == made.facts.get("remade", 0) == times
        active.aws.eks.delete_access_entry(clusterName=NAME, principalArn=PERSON)


def request_of(stage: Stage, wanted: ClusterSpec, part: Part) -> dict[str, Any]:
    stage.tape.calls.clear()
    stage.ensure(wanted, part)
    return stage.tape.changes[0][1]


@pytest.mark.parametrize(
    ("part", "one", "other"),
    [
        (Part.CLUSTER, spec(), replace(spec(), deletionProtection=True)),
        (Part.NODEGROUPS, spec(nodes=1), spec(nodes=2)),
        (Part.ACCESS, LET_IN, spec(accessEntries=(AccessEntry(principalArn=PERSON, kubernetesGroups=("a",)),))),
        (
            Part.WORKLOAD_ADDONS,
            spec(),
            spec(addons=(Addon(addonName="coredns", configurationValues='{"replicaCount":2}'),)),
        ),
    ],
)
def test_another_content_has_another_token(stage: Stage, part: Part, one: ClusterSpec, other: ClusterSpec) -> None:
    if part is not Part.CLUSTER:
        stage.cluster()
    stage.tape.refusals = dict.fromkeys(
        ("CreateCluster", "CreateNodegroup", "CreateAddon", "CreateAccessEntry"), (503, "Away", "")
    )
    tokens = [request_of(stage, wanted, part)["clientRequestToken"] for wanted in (one, other)]
    assert tokens[0] != tokens[1]
