"""PUT /clusters/{name}: another spec for a known cluster, and every way in which it is refused."""

from __future__ import annotations

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
    monkeypatch.setattr("lambdas.steps.reviewing.newest", lambda _: "9.99")
    settings = type(client.home.around.settings)
    monkeypatch.setattr(settings, "secrets_key_arn", "arn:aws:kms:eu-central-1:000000000000:key/another")
    after = client.put(f"/clusters/{name}", {"name": name, "deletionProtection": False}).json["cluster"]["spec"]
    assert after == {**before, "deletionProtection": False}


SERVICES = {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.30.0.0/16"}}
IMMUTABLE: dict[str, dict[str, Any]] = {
    "/version": {"version": "1.34"},
    "/roleArn": {"roleArn": "arn:aws:iam::000000000000:role/platform/eks-cluster"},
    "/vpc": {"vpc": {"create": {"cidr": "10.64.0.0/16"}}},
    "/kubernetesNetworkConfig/serviceIpv4Cidr": SERVICES,
    "/nodegroups/0/instanceTypes": {"nodegroups": [{**WORKERS, "instanceTypes": ["m5.large"]}]},
    "/nodegroups/1/amiType": {
        "nodegroups": [{**WORKERS, "nodegroupName": "more"}, {**WORKERS, "amiType": "BOTTLEROCKET_x86_64"}]
    },
    "/nodegroups/0/diskSize": {"nodegroups": [{**WORKERS, "diskSize": 77}]},
    "/nodegroups/0/capacityType": {"nodegroups": [{**WORKERS, "capacityType": "SPOT", "instanceTypes": ["t3.medium"]}]},
    "/accessEntries/0/type": {"accessEntries": [{**ENTRY, "type": "EC2_LINUX"}]},
    "/addons/0/namespaceConfig/namespace": {
        "addons": [{"addonName": "coredns", "namespaceConfig": {"namespace": "elsewhere"}}]
    },
}
"""Changes that no call can make, by the field that is named."""


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("pointer", IMMUTABLE)
def test_what_cannot_change_is_refused_by_its_field(client: Client, stands: str, pointer: str) -> None:
    body = {**SPEC, **IMMUTABLE[pointer]}
    (error,) = errors(client.put(stands, body), 422)
    assert error["pointer"] == pointer, error
    plan = client.post(f"{stands}/plan", body)
    refused, *_ = [it for it in plan.json["actions"] if it["verb"] == "refuse"]
    assert (plan.status, refused["consequence"].startswith("refused: ")) == (200, True)
    assert refused["differences"]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("pointer", "resource"),
    [
        ("/nodegroups/0/instanceTypes", "nodegroups/workers"),
        ("/accessEntries/0/type", "access/role/platform/operators"),
        ("/addons/0/namespaceConfig/namespace", "addons/coredns"),
    ],
)
def test_what_may_be_made_anew_is_planned_so(client: Client, stands: str, pointer: str, resource: str) -> None:
    (action,) = client.post(f"{stands}/plan?replace={resource}", {**SPEC, **IMMUTABLE[pointer]}).json["actions"]
    assert (action["verb"], action["resource"]) == ("replace", resource)
    assert action["consequence"].startswith("replaced: ")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("named", ["nodegroups/worker", "workers", "cluster", "addons/coredns,roles/node", "x" * 4000])
def test_only_what_the_spec_has_is_made_anew(client: Client, stands: str, named: str) -> None:
    for answer in (client.put(f"{stands}?replace={named}", SPEC), client.post(f"{stands}/plan?replace={named}", SPEC)):
        (error,) = errors(answer, 422)
        assert error["pointer"] == "/replace"
        assert named.rpartition(",")[2][:50] in error["detail"]
        assert "nodegroups/workers" in error["remedy"]
        assert len(answer.body) < 2000


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "named", ["nodegroups/workers", "nodegroups/workers,nodegroups/workers,", "addons/coredns", ""]
)
def test_nothing_is_made_anew_that_need_not_be(client: Client, stands: str, named: str) -> None:
    assert client.put(f"{stands}?replace={named}", SPEC).status == 200


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("body", [None, SPEC])
def test_a_plan_of_a_cluster_that_is_as_described_is_empty(client: Client, stands: str, body: object) -> None:
    answer = client.post(f"{stands}/plan", body) if body else client.send("POST", f"{stands}/plan", content_type=None)
    assert (answer.status, answer.json["actions"], answer.json["spec"]["name"]) == (200, [], STANDS)


@pytest.mark.usefixtures("unchanged")
def test_a_plan_tells_each_change_with_what_differs(client: Client, stands: str) -> None:
    changed = {
        **SPEC,
        "tags": {"team": "a"},
        "accessEntries": [],
        "nodegroups": [{**WORKERS, "labels": {"pool": "a"}}, {**WORKERS, "nodegroupName": "more"}],
    }
    actions = client.post(f"{stands}/plan", changed).json["actions"]
    assert [(it["verb"], it["resource"], it["consequence"].partition(":")[0]) for it in actions] == [
        ("update", "cluster", "in place"),
        ("delete", "access/role/platform/operators", "deleted"),
        ("update", "nodegroups/workers", "in place"),
        ("create", "nodegroups/more", "created"),
    ]
    assert actions[0]["differences"] == [{"field": "tags.team", "actual": None, "wanted": "a"}]
    assert actions[2]["differences"] == [{"field": "labels.pool", "actual": None, "wanted": "a"}]


@pytest.mark.usefixtures("unchanged")
def test_a_plan_tells_of_sizes_and_only_once_where_the_group_is_made_anew(client: Client, stands: str) -> None:
    larger = {**WORKERS, "scalingConfig": {**SIZES, "maxSize": 5}}
    (grows,) = client.post(f"{stands}/plan", {**SPEC, "nodegroups": [larger]}).json["actions"]
    assert (grows["verb"], grows["resource"]) == ("update", "nodegroups/workers")
    assert grows["differences"] == [{"field": "scalingConfig.maxSize", "actual": 2, "wanted": 5}]
    anew = {**SPEC, "nodegroups": [{**larger, "instanceTypes": ["m5.large"]}]}
    (made,) = client.post(f"{stands}/plan?replace=nodegroups/workers", anew).json["actions"]
    assert made["verb"] == "replace"


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
    errors(client.put(stands, {**SPEC, "tags": {"a": "b"}, **SERVICES}), 422)
    called = client.home.calls.by_function["api"]
    assert {"eks:DescribeCluster", "eks:DescribeNodegroup", "eks:DescribeAddon", "eks:ListNodegroups"} <= called
    assert called <= API.calls()
