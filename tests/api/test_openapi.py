"""The API's description of itself: whole, and true."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from lambdas.aws.registry import Conflict
from lambdas.domain.calendar import schedules_hash
from lambdas.domain.power import Night
from lambdas.domain.runs import Problem
from lambdas.steps.reviewing import Reviewer
from tests.foreign import make
from tests.house import AT, START

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Client
    from tests.api.gateway import Answer

    Json = dict[str, Any]

TROUBLES = {403, 500, 503}
"""What any request may meet: no signature, a call that AWS refuses, a call that AWS hinders."""

ARRANGED = {200, 202, 404, 409}
"""With a run, without one, no such cluster, and many who change it at the same time."""

ROUTES = {
    ("post", "/clusters"): {202, 400, 409, 413, 415, 422},
    ("put", "/clusters/{name}"): {200, 202, 400, 404, 409, 413, 415, 422},
    ("delete", "/clusters/{name}"): {202, 404, 409},
    ("post", "/plan"): {200, 400, 413, 415, 422},
    ("post", "/clusters/{name}/plan"): {200, 400, 404, 413, 415, 422},
    ("get", "/clusters/{name}/drift"): {200, 404},
    ("post", "/clusters/{name}/drift"): {200, 404},
    ("get", "/clusters"): {200, 400},
    ("get", "/clusters/{name}"): {200, 404},
    ("get", "/clusters/{name}/runs"): {200, 400, 404},
    ("get", "/clusters/{name}/events"): {200, 400, 404},
    ("get", "/clusters/{name}/kubeconfig"): {200, 404, 409},
    ("get", "/runs/{run}"): {200, 404},
    ("get", "/clusters/{name}/schedule"): {200, 404},
    ("put", "/clusters/{name}/schedule"): ARRANGED | {400, 413, 415, 422},
    ("delete", "/clusters/{name}/schedule"): ARRANGED,
    ("post", "/clusters/{name}/sleep"): ARRANGED | {400, 413, 415, 422},
    ("post", "/clusters/{name}/wake"): ARRANGED | {400, 413, 415, 422},
    ("post", "/clusters/{name}/scale"): ARRANGED | {400, 413, 415, 422},
    ("post", "/clusters/{name}/adopt"): {200, 202, 400, 404, 409, 413, 415, 422},
}
CLUSTER = "/clusters/{name}"
JSON = "application/json"
BROKEN = Problem(code="NodeCreationFailure", cause="They never joined.", remedy="Look at the routes.")


@pytest.fixture(scope="module")
def document(client: Client) -> Json:
    answer = client.get("/openapi.json")
    assert (answer.status, answer.content_type) == (200, "application/json")
    described: Json = answer.json
    return described


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for member in value.values():
            yield from references(member)
    if isinstance(value, list):
        for member in value:
            yield from references(member)


def test_it_is_openapi_3_1(document: Json) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"] == "Slipway"
    assert document["info"]["version"]


def test_it_lists_every_route_with_every_answer(document: Json) -> None:
    described = {
        (method, path): {int(status) for status in operation["responses"]}
        for method, path, operation in operations(document)
    }
    assert described == {route: statuses | TROUBLES for route, statuses in ROUTES.items()}


def test_every_reference_leads_somewhere(document: Json) -> None:
    found = set(references(document))
    assert found
    for reference in found:
        prefix, _, name = reference.rpartition("/")
        assert prefix == "#/components/schemas"
        assert name in document["components"]["schemas"]


def test_every_schema_is_a_json_schema(document: Json) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_operation_says_what_it_does_and_has_a_name_of_its_own(document: Json) -> None:
    listed = [operation for _, _, operation in operations(document)]
    assert all(operation["summary"] for operation in listed)
    assert len({operation["operationId"] for operation in listed}) == len(listed)


def test_parameters_are_those_of_the_path_the_token_of_lists_and_what_to_replace(document: Json) -> None:
    named = {
        (method, path): {(it["name"], it["in"]) for it in operation.get("parameters", ())}
        for method, path, operation in operations(document)
    }
    for (method, path), parameters in named.items():
        in_path = {(part[1:-1], "path") for part in path.split("/") if part.startswith("{")}
        is_list = (method, path) in {("get", "/clusters"), ("get", f"{CLUSTER}/runs"), ("get", f"{CLUSTER}/events")}
        replaces = (method, path) in {("put", CLUSTER), ("post", "/plan"), ("post", f"{CLUSTER}/plan")}
        more = {("nextToken", "query")} if is_list else {("replace", "query")} if replaces else set()
        assert parameters == in_path | more


@pytest.mark.parametrize(
    ("method", "path", "schema"),
    [
        ("put", "schedule", "Calendar"),
        ("post", "sleep", "Until"),
        ("post", "wake", "Until"),
        ("post", "scale", "Resize"),
        ("post", "adopt", "Adoption"),
    ],
)
def test_a_body_about_nights_is_described_and_its_examples_are_valid(
    document: Json, method: str, path: str, schema: str
) -> None:
    body = document["paths"][f"/clusters/{{name}}/{path}"][method]["requestBody"]
    assert body["content"]["application/json"]["schema"] == {"$ref": f"#/components/schemas/{schema}"}
    assert body["required"] is (schema not in {"Until", "Adoption"})
    described = document["components"]["schemas"][schema]
    for part in (described, *described["properties"].values()):
        for example in part.get("examples", ()):
            Draft202012Validator({**part, "components": document["components"]}).validate(example)


@pytest.mark.parametrize(("method", "path"), [("post", "/clusters"), ("put", "/clusters/{name}"), ("post", "/plan")])
def test_a_body_is_described_by_the_schema_that_editors_get(document: Json, method: str, path: str) -> None:
    body = document["paths"][path][method]["requestBody"]
    assert body["required"] is True
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ClusterSpec"}
    assert "nodegroups" in document["components"]["schemas"]["ClusterSpec"]["properties"]


# -- and it is true


def complaints(document: Json, method: str, path: str, answer: Answer) -> list[str]:
    """What an answer has that its description does not allow."""
    described = document["paths"][path][method]["responses"][str(answer.status)]
    media = described["content"][answer.content_type]
    if answer.content_type == "application/yaml":
        return []
    validator = Draft202012Validator({**media["schema"], "components": document["components"]})
    return [error.message for error in validator.iter_errors(answer.json)]


def puts(client: Client, name: str) -> Iterator[tuple[str, str, Answer]]:
    """One call for each answer of PUT, of a cluster whose run is at work; afterwards it has a run that is."""
    route, url, spec = "/clusters/{name}", f"/clusters/{name}", {"name": name}
    for body, content_type in (("{", JSON), ('{"name": "' + "x" * 70_000 + '"}', JSON), ("{}", "text/plain")):
        yield "put", route, client.send("PUT", url, body, content_type)
    yield "put", route, client.put(url, {"name": "another"})
    yield "put", route, client.put("/clusters/nobody", {"name": "nobody"})
    registry = client.home.around.registry
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(registry), "revise", lose)
        yield "put", route, client.put(url, {**spec, "deletionProtection": False})
    record = registry.cluster(name)
    assert record is not None
    yield "put", route, client.put(url, spec)
    registry.finish(record, record.run, AT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reviewer, "plan", lambda *_: ())  # as if the run had made it
        yield "put", route, client.put(url, spec)


def lose(*_: object) -> None:
    raise Conflict


def calls(client: Client, name: str) -> Iterator[tuple[str, str, Answer]]:
    """One call for each answer that a route gives by itself."""
    spec = {"name": name}
    for path in ("/clusters", "/plan"):
        yield "post", path, client.post(path, spec)
        yield "post", path, client.send("POST", path, "{")
        yield "post", path, client.send("POST", path, '{"name": "' + "x" * 70_000 + '"}')
        yield "post", path, client.send("POST", path, "{}", "text/plain")
        yield "post", path, client.post(path, {})
    yield "post", "/clusters", client.post("/clusters", {**spec, "deletionProtection": False})
    yield from puts(client, name)
    yield "get", "/clusters", client.get("/clusters")
    yield "get", "/clusters", client.get("/clusters?nextToken=x")
    yield "get", "/clusters/{name}/kubeconfig", client.get(f"/clusters/{name}/kubeconfig")
    run = client.put(f"/clusters/{name}", {**spec, "deletionProtection": False}).json["run"]["id"]
    registry = client.home.around.registry
    registry.report(name, run, [], {"cluster": {"arn": "a:b:c:d:e", "endpoint": "e", "certificateAuthority": "c"}})
    registry.fail(name, run, AT, BROKEN)
    for cluster in (name, "nobody"):
        yield "get", "/clusters/{name}", client.get(f"/clusters/{cluster}")
        for path in ("runs", "events"):
            yield "get", f"{CLUSTER}/{path}", client.get(f"/clusters/{cluster}/{path}")
        yield "get", "/clusters/{name}/kubeconfig", client.get(f"/clusters/{cluster}/kubeconfig")
        yield "get", "/runs/{run}", client.get(f"/runs/{cluster}-provision-1-1")
    for path in ("runs", "events"):
        yield "get", f"{CLUSTER}/{path}", client.get(f"/clusters/{name}/{path}?nextToken=x")
    yield from night_calls(client, name)
    yield from looks(client, name)
    yield from deletions(client, name)
    yield from adoptions(client, name)


def looks(client: Client, name: str) -> Iterator[tuple[str, str, Answer]]:
    """One call for each answer of a known cluster's plan, and of the look for drift."""
    plan = f"/clusters/{name}/plan"
    yield "post", f"{CLUSTER}/plan", client.send("POST", plan, content_type=None)
    yield "post", f"{CLUSTER}/plan", client.post("/clusters/nobody/plan", {"name": "nobody"})
    for body, content_type in (
        ("{", JSON),
        ('{"name": "' + "x" * 70_000 + '"}', JSON),
        ("{}", "text/plain"),
        ("{}", JSON),
    ):
        yield "post", f"{CLUSTER}/plan", client.send("POST", plan, body, content_type)
    for cluster in (name, "nobody"):
        yield "get", f"{CLUSTER}/drift", client.get(f"/clusters/{cluster}/drift")
        yield "post", f"{CLUSTER}/drift", client.send("POST", f"/clusters/{cluster}/drift", content_type=None)


