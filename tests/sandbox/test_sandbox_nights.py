"""Nights by the clock on the wall: nobody calls sleep or wake. What the twin takes for them is a twin figure.

Three clusters have the same calendar, whose night begins in less than two minutes and lasts two: EventBridge Scheduler
sees to one of them; the sweep to those whose firings are dropped and whose schedules somebody deletes.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.conftest import fetch
from tests.sandbox.replay import assert_simulated_alike

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Json, RunningSandbox

POLL_SECONDS = 0.5
HEAD_START = timedelta(seconds=20)
NIGHT = timedelta(minutes=2)
PATIENCE_SECONDS = 90
RUN_SECONDS = 200

ON_TIME, DROPPED, FORGOTTEN = "on-time", "dropped", "forgotten"
CLUSTERS = (ON_TIME, DROPPED, FORGOTTEN)
SYSTEM = {"nodegroupName": "system", "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 1}}
WORKERS = {"nodegroupName": "workers", "scalingConfig": {"minSize": 1, "maxSize": 4, "desiredSize": 2}}
GROUPS = {ON_TIME: [SYSTEM, WORKERS], DROPPED: [WORKERS], FORGOTTEN: [WORKERS]}
AUTOSCALED = 3
"""What an autoscaler makes of the workers' desired size before the night."""


@dataclass
class Night:
    """What was seen of the clusters before, in and after a night."""

    evening: dict[str, Json]
    asleep: dict[str, Json]
    morning: dict[str, Json]
    runs: dict[str, list[Json]]
    firings: list[Json]


@pytest.fixture(scope="module")
def night(sandbox: RunningSandbox) -> Night:
    """Live through it: nothing is called but what looks, once the calendars are there."""
    begin(sandbox)
    evening = {name: sizes(sandbox, name) for name in CLUSTERS}
    begins = next_minute(datetime.now(UTC) + HEAD_START)
    window = f"Mon-Sun {begins + NIGHT:%H:%M}-{begins:%H:%M}"
    for name in CLUSTERS:
        status, answer = sandbox.call_api("PUT", f"/clusters/{name}/schedule", {"timezone": "UTC", "awake": [window]})
        assert status == 202, answer
        await_run(sandbox, answer["run"]["id"])
    drop = {"does": "drop", "times": None, "schedule": f"{DROPPED}.*"}
    assert fetch(f"{sandbox.url}/_sandbox/firings", method="POST", body=json.dumps(drop).encode())[0] == 201
    forget(sandbox, FORGOTTEN)
    await_all(sandbox, "asleep", begins)
    asleep = {name: sizes(sandbox, name) for name in CLUSTERS}
    await_all(sandbox, "awake", begins + NIGHT)
    return Night(
        evening=evening,
        asleep=asleep,
        morning={name: sizes(sandbox, name) for name in CLUSTERS},
        runs={name: sandbox.call_api("GET", f"/clusters/{name}/runs")[1]["items"] for name in CLUSTERS},
        firings=fetch(f"{sandbox.url}/_sandbox/firings")[1]["firings"],
    )


@pytest.mark.parametrize("name", CLUSTERS)
def test_at_night_there_is_no_node(night: Night, name: str) -> None:
    for group, seen in night.asleep[name].items():
        most = night.evening[name][group]["maxSize"]
        assert seen == {"minSize": 0, "maxSize": most, "desiredSize": 0, "instances": []}


@pytest.mark.parametrize("name", CLUSTERS)
def test_in_the_morning_all_is_as_it_was(night: Night, name: str) -> None:
    assert night.morning[name] == night.evening[name]
    assert night.morning[name]["workers"]["desiredSize"] == AUTOSCALED
    assert night.morning[name]["workers"]["instances"] == ["InService"] * AUTOSCALED


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_run_ended_well(night: Night, name: str) -> None:
    assert {run["status"] for run in night.runs[name]} == {"SUCCEEDED"}


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_simulation_goes_the_same_way(night: Night, sandbox: RunningSandbox, name: str) -> None:
    for run in night.runs[name]:
        assert_simulated_alike(sandbox, run["executionArn"])


def test_eventbridge_scheduler_fires_at_both_boundaries(night: Night) -> None:
    outcomes = [firing["outcome"] for firing in night.firings if firing["schedule"].startswith(f"{ON_TIME}.")]
    assert outcomes == ["delivered", "delivered"]


