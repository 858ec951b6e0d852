from __future__ import annotations

import json
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import end, fetch, run, start
from tests.sandbox.small_app import FUNCTION, MACHINE, trust, write_assembly

if TYPE_CHECKING:
    from tests.sandbox.conftest import RunningSandbox

AWS = str(Path(sys.executable).with_name("aws"))


def aws(sandbox: RunningSandbox, command: str, **environment: str) -> str:
    done = run([AWS, *command.split()], {**sandbox.environment(), **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout


def create_cluster(sandbox: RunningSandbox, name: str) -> None:
    """Create a cluster with a role of its own, as soon as EKS sees the role: some seconds after its creation."""
    policy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    iam = sandbox.client("iam")
    document = json.dumps(trust("eks.amazonaws.com"))
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    subnets = [one["SubnetId"] for one in sandbox.client("ec2").describe_subnets()["Subnets"]][:2]
    for _ in range(100):
        try:
            sandbox.client("eks").create_cluster(name=name, roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidParameterException":
                raise
        else:
            return
    raise AssertionError("EKS never saw the role")


def test_health_tells_what_is_there(small: RunningSandbox) -> None:
    status, health = fetch(f"{small.url}/_sandbox/health")
    assert status == 200
    assert health["status"] == "ready"
    assert health["speed"] == 60
    assert health["account"] == "000000000000"
    assert health["stateMachines"] == {
        MACHINE: f"arn:aws:states:{health['region']}:000000000000:stateMachine:{MACHINE}"
    }
    assert health["stacks"]["small"] == {"MachineArn": health["stateMachines"][MACHINE]}


def test_the_api_takes_signed_requests_only(small: RunningSandbox) -> None:
    assert small.call_api("GET", "/") == (200, "/")
    assert fetch(f"{small.api_url}/")[0] == 403


def test_the_output_tells_a_person_how_to_go_on(small: RunningSandbox) -> None:
    output = small.output.read_text()
    assert f"export AWS_ENDPOINT_URL={small.url}" in output
    assert small.api_url in output


def test_gaps_of_cloudformation_are_closed(small: RunningSandbox) -> None:
    alarms = small.client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert [alarm["AlarmName"] for alarm in alarms["MetricAlarms"]] == ["small-alarm"]
    assert [alarm["AlarmName"] for alarm in alarms["CompositeAlarms"]] == ["small-composite"]
    resources = small.client("cloudformation").describe_stack_resources(StackName="small")["StackResources"]
    assert {one["ResourceStatus"] for one in resources} == {"CREATE_COMPLETE"}
    assert "AWS::Logs::QueryDefinition" in {one["ResourceType"] for one in resources}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"do": "put"}, "put"),
        ({"do": "get"}, "AccessDeniedException"),
        ({"do": "whoami"}, "assumed-role"),
        ({"do": "raise"}, "Refused"),
    ],
)
def test_a_function_acts_as_its_own_role_and_names_its_errors(
    small: RunningSandbox, event: dict[str, Any], expected: str
) -> None:
    answer = small.client("lambda").invoke(FunctionName=FUNCTION, Payload=json.dumps(event))
    assert expected in answer["Payload"].read().decode()


def test_a_raised_exception_is_reported_as_on_aws(small: RunningSandbox) -> None:
    lambdas = small.client("lambda")
    before = lambdas.invoke(FunctionName=FUNCTION, Payload='{"do": "pid"}')["Payload"].read()
    answer = lambdas.invoke(FunctionName=FUNCTION, Payload='{"do": "raise"}')
    assert answer["FunctionError"] == "Unhandled"
    error = json.load(answer["Payload"])
    assert (error["errorType"], error["errorMessage"]) == ("Refused", "as told")
    assert any("index.py" in line for line in error["stackTrace"])
    after = lambdas.invoke(FunctionName=FUNCTION, Payload='{"do": "pid"}')["Payload"].read()
    assert before == after, "the execution environment outlives an exception"


def test_a_function_sees_no_credentials_but_its_own(small: RunningSandbox) -> None:
    answer = small.client("lambda").invoke(FunctionName=FUNCTION, Payload='{"do": "environment"}')
    names = json.load(answer["Payload"])
    assert {"AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"} <= set(names)
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL_EKS"} & set(names)


def test_the_default_vpc_has_three_zones(small: RunningSandbox) -> None:
    ec2 = small.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]
    for filters in (
        [{"Name": "default-for-az", "Values": ["true"]}],
        [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}],
    ):
        subnets = ec2.describe_subnets(Filters=filters)["Subnets"]
        assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 3
        assert all(subnet["AvailableIpAddressCount"] > 100 for subnet in subnets)


def test_the_command_line_reaches_the_twin(small: RunningSandbox, tmp_path: Path) -> None:
    eks = small.client("eks")
    create_cluster(small, "cli")
    eks.get_waiter("cluster_active").wait(name="cli", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    aws(small, "eks wait cluster-active --name cli")
    kubeconfig = tmp_path / "kubeconfig"
    aws(small, f"eks update-kubeconfig --name cli --kubeconfig {kubeconfig}")
    assert eks.describe_cluster(name="cli")["cluster"]["endpoint"] in kubeconfig.read_text()
    groups = json.loads(aws(small, "autoscaling describe-auto-scaling-groups"))["AutoScalingGroups"]
    assert "cli" not in {tag["Value"] for group in groups for tag in group["Tags"]}
    eks.delete_cluster(name="cli")


def test_each_region_has_clusters_of_its_own(small: RunningSandbox) -> None:
    assert json.loads(aws(small, "eks list-clusters --region us-west-2")) == {"clusters": []}


def test_an_unknown_key_is_refused(small: RunningSandbox) -> None:
    stranger = small.session("AKIAIOSFODNN7EXAMPLE", "secret")
    with pytest.raises(ClientError) as refused:
        small.client("eks", stranger).list_clusters()
    assert refused.value.response["Error"]["Code"] == "UnrecognizedClientException"


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ({"Type": "AWS::EKS::Nonsense"}, "AWS::EKS::Nonsense"),
        (
            {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmRule": "ALARM(nothing)"}},
            "Broken (AWS::CloudWatch::CompositeAlarm)",
        ),
    ],
)
def test_a_failed_deployment_names_the_resource_and_ends_with_1(
    tmp_path: Path, resource: dict[str, Any], reason: str
) -> None:
    write_assembly(tmp_path / "assembly", {"Broken": resource})
    done = run([sys.executable, "-m", "sandbox", "--port", "0", "--assembly", str(tmp_path / "assembly")])
    assert done.returncode == 1
    assert reason in done.stderr


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run([sys.executable, "-m", "sandbox", "--port", port])
    assert done.returncode == 1
    assert port in done.stderr
    assert "SANDBOX_PORT" in done.stderr


def test_sigterm_ends_it_like_an_interrupt(tmp_path: Path) -> None:
    write_assembly(tmp_path / "assembly")
    running = start(tmp_path, "--assembly", str(tmp_path / "assembly"))
    running.client("lambda").invoke(FunctionName=FUNCTION, Payload="{}")
    machine = running.health["stateMachines"][MACHINE]
    running.client("stepfunctions").start_execution(stateMachineArn=machine)
    end(running, signal.SIGTERM)
