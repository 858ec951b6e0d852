"""The provision workflow, executed as its file stands, over the twin. All durations are twin figures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lambdas.domain.progress import Word
from lambdas.domain.runs import RunStatus
from lambdas.steps.contracts import STEPS
from tests.house import AT, example, house

if TYPE_CHECKING:
    from lambdas.domain.runs import Run
    from tests.house import House

MOST_TRANSITIONS = 150
EXAMPLES = ("simple-bank", "private-mixed", "control-plane-only", "bring-your-own", "own-vpc")


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_becomes_the_cluster_that_it_describes(name: str) -> None:
    with house() as home:
        spec = example(name)
        _, run = home.accept(spec)

        execution = home.execute(run)

        assert (execution.status, execution.cause) == ("SUCCEEDED", "")
        assert execution.states[-1] == "Cluster is as described"
        ledger = home.run(run.id)
        assert ledger.status is RunStatus.SUCCEEDED
        assert {step.status for step in ledger.steps.values()} == {Word.READY}
        eks = home.around.aws.eks
        assert eks.describe_cluster(name=name)["cluster"]["status"] == "ACTIVE"
        assert eks.list_nodegroups(clusterName=name)["nodegroups"] == sorted(g.nodegroupName for g in spec.nodegroups)
        assert eks.list_addons(clusterName=name)["addons"] == sorted(a.addonName for a in spec.addons)
        assert len(eks.list_access_entries(clusterName=name)["accessEntries"]) >= len(spec.accessEntries)


@pytest.mark.parametrize("seed", range(4))
def test_simple_bank_takes_few_transitions(seed: int) -> None:
    with house(seed=seed) as home:
        execution = home.provision(example("simple-bank"))
        assert execution.status == "SUCCEEDED"
        assert len(execution.states) <= MOST_TRANSITIONS


def test_a_finished_cluster_is_left_alone() -> None:
    with house() as home:
        spec = example("simple-bank")
        record, run = home.accept(spec)
        home.execute(run)
        before = home.twin.inventory()
        same_record, same_run = home.accept(spec)
        assert (same_record, same_run.id) == (home.around.registry.cluster(record.name), run.id)
        assert home.twin.inventory() == before


@pytest.fixture(scope="module")
def undisturbed() -> list[tuple[str, ...]]:
    """What there is after a run that nobody disturbed."""
    with house() as home:
        home.provision(example("simple-bank"))
        return _names(home)


@pytest.mark.parametrize("calls", [1, 3, 5, 6, 8, 20, 24, 26, 30, 40])
def test_a_run_that_was_stopped_is_finished_by_the_next_one(calls: int, undisturbed: list[tuple[str, ...]]) -> None:
    with house() as home:
        spec = example("simple-bank")
        _, run = home.accept(spec)
        assert home.execute(run, stop_after=calls).status == "ABORTED"
        _stop(home, run)

        _, attempt = home.accept(spec)
        assert attempt.id != run.id
        assert home.execute(attempt).status == "SUCCEEDED"
        assert home.run(run.id).status is RunStatus.FAILED
        assert _names(home) == undisturbed


def test_a_spec_that_changes_meanwhile_is_converged_to() -> None:
    with house() as home:
        record, run = home.accept(example("control-plane-only"))
        moved: list[str] = []

        def with_another_generation_meanwhile(function: str, event: dict[str, object]) -> object:
            if event.get("part") == "access" and not moved:
                moved.append(_next_generation(home, record.name))
            return home.invoke(function, event)

        execution = home.execute(run, invoke=with_another_generation_meanwhile)
        assert execution.status == "SUCCEEDED"
        assert execution.states.count("Begin run") == len(moved) + 1 == 2


def test_node_groups_that_never_join_end_the_run_with_their_issue() -> None:
    with house() as home:
        spec = example("simple-bank")
        execution = home.provision(replace(spec, addons=tuple(a for a in spec.addons if a.addonName != "vpc-cni")))
        assert execution.status == "FAILED"
        assert execution.error == "NodeCreationFailure"
        assert "What to do: The instances came up but never joined" in execution.cause
        ledger = home.run("simple-bank-provision-1-1")
        assert ledger.error is not None
        assert (ledger.status, ledger.error.code) == (RunStatus.FAILED, "NodeCreationFailure")
        assert ledger.steps["addons/kube-proxy"].status is Word.READY
        assert ledger.steps["addons/coredns"].status is Word.FAILED


def test_a_role_that_is_not_visible_yet_is_waited_for() -> None:
    with house(role_propagation_seconds=100) as home:
        assert home.provision(example("control-plane-only")).status == "SUCCEEDED"


def test_a_role_that_never_becomes_visible_fails_with_what_eks_says() -> None:
    with house(role_propagation_seconds=100_000) as home:
        execution = home.provision(example("control-plane-only"))
        assert (execution.status, execution.error) == ("FAILED", "RoleNotVisibleTooLong")
        assert "could not be assumed" in execution.cause


def test_the_calls_are_the_contracts() -> None:
    """What a VPC of the cluster's own needs on rarer ways is held to the contract by tests/workflows/own_vpc."""
    with house() as home:
        for name in EXAMPLES:
            home.provision(example(name))
        failing = replace(example("simple-bank"), name="failing", addons=())
        home.provision(failing)
        home.provision(failing)
        for contract in STEPS:
            called = home.calls.by_function[contract.name]
            assert called <= contract.calls(), contract.name
            if contract.name != "network":
                assert called == contract.calls(), contract.name


def test_a_node_group_that_failed_is_made_anew_when_the_spec_is_sent_again() -> None:
    with house() as home:
        spec = replace(example("simple-bank"), addons=())
        assert home.provision(spec).error == "NodeCreationFailure"
        _, again = home.accept(spec)
        home.around.aws.eks.create_addon(clusterName=spec.name, addonName="vpc-cni")
        assert home.execute(again).status == "SUCCEEDED"


def _stop(home: House, run: Run) -> None:
    client = home.around.aws.stepfunctions
    client.stop_execution(executionArn=home.around.settings.execution_arn(run.verb, run.id))


def _names(home: House) -> list[tuple[str, ...]]:
    """Everything that is there, by kind and name."""
    eks, iam = home.around.aws.eks, home.around.aws.iam
    clusters = eks.list_clusters()["clusters"]
    return [
        tuple(clusters),
        *(tuple(eks.list_nodegroups(clusterName=name)["nodegroups"]) for name in clusters),
        *(tuple(eks.list_addons(clusterName=name)["addons"]) for name in clusters),
        tuple(sorted(role["RoleName"] for role in iam.list_roles(PathPrefix="/slipway/")["Roles"])),
    ]


def _next_generation(home: House, cluster: str) -> str:
    home.around.aws.dynamodb.update_item(
        TableName=home.around.settings.table,
        Key={"pk": {"S": f"CLUSTER#{cluster}"}},
        UpdateExpression="ADD generation :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    return AT
