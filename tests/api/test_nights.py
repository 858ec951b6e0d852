"""Calendars, sleep, waking and sizes through the API: what is answered, what is written, and which run sees to it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from lambdas.aws.registry import Conflict, Registry
from lambdas.domain.runs import Problem
from lambdas.steps.contracts import API
from tests.api.gateway import STAGE
from tests.house import AT

if TYPE_CHECKING:
    from lambdas.domain.records import ClusterRecord
    from tests.api.conftest import Client

    Json = Any

# The house's clock shows a Saturday, 2026-11-21, 10:00 in Berlin.
OFFICE = {"timezone": "Europe/Berlin", "awake": ["Mon-Fri 07:30-20:30"]}
SATURDAY = {"timezone": "Europe/Berlin", "awake": ["Sat 08:00-12:00"]}
SIZES = {"minSize": 1, "maxSize": 3, "desiredSize": 2}
MONDAY = {"utc": "2026-11-23T06:30:00+00:00", "local": "Mon 2026-11-23 07:30 CET"}
NOON = {"utc": "2026-11-21T11:00:00+00:00", "local": "Sat 2026-11-21 12:00 CET"}
BROKEN = Problem(code="NodeCreationFailure", cause="They never joined.", remedy="Look at the routes.")


@pytest.fixture
def idle(client: Client, name: str) -> str:
    """A cluster with the node group ``workers``, on which nothing works."""
    spec = {"name": name, "nodegroups": [{"nodegroupName": "workers", "scalingConfig": SIZES}]}
    run = client.post("/clusters", spec).json["run"]["id"]
    registry = client.home.around.registry
    facts = {"status": "ACTIVE", "inService": 2, "scalingConfig": SIZES}
    registry.report(name, run, [], {"nodegroups/workers": facts})
    registry.finish(record(client, name), run, AT)
    return name


def record(client: Client, name: str) -> ClusterRecord:
    found = client.home.around.registry.cluster(name)
    assert found is not None
    return found


def settle(client: Client, name: str, **facts: Json) -> None:
    """End the run that works on a cluster, with what it has seen of the node group."""
    registry = client.home.around.registry
    run = record(client, name).lease
    assert run is not None
    if facts:
        registry.report(name, run, [], {"sizes/workers": facts})
    registry.finish(record(client, name), run, AT)


def condition(cluster: Json, kind: str) -> Json:
    return next(one for one in cluster["status"]["conditions"] if one["type"] == kind)


def test_a_calendar_is_accepted_with_the_run_that_sees_to_it(client: Client, idle: str) -> None:
    answer = client.put(f"/clusters/{idle}/schedule", OFFICE)
    assert (answer.status, set(answer.json)) == (202, {"cluster", "run", "schedule"})
    run = answer.json["run"]
    assert (run["verb"], run["status"], run["cluster"]) == ("scale", "RUNNING", idle)
    assert answer.json["cluster"]["run"]["id"] == run["id"] == record(client, idle).lease
    known = client.home.run(run["id"])
    assert client.home.around.starter.executions.status(known.verb, known.id) == "RUNNING"
    url = urljoin(f"https://api.example{STAGE}/clusters/{idle}/schedule", answer.headers["Location"])
    assert url == f"https://api.example{STAGE}/runs/{run['id']}"


def test_a_schedule_tells_what_is_wanted_and_the_next_five_events(client: Client, idle: str) -> None:
    put = client.put(f"/clusters/{idle}/schedule", OFFICE).json["schedule"]
    schedule = client.get(f"/clusters/{idle}/schedule").json
    assert schedule == put
    assert schedule["calendar"] == {**OFFICE, "exceptions": [], "nodegroups": []}
    assert schedule["desired"] == {
        "state": "asleep",
        "reason": "It is outside Mon-Fri 07:30-20:30 (Europe/Berlin).",
        "until": MONDAY,
    }
    assert schedule["nextEvents"][0] == {"at": MONDAY, "what": "wake", "why": "Mon-Fri 07:30-20:30 begins."}
    assert [event["what"] for event in schedule["nextEvents"]] == ["wake", "sleep", "wake", "sleep", "wake"]
    assert schedule["override"] is None


def test_without_a_calendar_a_cluster_never_sleeps(client: Client, idle: str) -> None:
    schedule = client.get(f"/clusters/{idle}/schedule").json
    assert (schedule["calendar"], schedule["override"], schedule["nextEvents"]) == (None, None, [])
    assert schedule["desired"]["state"] == "awake"


def test_the_same_calendar_again_is_the_same_run(client: Client, idle: str) -> None:
    first, again = (client.put(f"/clusters/{idle}/schedule", OFFICE) for _ in range(2))
    assert (again.status, again.json["run"]["id"]) == (202, first.json["run"]["id"])
    assert record(client, idle).intent == 1


def test_where_nothing_is_left_to_do_there_is_no_run(client: Client, idle: str) -> None:
    answer = client.send("DELETE", f"/clusters/{idle}/schedule", content_type=None)
    assert (answer.status, answer.json["run"]) == (200, None)
    assert (record(client, idle).intent, record(client, idle).lease) == (0, None)


def test_what_is_asked_during_a_run_is_that_runs_business(client: Client, name: str) -> None:
    spec = {"name": name, "nodegroups": [{"nodegroupName": "workers", "scalingConfig": SIZES}]}
    provision = client.post("/clusters", spec).json["run"]["id"]
    answer = client.put(f"/clusters/{name}/schedule", OFFICE)
    assert (answer.status, answer.json["run"]["id"]) == (202, provision)
    assert (record(client, name).lease, record(client, name).calendar is not None) == (provision, True)


def test_a_run_that_was_stopped_is_followed_by_another(client: Client, idle: str) -> None:
    first = client.put(f"/clusters/{idle}/schedule", OFFICE).json["run"]
    client.home.around.aws.stepfunctions.stop_execution(executionArn=first["executionArn"])
    second = client.post(f"/clusters/{idle}/wake", {}).json["run"]
    assert second["id"] != first["id"]
    assert client.get(f"/runs/{first['id']}").json["error"]["code"] == "Stopped"
    assert record(client, idle).lease == second["id"]


def test_a_run_that_was_accepted_and_never_started_is_started(
    client: Client, idle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("lambdas.aws.executions.Executions.start", die)
        with pytest.raises(KeyboardInterrupt):
            client.put(f"/clusters/{idle}/schedule", OFFICE)
    run = client.put(f"/clusters/{idle}/schedule", OFFICE).json["run"]
    known = client.home.run(run["id"])
    assert client.home.around.starter.executions.status(known.verb, known.id) == "RUNNING"


def test_another_who_is_quicker_is_no_obstacle(client: Client, idle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    intend, tries = Registry.intend, []

    def contended(self: Registry, seen: ClusterRecord, **members: Any) -> None:  # noqa: ANN401 -- as it comes
        tries.append(members)
        if len(tries) == 1:
            raise Conflict(idle)
        intend(self, seen, **members)

    monkeypatch.setattr(Registry, "intend", contended)
    assert client.put(f"/clusters/{idle}/schedule", OFFICE).status == 202
    assert len(tries) == 2


def test_a_crowd_is_told_to_come_again(client: Client, idle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise Conflict(idle)

    monkeypatch.setattr(Registry, "intend", never)
    answer = client.put(f"/clusters/{idle}/schedule", OFFICE)
    assert (answer.status, answer.json["errors"][0]["remedy"]) == (409, "Send the same again.")


def test_the_function_may_do_all_that_these_calls_need(client: Client, idle: str) -> None:
    calls = client.home.calls
    calls.function = "api"
    calls.by_function.clear()
    client.put(f"/clusters/{idle}/schedule", OFFICE)
    for verb in ("sleep", "wake"):
        client.post(f"/clusters/{idle}/{verb}", {})
    client.post(f"/clusters/{idle}/scale", {"nodegroups": [{"nodegroupName": "workers", "desiredSize": 3}]})
    client.send("DELETE", f"/clusters/{idle}/schedule", content_type=None)
    asked = calls.by_function["api"]
    assert "states:StartExecution" in asked
    assert asked <= API.calls()


# -- by hand


@pytest.mark.parametrize("body", [None, "", "{}"])
@pytest.mark.parametrize("content_type", [None, "application/json"])
def test_sleep_needs_no_body(client: Client, idle: str, body: str | None, content_type: str | None) -> None:
    answer = client.send("POST", f"/clusters/{idle}/sleep", body, content_type if not body else "application/json")
    assert answer.status == 202
    assert answer.json["schedule"]["override"] == {"state": "asleep", "until": None}


def test_sleep_lasts_until_the_calendars_next_event(client: Client, idle: str) -> None:
    client.put(f"/clusters/{idle}/schedule", SATURDAY)
    answer = client.post(f"/clusters/{idle}/sleep", {})
    assert answer.json["schedule"]["override"] == {"state": "asleep", "until": NOON}
    assert answer.json["schedule"]["desired"]["state"] == "asleep"


def test_wake_lasts_until_the_time_given(client: Client, idle: str) -> None:
    client.put(f"/clusters/{idle}/schedule", OFFICE)
    answer = client.post(f"/clusters/{idle}/wake", {"until": "2026-11-21T23:00:00+01:00"})
    schedule = answer.json["schedule"]
    assert schedule["desired"]["state"] == "awake"
    assert schedule["override"]["until"]["utc"] == "2026-11-21T22:00:00+00:00"
    assert [event["what"] for event in schedule["nextEvents"]][:2] == ["sleep", "wake"]


def test_the_newest_word_counts(client: Client, idle: str) -> None:
    for verb, state in (("sleep", "asleep"), ("wake", "awake"), ("sleep", "asleep")):
        answer = client.post(f"/clusters/{idle}/{verb}", {})
        assert (answer.status, answer.json["schedule"]["desired"]["state"]) == (202, state)


def test_a_calendar_ends_an_override_that_would_never_end(client: Client, idle: str) -> None:
    client.post(f"/clusters/{idle}/sleep", {})
    assert client.put(f"/clusters/{idle}/schedule", SATURDAY).json["schedule"]["override"] is None
    client.post(f"/clusters/{idle}/sleep", {})
    kept = client.put(f"/clusters/{idle}/schedule", OFFICE).json["schedule"]["override"]
    assert kept == {"state": "asleep", "until": NOON}


def test_a_cluster_without_a_schedule_wakes(client: Client, idle: str) -> None:
    client.put(f"/clusters/{idle}/schedule", OFFICE)
    settle(client, idle, power="asleep", remembered=SIZES, updates=[])
    answer = client.send("DELETE", f"/clusters/{idle}/schedule", content_type=None)
    assert (answer.status, answer.json["run"]["verb"]) == (202, "scale")
    assert answer.json["schedule"]["desired"]["state"] == "awake"


def test_without_a_schedule_nothing_by_hand_is_left_either(client: Client, idle: str) -> None:
    client.post(f"/clusters/{idle}/sleep", {})
    answer = client.send("DELETE", f"/clusters/{idle}/schedule", content_type=None)
    assert (answer.json["schedule"]["override"], record(client, idle).override) == (None, None)
    assert answer.json["schedule"]["desired"]["state"] == "awake"


# -- sizes


def test_sizes_are_written_down_for_the_run(client: Client, idle: str) -> None:
    answer = client.post(f"/clusters/{idle}/scale", {"nodegroups": [{"nodegroupName": "workers", "desiredSize": 3}]})
    assert (answer.status, answer.json["run"]["verb"]) == (202, "scale")
    assert {name: asdict(sizes) for name, sizes in record(client, idle).resize.items()} == {
        "workers": {"minSize": 1, "maxSize": 3, "desiredSize": 3}
    }
    assert answer.json["cluster"]["status"]["night"]["nodegroups"] == [
        {"nodegroupName": "workers", "minSize": 1, "maxSize": 3, "desiredSize": 3}
    ]


def test_the_seeds_sizes_one_after_the_other(client: Client, idle: str) -> None:
    """1, 2 and 0 nodes: for none at all the lower bound goes down, too."""
    for sizes in ({"desiredSize": 1}, {"desiredSize": 2}, {"desiredSize": 0, "minSize": 0}):
        answer = client.post(f"/clusters/{idle}/scale", {"nodegroups": [{"nodegroupName": "workers", **sizes}]})
        assert (answer.status, record(client, idle).resize["workers"].desiredSize) == (202, sizes["desiredSize"])


# -- what a cluster shows


def test_a_sleeping_cluster_says_so(client: Client, idle: str) -> None:
    run = client.put(f"/clusters/{idle}/schedule", OFFICE).json["run"]["id"]
    update = {"id": "u", "run": run, "number": 0, "createdAt": AT, "status": "Successful"}
    down = {"minSize": 0, "maxSize": 3, "desiredSize": 0}
    settle(
        client,
        idle,
        power="asleep",
        remembered=SIZES,
        updates=[{**update, "scalingConfig": down}],
        wake={"risks": ["InsufficientFreeAddresses: its subnets have 1 free addresses, and it needs 2."]},
    )
    cluster = client.get(f"/clusters/{idle}").json
    night = cluster["status"]["night"]
    assert (night["awake"], night["power"], night["until"]) == (False, "asleep", MONDAY)
    assert night["nodegroups"] == [{"nodegroupName": "workers", **SIZES}]
    assert night["updates"] == [
        {"nodegroupName": "workers", "updateId": "u", "status": "Successful", "createdAt": AT, "run": run, **down}
    ]
    asleep, risk = condition(cluster, "Asleep"), condition(cluster, "WakeAtRisk")
    assert (asleep["status"], asleep["reason"]) == ("True", "Calendar")
    assert MONDAY["local"] in asleep["message"]
    assert (risk["status"], risk["reason"]) == ("True", "InsufficientFreeAddresses")
    assert "workers" in risk["message"]


@pytest.mark.parametrize(("call", "reason"), [("schedule", "Calendar"), ("sleep", "Override")])
def test_a_cluster_on_its_way_to_sleep_is_neither(client: Client, idle: str, call: str, reason: str) -> None:
    client.put(f"/clusters/{idle}/schedule", OFFICE) if call == "schedule" else client.post(
        f"/clusters/{idle}/sleep", {}
    )
    asleep = condition(client.get(f"/clusters/{idle}").json, "Asleep")
    assert (asleep["status"], asleep["reason"]) == ("Unknown", reason)
    assert "is to be asleep" in asleep["message"]


def test_a_condition_says_only_once_until_when(client: Client, idle: str) -> None:
    client.put(f"/clusters/{idle}/schedule", SATURDAY)
    client.post(f"/clusters/{idle}/wake", {})
    message = condition(client.get(f"/clusters/{idle}").json, "Asleep")["message"]
    assert message.count(NOON["local"]) == 1


def test_a_cluster_without_nights_shows_nothing_of_risks(client: Client, idle: str) -> None:
    cluster = client.get(f"/clusters/{idle}").json
    assert [one["type"] for one in cluster["status"]["conditions"]] == ["Ready", "Asleep"]
    asleep = condition(cluster, "Asleep")
    assert (asleep["status"], asleep["reason"]) == ("False", "NoCalendar")


def test_posting_the_spec_again_answers_with_the_run_that_provisioned(client: Client, idle: str) -> None:
    spec = {"name": idle, "nodegroups": [{"nodegroupName": "workers", "scalingConfig": SIZES}]}
    scale = client.put(f"/clusters/{idle}/schedule", OFFICE).json["run"]["id"]
    answer = client.post("/clusters", spec).json
    assert (answer["run"]["verb"], answer["run"]["status"]) == ("provision", "SUCCEEDED")
    assert answer["cluster"]["run"]["id"] == scale


def test_a_cluster_is_ready_as_its_spec_says_after_a_night(client: Client, idle: str) -> None:
    client.put(f"/clusters/{idle}/schedule", OFFICE)
    assert condition(client.get(f"/clusters/{idle}").json, "Ready")["reason"] == "Converging"
    settle(client, idle, power="asleep", remembered=SIZES)
    assert condition(client.get(f"/clusters/{idle}").json, "Ready")["reason"] == "AsDescribed"


def test_a_wake_that_failed_is_not_ready(client: Client, idle: str) -> None:
    run = client.post(f"/clusters/{idle}/wake", {}).json["run"]["id"]
    client.home.around.registry.fail(idle, run, AT, BROKEN)
    assert condition(client.get(f"/clusters/{idle}").json, "Ready")["reason"] == "NodeCreationFailure"
