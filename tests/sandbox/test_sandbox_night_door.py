"""Nights at the door over HTTP, on the deployed template: what is refused, how, and that nothing has come of it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.bodies import Refusal, require_refusal
from tests.api.night_bodies import GROUPS, REFUSALS
from tests.sandbox.test_sandbox_door import JSON, Answer, Door, require_forbidden

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.conftest import RunningSandbox

    Json = Any

SLEEPER = "sleeper"
SIZES = {"minSize": 1, "maxSize": 3, "desiredSize": 2}
MACHINES = ("Slipway-provision", "Slipway-scale")
CALLS = [("PUT", "schedule"), ("POST", "sleep"), ("POST", "wake"), ("POST", "scale")]
SETTLING_SECONDS = 90


@dataclass
class NightDoor(Door):
    """The deployed API, and all that a cluster's nights leave behind it."""

    sandbox: RunningSandbox

    def ask(self, method: str, path: str, body: bytes = b"", content_type: str = JSON) -> Answer:
        return self.send(method, f"/clusters/{SLEEPER}/{path}", body, content_type)

    def left(self) -> Json:
        """What the registry, Step Functions and EventBridge Scheduler have of the cluster, and its schedule."""
        return {
            "registry": self.items(),
            "executions": self._executions(),
            "schedules": self.schedules(),
            "schedule": self.ask("GET", "schedule").json,
        }

    def items(self) -> list[Json]:
        """What the registry has of the cluster, but for what the hourly look for drift notes of it."""
        items = self.sandbox.client("dynamodb").scan(TableName=self._table)["Items"]
        ours = [item for item in items if item.get("cluster", item.get("name")) == {"S": SLEEPER}]
        asked = [item for item in ours if not item["pk"]["S"].startswith("EVENT#")]
        known = [{name: value for name, value in item.items() if name != "drift"} for item in asked]
        return sorted(known, key=lambda item: str(item["pk"]["S"]))

    def schedules(self) -> list[Json]:
        found = self.sandbox.client("scheduler").list_schedules(NamePrefix=f"{SLEEPER}.")["Schedules"]
        return sorted((it["Name"], it["State"]) for it in found)

    def is_leased(self) -> bool:
        (record,) = (item for item in self.items() if item["pk"]["S"].startswith("CLUSTER#"))
        return "lease" in record

    def _executions(self) -> set[str]:
        """Those that somebody has started by the API; the calendar's boundaries are days away."""
        states = self.sandbox.client("stepfunctions")
        machines = (self.sandbox.health["stateMachines"][machine] for machine in MACHINES)
        found = (it["name"] for arn in machines for it in states.list_executions(stateMachineArn=arn)["executions"])
        return {name for name in found if name.startswith(f"{SLEEPER}-")}


@pytest.fixture(scope="module")
def door(sandbox: RunningSandbox) -> NightDoor:
    """The door of a house in which a cluster with two node groups has a calendar, and nobody works on it."""
    door = NightDoor(sandbox)
    groups = [{"nodegroupName": name, "scalingConfig": SIZES} for name in GROUPS]
    accepted = door.send("POST", "/clusters", json.dumps({"name": SLEEPER, "nodegroups": groups}).encode())
    assert accepted.status == 202, accepted.json
    sandbox.client("stepfunctions").stop_execution(executionArn=accepted.json["run"]["executionArn"])
    planned = door.ask("PUT", "schedule", json.dumps(calendar()).encode())
    assert planned.status == 202, planned.json
    deadline = time.monotonic() + SETTLING_SECONDS
    while door.is_leased() or not door.schedules():
        assert time.monotonic() < deadline, door.items()
        time.sleep(0.2)
    return door


def calendar() -> Json:
    """Two boundaries, both of them days away."""
    day = datetime.now(UTC) + timedelta(days=3)
    return {"timezone": "UTC", "awake": [f"{day:%a} 10:00-11:00"]}


@pytest.fixture(scope="module")
def before(door: NightDoor) -> Json:
    left = door.left()
    assert (len(left["schedules"]), left["schedule"]["calendar"]["awake"]) == (2, calendar()["awake"])
    return left


@pytest.fixture(scope="module")
def untouched(door: NightDoor, before: Json) -> Iterator[None]:
    """Looked at once, after all refusals: none of them would undo what another has done."""
    yield
    assert door.left() == before


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [pytest.param(method, path, refusal, id=f"{path}-{refusal}") for method, path, refusal in REFUSALS],
)
def test_a_body_is_refused(door: NightDoor, method: str, path: str, refusal: Refusal) -> None:
    answer = door.ask(method, path, refusal.body)
    require_refusal(refusal, answer.status, answer.content_type, answer.json)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_only_json_is_read(door: NightDoor, method: str, path: str) -> None:
    answer = door.ask(method, path, b"{}", "application/yaml")
    require_refusal(Refusal("", b"", 415, "", JSON), answer.status, answer.content_type, answer.json)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(("method", "path"), [("GET", "schedule"), ("DELETE", "schedule"), *CALLS])
def test_a_cluster_that_is_not_there_is_not_found(door: NightDoor, method: str, path: str) -> None:
    answer = door.send(method, f"/clusters/nobody/{path}", b"{}" if method in {"PUT", "POST"} else b"")
    require_refusal(Refusal("", b"", 404, "/name", "GET /clusters"), answer.status, answer.content_type, answer.json)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(("method", "path"), [("GET", "schedule"), ("DELETE", "schedule"), *CALLS])
def test_an_unsigned_request_is_refused(door: NightDoor, method: str, path: str) -> None:
    answer = door.send(method, f"/clusters/{SLEEPER}/{path}", b"{}" if method == "POST" else b"", signer=None)
    require_forbidden(answer, "Signature Version 4")
