"""What each route answers when something is wrong: always a problem document, and nothing was done."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.aws.items import ALL_CLUSTERS, runs_of
from lambdas.aws.registry import Conflict
from lambdas.domain.documents import MAX_BYTES
from tests.unit.steps.refusals import refusing

if TYPE_CHECKING:
    from tests.api.conftest import Client
    from tests.api.gateway import Answer

SPEC_ROUTES = pytest.mark.parametrize("route", ["/clusters", "/plan"])
FORBIDDEN = "arn:aws:iam::000000000000:role/Administrator"


def problem(answer: Answer, status: int, title: str) -> dict[str, Any]:
    """The document, with the status that it must have."""
    assert (answer.status, answer.content_type) == (status, "application/problem+json"), answer.body
    document: dict[str, Any] = answer.json
    assert (document["type"], document["title"], document["status"]) == ("about:blank", title, status)
    assert document["detail"]
    assert document["errors"] or status >= 500
    for error in document["errors"]:
        assert not error["pointer"] or error["pointer"].startswith("/")
        assert error["detail"]
        assert error["remedy"]
    return document


def remedy(answer: Answer, status: int, title: str, pointer: str) -> str:
    """What to do about the only thing that is wrong."""
    (error,) = problem(answer, status, title)["errors"]
    assert error["pointer"] == pointer
    return str(error["remedy"])


def written(client: Client) -> list[str]:
    return [record.name for record in client.home.around.registry.clusters()[0]]


@SPEC_ROUTES
@pytest.mark.parametrize(
    ("body", "status", "title", "pointer"),
    [
        pytest.param("{", 400, "Bad Request", "", id="not JSON"),
        pytest.param("[]", 400, "Bad Request", "", id="no object"),
        pytest.param("", 400, "Bad Request", "", id="an empty body"),
        pytest.param(None, 400, "Bad Request", "", id="no body"),
        pytest.param('{"name": NaN}', 400, "Bad Request", "/name", id="a number that JSON has not"),
        pytest.param('{"name": "' + "x" * MAX_BYTES + '"}', 413, "Request Entity Too Large", "", id="too large"),
        pytest.param('{"name": "bank", "verson": "1.35"}', 422, "Unprocessable Entity", "/verson", id="unknown member"),
        pytest.param("{}", 422, "Unprocessable Entity", "/name", id="a member is missing"),
        pytest.param('{"name": "-"}', 422, "Unprocessable Entity", "/name", id="a wrong value"),
        pytest.param(
            json.dumps({"name": "bank", "roleArn": FORBIDDEN}),
            422,
            "Unprocessable Entity",
            "/roleArn",
            id="a role that the operator did not allow",
        ),
        pytest.param(
            json.dumps({"name": "bank", "resourcesVpcConfig": {"endpointPublicAccess": True}}),
            422,
            "Unprocessable Entity",
            "/resourcesVpcConfig/publicAccessCidrs",
            id="a broken rule",
        ),
    ],
)
def test_a_wrong_spec_is_refused_field_by_field(
    client: Client, route: str, body: str | None, status: int, title: str, pointer: str
) -> None:
    before = written(client)
    document = problem(client.send("POST", route, body), status, title)
    assert [error["pointer"] for error in document["errors"]] == [pointer]
    assert written(client) == before


def test_everything_that_is_wrong_is_told_at_once(client: Client) -> None:
    document = problem(client.post("/clusters", {"name": "-", "verson": "1"}), 422, "Unprocessable Entity")
    assert sorted(error["pointer"] for error in document["errors"]) == ["/name", "/verson"]
    assert document["detail"].startswith("2 things are wrong")


@SPEC_ROUTES
@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/yaml", "application/json+x"])
def test_another_content_type_is_refused(client: Client, route: str, content_type: str | None) -> None:
    answer = client.send("POST", route, '{"name": "bank"}', content_type)
    assert "application/json" in remedy(answer, 415, "Unsupported Media Type", "")


@SPEC_ROUTES
def test_a_body_that_is_not_utf_8_is_refused(client: Client, route: str) -> None:
    problem(client.send("POST", route, b'{"name": "\xff"}'), 400, "Bad Request")


@pytest.mark.parametrize(
    ("method", "url", "pointer", "hint"),
    [
        ("GET", "/clusters/nobody", "/name", "GET /clusters"),
        ("GET", "/clusters/nobody/runs", "/name", "GET /clusters"),
        ("GET", "/clusters/nobody/kubeconfig", "/name", "GET /clusters"),
        ("GET", f"/clusters/{'a' * 3000}", "/name", "GET /clusters"),
        ("GET", "/clusters/%00", "", "/openapi.json"),
        ("GET", "/runs/nobody", "/run", "GET /clusters/{name}/runs"),
        ("GET", f"/runs/{'a' * 3000}", "/run", "GET /clusters/{name}/runs"),
        ("GET", "/", "", "/openapi.json"),
        ("GET", "/nowhere", "", "/openapi.json"),
        ("GET", "/clusters/a/b/c", "", "/openapi.json"),
        ("PATCH", "/clusters", "", "/openapi.json"),
        ("DELETE", "/runs/nobody", "", "/openapi.json"),
    ],
)
def test_what_is_not_there_says_where_to_look(client: Client, method: str, url: str, pointer: str, hint: str) -> None:
    assert hint in remedy(client.send(method, url), 404, "Not Found", pointer)


@pytest.mark.parametrize("url", [f"/clusters/{'a' * 3000}", f"/runs/{'a' * 3000}"])
def test_a_name_that_none_can_have_is_not_asked_for(client: Client, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB refuses keys that are too long, which moto does not."""
    monkeypatch.setattr(client.home.calls, "by_function", {})
    assert client.get(url).status == 404
    assert client.home.calls.by_function == {}


