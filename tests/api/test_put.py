"""PUT /clusters/{name}: another spec for a known cluster, and every way in which it is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from lambdas.domain.runs import Problem
from lambdas.steps.contracts import API
from tests.api.gateway import STAGE
from tests.house import AT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Client
    from tests.api.gateway import Answer

BROKEN = Problem(code="NodeCreationFailure", cause="They never joined.", remedy="Look at the routes.")
SIZES = {"minSize": 1, "maxSize": 2, "desiredSize": 1}
STANDS = "standing"
"""A cluster that is there, with a node group and an access entry."""

WORKERS = {"nodegroupName": "workers", "scalingConfig": SIZES}
ENTRY = {"principalArn": "arn:aws:iam::000000000000:role/platform/operators"}
SPEC: dict[str, Any] = {"name": STANDS, "nodegroups": [WORKERS], "accessEntries": [ENTRY]}


@pytest.fixture(scope="module")
def stands(client: Client) -> str:
    """The path of a cluster that is there."""
    run = client.post("/clusters", SPEC).json["run"]["id"]
    assert client.home.execute(client.home.run(run)).status == "SUCCEEDED"
    return f"/clusters/{STANDS}"


@pytest.fixture
def unchanged(client: Client, stands: str) -> Iterator[None]:
    """Nothing about the cluster, its runs and what AWS has of it is other after the test."""

    def portrait() -> list[object]:
        return [client.get(stands).json, client.get(f"{stands}/runs").json, client.home.twin.inventory()]

    before = portrait()
    client.home.wire.forget()
    yield
    assert portrait() == before
    assert client.home.wire.changed == []


def errors(answer: Answer, status: int) -> list[dict[str, str]]:
    assert (answer.status, answer.content_type) == (status, "application/problem+json"), answer.body
    listed: list[dict[str, str]] = answer.json["errors"]
    assert all(error["detail"] and error["remedy"] for error in listed)
    return listed


def test_a_corrected_spec_is_accepted_as_the_next_generation(client: Client, name: str) -> None:
    first = client.post("/clusters", {"name": name}).json["run"]["id"]
    client.home.around.registry.fail(name, first, AT, BROKEN)
    answer = client.put(f"/clusters/{name}", {"name": name, "deletionProtection": False})
    cluster, run = answer.json["cluster"], answer.json["run"]
    assert (answer.status, answer.content_type) == (202, "application/json")
    assert (cluster["generation"], cluster["spec"]["deletionProtection"]) == (2, False)
    assert (run["id"], run["generation"], run["status"]) == (f"{name}-provision-2-1", 2, "RUNNING")
    assert client.home.intake.executions.status(client.home.run(run["id"]).verb, run["id"]) == "RUNNING"
    url = urljoin(f"https://api.example{STAGE}/clusters/{name}", answer.headers["Location"])
    assert url == f"https://api.example{STAGE}/runs/{run['id']}"
    assert client.get(f"/clusters/{name}").json == cluster


def test_a_run_at_work_is_given_the_newest_spec(client: Client, name: str) -> None:
    first = client.post("/clusters", {"name": name}).json
    answer = client.put(f"/clusters/{name}", {"name": name, "deletionProtection": False})
    assert (answer.status, answer.json["cluster"]["generation"]) == (202, 2)
    assert answer.json["run"]["id"] == first["run"]["id"]
    assert len(client.get(f"/clusters/{name}/runs").json["items"]) == 1


def test_a_run_that_was_stopped_is_followed_by_another(client: Client, name: str) -> None:
    run = client.post("/clusters", {"name": name}).json["run"]
    client.home.around.aws.stepfunctions.stop_execution(executionArn=run["executionArn"])
    answer = client.put(f"/clusters/{name}", {"name": name, "deletionProtection": False})
    assert (answer.status, answer.json["run"]["id"]) == (202, f"{name}-provision-2-1")
    assert client.get(f"/runs/{run['id']}").json["error"]["code"] == "Stopped"


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("other_words", [False, True])
def test_the_spec_that_the_cluster_has_is_nothing_new(client: Client, stands: str, *, other_words: bool) -> None:
    """Also with what was left open written out."""
    answer = client.put(stands, client.get(stands).json["spec"] if other_words else SPEC)
    assert (answer.status, answer.json["cluster"]["generation"], answer.json["run"]["status"]) == (200, 1, "SUCCEEDED")


def test_the_same_spec_after_a_failure_is_another_attempt(client: Client, name: str) -> None:
    first = client.post("/clusters", {"name": name}).json["run"]["id"]
    client.home.around.registry.fail(name, first, AT, BROKEN)
    answer = client.put(f"/clusters/{name}", {"name": name})
    assert (answer.status, answer.json["run"]["id"]) == (202, f"{name}-provision-1-2")


def test_what_is_left_open_stays_as_it_was_accepted(client: Client, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though EKS has a newer version by now, and Slipway another key."""
    before = client.post("/clusters", {"name": name, "version": "1.34"}).json["cluster"]["spec"]
    monkeypatch.setattr("lambdas.steps.intake.newest", lambda _: "9.99")
    settings = type(client.home.around.settings)
    monkeypatch.setattr(settings, "secrets_key_arn", "arn:aws:kms:eu-central-1:000000000000:key/another")
    after = client.put(f"/clusters/{name}", {"name": name, "deletionProtection": False}).json["cluster"]["spec"]
    assert after == {**before, "deletionProtection": False}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"version": "1.34"}, "/version"),
        ({"tags": {"team": "other"}}, "/tags"),
        ({"roleArn": "arn:aws:iam::000000000000:role/platform/eks-cluster"}, "/roleArn"),
        ({"vpc": {"create": {"cidr": "10.64.0.0/16"}}}, "/vpc"),
        ({"resourcesVpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}},
         "/resourcesVpcConfig"),
        ({"upgradePolicy": {"supportType": "EXTENDED"}}, "/upgradePolicy"),
        ({"logging": {"clusterLogging": [{"types": ["audit"]}]}}, "/logging"),
        ({"nodegroups": []}, "/nodegroups"),
        ({"nodegroups": [{**WORKERS, "nodegroupName": "others"}]}, "/nodegroups"),
        ({"nodegroups": [{**WORKERS, "nodegroupName": "more"}, {**WORKERS, "instanceTypes": ["m5.large"]}]},
         "/nodegroups/1"),
        ({"nodegroups": [{**WORKERS, "labels": {"pool": "a"}, "scalingConfig": {**SIZES, "maxSize": 3}}]},
         "/nodegroups/0"),
        ({"accessEntries": []}, "/accessEntries"),
        ({"accessEntries": [{**ENTRY, "username": "ops"}]}, "/accessEntries/0"),
        ({"omitDefaultAddons": ["coredns"]}, "/addons"),
        ({"addons": [{"addonName": "metrics-server"}, {"addonName": "coredns", "resolveConflicts": "OVERWRITE"}]},
         "/addons/1"),
    ],
)  # fmt: skip
def test_what_is_there_may_not_change(client: Client, stands: str, change: dict[str, Any], pointer: str) -> None:
    (error,) = errors(client.put(stands, {**SPEC, **change}), 422)
    assert (error["pointer"], "not offered yet" in error["detail"]) == (pointer, True)
    assert [it["pointer"] for it in errors(client.send("POST", "/plan", json.dumps({**SPEC, **change})), 422)] == [
        pointer
    ]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("body", "status", "pointer", "remedy"),
    [
        ({**SPEC, "name": "another"}, 422, "/name", "/clusters/another"),
        ({**SPEC, "nodegroup": []}, 422, "/nodegroup", "nodegroups"),
        ({**SPEC, "version": "1.11"}, 422, "/version", "Choose one of"),
        ({**SPEC, "roleArn": "arn:aws:iam::000000000000:role/admin"}, 422, "/roleArn", "role"),
        ({**SPEC, "resourcesVpcConfig": {"subnetIds": ["subnet-0bad0001", "subnet-0bad0002"]}}, 422,
         "/resourcesVpcConfig/subnetIds/0", ""),
        ([], 400, "", ""),
    ],
)  # fmt: skip
def test_what_post_refuses_is_refused(
    client: Client, stands: str, body: object, status: int, pointer: str, remedy: str
) -> None:
    first, *_ = errors(client.put(stands, body), status)
    assert (first["pointer"], remedy in first["remedy"]) == (pointer, True), first


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("content_type", [None, "text/plain", "application/yaml"])
def test_only_json_is_read(client: Client, stands: str, content_type: str | None) -> None:
    errors(client.send("PUT", stands, "{}", content_type), 415)


