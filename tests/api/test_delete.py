"""DELETE /clusters/{name}: what it answers, when it refuses, and what everybody hears afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from lambdas.domain.runs import Problem, Verb, stopped
from lambdas.steps.contracts import API
from tests.api.gateway import STAGE
from tests.house import AT

if TYPE_CHECKING:
    from tests.api.conftest import Client
    from tests.api.gateway import Answer

ROLE = "arn:aws:iam::000000000000:role/platform/eks-cluster"
BROKEN = Problem(code="ResourceInUse", cause="Something holds it.", remedy="Look; then send the same spec again.")
CALENDAR = {"timezone": "UTC", "awake": ["Mon-Fri 08:00-18:00"]}


def spec(name: str, *, protected: bool = False) -> dict[str, Any]:
    return {"name": name, "roleArn": ROLE, "deletionProtection": protected}


def delete(client: Client, name: str) -> Answer:
    return client.send("DELETE", f"/clusters/{name}", content_type=None)


def execute(client: Client, run: str) -> str:
    """Run an execution to its end, and let moto know."""
    found = client.home.run(run)
    status = client.home.execute(found).status
    arn = client.home.around.settings.execution_arn(found.verb, run)
    client.home.around.aws.stepfunctions.stop_execution(executionArn=arn)
    return status


def there(client: Client, name: str, *, protected: bool = False) -> None:
    run = client.post("/clusters", spec(name, protected=protected)).json["run"]["id"]
    assert execute(client, run) == "SUCCEEDED"


def refused(answer: Answer, status: int) -> dict[str, str]:
    assert (answer.status, answer.content_type) == (status, "application/problem+json"), answer.body
    error: dict[str, str]
    (error,) = answer.json["errors"]
    assert error["detail"]
    assert error["remedy"]
    return error


def test_a_deletion_is_a_run(client: Client, name: str) -> None:
    there(client, name)
    answer = delete(client, name)
    cluster, run = answer.json["cluster"], answer.json["run"]
    assert (answer.status, answer.content_type) == (202, "application/json")
    assert (run["id"], run["verb"], run["status"]) == (f"{name}-destroy-1-2", "destroy", "RUNNING")
    assert (run["deleted"], run["left"]) == ([], [])
    assert cluster["run"] == run
    assert cluster["status"]["conditions"][0]["reason"] == "Deleting"
    url = urljoin(f"https://api.example{STAGE}/clusters/{name}", answer.headers["Location"])
    assert url == f"https://api.example{STAGE}/runs/{run['id']}"
    assert client.home.intake.executions.status(Verb.DESTROY, run["id"]) == "RUNNING"
    assert delete(client, name).json["run"]["id"] == run["id"]


def test_what_was_deleted_is_not_there_and_its_runs_are(client: Client, name: str) -> None:
    there(client, name)
    run = delete(client, name).json["run"]["id"]
    assert execute(client, run) == "SUCCEEDED"
    for path in ("", "/runs", "/schedule", "/kubeconfig"):
        assert refused(client.get(f"/clusters/{name}{path}"), 404)["pointer"] == "/name"
    assert refused(delete(client, name), 404)["pointer"] == "/name"
    assert refused(client.put(f"/clusters/{name}", spec(name)), 404)
    assert name not in [it["name"] for it in client.get("/clusters").json["items"]]
    said = client.get(f"/runs/{run}").json
    assert (said["status"], said["left"]) == ("SUCCEEDED", [])
    assert "cluster" in said["deleted"]


def test_a_name_is_free_again(client: Client, name: str) -> None:
    there(client, name)
    execute(client, delete(client, name).json["run"]["id"])
    answer = client.post("/clusters", spec(name))
    assert (answer.status, answer.json["cluster"]["generation"]) == (202, 2)
    assert answer.json["run"]["id"] == f"{name}-provision-2-1"
    assert answer.json["cluster"]["status"]["conditions"][0]["reason"] == "Converging"
    assert execute(client, answer.json["run"]["id"]) == "SUCCEEDED"


def test_an_unknown_cluster_is_not_deleted(client: Client) -> None:
    assert refused(delete(client, "nobody"), 404)["pointer"] == "/name"
    assert refused(delete(client, "-"), 404)["pointer"] == "/name"


def test_a_protected_cluster_stays_until_put_says_otherwise(client: Client, name: str) -> None:
    there(client, name, protected=True)
    before = client.get(f"/clusters/{name}").json
    error = refused(delete(client, name), 409)
    assert error["pointer"] == "/deletionProtection"
    assert f"PUT /clusters/{name}" in error["remedy"]
    assert client.get(f"/clusters/{name}").json == before
    answer = client.put(f"/clusters/{name}", spec(name))
    assert (answer.status, answer.json["cluster"]["spec"]["deletionProtection"]) == (202, False)
    assert execute(client, answer.json["run"]["id"]) == "SUCCEEDED"
    assert execute(client, delete(client, name).json["run"]["id"]) == "SUCCEEDED"


def test_protection_comes_back_by_put_too(client: Client, name: str) -> None:
    there(client, name)
    execute(client, client.put(f"/clusters/{name}", spec(name, protected=True)).json["run"]["id"])
    assert refused(delete(client, name), 409)["pointer"] == "/deletionProtection"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/clusters", spec("?")),
        ("PUT", "/clusters/?", spec("?", protected=True)),
        ("PUT", "/clusters/?/schedule", CALENDAR),
        ("POST", "/clusters/?/sleep", {}),
        ("POST", "/clusters/?/wake", {}),
    ],
)
def test_what_goes_takes_nothing_in(client: Client, name: str, method: str, path: str, body: dict[str, Any]) -> None:
    there(client, name)
    run = delete(client, name).json["run"]["id"]
    before = client.get(f"/clusters/{name}").json
    document = {**body, "name": name} if "name" in body else body
    send = client.post if method == "POST" else client.put
    answer = send(path.replace("?", name), document)
    assert run in refused(answer, 409)["remedy"]
    assert "is being deleted" in answer.json["detail"]
    assert client.get(f"/clusters/{name}").json == before


def test_after_a_failure_it_is_another_attempt(client: Client, name: str) -> None:
    there(client, name)
    first = delete(client, name).json["run"]["id"]
    record = client.home.around.registry.cluster(name)
    client.home.around.registry.fail(name, first, AT, BROKEN, seen=record)
    shown = client.get(f"/clusters/{name}").json["status"]["conditions"][0]
    assert (shown["status"], shown["reason"]) == ("False", BROKEN.code)
    second = delete(client, name)
    assert (second.status, second.json["run"]["id"]) == (202, f"{name}-destroy-1-3")
    assert execute(client, second.json["run"]["id"]) == "SUCCEEDED"


def test_a_run_that_was_stopped_says_to_delete_again(client: Client, name: str) -> None:
    there(client, name)
    run = delete(client, name).json["run"]["id"]
    arn = client.home.around.settings.execution_arn(Verb.DESTROY, run)
    client.home.around.aws.stepfunctions.stop_execution(executionArn=arn)
    assert client.get(f"/runs/{run}").json["error"]["remedy"] == stopped(Verb.DESTROY).remedy


def test_a_failure_never_says_to_send_the_spec_again(client: Client, name: str) -> None:
    there(client, name)
    run = delete(client, name).json["run"]["id"]
    failure = {"error": "ResourceInUse", "cause": f"{BROKEN.cause} What to do: {BROKEN.remedy}"}
    event = {"verb": "fail", "cluster": name, "run": run, "last": failure}
    client.home.invoke("runs", event)
    assert client.get(f"/runs/{run}").json["error"]["remedy"] == "Look; then DELETE the cluster again."


def test_a_delete_asks_the_registry_and_step_functions_only(client: Client, name: str) -> None:
    there(client, name)
    client.home.calls.function = "api"
    client.home.calls.by_function.clear()
    assert delete(client, name).status == 202
    called = client.home.calls.by_function["api"]
    assert called <= API.calls()
    assert {it.partition(":")[0] for it in called} == {"dynamodb", "states"}