def deletions(client: Client, name: str) -> Iterator[tuple[str, str, Answer]]:
    """One call for each answer of DELETE."""
    mine = f"{name}-d"
    client.post("/clusters", {"name": mine, "deletionProtection": True})
    yield "delete", "/clusters/{name}", client.send("DELETE", f"/clusters/{mine}", content_type=None)
    client.put(f"/clusters/{mine}", {"name": mine, "deletionProtection": False})
    yield "delete", "/clusters/{name}", client.send("DELETE", f"/clusters/{mine}", content_type=None)
    yield "delete", "/clusters/{name}", client.send("DELETE", "/clusters/nobody", content_type=None)


def adoptions(client: Client, name: str) -> Iterator[tuple[str, str, Answer]]:
    """One call for each answer of an adoption."""
    route, mine = "/clusters/{name}/adopt", f"{name}-a"
    make(client.home, mine)
    url = f"/clusters/{mine}/adopt"
    yield "post", route, client.send("POST", url)
    for body in ("{", json.dumps({"spec": {"name": "x" * 70_000}}), '{"confirm": 1}'):
        yield "post", route, client.send("POST", url, body)
    yield "post", route, client.send("POST", url, "{}", "text/plain")
    yield "post", route, client.post(url, {"confirm": True})
    yield "post", route, client.post(url, {})
    yield "post", route, client.post("/clusters/nobody/adopt", {})


