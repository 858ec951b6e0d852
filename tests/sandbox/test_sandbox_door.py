"""The door over HTTP, on the deployed template: what is refused, how, and that nothing has come of it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.api.bodies import BAD_INPUT, MALFORMED, Refusal, require_refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.conftest import RunningSandbox

    Json = Any

JSON = "application/json"
PROBLEM = "application/problem+json"
TAKEN = "taken"
ROOT = Credentials("test", "test")
SETTLING_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    json: Json


class Door:
    """The deployed API, and what there is behind it."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        content_type: str = JSON,
        signer: Credentials | None = ROOT,
    ) -> Answer:
        request = AWSRequest(method, self.sandbox.api_url + path, {"content-type": content_type}, body)
        if signer:
            SigV4Auth(signer, "execute-api", self.sandbox.health["region"]).add_auth(request)
        given = urllib3.request(
            method,
            self.sandbox.api_url + path,
            headers=dict(request.headers),
            body=body or None,
            retries=False,
            timeout=60,
        )
        return Answer(given.status, given.headers["content-type"], json.loads(given.data))

    def started(self) -> tuple[set[str], set[str]]:
        """The keys in the registry but for events, which hourly looks at others' clusters write; and the executions."""
        items = self.sandbox.client("dynamodb").scan(TableName=self._table)["Items"]
        machine = self.sandbox.health["stateMachines"]["Slipway-provision"]
        executions = self.sandbox.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
        keys = {item["pk"]["S"] for item in items}
        asked = {key for key in keys if not key.startswith("EVENT#")}
        return asked, {execution["executionArn"] for execution in executions}

    def running(self) -> bool:
        machine = self.sandbox.health["stateMachines"]["Slipway-provision"]
        states = self.sandbox.client("stepfunctions")
        return bool(states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"])

    def inventory(self) -> Json:
        """What there is in the account of the kinds that Slipway makes."""
        ec2, eks, iam = (self.sandbox.client(service) for service in ("ec2", "eks", "iam"))
        clusters = eks.list_clusters()["clusters"]
        return {
            "clusters": {name: eks.describe_cluster(name=name)["cluster"]["status"] for name in clusters},
            "nodegroups": {name: eks.list_nodegroups(clusterName=name)["nodegroups"] for name in clusters},
            "roles": sorted(role["Arn"] for role in iam.list_roles()["Roles"]),
            "vpcs": sorted(vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]),
            "keys": sorted(key["KeyId"] for key in self.sandbox.client("kms").list_keys()["Keys"]),
        }

    @cached_property
    def _table(self) -> str:
        (table,) = self.sandbox.client("dynamodb").list_tables()["TableNames"]
        return str(table)


@pytest.fixture(scope="module")
def door(sandbox: RunningSandbox, subnets: dict[str, str]) -> Iterator[Door]:  # noqa: ARG001 - made before we look
    """The door of a house in which nothing goes on, and in which nothing has changed afterwards."""
    door = Door(sandbox)
    accepted = door.send("POST", "/clusters", json.dumps({"name": TAKEN}).encode())
    assert accepted.status == 202, accepted.json
    sandbox.client("stepfunctions").stop_execution(executionArn=accepted.json["run"]["executionArn"])
    before = settled(door)
    yield door
    assert door.inventory() == before


@pytest.fixture(scope="module")
def subnets(sandbox: RunningSandbox) -> Iterator[dict[str, str]]:
    """Subnets by what is wrong with a cluster in them and in the first."""
    ec2 = sandbox.client("ec2")
    default = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    first, other_zone = sorted(default, key=lambda subnet: str(subnet["AvailabilityZone"]))[:2]
    other_vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    beside, far = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone["AvailabilityZone"])["Subnet"]
        for vpc, cidr, zone in (
            (first["VpcId"], "172.31.200.0/24", first),
            (other_vpc, "10.9.0.0/24", other_zone),
        )
    )
    yield {
        "first": first["SubnetId"],
        "in the same zone": beside["SubnetId"],
        "in another VPC": far["SubnetId"],
        "that nobody has": "subnet-0123456789abcdef0",
    }
    for subnet in (beside, far):
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=other_vpc)


def settled(door: Door) -> Json:
    """The inventory once no run works on it any more."""
    deadline, last = time.monotonic() + SETTLING_SECONDS, None
    while door.running() or last != (last := door.inventory()):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return last


