"""What is checked in the request before a run starts: through the API, over moto and the twin."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from lambdas.steps.contracts import API
from lambdas.steps.preflight.permissions import PERMISSIONS
from sandbox.twin.quotas import Quotas
from tests.api.preflight_specs import PASSING, REFUSED, ROLE, Json, Place, furnished, nodes
from tests.house import ROOT, example
from tests.unit.steps.refusals import refusing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Client
    from tests.api.gateway import Answer

ROUTES = pytest.mark.parametrize("route", ["/clusters", "/plan"])
DENIED = "User: me is not authorized to perform: iam:GetRole on resource: role nobody because no {} allows it"


@pytest.fixture(scope="module")
def place(client: Client) -> Place:
    return furnished(client.home.around.aws)


@contextmanager
def untouched(client: Client, name: str) -> Iterator[None]:
    """Nothing is written, nothing started and nothing changed meanwhile."""
    home = client.home
    home.wire.forget()
    before = home.twin.inventory()
    yield
    assert home.wire.changed == []
    assert home.twin.inventory() == before
    assert home.around.registry.cluster(name) is None
    assert home.around.registry.runs(name)[0] == []


def refusal(answer: Answer) -> dict[str, str]:
    """The remedies, by pointer."""
    assert (answer.status, answer.content_type) == (422, "application/problem+json"), answer.body
    assert all(error["detail"] and error["remedy"] for error in answer.json["errors"])
    return {error["pointer"]: error["remedy"] for error in answer.json["errors"]}


@pytest.mark.parametrize(("spec", "places"), REFUSED)
@ROUTES
def test_what_cannot_work_is_refused_with_field_and_remedy(
    client: Client, place: Place, name: str, route: str, spec: Json, places: dict[str, str]
) -> None:
    with untouched(client, name):
        told = refusal(client.post(route, {"name": name, **place.fill(spec)}))
    assert list(told) == list(places)
    for pointer, remedy in place.fill(places).items():
        assert remedy in told[pointer]


@pytest.mark.parametrize("spec", PASSING)
def test_what_can_work_passes(client: Client, place: Place, name: str, spec: Json) -> None:
    body = {"name": name, **place.fill(spec)}
    assert client.post("/plan", body).status == 200, client.log[-1][2].body
    assert client.post("/clusters", body).status == 202, client.log[-1][2].body


@contextmanager
def quotas(client: Client, **values: int) -> Iterator[None]:
    """An account with these quotas."""
    twin = client.home.twin
    before = twin.intervene(lambda core: core.quotas)
    twin.intervene(lambda core: setattr(core, "quotas", Quotas(**values)))
    yield
    twin.intervene(lambda core: setattr(core, "quotas", before))


@ROUTES
@pytest.mark.parametrize(
    ("values", "places"),
    [
        ({"clusters": 0}, {"": "L-1194D53C"}),
        ({"nodegroups": 0}, {"/nodegroups": "L-6D54EA21"}),
        ({"nodes": 1}, {"/nodegroups/0/scalingConfig/maxSize": "L-BD136A63"}),
        ({"clusters": 1, "nodegroups": 1, "nodes": 2}, {}),
    ],
)
def test_quotas_are_the_accounts_own(
    client: Client, name: str, route: str, values: dict[str, int], places: dict[str, str]
) -> None:
    body = {"name": name, **nodes()}
    with quotas(client, **values):
        answer = client.post(route, body)
    if not places:
        assert answer.status in {200, 202}
        return
    told = refusal(answer)
    assert list(told) == list(places)
    assert all(code in told[pointer] for pointer, code in places.items())


def test_the_same_body_again_is_not_examined_again(client: Client, name: str) -> None:
    body = {"name": name, **nodes()}
    first = client.post("/clusters", body)
    with quotas(client, clusters=0, nodes=0):
        assert client.post("/clusters", body).json == first.json
        assert client.post("/plan", body).json["spec"] == first.json["cluster"]["spec"]
        assert client.post("/clusters", {**body, "deletionProtection": False}).status == 409


# -- what AWS does not let us ask says nothing against a spec


@pytest.mark.parametrize(
    ("service", "operation", "status", "code", "message"),
    [
        ("quotas", "GetServiceQuota", 400, "AccessDeniedException", "no"),
        ("quotas", "GetServiceQuota", 400, "NoSuchResourceException", "no"),
        ("quotas", "GetServiceQuota", 400, "TooManyRequestsException", "no"),
        ("kms", "DescribeKey", 400, "AccessDeniedException", "no"),
        ("iam", "GetRole", 403, "AccessDenied", DENIED.format("service control policy")),
        ("iam", "ListRolePolicies", 403, "AccessDenied", "no"),
    ],
)
def test_what_may_not_be_asked_is_left_to_the_run(
    client: Client, name: str, service: str, operation: str, status: int, code: str, message: str
) -> None:
    role = f"{ROLE}/bare-cluster" if operation == "ListRolePolicies" else f"{ROLE}/eks-cluster"
    with refusing(getattr(client.home.around.aws, service), operation, status, code, message):
        assert client.post("/clusters", {"name": name, "roleArn": role}).status == 202


def test_a_role_that_no_policy_of_ours_names_is_not_the_one_of_the_spec(client: Client, name: str) -> None:
    """IAM judges a name that nobody has by an ARN without a path, which is not among those that we may read."""
    message = DENIED.format("identity-based policy")
    with untouched(client, name), refusing(client.home.around.aws.iam, "GetRole", 403, "AccessDenied", message):
        assert list(refusal(client.post("/clusters", {"name": name, "roleArn": f"{ROLE}/nobody"}))) == ["/roleArn"]


@ROUTES
@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("ec2", "DescribeSubnets", "RequestLimitExceeded", 503),
        ("ec2", "DescribeSubnets", "UnauthorizedOperation", 500),
        ("eks", "ListClusters", "TooManyRequestsException", 503),
        ("eks", "ListClusters", "AccessDeniedException", 500),
        ("iam", "GetRole", "Throttling", 503),
        ("kms", "DescribeKey", "ThrottlingException", 503),
    ],
)
def test_a_question_without_an_answer_is_our_problem_and_not_the_specs(
    client: Client, name: str, route: str, service: str, operation: str, code: str, status: int
) -> None:
    with untouched(client, name), refusing(getattr(client.home.around.aws, service), operation, 400, code):
        answer = client.post(route, {"name": name, "roleArn": f"{ROLE}/eks-cluster"})
    assert (answer.status, answer.content_type) == (status, "application/problem+json")
    assert operation in answer.json["detail"]


# -- examples, permissions, pace


EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.yaml"))


@pytest.mark.parametrize("file", EXAMPLES)
def test_every_example_passes(client: Client, file: str) -> None:
    spec = example(file)
    assert client.home.intake.reviewer.vetted(spec).name == spec.name


def test_the_questions_are_those_that_the_contract_declares(client: Client, place: Place) -> None:
    home = client.home
    home.calls.by_function = {}
    everything: Json = {
        "name": "everything",
        "roleArn": f"{ROLE}/bare-cluster",
        "addons": [{"addonName": "coredns", "configurationValues": {"replicaCount": 3}}],
        **nodes(launchTemplate={"id": "@plain-template"}),
        "resourcesVpcConfig": {"securityGroupIds": ["@own-group"]},
    }
    for spec in (everything, {"name": "nowhere", "vpc": {"vpcId": "vpc-00000000"}}):
        assert client.post("/clusters", place.fill(spec)).status == 422
    called = {action for action in home.calls.by_function["api"] if not action.startswith("dynamodb:")}
    assert called == {action for permission in PERMISSIONS for action in permission.actions}
    assert called <= API.calls()
    assert all(permission.reads for permission in PERMISSIONS)


@pytest.mark.parametrize(
    ("file", "questions"),
    [
        ("control-plane-only", {"DescribeSubnets": 1, "ListClusters": 1, "GetServiceQuota": 1, "DescribeKey": 1}),
        ("simple-bank", {"DescribeSubnets": 1, "ListClusters": 1, "GetServiceQuota": 3, "DescribeKey": 1}),
        ("own-vpc", {"ListClusters": 1, "GetServiceQuota": 3, "DescribeKey": 1}),
    ],
)
def test_few_questions_are_asked(client: Client, file: str, questions: dict[str, int]) -> None:
    asked: Counter[str] = Counter()

    def note(model: Any, **_: object) -> None:  # noqa: ANN401 -- botocore's own
        asked[model.name] += 1

    aws = client.home.around.aws
    clients: list[Any] = [aws.eks, aws.ec2, aws.iam, aws.kms, aws.quotas]
    for one in clients:
        one.meta.events.register("before-call", note)
    intake, sent = client.home.intake, yaml.safe_load((ROOT / "examples" / f"{file}.yaml").read_text())
    intake.reviewer.vetted(example(file), sent)
    for one in clients:
        one.meta.events.unregister("before-call", note)
    assert asked == {"DescribeClusterVersions": 1, **questions}
