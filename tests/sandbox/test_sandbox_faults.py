"""Fault rules over HTTP: added to a running sandbox, met by clients of its EKS."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.sandbox.conftest import fetch
from tests.sandbox.test_sandbox_front_door import create_cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_eks.client import EKSClient

    from tests.sandbox.conftest import RunningSandbox

    Control = Callable[..., tuple[int, Any]]

ONE_ATTEMPT = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def control(small: RunningSandbox) -> Iterator[Control]:
    """Speaks to the control endpoint, and leaves no rule behind."""

    def ask(method: str, rule: object = None, path: str = "") -> tuple[int, Any]:
        body = b"" if rule is None else json.dumps(rule).encode()
        return fetch(f"{small.url}/_sandbox/faults{path}", method=method, body=body)

    yield ask
    ask("DELETE")


@pytest.fixture
def eks(small: RunningSandbox) -> EKSClient:
    """A client that tries once."""
    client: EKSClient = small.session("test", "test").client("eks", endpoint_url=small.url, config=ONE_ATTEMPT)
    return client


def test_a_rule_is_added_fires_and_is_taken_away(control: Control, eks: EKSClient, small: RunningSandbox) -> None:
    rule = {"rule": "replace", "operation": "List*", "code": "TooManyRequestsException", "when": {"times": 2}}
    status, made = control("POST", rule)
    assert (status, made["fired"], made["when"]["times"]) == (201, 0, 2)
    for _ in range(2):
        with pytest.raises(ClientError) as refused:
            eks.list_clusters()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    eks.list_clusters()
    (listed,) = control("GET")[1]["faults"]
    assert (listed["id"], listed["seen"], listed["fired"]) == (made["id"], 3, 2)
    assert control("DELETE", path=f"/{made['id']}") == (200, {"faults": []})
    assert control("DELETE", path=f"/{made['id']}")[0] == 404
    assert fetch(f"{small.url}/_sandbox/health")[1]["status"] == "ready"


def test_the_answer_to_work_that_was_done_is_lost(control: Control, eks: EKSClient, small: RunningSandbox) -> None:
    create_cluster(small, "faulty")
    arn = eks.describe_cluster(name="faulty")["cluster"]["arn"]
    control("POST", {"rule": "lose", "operation": "TagResource"})
    with pytest.raises(ConnectionClosedError):
        eks.tag_resource(resourceArn=arn, tags={"done": "yes"})
    assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"done": "yes"}
    assert control("POST", {"rule": "change", "does": "VanishCluster", "params": {"clusterName": "faulty"}})[0] == 201
    assert "faulty" not in eks.list_clusters()["clusters"]


def test_a_client_that_tries_again_gets_over_a_dropped_connection(control: Control, small: RunningSandbox) -> None:
    control("POST", {"rule": "lose", "operation": "ListClusters"})
    answer = small.client("eks").list_clusters()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1


def test_zones_are_those_of_the_sandboxs_own_ec2(control: Control, small: RunningSandbox) -> None:
    zone = small.client("ec2").describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
    assert control("POST", {"rule": "noroom", "zones": [zone]})[0] == 201
    status, answer = control("POST", {"rule": "noroom", "zones": ["moon-1a"]})
    assert (status, "moon-1a is unknown" in answer["message"], zone in answer["message"]) == (400, True, True)


def test_time_passes_at_the_sandboxs_speed(control: Control, eks: EKSClient, small: RunningSandbox) -> None:
    control("POST", {"rule": "delay", "operation": "ListClusters", "seconds": 18})
    began = time.monotonic()
    eks.list_clusters()
    assert time.monotonic() - began >= 18 / small.speed


def test_what_is_no_rule_is_answered_in_words(control: Control, small: RunningSandbox) -> None:
    status, answer = control("POST", {"rule": "replace", "operation": "CreateClutser", "code": "ServerException"})
    assert (status, "did you mean CreateCluster?" in answer["message"]) == (400, True)
    assert fetch(f"{small.url}/_sandbox/faults", method="POST", body=b"{")[0] == 400
    assert control("PUT")[0] == 405
    assert control("GET") == (200, {"faults": []})