CALENDAR = {"timezone": "Europe/Berlin", "awake": "always"}
BODIES: dict[str, tuple[str, Any, Any]] = {
    "schedule": ("PUT", CALENDAR, {}),
    "sleep": ("POST", {"until": "2036-01-01T00:00:00Z"}, {"until": "yesterday"}),
    "wake": ("POST", {"until": "2036-01-01T00:00:00Z"}, {"until": "yesterday"}),
    "scale": ("POST", {"nodegroups": [{"nodegroupName": "workers", "desiredSize": 2}]}, {"nodegroups": []}),
}


def night_calls(client: Client, name: str) -> Iterator[tuple[str, str, Answer]]:
    """One call for each answer of the routes for nights and sizes, but for those that need a crowd."""
    mine = f"{name}-n"
    workers = {"nodegroupName": "workers", "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 1}}
    client.post("/clusters", {"name": mine, "nodegroups": [workers]})
    for path in ("schedule", "sleep", "wake"):
        yield from body_calls(client, mine, path)
    schedule = "/clusters/{name}/schedule"
    for cluster in (mine, "nobody"):
        yield "get", schedule, client.get(f"/clusters/{cluster}/schedule")
        yield "delete", schedule, client.send("DELETE", f"/clusters/{cluster}/schedule", content_type=None)
    see(client, mine, group=False)
    yield "delete", schedule, client.send("DELETE", f"/clusters/{mine}/schedule", content_type=None)
    yield from body_calls(client, mine, "scale")


def body_calls(client: Client, name: str, path: str) -> Iterator[tuple[str, str, Answer]]:
    method, good, bad = BODIES[path]
    route, url = (method.lower(), f"/clusters/{{name}}/{path}"), f"/clusters/{name}/{path}"
    yield *route, client.send(method, url, json.dumps(good))
    see(client, name, group=path == "scale")
    yield *route, client.send(method, url, json.dumps(good))
    yield *route, client.send(method, url, "{")
    yield *route, client.send(method, url, json.dumps({"a": "x" * 70_000}))
    yield *route, client.send(method, url, "{}", "text/plain")
    yield *route, client.send(method, url, json.dumps(bad))
    yield *route, client.send(method, f"/clusters/nobody/{path}", json.dumps(good))


def see(client: Client, name: str, *, group: bool) -> None:
    """Have the run that works see that the schedules are as they should be; and, if asked for, the node group."""
    registry = client.home.around.registry
    record = registry.cluster(name)
    assert record is not None
    assert record.lease is not None
    night = Night.of(record, START)
    facts: Json = {"schedules": {"hash": schedules_hash(night.calendar, night.override)}}
    nodegroup = {"status": "ACTIVE", "inService": 1}
    registry.report(name, record.lease, [], {**facts, **({"nodegroups/workers": nodegroup} if group else {})})


def test_every_answer_that_is_described_is_given_and_is_as_described(client: Client, document: Json, name: str) -> None:
    given: dict[tuple[str, str], set[int]] = {}
    for method, path, answer in calls(client, name):
        assert complaints(document, method, path, answer) == [], (method, path, answer.status)
        given.setdefault((method, path), set()).add(answer.status)
    crowds = {route: {409} for route, statuses in ROUTES.items() if statuses >= ARRANGED}  # tests/api/test_nights.py
    assert {route: statuses | crowds.get(route, set()) for route, statuses in given.items()} == ROUTES
