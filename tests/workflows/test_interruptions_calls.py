"""Functions that die in the middle of their work, and answers that get lost: the same spec finishes what was begun."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.wire import Fate
from tests.workflows.attempts import RESOURCES, changes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.house import House
    from tests.wire import Call
    from tests.workflows.attempts import Attempts, Quiet

    Start = Callable[[str], Attempts]

REGISTRY = "dynamodb"
MOST_DEATHS = 4
"""How often Step Functions tries a task again."""

OF_A_CLUSTER = {
    "iam:CreateRole": 2,
    "iam:AttachRolePolicy": 4,
    "eks:CreateCluster": 1,
    "eks:CreateAddon": 4,
    "eks:CreateAccessEntry": 1,
    "eks:AssociateAccessPolicy": 2,
    "eks:CreatePodIdentityAssociation": 1,
    "eks:CreateNodegroup": 2,
}
OF_A_NETWORK = {
    "ec2:CreateVpc": 1,
    "ec2:ModifyVpcAttribute": 1,
    "ec2:CreateInternetGateway": 1,
    "ec2:AllocateAddress": 1,
    "ec2:CreateSubnet": 4,
    "ec2:AttachInternetGateway": 1,
    "ec2:ModifySubnetAttribute": 2,
    "ec2:CreateNatGateway": 1,
    "ec2:CreateRouteTable": 2,
    "ec2:AssociateRouteTable": 4,
    "ec2:CreateRoute": 2,
}
"""Every call by which a run changes something, and how many of each there are."""

CALLS = [
    *(("all sorts", name, times) for name, times in OF_A_CLUSTER.items()),
    *(("network", name, times) for name, times in OF_A_NETWORK.items()),
]


def test_these_are_all_the_calls_that_change_something(quiet: Callable[[str], Quiet]) -> None:
    assert changes(quiet("everything").calls) == OF_A_CLUSTER | OF_A_NETWORK


@pytest.mark.parametrize(("kind", "name", "times"), CALLS)
def test_functions_that_die_before_and_after_every_call(attempts: Start, kind: str, name: str, times: int) -> None:
    """Nobody tries again by himself: each run fails, and the spec is sent again."""
    cluster = attempts(kind)
    for fate in (Fate.DIES_BEFORE, Fate.DIES_AFTER) * times:
        with cluster.home.wire.striking(fate, lambda call: call.name == name):
            assert cluster.post(gives_up=True) == "FAILED"
    with cluster.home.wire.striking(Fate.DIES_BEFORE, lambda call: call.name == name):
        assert cluster.post(gives_up=True) == "SUCCEEDED", "nothing of this kind is left to do"
    cluster.assert_finished()
    cluster.assert_nothing_was_made_twice()


class Once:
    """Strikes the functions' calls when they are made for the first time, and lets the repetition through.

    ``every`` counts the calls: 1 for each, 2 for every other one. At one task at most ``most`` are struck in a row.
    """

    def __init__(
        self, home: House, services: tuple[str, ...], *, most: int = MOST_DEATHS, every: int = 1, first: int = 0
    ) -> None:
        self._home = home
        self._services = services
        self._most, self._every, self._first = most, every, first
        self._seen: list[tuple[str, str]] = []
        self._struck: Counter[str] = Counter()
        self._task = ""

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, object]:
        """Call a function as the state machine does, and note when it lives."""
        self._task = f"{function} {event.get('part')}"
        try:
            answer = self._home.invoke(function, event)
            self._struck[self._task] = 0
        finally:
            self._task = ""
        return answer

    def __call__(self, call: Call) -> bool:
        said = (call.name, call.content)
        if not self._task or not call.name.startswith(self._services) or said in self._seen:
            return False
        if self._struck[self._task] == self._most:
            return False
        self._seen.append(said)
        strikes = len(self._seen) % self._every == self._first
        self._struck[self._task] += strikes
        return strikes


@pytest.mark.parametrize("first", range(2))
@pytest.mark.parametrize("fate", [Fate.DIES_BEFORE, Fate.DIES_AFTER])
def test_step_functions_tries_again_where_functions_die(attempts: Start, fate: Fate, first: int) -> None:
    """In one run, at half of all its calls, the registry's too."""
    cluster = attempts("everything")
    struck = one_run(cluster, fate, Once(cluster.home, (*RESOURCES, REGISTRY), every=2, first=first))
    assert sum(struck.values()) > 30
    cluster.assert_nothing_was_made_twice()


@pytest.mark.parametrize("fate", [Fate.ANSWER_LOST, Fate.ALL_ANSWERS_LOST])
def test_answers_get_lost(attempts: Start, fate: Fate) -> None:
    """In one run, to all its calls. What is made twice, because EC2 takes no token for it, is taken away again."""
    cluster = attempts("everything")
    struck = one_run(cluster, fate, Once(cluster.home, RESOURCES, most=100))
    assert struck.keys() >= OF_A_CLUSTER.keys() | OF_A_NETWORK.keys()


@pytest.mark.parametrize("fate", [Fate.ANSWER_LOST, Fate.ALL_ANSWERS_LOST])
def test_the_registrys_answers_get_lost(attempts: Start, fate: Fate) -> None:
    cluster = attempts("all sorts")
    struck = one_run(cluster, fate, Once(cluster.home, (REGISTRY,)))
    assert struck.keys() == {f"{REGISTRY}:TransactWriteItems", f"{REGISTRY}:UpdateItem"}
    cluster.assert_nothing_was_made_twice()


def one_run(cluster: Attempts, fate: Fate, once: Once) -> Counter[str]:
    """Go through a run that such calls are struck in, and see that it ends well. Returns how often each was."""
    with cluster.home.wire.striking(fate, once):
        assert cluster.post(invoke=once.invoke) == "SUCCEEDED"
    cluster.assert_finished()
    return Counter(call.name for call in cluster.home.wire.struck)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("all sorts", "iam:CreateRole"),
        ("all sorts", "eks:CreateCluster"),
        ("all sorts", "eks:CreateNodegroup"),
        ("network", "ec2:CreateVpc"),
        ("network", "ec2:CreateInternetGateway"),
        ("network", "ec2:AllocateAddress"),
        ("network", "ec2:CreateNatGateway"),
        ("network", "ec2:CreateRouteTable"),
    ],
)
def test_a_call_arrives_late(attempts: Start, kind: str, name: str) -> None:
    """Stopping an execution does not stop its functions: the next run has made the same call by then."""
    cluster = attempts(kind)
    wire = cluster.home.wire
    with wire.striking(Fate.LATE, lambda call: (call.name, call.nth) == (name, 1)):
        assert cluster.post(gives_up=True) == "FAILED"

    def then_deliver(function: str, event: dict[str, Any]) -> dict[str, object]:
        answer = cluster.home.invoke(function, event)
        if wire.late and any(call.name == name for call in wire.changed):
            wire.deliver()
        return answer

    assert cluster.post(invoke=then_deliver) == "SUCCEEDED"
    assert not wire.late
    cluster.assert_finished()