@pytest.fixture
def untouched(door: Door) -> Iterator[None]:
    before = door.started()
    yield
    assert door.started() == before


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("refusal", [*BAD_INPUT, *MALFORMED], ids=str)
def test_a_body_is_refused(door: Door, refusal: Refusal) -> None:
    answer = door.send("POST", "/clusters", refusal.body)
    require_refusal(refusal, answer.status, answer.content_type, answer.json)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("members", "pointer", "remedy"),
    [
        pytest.param({"version": "1.29"}, "/version", "1.35", id="a version that EKS does not offer"),
        pytest.param(
            {"addons": [{"addonName": "coredsn"}]},
            "/addons/0/addonName",
            "coredns",
            id="an add-on that EKS does not know",
        ),
        pytest.param(
            {"addons": [{"addonName": "coredns", "addonVersion": "v1.0.0-eksbuild.1"}]},
            "/addons/0/addonVersion",
            "eksbuild",
            id="an add-on version that is not for this version",
        ),
    ],
)
def test_what_eks_does_not_offer_is_refused_with_what_it_offers(
    door: Door, members: dict[str, Json], pointer: str, remedy: str
) -> None:
    require_unprocessable(door.send("POST", "/clusters", body_with(members)), pointer, remedy)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("which", "pointer", "remedy"),
    [
        ("that nobody has", "/resourcesVpcConfig/subnetIds/1", "subnet"),
        ("in the same zone", "/resourcesVpcConfig/subnetIds", "zone"),
        ("in another VPC", "/resourcesVpcConfig/subnetIds", "VPC"),
    ],
)
def test_subnets_that_eks_would_refuse_are_refused(
    door: Door, subnets: dict[str, str], which: str, pointer: str, remedy: str
) -> None:
    members = {"resourcesVpcConfig": {"subnetIds": [subnets["first"], subnets[which]]}}
    require_unprocessable(door.send("POST", "/clusters", body_with(members)), pointer, remedy)


def body_with(members: dict[str, Json]) -> bytes:
    return json.dumps({"name": "refused", **members}).encode()


def require_unprocessable(answer: Answer, pointer: str, remedy: str) -> None:
    assert (answer.status, answer.content_type) == (422, PROBLEM), answer.json
    (error,) = answer.json["errors"]
    assert (error["pointer"], remedy in error["remedy"]) == (pointer, True), error


def test_a_plan_refuses_what_a_run_would(door: Door) -> None:
    for refusal in BAD_INPUT:
        answer = door.send("POST", "/plan", refusal.body)
        require_refusal(refusal, answer.status, answer.content_type, answer.json)


SPEC = json.dumps({"name": "refused"}).encode()
OTHER = json.dumps({"name": TAKEN, "deletionProtection": False}).encode()


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("method", "path", "body", "content_type", "status", "pointer", "remedy"),
    [
        pytest.param("POST", "/clusters", SPEC, "text/plain", 415, "", JSON, id="another content type"),
        pytest.param("POST", "/clusters", SPEC, "application/yaml", 415, "", JSON, id="YAML"),
        pytest.param("POST", "/clusters", OTHER, JSON, 409, "/name", f"PUT /clusters/{TAKEN}", id="a known name"),
        pytest.param("GET", "/clusters/nobody", b"", JSON, 404, "/name", "GET /clusters", id="an unknown cluster"),
        pytest.param("GET", "/runs/nobody", b"", JSON, 404, "/run", "GET /clusters", id="an unknown run"),
        pytest.param("GET", "/nowhere", b"", JSON, 404, "", "GET /openapi.json", id="an unknown path"),
    ],
)
def test_a_request_is_refused(
    door: Door, method: str, path: str, body: bytes, content_type: str, status: int, pointer: str, remedy: str
) -> None:
    answer = door.send(method, path, body, content_type)
    assert (answer.status, answer.content_type) == (status, PROBLEM), answer.json
    (error,) = answer.json["errors"]
    assert error["pointer"] == pointer
    assert remedy in error["remedy"]


def test_what_is_known_stays_as_it_is(door: Door) -> None:
    known = door.send("GET", f"/clusters/{TAKEN}").json
    assert known["spec"]["deletionProtection"] is True
    assert known["generation"] == 1


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(("method", "path"), [("POST", "/clusters"), ("POST", "/plan"), ("GET", "/clusters")])
def test_an_unsigned_request_is_refused(door: Door, method: str, path: str) -> None:
    answer = door.send(method, path, SPEC if method == "POST" else b"", signer=None)
    require_forbidden(answer, "Signature Version 4")


@pytest.mark.usefixtures("untouched")
def test_whom_iam_does_not_let_in_is_refused(door: Door) -> None:
    iam = door.sandbox.client("iam")
    iam.create_user(UserName="stranger")
    key = iam.create_access_key(UserName="stranger")["AccessKey"]
    stranger = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    # MiniStack says so in its own words; in AWS it is the gateway's response ACCESS_DENIED, which the template sets.
    assert door.send("POST", "/clusters", SPEC, signer=stranger).status == 403


@pytest.mark.usefixtures("untouched")
def test_a_wrong_signature_is_refused(door: Door) -> None:
    iam = door.sandbox.client("iam")
    iam.create_user(UserName="forger")
    key = iam.create_access_key(UserName="forger")["AccessKey"]
    forger = Credentials(key["AccessKeyId"], "guessed")
    require_forbidden(door.send("POST", "/clusters", SPEC, signer=forger), "Check the secret key")


def require_forbidden(answer: Answer, remedy: str) -> None:
    """See that the gateway refuses as the function does."""
    assert (answer.status, answer.content_type) == (403, PROBLEM), answer.json
    assert (answer.json["title"], answer.json["status"]) == ("Forbidden", 403)
    assert answer.json["detail"]
    (error,) = answer.json["errors"]
    assert (error["pointer"], remedy in error["remedy"]) == ("", True), error
