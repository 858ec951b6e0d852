"""Slipway end to end: HTTP to the deployed template, with IAM enforced. All durations are twin figures."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.sandbox.conftest import REPOSITORY, fetch, run
from tests.sandbox.replay import assert_simulated_alike

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.sandbox.conftest import Json, RunningSandbox

EXAMPLES = sorted(path.stem for path in (REPOSITORY / "examples").glob("*.yaml"))
MOST_TRANSITIONS = 150
RUN_SECONDS = 200
AWS = os.path.join(os.path.dirname(sys.executable), "aws")  # noqa: PTH118, PTH120 -- a command line, not a path to work on


class Queue:
    """A queue of the test's own to which EventBridge and SNS may send."""

    def __init__(self, sandbox: RunningSandbox, name: str) -> None:
        self._sqs = sandbox.client("sqs")
        self.url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn = asked["Attributes"]["QueueArn"]
        services = ["events.amazonaws.com", "sns.amazonaws.com"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": services},
            "Action": "sqs:SendMessage",
            "Resource": "*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})

    def hear(self, wanted: set[str], called: Callable[[Json], str]) -> list[Json]:
        """The messages of these names, once all have come; others are dropped."""
        found: dict[str, Json] = {}
        deadline = time.monotonic() + RUN_SECONDS
        while found.keys() < wanted and time.monotonic() < deadline:
            answer = self._sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=1, MaxNumberOfMessages=10)
            bodies = [json.loads(message["Body"]) for message in answer.get("Messages", ())]
            found |= {called(body): body for body in bodies if called(body) in wanted}
        assert found.keys() == wanted
        return list(found.values())


def example(file: str, **changes: Json) -> dict[str, Json]:
    return {**yaml.safe_load((REPOSITORY / "examples" / f"{file}.yaml").read_text()), **changes}


def post(sandbox: RunningSandbox, spec: Json) -> Json:
    status, accepted = sandbox.call_api("POST", "/clusters", spec)
    assert status == 202, accepted
    return accepted["run"]


def ended(sandbox: RunningSandbox, run_id: str) -> Json:
    """The run once it has ended."""
    deadline, found = time.monotonic() + RUN_SECONDS, None
    while time.monotonic() < deadline:
        _, found = sandbox.call_api("GET", f"/runs/{run_id}")
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.3)
    raise AssertionError(f"{run_id} did not end: {json.dumps(found, indent=1)}")


@pytest.fixture(scope="module")
def bus(sandbox: RunningSandbox) -> Queue:
    """All that comes over the event bus from now on."""
    queue = Queue(sandbox, "bus")
    name = sandbox.health["stacks"]["Slipway"]["EventBus"]
    events = sandbox.client("events")
    events.put_rule(Name="everything", EventBusName=name, EventPattern=json.dumps({"source": ["slipway"]}))
    events.put_targets(Rule="everything", EventBusName=name, Targets=[{"Id": "queue", "Arn": queue.arn}])
    return queue


@pytest.fixture(scope="module")
def people(sandbox: RunningSandbox) -> Queue:
    """All that people are told from now on."""
    queue = Queue(sandbox, "people")
    topic = sandbox.health["stacks"]["Slipway"]["EventTopic"]
    sandbox.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"}
    )
    return queue


