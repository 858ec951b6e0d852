"""What each route answers when all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest
import yaml

from lambdas.domain.runs import Problem
from tests.api.gateway import STAGE
from tests.house import AT

if TYPE_CHECKING:
    from tests.api.conftest import Client

BROKEN = Problem(code="NodeCreationFailure", cause="They never joined.", remedy="Look at the routes.")


def test_a_spec_is_accepted(client: Client, name: str) -> None:
    answer = client.post("/clusters", {"name": name})
    run = answer.json["run"]
    assert (answer.status, answer.content_type) == (202, "application/json")
    assert set(answer.json) == {"cluster", "run"}
    assert (run["id"], run["status"], run["generation"], run["verb"]) == (
        f"{name}-provision-1-1", "RUNNING", 1, "provision",
    )  # fmt: skip
    assert run["consoleUrl"].endswith(run["executionArn"])
    assert answer.json["cluster"]["name"] == name
    assert answer.json["cluster"]["spec"]["version"]
    assert client.home.intake.executions.status(client.home.run(run["id"]).verb, run["id"]) == "RUNNING"


@pytest.mark.parametrize("body", [b'{"name": "in-base-64"}', '{"name": "with-charset"}'])
def test_bodies_come_in_two_wrappings(client: Client, body: str | bytes) -> None:
    assert client.send("POST", "/clusters", body, "Application/JSON; charset=UTF-8").status == 202


def test_the_same_body_again_is_the_same_run(client: Client, name: str) -> None:
    first, again = (client.post("/clusters", {"name": name}) for _ in range(2))
    assert again.status == 202
    assert again.json == first.json


def test_the_same_body_after_a_failure_is_another_run(client: Client, name: str) -> None:
    first = client.post("/clusters", {"name": name}).json["run"]["id"]
    client.home.around.registry.fail(name, first, AT, BROKEN)
    assert client.post("/clusters", {"name": name}).json["run"]["id"] == f"{name}-provision-1-2"


def test_the_location_leads_to_the_run(client: Client, name: str) -> None:
    answer = client.post("/clusters", {"name": name})
    url = urljoin(f"https://api.example{STAGE}/clusters", answer.headers["Location"])
    assert url == f"https://api.example{STAGE}/runs/{name}-provision-1-1"


def test_a_cluster_is_shown(client: Client, name: str) -> None:
    accepted = client.post("/clusters", {"name": name, "tags": {"team": "platform"}}).json
    answer = client.get(f"/clusters/{name}")
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert answer.json == accepted["cluster"]
    assert answer.json["spec"]["tags"] == {"team": "platform"}
    condition = answer.json["status"]["conditions"][0]
    assert (condition["type"], condition["status"], condition["reason"]) == ("Ready", "False", "Converging")


def test_clusters_are_listed_by_name_in_pages(client: Client, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.aws.table.PAGE_SIZE", 2)
    mine = [f"{name}-{letter}" for letter in "abc"]
    for cluster in mine:
        client.post("/clusters", {"name": cluster})
    seen, url = [], "/clusters"
    while True:
        answer = client.get(url)
        assert answer.status == 200
        assert len(answer.json["items"]) <= 2
        seen += [item["name"] for item in answer.json["items"]]
        if answer.json["nextToken"] is None:
            break
        url = f"/clusters?nextToken={answer.json['nextToken']}"
    assert seen == sorted(seen)
    assert [cluster for cluster in seen if cluster in mine] == mine


def test_the_runs_of_a_cluster_are_listed_newest_first(
    client: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lambdas.aws.table.PAGE_SIZE", 2)
    for attempt in (1, 2, 3):
        run = client.post("/clusters", {"name": name}).json["run"]["id"]
        if attempt < 3:
            client.home.around.registry.fail(name, run, AT, BROKEN)
    first = client.get(f"/clusters/{name}/runs").json
    rest = client.get(f"/clusters/{name}/runs?nextToken={first['nextToken']}").json
    assert [(run["id"], run["status"]) for run in (*first["items"], *rest["items"])] == [
        (f"{name}-provision-1-3", "RUNNING"),
        (f"{name}-provision-1-2", "FAILED"),
        (f"{name}-provision-1-1", "FAILED"),
    ]
    assert rest["nextToken"] is None


def test_a_run_is_shown(client: Client, name: str) -> None:
    run = client.post("/clusters", {"name": name}).json["run"]
    assert client.get(f"/runs/{run['id']}").json == run
    client.home.around.registry.fail(name, run["id"], AT, BROKEN)
    failed = client.get(f"/runs/{run['id']}").json
    assert (failed["status"], failed["endedAt"]) == ("FAILED", AT)
    assert failed["error"] == {
        "code": "NodeCreationFailure", "cause": "They never joined.", "remedy": "Look at the routes.",
        "exists": [], "disposition": "user",
    }  # fmt: skip


def stopped(client: Client, name: str) -> str:
    run = client.post("/clusters", {"name": name}).json["run"]
    client.home.around.aws.stepfunctions.stop_execution(executionArn=run["executionArn"])
    return str(run["id"])


def test_a_run_that_was_stopped_from_outside_has_failed(client: Client, name: str) -> None:
    shown = client.get(f"/runs/{stopped(client, name)}").json
    assert (shown["status"], shown["error"]["code"]) == ("FAILED", "Stopped")


def test_the_cluster_of_a_run_that_was_stopped_is_not_converging(client: Client, name: str) -> None:
    stopped(client, name)
    shown = client.get(f"/clusters/{name}").json
    assert (shown["run"]["status"], shown["status"]["conditions"][0]["reason"]) == ("FAILED", "Stopped")


def test_a_kubeconfig_is_answered_once_there_is_an_endpoint(client: Client, name: str) -> None:
    run = client.post("/clusters", {"name": name}).json["run"]["id"]
    facts = {"arn": f"arn:aws:eks:eu-central-1:0:cluster/{name}", "endpoint": "https://a", "certificateAuthority": "Q"}
    client.home.around.registry.report(name, run, [], {"cluster": facts})
    answer = client.get(f"/clusters/{name}/kubeconfig")
    assert (answer.status, answer.content_type) == (200, "application/yaml")
    config = yaml.safe_load(answer.body)
    assert (config["current-context"], config["clusters"][0]["cluster"]["server"]) == (name, "https://a")


def test_a_plan_says_what_a_run_would_do_and_does_nothing(client: Client, name: str) -> None:
    answer = client.post("/plan", {"name": name})
    actions = answer.json["actions"]
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert ("create", "cluster") in [(action["verb"], action["resource"]) for action in actions]
    assert all(set(action) == {"verb", "resource", "reason", "consequence", "differences"} for action in actions)
    assert answer.json["spec"]["version"]
    assert client.home.around.registry.cluster(name) is None
    assert client.get(f"/clusters/{name}").status == 404
