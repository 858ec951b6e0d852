"""Many requests at once, and executions that are stopped, over HTTP. All durations are twin figures."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.invariants import Account, assert_history, portrait, things

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from tests.invariants import Thing
    from tests.sandbox.conftest import Json, RunningSandbox

Result = TypeVar("Result")

POLL_SECONDS = 0.2
RUN_SECONDS = 200

FIFTY = 50
FIFTY_TIMES = "fifty"
RIVALS = ("rivals-1", "rivals-2", "rivals-3")
PLATFORM = {"roleArn": "arn:aws:iam::000000000000:role/platform/eks-cluster"}
NODES = {"nodegroups": [{"nodegroupName": "nodes", "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 1}}]}
ACCESS = {"accessEntries": [{"principalArn": "arn:aws:iam::000000000000:role/platform/operators"}]}
NETWORK = {"vpc": {"create": {"cidr": "10.64.0.0/16", "availabilityZones": 2}}}

CROWD = {f"crowd-{number:02}": (PLATFORM, NODES | ACCESS, ACCESS, NETWORK)[number % 4] for number in range(20)}
STOPPED = {f"stopped-{number}": NODES | ACCESS for number in range(5)}
STOPS = (
    ("Begin run", "Build control plane", "Cluster is active", "Ensure networking add-ons"),
    ("Ensure cluster role", "Ensure cluster", "Request networking add-ons", "Networking add-ons ready?"),
    ("Cluster role ready?", "Ensure node role", "Furnish cluster", "Ensure node groups"),
    ("Ensure network", "Cluster ready?", "Ensure access entries", "Node groups ready?"),
    ("Network ready?", "Node role ready?", "Access entries ready?", "Ensure workload add-ons"),
)
"""At which states each of those is stopped, one attempt after the other: twenty different moments."""


@dataclass
class Town:
    """A sandbox before whose door everybody came at once, when all is done."""

    sandbox: RunningSandbox
    answers: Mapping[str, tuple[int, Json]]
    """What each name's POST was answered."""
    aborted: list[str]
    """The states at which executions were stopped."""
    before: list[Thing]
    after: list[Thing]


@pytest.fixture(scope="module")
def town(sandbox: RunningSandbox) -> Town:
    """Twenty clusters, and five that are stopped four times each, all at the same time."""
    account = Account.of(sandbox.client)
    before = things(account)
    specs = CROWD | STOPPED
    answers = at_once([partial(post, sandbox, {"name": name, **members}) for name, members in specs.items()])
    stops = [
        partial(stop_at, sandbox, {"name": name, **members}, states)
        for (name, members), states in zip(STOPPED.items(), STOPS, strict=True)
    ]
    aborted = [state for states in at_once(stops) for state in states]
    for name in specs:
        await_end(sandbox, name)
    return Town(sandbox, dict(zip(specs, answers, strict=True)), aborted, before, things(account))


def test_twenty_clusters_at_once_all_become_active(town: Town) -> None:
    assert {town.answers[name][0] for name in CROWD} == {202}
    for name in CROWD:
        assert_history(runs(town.sandbox, name), executions(town.sandbox, name))
        assert len(runs(town.sandbox, name)) == 1, name
        described = town.sandbox.client("eks").describe_cluster(name=name)["cluster"]
        assert described["status"] == "ACTIVE", name


@pytest.mark.parametrize("name", STOPPED)
def test_a_run_that_is_stopped_again_and_again_is_finished_by_the_same_spec(town: Town, name: str) -> None:
    attempts = 1 + len(STOPS[0])
    assert_history(runs(town.sandbox, name), executions(town.sandbox, name))
    assert len(runs(town.sandbox, name)) == attempts
    undisturbed = next(other for other, members in CROWD.items() if members == STOPPED[name])
    found, wanted = Counter(portrait(town.after, name)), Counter(portrait(town.after, undisturbed))
    assert not found - wanted, "not as it should be, doubled or left over:\n" + "\n".join(found - wanted)
    assert not wanted - found, "missing:\n" + "\n".join(wanted - found)


def test_executions_were_stopped_at_twenty_moments(town: Town) -> None:
    assert sorted(town.aborted) == sorted(state for states in STOPS for state in states)


def test_a_crowd_touches_nothing_foreign(town: Town) -> None:
    ours: set[str | None] = {*CROWD, *STOPPED, *RIVALS, FIFTY_TIMES}
    assert foreign(town.after, ours) == foreign(town.before, ours)


