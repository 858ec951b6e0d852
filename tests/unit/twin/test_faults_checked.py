"""Which rules are refused, how calls are understood, and rules as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.control import FAULTS_PATH, FaultsControl
from sandbox.twin.faults import (
    ALWAYS,
    Advise,
    Change,
    Delay,
    Faults,
    Force,
    Guard,
    Issue,
    Leave,
    Lose,
    NoRoom,
    Replace,
    Rule,
    RuleError,
    Scarce,
    Stale,
    Stretch,
    Throttle,
    When,
)
from sandbox.twin.faults.calls import understand
from sandbox.twin.faults.codec import KINDS, decode, encode
from sandbox.twin.faults.faults import Listed
from sandbox.twin.model import AUTOSCALING, EKS, service_model
from sandbox.twin.wire import HttpRequest
from tests.unit.twin.asking import operation_of, request_of
from tests.unit.twin.house import NAME, PERSON, REGION

if TYPE_CHECKING:
    from tests.unit.twin.house import House

DESCRIBE_GROUP = b"Action=DescribeAutoScalingGroups&AutoScalingGroupNames.member.1=it"

REFUSED: list[tuple[Rule, str]] = [
    (Replace("CreateClutser", "ServerException"), "no operation is called CreateClutser; did you mean CreateCluster?"),
    (Replace("Create* Mend*", "ServerException"), "no operation is called Mend"),
    (Replace(" ", "ServerException"), "at least one operation"),
    (Replace("CreateCluster", "ServerError"), "code: ServerError is unknown; did you mean ServerException?"),
    (Replace("CreateCluster", "ResourceContention"), "code: ResourceContention is unknown"),
    (
        Replace("CreateCluster", "ServerException", fields={"validZones": []}),
        "validZones is unknown; known are",
    ),
    (Replace("CreateCluster", "ServerException", status=200), "status must be between 400 and 599 and is 200"),
    (Replace("CreateCluster", "ServerException", when=When(first=0)), "first must be above 0"),
    (Replace("CreateCluster", "ServerException", when=When(every=0)), "every must be above 0"),
    (Replace("CreateCluster", "ServerException", when=When(times=0)), "times must be above 0"),
    (Replace("CreateCluster", "ServerException", when=When(probability=1.5)), "probability must be at most 1"),
    (Lose("CreateCluster", "error", code="Nonsense"), "code: Nonsense is unknown"),
    (Throttle(capacity=0, refill=1), "capacity must be above 0"),
    (Throttle(capacity=1, refill=0), "refill must be above 0"),
    (Throttle(capacity=1, refill=1, code="Slow"), "code: Slow is unknown"),
    (Throttle(operation="Nothing", capacity=1, refill=1), "no operation is called Nothing"),
    (Delay("CreateCluster", -1), "seconds must be above 0"),
    (Delay("CreateCluster", 1e12), "at most 1000000000"),
    (Stale("Lists*", 1), "no operation is called Lists"),
    (Force("cluster", "DEGRADED"), "status: DEGRADED is unknown; known are ACTIVE"),
    (Force("nodegroup", "FAILED"), "status: FAILED is unknown; known are ACTIVE"),
    (Force("update", "Failed", (Issue("IamThrottling"),)), "issue code of a update: IamThrottling is unknown"),
    (Force("addon", "DEGRADED", (Issue("InsufficientReplicas"),)), "did you mean InsufficientNumberOfReplicas?"),
    (Force("cluster", "FAILED", now=True), "needs the name of a cluster"),
    (Force("addon", "DEGRADED", cluster=NAME, now=True), "needs the name of the addon"),
    (Force("cluster", "FAILED", cluster=NAME, now=True, after=3), "forced now has none"),
    (Force("cluster", "FAILED", after=-1), "after must be between 0"),
    (Force("cluster", "FAILED", lasts=-1), "lasts must be between 0"),
    (Force("update", "Failed", lasts=3), "an update does not recover"),
    (Change("DescribeCluster", on="CreateCluster"), "does: DescribeCluster is unknown; did you mean DeleteCluster?"),
    (Change("VanishCluster", {"name": NAME}), "params of VanishCluster: name is unknown"),
    (Change("VanishCluster", on="Never"), "no operation is called Never"),
    (Stretch("cluster_creates", 2), "latency: cluster_creates is unknown; did you mean cluster_create?"),
    (Stretch("cluster_create", 0), "factor must be above 0"),
    (NoRoom(("us-east-1a",)), "zones: us-east-1a is unknown"),
    (Scarce(-1), "instances must be between 0"),
    (Leave(), "at least one of interfaces and log_group"),
    (Leave(101), "interfaces must be between 0"),
    (Force("addon", "DELETE_FAILED", lasts=1), "leave lasts out"),
    (Scarce(3, "InsufficientInstanceCapacity"), "issue code of a nodegroup: InsufficientInstanceCapacity is unknown"),
    (Change("ResizeGroup", {"desiredCapacity": 3}), "params of ResizeGroup: desiredCapacity is unknown"),
    (Advise("Skew", "FAILING", "1.35"), "status: FAILING is unknown; known are ERROR"),
    (Advise("Skew", "ERROR", "1.35", category="UPGRADE"), "category: UPGRADE is unknown"),
    (Advise("Skew", "ERROR", "v1.35"), "version must be a Kubernetes version such as 1.35 and is v1.35"),
    (Guard(0), "nodes must be above 0"),
    (Change("AlterAddon", {"status": "ACTIVE"}), "params of AlterAddon: status is unknown"),
    (Change("AlterCluster", {"name": NAME}), "params of AlterCluster: name is unknown"),
]


@pytest.mark.parametrize(("rule", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_a_rule_that_can_do_nothing_is_refused(house: House, rule: Rule, words: str) -> None:
    with pytest.raises(RuleError) as refused:
        house.faults.add(rule)
    assert words in str(refused.value)
    assert house.faults.rules() == []


@pytest.mark.parametrize("name", service_model(EKS).operation_names)
def test_every_operation_is_known_by_its_name(name: str) -> None:
    operation = operation_of(name)
    members: dict[str, Any] = getattr(operation.input_shape, "members", {})
    params = {it: f"my-{it}" for it, shape in members.items() if shape.serialization.get("location") == "uri"}
    asked = understand(request_of(operation, params))
    assert asked is not None
    assert asked.operation == name
    if operation.http["requestUri"].startswith("/clusters/{"):
        assert asked.cluster in ("my-clusterName", "my-name")


@pytest.mark.parametrize(
    ("operation", "params", "cluster", "name"),
    [
        ("CreateCluster", {"name": NAME}, NAME, None),
        ("CreateNodegroup", {"clusterName": NAME, "nodegroupName": "workers"}, NAME, "workers"),
        ("CreateAddon", {"clusterName": NAME, "addonName": "coredns"}, NAME, "coredns"),
        ("DescribeAccessEntry", {"clusterName": NAME, "principalArn": PERSON}, NAME, PERSON),
        ("CreatePodIdentityAssociation", {"clusterName": NAME, "serviceAccount": "sa"}, NAME, "sa"),
        ("DescribeUpdate", {"name": NAME, "updateId": "1", "nodegroupName": "workers"}, NAME, "workers"),
        ("DescribeClusterVersions", {}, None, None),
    ],
)  # fmt: skip
def test_calls_are_about_clusters_and_things(
    operation: str, params: dict[str, str], cluster: str | None, name: str | None
) -> None:
    asked = understand(request_of(operation_of(operation), params))
    assert asked is not None
    assert (asked.cluster, asked.name) == (cluster, name)


@pytest.mark.parametrize(
    ("service", "path", "body", "operation", "name"),
    [
        (AUTOSCALING, "/", b"Action=SetDesiredCapacity&AutoScalingGroupName=it", "SetDesiredCapacity", "it"),
        (AUTOSCALING, "/", DESCRIBE_GROUP, "DescribeAutoScalingGroups", "it"),
        (AUTOSCALING, "/", b"Action=CreateAutoScalingGroup", None, None),
        (EKS, "/clusters", b"no json", "CreateCluster", None),
        (EKS, "/nowhere", b"", None, None),
        ("sts", "/", b"Action=GetCallerIdentity", None, None),
    ],
)
def test_requests_of_all_kinds_are_understood(
    service: str, path: str, body: bytes, operation: str | None, name: str | None
) -> None:
    asked = understand(HttpRequest(service=service, method="POST", path=path, body=body))
    assert (asked and (asked.operation, asked.name)) == (operation and (operation, name))


RULES: list[Rule] = [
    Replace("CreateCluster", "X", "words", status=500, fields={"validZones": ["a"]}, cluster=NAME, when=ALWAYS),
    Lose("CreateAddon", "error", code="X", name="coredns", when=When(first=2, times=3, every=4, probability=0.5)),
    Force("addon", "DEGRADED", (Issue("X", "words", ("a", "b")),), now=True, cluster=NAME, name="coredns", lasts=3.0),
    Change("CreateCluster", {"name": NAME, "tags": {"a": "b"}}, on="*", moment="after"),
    Throttle(operation="List*", capacity=3, refill=0.5, code="X", message="words"),
    Delay("CreateCluster", 1.5),
    Stale("CreateCluster", 30.0),
    Stretch("cluster_create", 3.0),
    NoRoom((f"{REGION}a",)),
    Scarce(3, "InsufficientFreeAddresses", "words", cluster=NAME, name="workers"),
    Leave(2, of="controlPlane", log_group=True, cluster=NAME),
    Advise("Deprecated APIs", "ERROR", "1.35", "words", resources=("/apis/a",), usages=("/apis/a",), cluster=NAME),
    Guard(2, cluster=NAME, name="workers"),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_a_rule_as_json_is_the_same_rule(rule: Rule) -> None:
    shown = encode(Listed(id="1", rule=rule, seen=5, fired=2, trouble=None))
    assert (shown.pop("id"), shown.pop("seen"), shown.pop("fired"), shown.pop("trouble")) == ("1", 5, 2, None)
    assert decode(json.dumps(shown).encode()) == rule


def test_every_kind_of_rule_has_a_word() -> None:
    assert {type(rule) for rule in RULES} == set(KINDS.values())


def create(**more: object) -> dict[str, object]:
    return {"rule": "replace", "operation": "CreateCluster", "code": "ServerException", **more}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"{", "not a rule in JSON"),
        (b"\xff", "not a rule in JSON"),
        (b"", "not a rule in JSON"),
        ([], "Expected `object`"),
        ({}, "rule must be one of replace, lose, force"),
        ({"rule": ["replace"]}, "rule must be one of"),
        ({"rule": "Replace"}, "rule must be one of"),
        ({"rule": "replace", "operation": "CreateCluster"}, "missing required field `code`"),
        (create(wehn={}), "replace.wehn is unknown; known are cluster"),
        (create(when={"frist": 1}), "replace.when.frist is unknown; known are every"),
        (create(when={"first": "1"}), "`$.when.first`"),
        (create(when={"first": 2**70}), "first must be above 0 and at most 1000000000"),
        ({"rule": "force", "resource": "pod", "status": "ACTIVE"}, "`$.resource`"),
        ({"rule": "force", "resource": "addon", "status": "x", "issues": [{"code": "x", "id": 1}]}, "issues[0].id"),
        (create(operation="Nothing"), "no operation is called Nothing"),
        ({"rule": "change", "does": "DeleteCluster", "params": {"name": "nobody"}}, "No cluster found"),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_in_words(house: House, document: Any, words: str) -> None:  # noqa: ANN401 - JSON
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    status, answer = FaultsControl(lambda: house.faults).answer("POST", FAULTS_PATH, body)
    assert status == 400
    assert words in json.loads(answer)["message"]
    assert house.faults.rules() == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_MEMBERS = st.sampled_from(["operation", "code", "when", "status", "fields", "issues", "resource", "seconds", "params"])


def decoded(document: object) -> Rule | RuleError:
    try:
        return decode(json.dumps(document).encode())
    except RuleError as refused:
        return refused


@given(kind=st.sampled_from(sorted(KINDS)), members=st.dictionaries(_MEMBERS, _JSON, max_size=4))
def test_any_json_is_a_rule_or_is_refused(kind: str, members: dict[str, Any]) -> None:
    assert isinstance(decoded({"rule": kind} | members), KINDS[kind] | RuleError)


def test_rules_are_added_listed_and_removed_by_requests(house: House) -> None:
    faults: Faults = house.faults
    control = FaultsControl(lambda: faults)

    def ask(method: str, path: str = "", body: object = None) -> tuple[int, Any]:
        status, answer = control.answer(method, FAULTS_PATH + path, json.dumps(body).encode())
        return status, json.loads(answer)

    status, made = ask("POST", "", create())
    assert (status, made) == (201, {**made, "id": "1", "fired": 0, "code": "ServerException"})
    assert ask("GET") == (200, {"faults": [made]})
    assert ask("POST", "", create(operation="*"))[1]["id"] == "2"
    assert [it["id"] for it in ask("DELETE", "/1")[1]["faults"]] == ["2"]
    assert ask("DELETE", "/1") == (404, {"message": "no rule has the id 1"})
    assert ask("DELETE") == (200, {"faults": []})
    assert ask("PUT")[0] == ask("POST", "/1", create())[0] == 405


@pytest.mark.parametrize(("path", "concerned"), [("", True), ("/1", True), ("s", False)])
def test_the_endpoint_knows_its_paths(house: House, path: str, *, concerned: bool) -> None:
    assert FaultsControl(lambda: house.faults).concerns(FAULTS_PATH + path) is concerned