@pytest.fixture(scope="module")
def provisioned(sandbox: RunningSandbox, bus: Queue) -> dict[str, Json]:  # noqa: ARG001 -- it is to hear of them
    """The examples, all posted at once, as the runs that made them."""
    runs = {name: post(sandbox, example(name)) for name in EXAMPLES}
    return {name: ended(sandbox, started["id"]) for name, started in runs.items()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_becomes_a_cluster(sandbox: RunningSandbox, provisioned: dict[str, Json], name: str) -> None:
    assert provisioned[name]["status"] == "SUCCEEDED", provisioned[name]["error"]
    _, cluster = sandbox.call_api("GET", f"/clusters/{name}")
    conditions = {one["type"]: one["status"] for one in cluster["status"]["conditions"]}
    conditions.pop("Drifted", None)  # an hourly look may have come already
    assert conditions == {"Ready": "True", "Asleep": "False"}
    groups = example(name).get("nodegroups", ())
    wanted = {group["nodegroupName"]: group["scalingConfig"]["desiredSize"] for group in groups}
    found = cluster["status"]["nodegroups"]
    assert {group["nodegroupName"]: group["inService"] for group in found} == wanted
    assert {group["status"] for group in found} <= {"ACTIVE"}


def test_the_aws_command_line_agrees_with_the_api(sandbox: RunningSandbox, provisioned: dict[str, Json]) -> None:
    assert provisioned["simple-bank"]["status"] == "SUCCEEDED"
    bank = ("--cluster-name", "simple-bank")
    _aws(sandbox, "eks", "wait", "cluster-active", "--name", "simple-bank")
    _aws(sandbox, "eks", "wait", "nodegroup-active", *bank, "--nodegroup-name", "simple-bank")
    for addon in ("vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent"):
        _aws(sandbox, "eks", "wait", "addon-active", *bank, "--addon-name", addon)
    _, cluster = sandbox.call_api("GET", "/clusters/simple-bank")
    described = _aws(sandbox, "eks", "describe-cluster", "--name", "simple-bank")["cluster"]
    assert described["endpoint"] == cluster["status"]["endpoint"]
    assert described["version"] == cluster["status"]["version"]
    assert _aws(sandbox, "eks", "list-updates", "--name", "simple-bank") == {"updateIds": []}
    nodegroup = _aws(sandbox, "eks", "describe-nodegroup", *bank, "--nodegroup-name", "simple-bank")["nodegroup"]
    (group,) = nodegroup["resources"]["autoScalingGroups"]
    (found,) = _aws(
        sandbox, "autoscaling", "describe-auto-scaling-groups", "--auto-scaling-group-names", group["name"]
    )["AutoScalingGroups"]
    assert [instance["LifecycleState"] for instance in found["Instances"]] == ["InService"]


def test_whoever_listens_hears_of_every_cluster(
    sandbox: RunningSandbox, provisioned: dict[str, Json], bus: Queue
) -> None:
    """On the bus as in the API."""
    runs = {f"ClusterReady/{run['id']}" for run in provisioned.values()}
    heard = {event["detail"]["id"]: event for event in bus.hear(runs, lambda event: event["detail"]["id"])}
    assert {heard[it]["detail-type"] for it in runs} == {"ClusterReady"}
    for name in EXAMPLES:
        _, listed = sandbox.call_api("GET", f"/clusters/{name}/events")
        (event,) = [one for one in listed["items"] if one["id"] in runs]
        assert event["detail"] == heard[event["id"]]["detail"]
        assert event["publishedAt"]


def test_nothing_of_a_known_cluster_is_an_orphan(sandbox: RunningSandbox, provisioned: dict[str, Json]) -> None:
    functions = sandbox.client("lambda").list_functions()["Functions"]
    (look,) = [one["FunctionName"] for one in functions if one["Handler"] == "lambdas.handlers.orphans.handler"]
    answer = json.load(sandbox.client("lambda").invoke(FunctionName=look)["Payload"])
    assert answer["trouble"] == {}
    assert not [arn for arn in answer["orphans"] for name in provisioned if name in arn]


def test_a_kubeconfig_is_what_the_aws_command_line_writes(
    sandbox: RunningSandbox, provisioned: dict[str, Json], tmp_path: Path
) -> None:
    assert provisioned["simple-bank"]["status"] == "SUCCEEDED"
    written = tmp_path / "config"
    _aws(sandbox, "eks", "update-kubeconfig", "--name", "simple-bank", "--kubeconfig", str(written))
    theirs = yaml.safe_load(written.read_text())["clusters"][0]["cluster"]
    ours = yaml.safe_load(_slipway(sandbox, "kubeconfig", "simple-bank").stdout)["clusters"][0]["cluster"]
    assert ours == theirs


def test_the_history_reads_as_sentences_and_is_short(sandbox: RunningSandbox, provisioned: dict[str, Json]) -> None:
    arn = provisioned["simple-bank"]["executionArn"]
    machine = sandbox.health["stateMachines"]["Slipway-provision"]
    executions = _aws(sandbox, "stepfunctions", "list-executions", "--state-machine-arn", machine)["executions"]
    assert arn in {execution["executionArn"] for execution in executions}
    events = _aws(sandbox, "stepfunctions", "get-execution-history", "--execution-arn", arn, "--max-results", "1000")
    details = [event.get("stateEnteredEventDetails") for event in events["events"]]
    entered = [detail["name"] for detail in details if detail]
    assert entered[0] == "Begin run"
    assert entered[-1] == "Cluster is as described"
    assert len(entered) <= MOST_TRANSITIONS


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_simulation_goes_the_same_way(sandbox: RunningSandbox, provisioned: dict[str, Json], name: str) -> None:
    assert_simulated_alike(sandbox, provisioned[name]["executionArn"])


def test_the_same_spec_again_is_the_same_run(sandbox: RunningSandbox, provisioned: dict[str, Json]) -> None:
    again = post(sandbox, example("simple-bank"))
    assert again["id"] == provisioned["simple-bank"]["id"]
    assert again["status"] == "SUCCEEDED"


def test_a_plan_for_a_finished_cluster_is_empty(sandbox: RunningSandbox, provisioned: dict[str, Json]) -> None:
    assert provisioned["simple-bank"]["status"] == "SUCCEEDED"
    status, plan = sandbox.call_api("POST", "/plan", example("simple-bank"))
    assert (status, plan["actions"]) == (200, [])


def test_a_plan_for_a_new_cluster_is_what_the_run_would_do(sandbox: RunningSandbox) -> None:
    status, plan = sandbox.call_api("POST", "/plan", example("simple-bank", name="only-planned"))
    assert status == 200
    assert [action["resource"] for action in plan["actions"]] == [
        "roles/cluster",
        "roles/cluster/AmazonEKSClusterPolicy",
        "cluster",
        "roles/node",
        "roles/node/AmazonEKSWorkerNodePolicy",
        "roles/node/AmazonEKS_CNI_Policy",
        "roles/node/AmazonEC2ContainerRegistryPullOnly",
        "addons/vpc-cni",
        "addons/kube-proxy",
        "addons/eks-pod-identity-agent",
        "nodegroups/simple-bank",
        "addons/coredns",
    ]
    assert plan["spec"]["version"] == "1.35"
    assert sandbox.call_api("GET", "/clusters/only-planned")[0] == 404


def test_a_stopped_run_is_finished_by_the_next(sandbox: RunningSandbox) -> None:
    spec = example("control-plane-only", name="stopped-once")
    first = post(sandbox, spec)
    sandbox.client("stepfunctions").stop_execution(executionArn=first["executionArn"])
    assert sandbox.call_api("GET", f"/runs/{first['id']}")[1]["error"]["code"] == "Stopped"
    second = post(sandbox, spec)
    assert second["id"] != first["id"]
    assert ended(sandbox, second["id"])["status"] == "SUCCEEDED"
    _, runs = sandbox.call_api("GET", "/clusters/stopped-once/runs")
    assert [one["status"] for one in runs["items"]] == ["SUCCEEDED", "FAILED"]


def test_a_function_that_lacks_an_action_fails_the_run_and_says_which(sandbox: RunningSandbox, people: Queue) -> None:
    with _without_action(sandbox, "AddonsFunctionRole", "eks:CreateAddon"):
        spec = example("control-plane-only", name="not-allowed")
        failed = ended(sandbox, post(sandbox, spec)["id"])
        assert failed["status"] == "FAILED"
        assert_simulated_alike(sandbox, failed["executionArn"])
        assert failed["error"]["code"] == "AccessDeniedException"
        assert "eks:CreateAddon" in failed["error"]["cause"]
        assert failed["error"]["remedy"]
        (told,) = people.hear({"not-allowed"}, lambda message: str(message).partition(" ")[0])
        assert failed["error"]["cause"] in told
        assert failed["error"]["remedy"] in told
    assert ended(sandbox, post(sandbox, spec)["id"])["status"] == "SUCCEEDED"


def test_an_unsigned_request_is_refused(sandbox: RunningSandbox) -> None:
    assert fetch(f"{sandbox.api_url}/clusters")[0] == 403


def test_another_spec_for_a_known_name_is_refused(sandbox: RunningSandbox, provisioned: dict[str, Json]) -> None:
    assert provisioned["control-plane-only"]["status"] == "SUCCEEDED"
    status, problem = sandbox.call_api("POST", "/clusters", {"name": "control-plane-only", "version": "1.34"})
    assert (status, problem["title"]) == (409, "Conflict")


def test_a_known_cluster_gets_what_another_spec_adds(sandbox: RunningSandbox) -> None:
    spec = example("control-plane-only", name="grows")
    assert ended(sandbox, post(sandbox, spec)["id"])["status"] == "SUCCEEDED"
    larger = {**spec, "nodegroups": [{"nodegroupName": "late"}]}
    status, accepted = sandbox.call_api("PUT", "/clusters/grows", larger)
    assert (status, accepted["run"]["generation"]) == (202, 2)
    assert ended(sandbox, accepted["run"]["id"])["status"] == "SUCCEEDED"
    assert sandbox.client("eks").list_nodegroups(clusterName="grows")["nodegroups"] == ["late"]
    assert sandbox.call_api("PUT", "/clusters/grows", larger)[0] == 200


def test_a_bad_spec_is_refused_with_field_and_remedy_and_starts_nothing(sandbox: RunningSandbox) -> None:
    status, problem = sandbox.call_api("POST", "/clusters", {"name": "bad", "nodegroup": []})
    assert status == 422
    (error,) = problem["errors"]
    assert error["pointer"] == "/nodegroup"
    assert "nodegroups" in error["remedy"]
    assert sandbox.call_api("GET", "/clusters/bad")[0] == 404


def test_the_command_line_applies_and_shows(sandbox: RunningSandbox, provisioned: dict[str, Json]) -> None:
    assert provisioned["simple-bank"]["status"] == "SUCCEEDED"
    applied = _slipway(sandbox, "apply", "--wait", "-f", "examples/simple-bank.yaml")
    assert applied.returncode == 0, applied.stderr
    assert "SUCCEEDED" in applied.stdout
    listed = _slipway(sandbox, "get", "-o", "json")
    assert "simple-bank" in {cluster["name"] for cluster in json.loads(listed.stdout)}


def _aws(sandbox: RunningSandbox, *words: str) -> Json:
    ended_command = run([AWS, *words], sandbox.environment())
    assert ended_command.returncode == 0, ended_command.stderr
    return json.loads(ended_command.stdout) if ended_command.stdout.startswith("{") else None


def _slipway(sandbox: RunningSandbox, *words: str) -> subprocess.CompletedProcess[str]:
    """The command line, which finds the API by the stack's output."""
    return run([sys.executable, "-m", "cli", *words], sandbox.environment())


@contextmanager
def _without_action(sandbox: RunningSandbox, role: str, action: str) -> Iterator[None]:
    """Take an action away from a function's role for a while."""
    iam = sandbox.client("iam")
    (name,) = [one["RoleName"] for one in iam.list_roles()["Roles"] if role in one["RoleName"]]
    (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    kept = [statement for statement in document["Statement"] if action not in statement["Action"]]
    assert len(kept) < len(document["Statement"])
    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps({**document, "Statement": kept}))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
