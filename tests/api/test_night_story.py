"""Nights from the first request to the last node: asked for through the API, carried out by the state machines."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.calendar import instant_text
from tests.house import REGION

if TYPE_CHECKING:
    from tests.api.conftest import Client
    from tests.api.gateway import Answer

    Json = Any

# The house's clock shows a Saturday.
OFFICE = {"timezone": "Europe/Berlin", "awake": ["Mon-Fri 07:30-20:30"]}
SIZES = {"minSize": 1, "maxSize": 3, "desiredSize": 2}
HOURS = 3600


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", REGION)


@pytest.fixture
def accepted(client: Client, name: str) -> str:
    """A cluster with the node group ``workers`` whose first run has not begun."""
    client.post("/clusters", {"name": name, "nodegroups": [{"nodegroupName": "workers", "scalingConfig": SIZES}]})
    return name


@pytest.fixture
def built(client: Client, accepted: str) -> str:
    work(client, accepted)
    return accepted


def work(client: Client, name: str) -> str:
    """Let the run that holds the lease work, and those that follow it; answer the last one's end."""
    ended, last = "", None
    while (record := client.home.around.registry.cluster(name)) and record.lease and record.lease != last:
        last = record.lease
        ended = client.home.execute(client.home.run(last)).status
    return ended


def in_eks(client: Client, name: str) -> Json:
    described = client.home.around.aws.eks.describe_nodegroup(clusterName=name, nodegroupName="workers")
    return described["nodegroup"]["scalingConfig"]


def asleep(client: Client, name: str) -> str:
    conditions = client.get(f"/clusters/{name}").json["status"]["conditions"]
    return str(next(one["status"] for one in conditions if one["type"] == "Asleep"))


def scale(client: Client, name: str, **sizes: int) -> Answer:
    return client.post(f"/clusters/{name}/scale", {"nodegroups": [{"nodegroupName": "workers", **sizes}]})


def test_a_calendar_puts_to_sleep_and_its_end_wakes(client: Client, built: str) -> None:
    client.put(f"/clusters/{built}/schedule", OFFICE)
    assert (work(client, built), asleep(client, built)) == ("SUCCEEDED", "True")
    assert in_eks(client, built) == {**SIZES, "minSize": 0, "desiredSize": 0}
    status = client.get(f"/clusters/{built}").json["status"]
    assert status["nodegroups"][0]["inService"] == 0
    assert status["night"]["nodegroups"] == [{"nodegroupName": "workers", **SIZES}]
    client.send("DELETE", f"/clusters/{built}/schedule", content_type=None)
    assert (work(client, built), asleep(client, built)) == ("SUCCEEDED", "False")
    assert in_eks(client, built) == SIZES
    assert client.get(f"/clusters/{built}").json["status"]["nodegroups"][0]["inService"] == 2


def test_what_a_night_has_saved_is_told_while_it_lasts(client: Client, built: str) -> None:
    client.post(f"/clusters/{built}/sleep", {})
    work(client, built)
    client.home.clock.advance(10 * HOURS)
    assert client.get(f"/clusters/{built}").json["status"]["night"]["savedNodeHours"] == pytest.approx(20, abs=0.1)
    client.post(f"/clusters/{built}/wake", {})
    work(client, built)
    client.home.clock.advance(10 * HOURS)
    assert client.get(f"/clusters/{built}").json["status"]["night"]["savedNodeHours"] == pytest.approx(20, abs=0.3)


def test_one_node_then_two_then_none_with_the_history_of_updates(client: Client, built: str) -> None:
    for sizes in ({"desiredSize": 1}, {"desiredSize": 2}, {"desiredSize": 0, "minSize": 0}):
        assert scale(client, built, **sizes).status == 202
        assert work(client, built) == "SUCCEEDED"
        assert in_eks(client, built)["desiredSize"] == sizes["desiredSize"]
    night = client.get(f"/clusters/{built}").json["status"]["night"]
    assert [(it["desiredSize"], it["minSize"], it["status"]) for it in night["updates"]] == [
        (0, 0, "Successful"),
        (2, 1, "Successful"),
        (1, 1, "Successful"),
    ]
    of_eks = client.home.around.aws.eks.list_updates(name=built, nodegroupName="workers")["updateIds"]
    assert {it["updateId"] for it in night["updates"]} == set(of_eks)
    assert (night["power"], night["nodegroups"], asleep(client, built)) == ("awake", [], "False")


