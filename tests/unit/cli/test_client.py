import socket

import pytest
from botocore.credentials import Credentials

from cli.client import Api, Endpoint, connect
from cli.errors import UnreachableError
from cli.problems import RefusedError
from cli.versions import version
from tests.unit.cli.samples import RUN_ID, a_cluster, a_run
from tests.unit.cli.server import Answer, ScriptedApi


def endpoint(url: str) -> Endpoint:
    return Endpoint(url=url, region="eu-central-1", credentials=Credentials("AKIDEXAMPLE", "secret", "token"))


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def api(server: ScriptedApi, pauses: list[float]) -> Api:
    return connect(endpoint(server.url), pauses.append)


def test_requests_are_signed_for_the_api(api: Api, server: ScriptedApi) -> None:
    server.script("POST /clusters", Answer(202, {"cluster": a_cluster(), "run": a_run()}))
    assert api.create({"name": "simple-bank", "version": "1.30"})["run"]["id"] == RUN_ID
    (request,) = server.requests
    date = request.headers["X-Amz-Date"][:8]
    scope = f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{date}/eu-central-1/execute-api/aws4_request, "
    assert request.headers["Authorization"].startswith(scope)
    assert request.headers["X-Amz-Security-Token"] == "token"
    assert request.headers["User-Agent"] == f"slipway/{version()}"
    assert request.headers["Content-Type"] == "application/json"
    assert request.path == "/prod/clusters"
    assert request.json == {"name": "simple-bank", "version": "1.30"}


def test_a_list_is_read_to_its_last_page(api: Api, server: ScriptedApi) -> None:
    server.script("GET /clusters", Answer(200, {"items": [a_cluster()], "nextToken": "a/b="}))
    server.script("GET /clusters?nextToken=a%2Fb%3D", Answer(200, {"items": [a_cluster()], "nextToken": "c"}))
    server.script("GET /clusters?nextToken=c", Answer(200, {"items": [a_cluster()], "nextToken": None}))
    assert [cluster["name"] for cluster in api.clusters()] == ["simple-bank"] * 3


def test_a_name_is_one_segment_of_the_path(api: Api, server: ScriptedApi) -> None:
    server.script("GET /runs/a%2F..%3Fb", Answer(200, a_run()))
    assert api.run("a/..?b")["id"] == RUN_ID


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_temporary_refusal_is_tried_again(api: Api, server: ScriptedApi, pauses: list[float], status: int) -> None:
    server.script("GET /runs/x", Answer(status), Answer(status), Answer(200, a_run()))
    assert api.run("x")["id"] == RUN_ID
    assert pauses == [0.5, 1.0]


def test_retries_end_and_tell_the_last_answer(api: Api, server: ScriptedApi, pauses: list[float]) -> None:
    server.script("GET /runs/x", Answer(503, {"title": "Busy"}))
    with pytest.raises(RefusedError) as refused:
        api.run("x")
    assert refused.value.lines == ("Busy",)
    assert pauses == [0.5, 1.0, 2.0]
    assert len(server.requests) == 4


@pytest.mark.parametrize("route", ["POST /clusters", "GET /runs/x"])
def test_what_is_refused_or_changes_something_is_asked_once(
    api: Api, server: ScriptedApi, pauses: list[float], route: str
) -> None:
    server.script(route, Answer(503 if route.startswith("POST") else 403, {"title": "No"}))
    with pytest.raises(RefusedError, match="No"):
        api.create({}) if route.startswith("POST") else api.run("x")
    assert (server.routes(), pauses) == ([route], [])


def test_a_long_watch_is_more_patient(api: Api, server: ScriptedApi, pauses: list[float]) -> None:
    server.script("GET /runs/x", *[Answer(503)] * 9, Answer(200, a_run()))
    assert api.patient().run("x")["id"] == RUN_ID
    assert pauses == [0.5, 1, 2, 4, 8, 15, 15, 15, 15]


def test_an_answer_that_is_no_json_is_a_refusal(api: Api, server: ScriptedApi) -> None:
    server.script("GET /runs/x", Answer(200, "<html>a proxy's page</html>"))
    with pytest.raises(RefusedError) as refused:
        api.run("x")
    assert refused.value.lines == ("200 OK: <html>a proxy's page</html>",)


def test_a_redirect_is_not_followed(api: Api, server: ScriptedApi) -> None:
    server.script("GET /clusters/x/kubeconfig", Answer(302, "", {"Location": "https://example.org"}))
    with pytest.raises(RefusedError, match="302 Found"):
        api.kubeconfig("x")


def test_nobody_listening_is_one_line_with_a_remedy(pauses: list[float]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(UnreachableError) as failure:
            connect(endpoint(url), pauses.append).run("x")
    assert failure.value.lines == (
        f"cannot reach {url} (Connection refused): check the URL and the network, then run the same command again",
    )
    assert len(pauses) == 3
