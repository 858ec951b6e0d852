"""What EKS makes outside itself, as boto3 does it: each call forgives what may well have happened already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from sandbox.estate import AwsEstate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Deed = Callable[[AwsEstate], object]


@pytest.fixture(scope="module")
def clients() -> dict[str, Any]:
    session = boto3.session.Session(aws_access_key_id="i", aws_secret_access_key="s", region_name="eu-central-1")
    return {service: session.client(service) for service in ("ec2", "logs")}


@pytest.fixture
def estate(clients: dict[str, Any]) -> AwsEstate:
    return AwsEstate(clients.__getitem__)


@pytest.fixture
def stubs(clients: dict[str, Any]) -> Iterator[dict[str, Stubber]]:
    stubs = {service: Stubber(client) for service, client in clients.items()}
    for stub in stubs.values():
        stub.activate()
    yield stubs
    for stub in stubs.values():
        stub.assert_no_pending_responses()
        stub.deactivate()


def test_a_security_group_is_made_with_its_tags(estate: AwsEstate, stubs: dict[str, Stubber]) -> None:
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "a", "Value": "b"}]}]
    wanted = {"GroupName": "g", "Description": "d", "VpcId": "vpc-1", "TagSpecifications": tags}
    stubs["ec2"].add_response("create_security_group", {"GroupId": "sg-1"}, wanted)
    assert estate.make_security_group("g", "d", "vpc-1", {"a": "b"}) == "sg-1"


@pytest.mark.parametrize("tags", [{"a": "b"}, {}])
def test_an_interface_has_tags_or_none(estate: AwsEstate, stubs: dict[str, Stubber], tags: dict[str, str]) -> None:
    wanted: dict[str, Any] = {"SubnetId": "subnet-1", "Groups": ["sg-1"], "Description": "d"}
    if tags:
        wanted["TagSpecifications"] = [{"ResourceType": "network-interface", "Tags": [{"Key": "a", "Value": "b"}]}]
    stubs["ec2"].add_response("create_network_interface", {}, wanted)
    estate.make_network_interface("subnet-1", "sg-1", "d", tags)


DEEDS: list[tuple[str, str, str, Deed]] = [
    ("ec2", "delete_security_group", "DependencyViolation", lambda it: it.delete_security_group("sg-1")),
    ("ec2", "delete_security_group", "InvalidGroup.NotFound", lambda it: it.delete_security_group("sg-1")),
    (
        "ec2",
        "create_network_interface",
        "InvalidSubnetID.NotFound",
        lambda it: it.make_network_interface("", "", "", {}),
    ),
    ("logs", "create_log_group", "ResourceAlreadyExistsException", lambda it: it.make_log_group("/aws/eks/a/cluster")),
]


@pytest.mark.parametrize(("service", "call", "code", "deed"), DEEDS)
def test_what_may_have_happened_already_is_forgiven(
    estate: AwsEstate, stubs: dict[str, Stubber], service: str, call: str, code: str, deed: Deed
) -> None:
    stubs[service].add_client_error(call, code)
    deed(estate)


@pytest.mark.parametrize(("service", "call", "code", "deed"), DEEDS)
def test_any_other_error_is_not(
    estate: AwsEstate, stubs: dict[str, Stubber], service: str, call: str, code: str, deed: Deed
) -> None:
    stubs[service].add_client_error(call, f"Other{code}")
    with pytest.raises(ClientError, match=f"Other{code}"):
        deed(estate)
