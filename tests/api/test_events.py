"""GET /clusters/{name}/events: what has happened, newest first, also to a cluster that is no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.aws import table
from lambdas.domain.events import drift_found, drift_repaired
from lambdas.steps.contracts import API

if TYPE_CHECKING:
    from tests.api.conftest import Client
    from tests.api.gateway import Answer

ROLE = "arn:aws:iam::000000000000:role/platform/eks-cluster"


def get(client: Client, name: str, token: str = "") -> Answer:
    return client.get(f"/clusters/{name}/events{f'?nextToken={token}' if token else ''}")


def made(client: Client, name: str) -> str:
    """A cluster whose first run has ended. Answers the run."""
    run = client.post("/clusters", {"name": name, "roleArn": ROLE, "deletionProtection": False}).json["run"]["id"]
    execute(client, run)
    return str(run)


def execute(client: Client, run: str) -> None:
    found = client.home.run(run)
    assert client.home.execute(found).status == "SUCCEEDED"
    arn = client.home.around.settings.execution_arn(found.verb, run)
    client.home.around.aws.stepfunctions.stop_execution(executionArn=arn)


def test_events_outlive_their_cluster(client: Client, name: str) -> None:
    run = made(client, name)
    (event,) = get(client, name).json["items"]
    assert (event["id"], event["type"]) == (f"ClusterReady/{run}", "ClusterReady")
    assert event["message"] == event["detail"]["message"]
    assert event["publishedAt"] >= event["at"] == event["detail"]["at"]
    assert ("ClusterReady", event["detail"]) in client.home.hearing.heard

    deletion = client.send("DELETE", f"/clusters/{name}", content_type=None).json["run"]["id"]
    execute(client, deletion)
    assert client.get(f"/clusters/{name}").status == 404
    answer = get(client, name)
    assert (answer.status, [it["type"] for it in answer.json["items"]]) == (200, ["ClusterDeleted", "ClusterReady"])
    assert answer.json["nextToken"] is None


def test_events_come_in_pages_and_show_what_waits_to_be_published(
    client: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post("/clusters", {"name": name, "roleArn": ROLE})
    registry = client.home.around.registry
    first, second = "2026-11-21T09:00:00+00:00", "2026-11-21T09:01:00+00:00"
    registry.note(drift_found(name, 1, first, [], since=first, repair=True))
    registry.note(drift_repaired(name, 1, second, [], since=first, run=None))
    monkeypatch.setattr(table, "PAGE_SIZE", 1)
    newest = get(client, name).json
    oldest = get(client, name, newest["nextToken"]).json
    listed = [*newest["items"], *oldest["items"]]
    assert [(it["type"], it["publishedAt"]) for it in listed] == [("DriftRepaired", None), ("DriftFound", None)]


def test_a_token_of_another_list_is_refused(client: Client, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for cluster in (name, f"{name}-2"):
        client.post("/clusters", {"name": cluster, "roleArn": ROLE})
    monkeypatch.setattr(table, "PAGE_SIZE", 1)
    foreign = client.get("/clusters").json["nextToken"]
    assert foreign
    assert get(client, name, foreign).status == 400


@pytest.mark.parametrize("unknown", ["nobody", "no-such%20name", "-"])
def test_of_a_cluster_that_never_was_there_is_nothing(client: Client, unknown: str) -> None:
    answer = get(client, unknown)
    assert (answer.status, answer.content_type) == (404, "application/problem+json")


def test_reading_events_needs_nothing_new(client: Client, name: str) -> None:
    client.post("/clusters", {"name": name, "roleArn": ROLE})
    client.home.calls.function = "events"
    get(client, name)
    assert client.home.calls.by_function["events"] <= API.calls()
