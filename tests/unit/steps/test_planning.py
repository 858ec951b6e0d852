from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lambdas.domain.completion import completed
from lambdas.domain.pacing import Part
from lambdas.domain.progress import Failed, Ready, Waiting, combine
from lambdas.domain.spec import Addon, ClusterSpec
from lambdas.steps.adopting import PERMISSIONS as ADOPTING
from lambdas.steps.contracts import API, STEPS
from lambdas.steps.convergence import ensure
from lambdas.steps.leftovers import CONTRACT as LEFTOVERS
from lambdas.steps.planning import RESOURCES, plan
from lambdas.steps.preflight.permissions import PERMISSIONS
from lambdas.steps.scaling import CONTRACT as SCALING
from lambdas.steps.scope import Scope
from tests.house import example, house
from tests.unit.steps.refusals import refusing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lambdas.domain.progress import Action, Progress
    from tests.house import House

PREFLIGHT = {action for permission in PERMISSIONS for action in permission.actions}
READS = {action for step in STEPS for permission in step.reads() for action in permission.actions}
AT_WORK = [step for step in STEPS if step.parts]
"""All but the ledger, which starts runs as the API does."""

SIMPLE_BANK = [
    ("create", "roles/cluster"),
    ("attach", "roles/cluster/AmazonEKSClusterPolicy"),
    ("create", "cluster"),
    ("create", "roles/node"),
    ("attach", "roles/node/AmazonEKSWorkerNodePolicy"),
    ("attach", "roles/node/AmazonEKS_CNI_Policy"),
    ("attach", "roles/node/AmazonEC2ContainerRegistryPullOnly"),
    ("create", "addons/vpc-cni"),
    ("create", "addons/kube-proxy"),
    ("create", "addons/eks-pod-identity-agent"),
    ("create", "nodegroups/simple-bank"),
    ("create", "addons/coredns"),
]


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with house() as home:
        yield home


def scope_of(home: House, spec: ClusterSpec, observed: Mapping[str, object]) -> Scope:
    around = home.around
    return Scope(
        spec=spec, run="", observed=observed, aws=around.aws, home=around.settings.home(), settings=around.settings
    )


@pytest.fixture(scope="module")
def built(home: House) -> tuple[ClusterSpec, Mapping[str, object]]:
    """The spec and the facts of a cluster that is as its spec says: every part in turn, until all are."""
    spec = home.intake.reviewer.vetted(example("simple-bank"))
    observed: dict[str, object] = {}
    for part in (part for part in Part if part in RESOURCES):
        progress: Progress = Waiting("", "", 0, 0)
        while not isinstance(progress, Ready):
            reports = ensure(RESOURCES[part](scope_of(home, spec, observed), part))
            observed |= {report.resource: dict(report.facts) for report in reports}
            progress = combine(reports)
            assert not isinstance(progress, Failed), progress
            home.clock.advance(60)
    return spec, observed


def planned(home: House, spec: ClusterSpec, observed: Mapping[str, object] | None = None) -> list[Action]:
    scope = scope_of(home, spec if spec.version else home.intake.reviewer.vetted(spec), observed or {})
    home.calls.function = "plan"
    iam = home.around.aws.iam
    before = home.twin.inventory(), iam.list_roles()["Roles"]
    home.calls.by_function = {}
    actions = plan(scope)
    assert home.calls.by_function["plan"] <= READS
    assert (home.twin.inventory(), iam.list_roles()["Roles"]) == before
    return list(actions)


def shape(actions: list[Action]) -> list[tuple[str, str]]:
    return [(action.verb, action.resource) for action in actions]


def test_every_part_that_provisions_has_resources() -> None:
    assert set(RESOURCES) == set(Part) - set(SCALING.parts) - set(LEFTOVERS.parts)


def test_the_api_may_read_what_every_step_reads_and_change_nothing_of_theirs() -> None:
    api = {action for permission in API.permissions for action in permission.actions}
    assert api >= READS
    changes = {action for step in AT_WORK for permission in step.permissions for action in permission.actions} - READS
    adopting = {action for permission in ADOPTING for action in permission.actions}
    assert api & (changes - PREFLIGHT - adopting) == {"dynamodb:GetItem", "dynamodb:UpdateItem"}


def test_the_plan_of_an_empty_account_is_the_run_in_its_order(home: House) -> None:
    actions = planned(home, replace(example("simple-bank"), name="empty"))
    assert shape(actions) == SIMPLE_BANK
    assert all(action.reason and action.consequence for action in actions)


def test_the_plan_of_a_cluster_that_is_as_described_is_empty(
    home: House, built: tuple[ClusterSpec, Mapping[str, object]]
) -> None:
    assert planned(home, *built) == []


def test_a_plan_names_only_what_is_lacking(home: House, built: tuple[ClusterSpec, Mapping[str, object]]) -> None:
    spec, observed = built
    wanted = completed(replace(spec, addons=(*spec.addons, Addon(addonName="metrics-server"))))
    assert shape(planned(home, wanted, observed)) == [("create", "addons/metrics-server")]


def test_what_stands_in_the_way_is_a_refusal_with_its_remedy(home: House) -> None:
    role = "arn:aws:iam::000000000000:role/platform/nobody"
    spec = completed(ClusterSpec(name="bank", version="1.35", roleArn=role))
    actions = planned(home, spec)
    (refusal,) = [action for action in actions if action.verb == "refuse"]
    assert (refusal.resource, actions.index(refusal)) == ("roles/nobody", 0)
    assert refusal.reason.startswith("RoleNotFound: ")
    assert refusal.consequence.startswith("refused: the run would fail. Create it")


def test_a_plan_never_says_nothing_where_it_could_not_look(home: House) -> None:
    spec = completed(ClusterSpec(name="bank"))
    with refusing(home.around.aws.eks, "DescribeCluster", 429, "ThrottlingException"):
        assert "cluster" in [resource for _, resource in shape(planned(home, spec))]
