"""Whatever is wrong with a calendar, a time or sizes is told with field and remedy, and nothing at all has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.bodies import Refusal, require_refusal
from tests.api.night_bodies import CALENDARS, GROUPS, REFUSALS, RESIZES, UNTILS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Client

READS = ("Describe", "Get", "List", "Query", "Scan")
SIZES = {"minSize": 1, "maxSize": 3, "desiredSize": 2}
EVERY = [pytest.param(method, path, refusal, id=f"{path}-{refusal}") for method, path, refusal in REFUSALS]


@pytest.fixture(scope="module")
def cluster(client: Client) -> str:
    """A cluster with two node groups."""
    groups = [{"nodegroupName": name, "scalingConfig": SIZES} for name in GROUPS]
    assert client.post("/clusters", {"name": "bank", "nodegroups": groups}).status == 202
    return "bank"


@pytest.fixture
def untouched(client: Client, cluster: str) -> Iterator[None]:
    """Nothing is written or started while this holds."""
    home = client.home
    home.calls.by_function.clear()
    before = home.around.registry.cluster(cluster)
    yield
    asked = {action for actions in home.calls.by_function.values() for action in actions}
    assert {action for action in asked if not action.partition(":")[2].startswith(READS)} == set()
    assert home.around.registry.cluster(cluster) == before


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(("method", "path", "refusal"), EVERY)
def test_it_is_refused(client: Client, cluster: str, method: str, path: str, refusal: Refusal) -> None:
    answer = client.send(method, f"/clusters/{cluster}/{path}", refusal.body)
    require_refusal(refusal, answer.status, answer.content_type, answer.json)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("path", ["schedule", "sleep", "wake", "scale"])
@pytest.mark.parametrize("content_type", [None, "text/plain", "application/yaml", "application/x-www-form-urlencoded"])
def test_only_json_is_read(client: Client, cluster: str, path: str, content_type: str | None) -> None:
    method = "PUT" if path == "schedule" else "POST"
    answer = client.send(method, f"/clusters/{cluster}/{path}", "{}", content_type)
    require_refusal(Refusal("", b"", 415, "", "application/json"), answer.status, answer.content_type, answer.json)


@pytest.mark.parametrize("name", ["nobody", "-", "a" * 101, "%F0%9F%8F%A6", "CLUSTER%23bank"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "schedule"),
        ("PUT", "schedule"),
        ("DELETE", "schedule"),
        *[("POST", p) for p in ("sleep", "wake", "scale")],
    ],
)
def test_a_cluster_that_is_not_there_is_not_found(client: Client, name: str, method: str, path: str) -> None:
    answer = client.send(method, f"/clusters/{name}/{path}", "{")
    assert (answer.status, answer.content_type) == (404, "application/problem+json")
    assert answer.json["errors"][0]["remedy"].endswith(".")


def test_everything_that_is_wrong_is_told_at_once(client: Client, cluster: str) -> None:
    body = '{"timezone": "Mars", "awake": ["", "Mon 08:00-08:00"], "exceptions": [{}], "colour": 1}'
    answer = client.send("PUT", f"/clusters/{cluster}/schedule", body)
    assert [error["pointer"] for error in answer.json["errors"]] == [
        "/colour", "/timezone", "/awake/0", "/awake/1", "/exceptions/0/date", "/exceptions/0/awake",
    ]  # fmt: skip


def test_no_row_is_there_twice() -> None:
    for table in (CALENDARS, UNTILS, RESIZES):
        assert len({refusal.name for refusal in table}) == len({refusal.body for refusal in table}) == len(table)
