"""POST /clusters/{name}/adopt: what is shown, what is accepted, and every way in which it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from lambdas.steps.contracts import API
from tests.api.gateway import STAGE
from tests.foreign import ROLE, furnish, make, owners

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Client
    from tests.api.gateway import Answer

THEIRS = "theirs"
"""A cluster that somebody made by hand."""

ADOPT = f"/clusters/{THEIRS}/adopt"
YES = {"confirm": True}


@pytest.fixture(scope="module")
def theirs(client: Client) -> str:
    make(client.home, THEIRS)
    furnish(client.home, THEIRS)
    return THEIRS


@pytest.fixture
def unchanged(client: Client, theirs: str) -> Iterator[None]:
    """Nothing in EKS is other after the test, and this Slipway knows the cluster as little as before."""
    before = client.home.twin.inventory()
    client.home.wire.forget()
    yield
    assert client.home.twin.inventory() == before
    assert client.home.wire.changed == []
    assert client.get(f"/clusters/{theirs}").status == 404


def errors(answer: Answer, status: int) -> list[dict[str, str]]:
    assert (answer.status, answer.content_type) == (status, "application/problem+json"), answer.body
    listed: list[dict[str, str]] = answer.json["errors"]
    assert all(error["detail"] and error["remedy"] for error in listed)
    return listed


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("body", [None, "{}", '{"confirm": false}'])
def test_a_look_shows_spec_plan_and_what_no_spec_says(client: Client, body: str | None) -> None:
    client.home.calls.by_function.clear()
    client.home.calls.function = "api"
    found = client.send("POST", ADOPT, body)
    assert found.status == 200, found.body
    assert {name for name in client.home.calls.by_function["api"] if name.startswith("eks:")} <= API.calls()
    shown = found.json
    assert {it["verb"] for it in shown["actions"]} == {"adopt"}
    assert (shown["spec"]["version"], shown["spec"]["omitDefaultAddons"]) == ("1.34", ["kube-proxy", "coredns"])
    assert [it["nodegroupName"] for it in shown["spec"]["nodegroups"]] == ["batch", "services"]
    assert {"authentication mode API_AND_CONFIG_MAP", "self-managed coredns"} <= {
        it["what"] for it in shown["undescribed"]
    }
    assert shown["hindrances"] == []


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ([], 400, ""),
        ({"confirm": "yes"}, 422, "/confirm"),
        ({"yes": True}, 422, "/yes"),
        ({"confirm": True, "spec": None}, 422, "/spec"),
        ({"confirm": True, "spec": {"name": "other"}}, 422, "/spec/name"),
        ({"confirm": True, "spec": {"name": THEIRS, "nodegroup": []}}, 422, "/spec/nodegroup"),
    ],
)
def test_a_body_that_means_nothing_is_refused(client: Client, body: object, status: int, pointer: str) -> None:
    assert [error["pointer"] for error in errors(client.post(ADOPT, body), status)] == [pointer]


@pytest.mark.usefixtures("unchanged")
def test_a_spec_by_which_more_than_tags_would_change_is_refused(client: Client) -> None:
    spec = client.post(ADOPT, {}).json["spec"]
    group = {**spec["nodegroups"][0], "labels": {"tier": "other"}}
    edited = {
        **spec,
        "upgradePolicy": {"supportType": "STANDARD"},
        "nodegroups": [group],
        "roleArn": f"{ROLE}/other",
        "onFailure": "remove",
    }
    body = {"confirm": True, "spec": edited}
    listed = errors(client.post(ADOPT, body), 422)
    pointers = {error["pointer"] for error in listed}
    assert {"/spec/upgradePolicy", "/spec/nodegroups/0/labels/tier", "/spec/roleArn", "/spec/onFailure"} <= pointers
    assert all("PUT" in it["remedy"] for it in listed if it["pointer"] == "/spec/upgradePolicy")
    shown = client.post(ADOPT, {"spec": edited}).json
    assert {it["pointer"] for it in shown["hindrances"]} == pointers


@pytest.mark.usefixtures("unchanged")
def test_a_role_that_this_slipway_may_not_use_is_refused(client: Client) -> None:
    spec = client.post(ADOPT, {}).json["spec"]
    pods = [{**spec["podIdentityAssociations"][0], "roleArn": "arn:aws:iam::000000000000:role/elsewhere/x"}]
    listed = errors(client.post(ADOPT, {"confirm": True, "spec": {**spec, "podIdentityAssociations": pods}}), 422)
    assert "slipway:passableRoles in cdk.json" in listed[0]["remedy"]


def test_there_is_no_such_cluster(client: Client) -> None:
    for name in ("nobodys", "no%20name"):
        assert [error["pointer"] for error in errors(client.post(f"/clusters/{name}/adopt", YES), 404)] == ["/name"]


def test_a_cluster_that_is_known_is_not_adopted(client: Client, name: str) -> None:
    client.post("/clusters", {"name": name})
    for body in ({}, YES):
        assert "PUT" in errors(client.post(f"/clusters/{name}/adopt", body), 409)[0]["remedy"]


@pytest.mark.parametrize("confirm", [False, True])
def test_what_another_slipway_owns_is_not_adopted(client: Client, name: str, *, confirm: bool) -> None:
    make(client.home, name, tags={"slipway/cluster": name, "slipway/run": f"{name}-provision-1-1"})
    before = client.home.twin.inventory()
    answer = client.post(f"/clusters/{name}/adopt", {"confirm": confirm})
    (error,) = errors(answer, 409)
    assert f"slipway/run={name}-provision-1-1" in answer.json["detail"]
    assert "untag-resource" in error["remedy"]
    assert client.home.twin.inventory() == before


def test_what_is_in_motion_is_not_adopted(client: Client, name: str) -> None:
    make(client.home, name, deletionProtection=False)
    client.home.around.aws.eks.delete_cluster(name=name)
    assert "is DELETING" in client.post(f"/clusters/{name}/adopt", YES).json["detail"]


def test_without_access_entries_there_is_no_adoption(client: Client, name: str) -> None:
    make(client.home, name, accessConfig={"authenticationMode": "CONFIG_MAP"})
    (error,) = errors(client.post(f"/clusters/{name}/adopt", YES), 422)
    assert "authenticationMode=API_AND_CONFIG_MAP" in error["remedy"]


def test_confirmed_it_becomes_ours(client: Client, name: str) -> None:
    make(client.home, name)
    spec = client.post(f"/clusters/{name}/adopt", {}).json["spec"]
    answer = client.post(f"/clusters/{name}/adopt", YES)
    assert answer.status == 202, answer.body
    run = answer.json["run"]
    assert (run["id"], answer.json["cluster"]["spec"]) == (f"{name}-provision-1-1", spec)
    url = urljoin(f"https://api.example{STAGE}/clusters/{name}/adopt", answer.headers["Location"])
    assert url == f"https://api.example{STAGE}/runs/{run['id']}"
    again = client.post(f"/clusters/{name}/adopt", YES)
    assert (again.status, again.json["run"]["id"]) == (202, run["id"])
    assert "has begun" in errors(client.post(f"/clusters/{name}/adopt", {}), 409)[0]["detail"]
    assert client.home.execute(client.home.run(run["id"])).status == "SUCCEEDED"
    assert owners(client.home, name)["cluster"] == name
    assert client.post(f"/clusters/{name}/adopt", YES).status == 409
    assert client.post("/clusters", spec).json["run"]["id"] == run["id"]
    assert client.send("POST", f"/clusters/{name}/plan").json["actions"] == []