@pytest.mark.parametrize("name", ["nobody", "a" * 3000])
def test_an_unknown_cluster_is_not_made(client: Client, name: str) -> None:
    (error,) = errors(client.put(f"/clusters/{name}", {"name": name[:99]}), 404)
    assert error["pointer"] == "/name"
    assert "POST /clusters" in error["remedy"]


def test_the_way_from_a_conflict_to_the_cluster(client: Client, name: str) -> None:
    """A POST that meets another spec names the call that takes it."""
    client.post("/clusters", {"name": name})
    (error,) = errors(client.post("/clusters", {"name": name, "deletionProtection": False}), 409)
    assert f"PUT /clusters/{name}" in error["remedy"]
    assert client.put(f"/clusters/{name}", {"name": name, "deletionProtection": False}).status == 202


def test_a_put_asks_only_what_the_api_may(client: Client, stands: str) -> None:
    client.home.calls.function = "api"
    client.home.calls.by_function.clear()
    errors(client.put(stands, {"name": STANDS, "tags": {"a": "b"}, "omitDefaultAddons": ["coredns"]}), 422)
    called = client.home.calls.by_function["api"]
    assert {"eks:DescribeCluster", "eks:DescribeNodegroup", "eks:DescribeAddon"} <= called <= API.calls()