def test_another_spec_for_a_known_name_is_a_conflict(client: Client, name: str) -> None:
    client.post("/clusters", {"name": name})
    answer = client.post("/clusters", {"name": name, "deletionProtection": False})
    assert name in problem(answer, 409, "Conflict")["detail"]
    assert f"PUT /clusters/{name}" in remedy(answer, 409, "Conflict", "/name")
    assert client.get(f"/clusters/{name}").json["spec"]["deletionProtection"] is True


def test_who_always_comes_second_is_asked_to_come_again(
    client: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object) -> None:
        raise Conflict(name)

    monkeypatch.setattr(type(client.home.around.registry), "create", lose)
    assert "again" in remedy(client.post("/clusters", {"name": name}), 409, "Conflict", "/name")


def test_a_cluster_without_an_endpoint_has_no_kubeconfig_yet(client: Client, name: str) -> None:
    run = client.post("/clusters", {"name": name}).json["run"]["id"]
    problem(client.get(f"/clusters/{name}/kubeconfig"), 409, "Conflict")
    client.home.around.registry.report(name, run, [], {"cluster": {"arn": "arn", "endpoint": None}})
    assert name in problem(client.get(f"/clusters/{name}/kubeconfig"), 409, "Conflict")["detail"]


def token(key: object) -> str:
    return urlsafe_b64encode(json.dumps(key).encode()).decode()


@pytest.fixture(scope="module")
def known(client: Client) -> str:
    """A cluster that nobody changes."""
    client.post("/clusters", {"name": "known"})
    return "known"


LISTS = pytest.mark.parametrize("route", ["/clusters", "/clusters/{name}/runs"])


@LISTS
@pytest.mark.parametrize(
    "given",
    [
        "x",
        "äöü",
        "%FF",
        token([]),
        token({}),
        token("text"),
        token({"pk": 1}),
        urlsafe_b64encode(b"\xff").decode(),
        urlsafe_b64encode(b"[" * 5000).decode(),
    ],
)
def test_a_token_that_we_never_gave_is_refused(client: Client, known: str, route: str, given: str) -> None:
    answer = client.get(f"{route.format(name=known)}?nextToken={given}")
    assert "nextToken" in remedy(answer, 400, "Bad Request", "/nextToken")


@LISTS
def test_a_token_that_only_looks_like_ours_is_refused(client: Client, known: str, route: str) -> None:
    """DynamoDB refuses a start key that lacks the index's attributes, has others, or is no key; moto does not look."""
    partition = {"/clusters": ALL_CLUSTERS}.get(route, runs_of(known))
    keys = [{"pk": "CLUSTER#a", "listPk": partition, "listSk": value} for value in ("", "a" * 3000, "\udc80")]
    for key in ({"colour": "red"}, {"pk": "CLUSTER#a", "listPk": "RUNS#another", "listSk": "a"}, *keys):
        answer = client.get(f"{route.format(name=known)}?nextToken={token(key)}")
        assert "nextToken" in remedy(answer, 400, "Bad Request", "/nextToken")


def test_both_routes_that_take_a_spec_agree(client: Client, name: str) -> None:
    sizes = {"minSize": 1, "maxSize": 1, "desiredSize": 1}
    spec = {"name": name, "nodegroups": [{"nodegroupName": "old", "version": "1.28", "scalingConfig": sizes}]}
    assert client.post("/clusters", spec).status == client.post("/plan", spec).status


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("eks", "DescribeClusterVersions", "ThrottlingException"),
        ("dynamodb", "GetItem", "ProvisionedThroughputExceededException"),
    ],
)
def test_a_hindered_call_is_a_problem_to_try_again_later(
    client: Client, name: str, service: str, operation: str, code: str
) -> None:
    with refusing(getattr(client.home.around.aws, service), operation, 400, code):
        problem(client.post("/clusters", {"name": name}), 503, "Service Unavailable")
