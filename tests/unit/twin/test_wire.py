"""Requests and answers as they go over the wire."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.twin import HttpRequest, HttpResponse, Twin
from sandbox.twin.model import EKS
from tests.unit.twin.house import NAME, PERSON, START, cluster_params

if TYPE_CHECKING:
    from tests.unit.twin.house import House


def plain(twin: Twin, **parts: Any) -> HttpResponse:  # noqa: ANN401 - parts of a request
    response = twin.handle(HttpRequest(**{"service": EKS, "method": "GET", "path": "/clusters"} | parts))
    assert response is not None
    return response


def test_an_unknown_path_is_an_unknown_operation(house: House) -> None:
    response = plain(house.twin, path="/nowhere")
    assert (response.status, response.headers["x-amzn-errortype"]) == (404, "UnknownOperationException")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"'])
def test_a_body_that_is_no_object(house: House, body: bytes) -> None:
    response = plain(house.twin, method="POST", body=body)
    assert (response.status, response.headers["x-amzn-errortype"]) == (400, "SerializationException")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"tags": "a=b"}, "Value at 'tags' must be a map"),
    ({"resourcesVpcConfig": []}, "Value at 'resourcesVpcConfig' must be a structure"),
    ({"deletionProtection": "yes"}, "Value at 'deletionProtection' must be a boolean"),
    ({"tags": {}}, "Value '{}' at 'tags' failed to satisfy constraint: Member must have length greater"),
    ({"encryptionConfig": [{"provider": {"keyArn": 3}}]}, "Value at 'encryptionConfig.1.member.provider.keyArn' must"),
]


@pytest.mark.parametrize(("params", "expected"), WRONG)
def test_values_of_a_wrong_type(house: House, params: dict[str, Any], expected: str) -> None:
    body = json.dumps(cluster_params() | params).encode()
    response = plain(house.twin, method="POST", body=body)
    assert response.headers["x-amzn-errortype"] == "InvalidParameterException"
    assert expected in json.loads(response.body)["message"]


def test_a_number_in_the_query_that_is_none(house: House) -> None:
    response = plain(house.twin, query="maxResults=many")
    assert response.headers["x-amzn-errortype"] == "InvalidParameterException"


def test_nulls_and_unknown_members_are_ignored(house: House) -> None:
    body = json.dumps(cluster_params() | {"tags": None, "colour": "red"}).encode()
    assert plain(house.twin, method="POST", body=body).status == 200


def test_a_path_whose_arn_was_decoded_on_the_way_is_still_understood(active: House) -> None:
    active.eks.create_access_entry(clusterName=NAME, principalArn=PERSON)
    response = plain(active.twin, path=f"/clusters/{NAME}/access-entries/{PERSON}/access-policies")
    assert json.loads(response.body)["associatedAccessPolicies"] == []


def test_every_answer_carries_the_twins_date_and_a_request_id(house: House) -> None:
    house.wait(3600)
    good, bad = plain(house.twin), plain(house.twin, path="/clusters/x")
    assert good.headers["Date"] == bad.headers["Date"] == "Sat, 21 Nov 2026 10:00:00 GMT"
    assert good.headers["x-amzn-requestid"] != bad.headers["x-amzn-requestid"]


def test_instants_are_epoch_seconds(house: House) -> None:
    body = json.dumps(cluster_params()).encode()
    answer = json.loads(plain(house.twin, method="POST", body=body).body)
    assert answer["cluster"]["createdAt"] == START.timestamp()