def test_the_same_spec_fifty_times_at_once_makes_one_run(sandbox: RunningSandbox) -> None:
    spec = {"name": FIFTY_TIMES, **PLATFORM}
    answers = at_once([partial(post, sandbox, spec)] * FIFTY)
    assert Counter(status for status, _ in answers) == {202: FIFTY}
    assert len({accepted["run"]["id"] for _, accepted in answers}) == 1
    assert_one_run(sandbox, FIFTY_TIMES)


def test_of_two_specs_for_one_name_at_once_one_wins(sandbox: RunningSandbox) -> None:
    specs = [{"name": name, **PLATFORM, "tags": {"team": team}} for name in RIVALS for team in ("red", "blue")]
    answers = at_once([partial(post, sandbox, spec) for spec in specs])
    for name, pair in zip(RIVALS, zip(answers[::2], answers[1::2], strict=True), strict=True):
        assert sorted(status for status, _ in pair) == [202, 409]
        (refusal,) = [problem for status, problem in pair if status == 409]
        assert [error["pointer"] for error in refusal["errors"]] == ["/name"]
        assert_one_run(sandbox, name)
        (team,) = [answer["cluster"]["spec"]["tags"]["team"] for status, answer in pair if status == 202]
        assert sandbox.client("eks").describe_cluster(name=name)["cluster"]["tags"]["team"] == team


def assert_one_run(sandbox: RunningSandbox, cluster: str) -> None:
    """The ledger and Step Functions agree that one run did everything."""
    await_end(sandbox, cluster)
    ((run, status),) = runs(sandbox, cluster)
    assert status == "SUCCEEDED"
    assert executions(sandbox, cluster) == {run: "SUCCEEDED"}


def foreign(there: Iterable[Thing], ours: Collection[str | None]) -> dict[tuple[str, str], Json]:
    """What belongs to none of our clusters, without how much room others leave."""
    return {
        (thing.kind, thing.id): {name: said for name, said in thing.body.items() if name != "AvailableIpAddressCount"}
        for thing in there
        if thing.owner not in ours
    }


def runs(sandbox: RunningSandbox, cluster: str) -> list[tuple[str, str]]:
    """The ledger: ids and statuses, newest first."""
    status, found = sandbox.call_api("GET", f"/clusters/{cluster}/runs")
    assert status == 200
    return [(run["id"], run["status"]) for run in found["items"]]


def executions(sandbox: RunningSandbox, cluster: str) -> dict[str, str]:
    """What Step Functions has of the cluster: names and statuses."""
    machine = sandbox.health["stateMachines"]["Slipway-provision"]
    pages = sandbox.client("stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=machine)
    found = {it["name"]: it["status"] for page in pages for it in page["executions"]}
    return {name: status for name, status in found.items() if name.startswith(f"{cluster}-provision-")}


def at_once(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Make all calls at the same moment, each in a thread of its own."""
    together = Barrier(len(calls))

    def one(call: Callable[[], Result]) -> Result:
        together.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(one, calls))


def post(sandbox: RunningSandbox, spec: Json) -> tuple[int, Json]:
    return sandbox.call_api("POST", "/clusters", spec)


def stop_at(sandbox: RunningSandbox, spec: Json, states: Iterable[str]) -> list[str]:
    """Stop the cluster's execution when it enters each of the states, and send the spec again each time."""
    aborted = []
    machines = sandbox.client("stepfunctions")
    for state in states:
        execution = post(sandbox, spec)[1]["run"]["executionArn"]
        await_state(machines, execution, state)
        machines.stop_execution(executionArn=execution)
        if machines.describe_execution(executionArn=execution)["status"] == "ABORTED":
            aborted.append(state)
    assert post(sandbox, spec)[0] == 202
    return aborted


def await_state(machines: Json, execution: str, state: str) -> None:
    """Wait until the execution has entered the state."""
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        events = machines.get_execution_history(executionArn=execution, maxResults=1000)["events"]
        if any(event.get("stateEnteredEventDetails", {}).get("name") == state for event in events):
            return
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"{execution} never came to {state}")


def await_end(sandbox: RunningSandbox, cluster: str) -> None:
    """Wait until the cluster's last run has ended."""
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        if sandbox.call_api("GET", f"/clusters/{cluster}")[1]["run"]["status"] != "RUNNING":
            return
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"{cluster} is still at work")
