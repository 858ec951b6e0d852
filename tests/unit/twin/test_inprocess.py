"""The twin behind the clients of a session, beside moto."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto import mock_aws

from sandbox.twin.inprocess import attach
from tests.unit.twin.house import NAME, REGION, cluster_params

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

    from tests.unit.twin.house import House


def new_session() -> boto3.session.Session:
    return boto3.session.Session(aws_access_key_id="id", aws_secret_access_key="secret", region_name=REGION)


def test_the_twin_answers_and_moto_never_hears_of_it(house: House) -> None:
    with mock_aws():
        session = new_session()
        attach(session, house.twin)
        session.client("eks").create_cluster(**cluster_params())
        assert session.client("eks").list_clusters()["clusters"] == [NAME]
        assert new_session().client("eks").list_clusters()["clusters"] == []


def test_other_services_go_their_own_way(house: House) -> None:
    with mock_aws():
        session = new_session()
        attach(session, house.twin)
        assert session.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_a_botocore_session_can_be_attached_too(house: House) -> None:
    session = botocore.session.Session()
    session.set_credentials("id", "secret")
    attach(session, house.switch)
    client: Any = session.create_client("eks", region_name=REGION)
    assert client.list_clusters()["clusters"] == []


class _Body(BytesIO):
    def stream(self) -> list[bytes]:
        return [self.getvalue()]


def test_what_the_twin_leaves_goes_on_to_the_next(house: House) -> None:
    session = new_session()
    attach(session, house.twin)
    client = session.client("autoscaling")

    def next_one(request: AWSPreparedRequest, **_more: object) -> Any:  # noqa: ANN401 - the stubs know no answers
        body = b"<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><NextToken>from the next one"
        end = b"</NextToken></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>"
        return AWSResponse(request.url, 200, HTTPHeaders(), _Body(body + end))

    client.meta.events.register_last("before-send", next_one)
    theirs = client.describe_auto_scaling_groups(AutoScalingGroupNames=["theirs"])
    assert theirs["NextToken"] == "from the next one"
    ours = client.describe_auto_scaling_groups()
    assert ours["AutoScalingGroups"] == []
    assert "NextToken" not in ours
