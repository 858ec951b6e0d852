"""A cluster that somebody made by hand becomes ours by its tags alone, and lives on as one of ours."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from lambdas.domain.adoption import to_adopt
from lambdas.domain.calendar import State
from lambdas.domain.runs import Problem
from lambdas.domain.spec import Addon
from lambdas.steps.adopting import Adopter
from lambdas.steps.contracts import API, STEPS
from lambdas.steps.night import Nights
from lambdas.steps.reviewing import accepted as of_record
from tests.foreign import A_WHILE, furnish, make, owners, without_marks
from tests.house import AT, REGION, house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from tests.house import House

NAME = "ledger"
TAKEN = {
    "cluster", "nodegroups/services", "nodegroups/batch", "addons/vpc-cni", "addons/eks-pod-identity-agent",
    "access/role/platform/operators", "podidentity/pay",
}  # fmt: skip


@pytest.fixture
def home() -> Iterator[House]:
    with house() as home:
        make(home, NAME)
        furnish(home, NAME)
        make(home, "other", deletionProtection=False)
        yield home


def adopt(home: House) -> Run:
    adopter = Adopter(home.intake)
    home.calls.function = "api"
    return adopter.take(adopter.look(NAME).spec, AT)[1]


def test_nothing_changes_but_tags(home: House) -> None:
    before = home.twin.inventory()
    home.wire.forget()
    found = Adopter(home.intake).look(NAME)
    assert (found.hindrances, {it.verb for it in found.actions}) == ((), {"adopt"}), found
    assert home.wire.changed == []
    home.calls.by_function.clear()
    execution = home.execute(adopt(home))
    assert execution.status == "SUCCEEDED", execution
    called = {name: set(actions) for name, actions in home.calls.by_function.items()}
    assert without_marks(home.twin.inventory()) == without_marks(before)
    assert {path for path, owner in owners(home, NAME).items() if owner == NAME} == TAKEN
    told, _ = home.around.registry.events(NAME)
    assert {it.type for it in told} == {"ClusterReady", "ClusterAdopted"}
    assert called["api"] <= API.calls()
    for step in STEPS:
        assert called.get(step.name, set()) <= step.calls()


def test_what_others_add_or_have_stays_theirs(home: House) -> None:
    eks = home.around.aws.eks
    arn = eks.describe_nodegroup(clusterName=NAME, nodegroupName="batch")["nodegroup"]["nodegroupArn"]
    eks.tag_resource(resourceArn=arn, tags={"slipway/cluster": "of-theirs"})
    before = home.twin.inventory()
    assert home.execute(adopt(home)).status == "SUCCEEDED"
    theirs = owners(home, NAME)
    assert (theirs["nodegroups/batch"], theirs["access/root"]) == ("of-theirs", None)
    assert without_marks(home.twin.inventory()) == without_marks(before)
    eks.create_addon(clusterName=NAME, addonName="kube-proxy")
    home.clock.advance(A_WHILE)
    spec = accepted(home)
    wanted = replace(spec, omitDefaultAddons=("coredns",), addons=(*spec.addons, Addon(addonName="kube-proxy")))
    _, run = home.replace(wanted)
    assert home.execute(run).error == "AddonNotOurs"
    assert owners(home, NAME)["addons/kube-proxy"] is None


def test_an_interrupted_run_is_finished_by_asking_again(home: House) -> None:
    """The execution is stopped when some have their tags; the next attempt sets the others."""
    before = home.twin.inventory()
    run = adopt(home)
    home.execute(run, stop=lambda _: tagged(home) > 1)
    record = known(home)
    assert record.adopting == to_adopt(accepted(home))
    assert 1 < tagged(home) < len(TAKEN)
    home.around.aws.stepfunctions.stop_execution(executionArn=home.intake.executions.arn(run.verb, run.id))
    _, again = Adopter(home.intake).again(record, None, AT)
    assert again.id != run.id
    assert home.execute(again).status == "SUCCEEDED"
    assert {path for path, owner in owners(home, NAME).items() if owner == NAME} == TAKEN
    assert without_marks(home.twin.inventory()) == without_marks(before)
    assert known(home).adopting == frozenset()


def test_it_lives_on_as_one_of_ours_and_leaves_what_was_given(home: House) -> None:
    roles, foreign = roles_and_networks(), home.twin.inventory()["clusters"]["other"]
    assert home.execute(adopt(home)).status == "SUCCEEDED"
    assert home.plan(accepted(home)) == ()
    sleep_and_wake(home)
    spec = accepted(home)
    relabelled = replace(spec.nodegroups[0], labels={"tier": "other"})
    _, run = home.replace(replace(spec, nodegroups=(relabelled, spec.nodegroups[1]), tags={}))
    assert home.execute(run).status == "SUCCEEDED"
    cluster = home.around.aws.eks.describe_cluster(name=NAME)["cluster"]
    assert (cluster.get("encryptionConfig"), cluster["tags"].get("team")) == (None, None)
    told, _ = home.around.registry.events(NAME)
    assert [it.type for it in told].count("ClusterAdopted") == 1
    assert home.plan(accepted(home)) == ()
    _, going = home.delete(NAME)
    assert home.execute(going).status == "SUCCEEDED"
    assert home.around.aws.eks.list_clusters()["clusters"] == ["other"]
    assert (roles_and_networks(), home.twin.inventory()["clusters"]["other"]) == (roles, foreign)


def sleep_and_wake(home: House) -> None:
    """Its node groups go to sleep, and get their sizes back."""
    for state, size in ((State.ASLEEP, 0), (State.AWAKE, 2)):
        _, run = Nights(home.around.registry, home.around.starter).hold(NAME, state, None, home.clock.now())
        assert run is not None
        assert home.execute(run).status == "SUCCEEDED"
        group = home.around.aws.eks.describe_nodegroup(clusterName=NAME, nodegroupName="services")["nodegroup"]
        assert group["scalingConfig"].get("desiredSize") == size


def known(home: House) -> ClusterRecord:
    record = home.around.registry.cluster(NAME)
    assert record is not None
    return record


def accepted(home: House) -> ClusterSpec:
    return of_record(known(home))


def tagged(home: House) -> int:
    """How many things bear our tag."""
    return len([owner for owner in owners(home, NAME).values() if owner == NAME])


def roles_and_networks() -> list[Any]:
    client = partial(boto3.client, region_name=REGION)
    return [
        client("iam").list_roles()["Roles"],
        client("kms").list_keys()["Keys"],
        client("ec2").describe_subnets()["Subnets"],
        client("ec2").describe_vpcs()["Vpcs"],
    ]


def test_what_was_adopted_has_served_and_is_never_taken_away(home: House) -> None:
    """Neither if its adoption fails, and the spec that is PUT then wants undone what fails."""
    run = adopt(home)
    home.around.registry.fail(NAME, run.id, AT, Problem(code="C", cause="c", remedy="r"))
    spec = replace(Adopter(home.intake).look(NAME).spec, onFailure="remove")
    _, again = home.replace(spec)
    home.around.registry.fail(NAME, again.id, AT, Problem(code="C", cause="c", remedy="r"))
    assert home.around.starter.follow(NAME) is None