def test_firings_were_dropped(night: Night) -> None:
    outcomes = [firing["outcome"] for firing in night.firings if firing["schedule"].startswith(f"{DROPPED}.")]
    assert outcomes == ["dropped", "dropped"]


def test_the_sweep_brings_back_what_somebody_deleted(night: Night, sandbox: RunningSandbox) -> None:
    assert night.runs[FORGOTTEN]
    assert len(schedules(sandbox, FORGOTTEN)) == len(schedules(sandbox, ON_TIME)) > 0


def begin(sandbox: RunningSandbox) -> None:
    """Provision the clusters, and let an autoscaler move the workers' desired size."""
    runs = []
    for name, groups in GROUPS.items():
        status, accepted = sandbox.call_api("POST", "/clusters", {"name": name, "nodegroups": groups})
        assert status == 202, accepted
        runs.append(accepted["run"]["id"])
    for run in runs:
        await_run(sandbox, run)
    for name in CLUSTERS:
        group = autoscaling_group(sandbox, name, "workers")["AutoScalingGroupName"]
        sandbox.client("autoscaling").set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=AUTOSCALED)
    for name in CLUSTERS:
        deadline = time.monotonic() + PATIENCE_SECONDS
        wait_until(partial(has_workers, sandbox, name), f"{name} has {AUTOSCALED} workers", deadline)


def has_workers(sandbox: RunningSandbox, cluster: str) -> bool:
    return bool(sizes(sandbox, cluster)["workers"]["instances"] == ["InService"] * AUTOSCALED)


def sizes(sandbox: RunningSandbox, cluster: str) -> Json:
    """What EKS and Auto Scaling say of each node group."""
    eks = sandbox.client("eks")
    found = {}
    for group in (str(it["nodegroupName"]) for it in GROUPS[cluster]):
        described = eks.describe_nodegroup(clusterName=cluster, nodegroupName=group)["nodegroup"]
        instances = autoscaling_group(sandbox, cluster, group)["Instances"]
        states = [instance["LifecycleState"] for instance in instances]
        found[group] = {**described["scalingConfig"], "instances": states}
    return found


def autoscaling_group(sandbox: RunningSandbox, cluster: str, nodegroup: str) -> Json:
    described = sandbox.client("eks").describe_nodegroup(clusterName=cluster, nodegroupName=nodegroup)["nodegroup"]
    (group,) = described["resources"]["autoScalingGroups"]
    asked = sandbox.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[group["name"]])
    return asked["AutoScalingGroups"][0]


def schedules(sandbox: RunningSandbox, cluster: str) -> list[Json]:
    found: list[Json] = sandbox.client("scheduler").list_schedules(NamePrefix=f"{cluster}.")["Schedules"]
    return found


def forget(sandbox: RunningSandbox, cluster: str) -> None:
    """Delete the cluster's schedules, as somebody might who tidies up."""
    assert schedules(sandbox, cluster)
    for schedule in schedules(sandbox, cluster):
        sandbox.client("scheduler").delete_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])


def await_run(sandbox: RunningSandbox, run: str) -> None:
    def ended() -> bool:
        found = sandbox.call_api("GET", f"/runs/{run}")[1]
        assert found["status"] != "FAILED", found["error"]
        return bool(found["status"] == "SUCCEEDED")

    wait_until(ended, f"{run} has ended", time.monotonic() + RUN_SECONDS)


def await_all(sandbox: RunningSandbox, power: str, since: datetime) -> None:
    """Wait until all clusters are asleep or awake, and no longer than the sweep may take after the boundary."""
    deadline = time.monotonic() + (since - datetime.now(UTC)).total_seconds() + PATIENCE_SECONDS
    for name in CLUSTERS:
        wait_until(partial(settled, sandbox, name, power), f"{name} is {power}", deadline)


def settled(sandbox: RunningSandbox, name: str, power: str) -> bool:
    cluster = sandbox.call_api("GET", f"/clusters/{name}")[1]
    night = cluster["status"]["night"]
    return bool(
        night["power"] == power and night["awake"] is (power == "awake") and cluster["run"]["status"] != "RUNNING"
    )


def wait_until(holds: Callable[[], bool], what: str, deadline: float) -> None:
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"in vain: {what}")


def next_minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0) + timedelta(minutes=1)
