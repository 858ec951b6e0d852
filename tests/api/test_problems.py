"""What each route answers when something is wrong: always a problem document, and nothing was done."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.aws.registry import Conflict
from lambdas.domain.documents import MAX_BYTES
from tests.unit.steps.refusals import refusing

if TYPE_CHECKING:
    from tests.api.conftest import Answer, Client

SPEC_ROUTES = pytest.mark.parametrize("route", ["/clusters", "/plan"])
FORBIDDEN = "arn:aws:iam::000000000000:role/Administrator"


def problem(answer: Answer, status: int, title: str) -> dict[str, Any]:
    """The document, with the status that it must have."""
    assert (answer.status, answer.content_type) == (status, "application/problem+json"), answer.body
    document: dict[str, Any] = answer.json
    assert (document["type"], document["title"], document["status"]) == ("about:blank", title, status)
    assert document["detail"]
    for error in document["errors"]:
        assert error["detail"]
        assert error["remedy"]
    return document


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
    document = problem(answer, 415, "Unsupported Media Type")
    assert "application/json" in document["detail"]


@SPEC_ROUTES
def test_a_body_that_is_not_utf_8_is_refused(client: Client, route: str) -> None:
    problem(client.send("POST", route, b'{"name": "\xff"}'), 400, "Bad Request")


@pytest.mark.parametrize(
    ("method", "url", "hint"),
    [
        ("GET", "/clusters/nobody", "GET /clusters"),
        ("GET", "/clusters/nobody/runs", "GET /clusters"),
        ("GET", "/clusters/nobody/kubeconfig", "GET /clusters"),
        ("GET", "/runs/nobody", "GET /clusters/{name}/runs"),
        ("GET", "/", "/openapi.json"),
        ("GET", "/nowhere", "/openapi.json"),
        ("GET", "/clusters/a/b/c", "/openapi.json"),
        ("PATCH", "/clusters", "/openapi.json"),
        ("DELETE", "/runs/nobody", "/openapi.json"),
    ],
)
def test_what_is_not_there_says_where_to_look(client: Client, method: str, url: str, hint: str) -> None:
    assert hint in problem(client.send(method, url), 404, "Not Found")["detail"]


def test_another_spec_for_a_known_name_is_a_conflict(client: Client, name: str) -> None:
    client.post("/clusters", {"name": name})
    document = problem(client.post("/clusters", {"name": name, "deletionProtection": False}), 409, "Conflict")
    assert name in document["detail"]
    assert client.get(f"/clusters/{name}").json["spec"]["deletionProtection"] is True


def test_who_always_comes_second_is_asked_to_come_again(
    client: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object) -> None:
        raise Conflict(name)

    monkeypatch.setattr(type(client.home.around.registry), "create", lose)
    assert "again" in problem(client.post("/clusters", {"name": name}), 409, "Conflict")["detail"]


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
    ["x", "äöü", "%FF", token([]), token({}), token("text"), token({"pk": 1}), urlsafe_b64encode(b"\xff").decode()],
)
def test_a_token_that_we_never_gave_is_refused(client: Client, known: str, route: str, given: str) -> None:
    answer = client.get(f"{route.format(name=known)}?nextToken={given}")
    assert "nextToken" in problem(answer, 400, "Bad Request")["detail"]


@LISTS
def test_a_token_that_only_looks_like_ours_is_refused(client: Client, known: str, route: str) -> None:
    """DynamoDB refuses a start key that lacks the index's attributes, or has others; moto does not look."""
    foreign = token({"pk": "CLUSTER#a", "listPk": "RUNS#another", "listSk": "a"})
    for given in (token({"colour": "red"}), foreign):
        url = f"{route.format(name=known)}?nextToken={given}"
        assert "nextToken" in problem(client.get(url), 400, "Bad Request")["detail"]


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