def test_bounds_that_were_set_by_hand_stay_by_day_and_by_night(client: Client, built: str) -> None:
    scale(client, built, desiredSize=4, minSize=0, maxSize=5)
    work(client, built)
    assert scale(client, built, desiredSize=5).status == 202
    work(client, built)
    assert in_eks(client, built) == {"minSize": 0, "maxSize": 5, "desiredSize": 5}
    client.post(f"/clusters/{built}/sleep", {})
    work(client, built)
    assert scale(client, built, desiredSize=4).status == 200
    assert scale(client, built, desiredSize=6).status == 422
    client.post(f"/clusters/{built}/wake", {})
    work(client, built)
    assert in_eks(client, built) == {"minSize": 0, "maxSize": 5, "desiredSize": 4}


def test_it_is_asleep_since_the_last_node_had_gone(client: Client, built: str) -> None:
    client.post(f"/clusters/{built}/sleep", {})
    work(client, built)
    status = client.get(f"/clusters/{built}").json["status"]
    since = next(one["lastTransitionTime"] for one in status["conditions"] if one["type"] == "Asleep")
    assert status["night"]["updates"][0]["createdAt"] < since <= instant_text(client.home.clock.now())


def test_what_was_asked_for_by_hand_is_forgotten_when_it_is_over(client: Client, built: str) -> None:
    until = client.home.clock.now() + timedelta(hours=1)
    client.post(f"/clusters/{built}/wake", {"until": until.isoformat()})
    work(client, built)
    client.home.clock.advance(2 * HOURS)
    scale(client, built, desiredSize=1)
    record = client.home.around.registry.cluster(built)
    assert record is not None
    assert record.override is None


def test_sizes_asked_for_at_night_come_in_the_morning(client: Client, built: str) -> None:
    client.put(f"/clusters/{built}/schedule", OFFICE)
    work(client, built)
    answer = scale(client, built, desiredSize=3)
    assert (answer.status, answer.json["run"]) == (200, None)
    assert in_eks(client, built)["desiredSize"] == 0
    client.post(f"/clusters/{built}/wake", {})
    work(client, built)
    assert in_eks(client, built) == {**SIZES, "desiredSize": 3}


def test_sleep_asked_for_while_it_is_built_comes_when_it_is_built(client: Client, accepted: str) -> None:
    answer = client.post(f"/clusters/{accepted}/sleep", {})
    assert (answer.status, answer.json["run"]["verb"]) == (202, "provision")
    assert work(client, accepted) == "SUCCEEDED"
    assert (in_eks(client, accepted)["desiredSize"], asleep(client, accepted)) == (0, "True")
    runs = client.get(f"/clusters/{accepted}/runs").json["items"]
    assert [run["verb"] for run in runs] == ["scale", "provision"]


def test_waking_asked_for_while_nodes_leave_brings_them_back(client: Client, built: str) -> None:
    home = client.home
    run = client.post(f"/clusters/{built}/sleep", {}).json["run"]["id"]
    woken: list[str] = []

    def invoke(function: str, event: dict[str, Json]) -> dict[str, object]:
        answer = home.invoke(function, event)
        if in_eks(client, built)["desiredSize"] == 0 and not woken:
            woken.append(client.post(f"/clusters/{built}/wake", {}).json["run"]["id"])
        return answer

    assert home.execute(home.run(run), invoke=invoke).status == "SUCCEEDED"
    work(client, built)
    assert woken == [run]
    assert (in_eks(client, built), asleep(client, built)) == (SIZES, "False")


def test_a_cluster_that_could_not_be_built_may_have_a_calendar(client: Client, accepted: str) -> None:
    """Its schedules are made, and it sleeps as soon as it is there."""
    home = client.home
    first = home.around.registry.cluster(accepted)
    assert first is not None
    home.around.aws.stepfunctions.stop_execution(executionArn=client.get(f"/runs/{first.run}").json["executionArn"])
    answer = client.put(f"/clusters/{accepted}/schedule", OFFICE)
    assert (answer.status, answer.json["run"]["verb"]) == (202, "scale")
    assert work(client, accepted) == "SUCCEEDED"
    names = [it["Name"] for it in home.around.aws.scheduler.list_schedules()["Schedules"]]
    assert len([name for name in names if name.startswith(f"{accepted}.")]) == 2
    assert client.get(f"/clusters/{accepted}").json["status"]["conditions"][0]["reason"] == "Stopped"
    spec = {"name": accepted, "nodegroups": [{"nodegroupName": "workers", "scalingConfig": SIZES}]}
    again = client.post("/clusters", spec).json["run"]
    assert again["verb"] == "provision"
    assert again["id"] != first.run
    assert work(client, accepted) == "SUCCEEDED"
    assert in_eks(client, accepted)["desiredSize"] == 0
