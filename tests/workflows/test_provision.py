"""The provision workflow, executed as its file stands, over the twin. All durations are twin figures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lambdas.domain.progress import Word
from lambdas.domain.runs import RunStatus
from lambdas.steps.contracts import STEPS
from sandbox.twin.faults import Force, Issue, first
from tests.house import AT, example, house
from tests.removing import removing, updating

if TYPE_CHECKING:
    from tests.house import House

MOST_TRANSITIONS = 150
EVERY_KIND = ("simple-bank", "private-mixed", "bring-your-own", "own-vpc")
"""Examples that have resources of every kind."""


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
        assert (execution.status, execution.error) == ("FAILED", "RoleNotVisible")
        assert "could not be assumed" in execution.cause


def test_the_calls_are_the_contracts() -> None:
    """What a VPC of the cluster's own needs on rarer ways is held to the contract by tests/workflows/own_vpc.

    What nights need is held to it by test_nights, and what deletion needs by test_removal_contracts.
    """
    with house() as home:
        for name in EVERY_KIND:
            home.provision(example(name))
        for kind in ("nodegroup", "addon"):
            home.faults.add(Force(kind, "CREATE_FAILED", (Issue("AccessDenied", "no", ("x",)),), when=first(1)))
        failing = replace(example("simple-bank"), name="failing")
        assert [home.provision(failing).status for _ in range(2)] == ["FAILED", "SUCCEEDED"]
        for contract in STEPS:
            called = home.calls.by_function.get(contract.name, set())
            assert called <= contract.calls(), contract.name
            if contract.name not in {"network", "runs", "scaling", "leftovers"}:
                spared = removing(contract.name, contract.calls()) | updating(contract.name, contract.calls())
                assert contract.calls() - called <= spared, contract.name


def test_a_node_group_that_failed_is_made_anew_when_the_spec_is_sent_again() -> None:
    with house() as home:
        spec = replace(example("simple-bank"), addons=())
        assert home.provision(spec).error == "NodeCreationFailure"
        _, again = home.accept(spec)
        home.around.aws.eks.create_addon(clusterName=spec.name, addonName="vpc-cni")
        assert home.execute(again).status == "SUCCEEDED"


def _next_generation(home: House, cluster: str) -> str:
    home.around.aws.dynamodb.update_item(
        TableName=home.around.settings.table,
        Key={"pk": {"S": f"CLUSTER#{cluster}"}},
        UpdateExpression="ADD generation :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    return AT
