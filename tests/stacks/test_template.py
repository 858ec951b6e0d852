"""What is deployed."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.table import INDEX, INDEX_PARTITION_KEY, INDEX_SORT_KEY, PARTITION_KEY
from lambdas.settings import Settings
from lambdas.steps.contracts import API, STEPS
from tests.stacks.conftest import ROOT, TOPIC, text

if TYPE_CHECKING:
    from tests.stacks.conftest import Template

    Json = dict[str, Any]

EACH = pytest.mark.parametrize("name", [contract.name for contract in (*STEPS, API)])
BAD_ENDS = {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionThrottled"}
DEFINITION = (ROOT / "statemachines" / "provision.asl.json").read_text()


# -- functions


@EACH
def test_a_function_runs_its_handler_on_arm_with_tracing(template: Template, name: str) -> None:
    function = template.functions()[name]
    assert function["Handler"] == f"lambdas.handlers.{name}.handler"
    assert (ROOT / "lambdas" / "handlers" / f"{name}.py").exists()
    assert function["Architectures"] == ["arm64"]
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["Runtime"] == f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert function["Description"]


def test_all_functions_run_one_zip(template: Template) -> None:
    assert len({json.dumps(it["Code"]) for it in template.functions().values()}) == 1


@EACH
def test_a_function_has_a_log_group_of_its_own_that_forgets(template: Template, name: str) -> None:
    groups = {function["LoggingConfig"]["LogGroup"]["Ref"] for function in template.functions().values()}
    assert len(groups) == len(template.functions())
    group = template.body["Resources"][template.functions()[name]["LoggingConfig"]["LogGroup"]["Ref"]]
    assert group["Properties"]["RetentionInDays"] == 30
    assert group["DeletionPolicy"] == "Delete"


@EACH
def test_a_function_finds_every_setting(template: Template, name: str) -> None:
    variables = template.functions()[name]["Environment"]["Variables"]
    settings = Settings.from_environment({key: text(value) for key, value in variables.items()})
    assert set(settings.to_environment()) == set(variables)
    assert settings.table == f"${{{template.only('AWS::DynamoDB::Table')[0]}}}"
    assert settings.boundary_arn == f"${{{template.only('AWS::IAM::ManagedPolicy')[0]}}}"
    role = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role"
    assert settings.role_patterns() == [f"{role}/platform/*", f"{role}/eks-admin"]
    assert len(settings.key_patterns()) == 1


def test_a_function_ends_before_the_workflow_gives_it_up(template: Template) -> None:
    given_up = [int(seconds) for seconds in re.findall(r'"TimeoutSeconds": (\d+)', DEFINITION)]
    assert max(it["Timeout"] for it in template.functions().values()) < min(given_up)


def test_the_api_function_answers_before_the_gateway_gives_it_up(template: Template) -> None:
    """API Gateway waits for 29 seconds."""
    assert template.functions()["api"]["Timeout"] <= 29


# -- the workflow


def test_the_workflow_is_its_file(template: Template) -> None:
    _, machine = template.only("AWS::StepFunctions::StateMachine")
    assert machine["DefinitionString"] == DEFINITION
    assert machine["StateMachineName"] == "Slipway-provision"
    assert machine.get("StateMachineType", "STANDARD") == "STANDARD"


def test_every_substitution_is_used_and_every_placeholder_is_filled(template: Template) -> None:
    _, machine = template.only("AWS::StepFunctions::StateMachine")
    assert set(machine["DefinitionSubstitutions"]) == set(re.findall(r"\$\{(\w+)\}", DEFINITION))
    for contract in STEPS:
        function = machine["DefinitionSubstitutions"][f"{contract.name.capitalize()}Function"]["Fn::GetAtt"][0]
        handler = template.body["Resources"][function]["Properties"]["Handler"]
        assert handler == f"lambdas.handlers.{contract.name}.handler"


def test_the_workflow_logs_everything_but_data_and_is_traced(template: Template) -> None:
    _, machine = template.only("AWS::StepFunctions::StateMachine")
    logging = machine["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    assert machine["TracingConfiguration"] == {"Enabled": True}
    (destination,) = logging["Destinations"]
    group = destination["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"][0]
    properties = template.body["Resources"][group]["Properties"]
    assert properties["LogGroupName"].startswith("/aws/vendedlogs/")
    assert properties["RetentionInDays"] == 30


def test_the_api_starts_the_machine_that_is_there(template: Template) -> None:
    prefix = text(template.functions()["api"]["Environment"]["Variables"]["SLIPWAY_STATE_MACHINE_PREFIX"])
    _, machine = template.only("AWS::StepFunctions::StateMachine")
    assert f"{prefix}provision".endswith(f":stateMachine:{machine['StateMachineName']}")


def test_every_bad_end_raises_an_alarm(template: Template) -> None:
    machine, _ = template.only("AWS::StepFunctions::StateMachine")
    alarms = [it["Properties"] for it in template.of_type("AWS::CloudWatch::Alarm").values()]
    assert {it["MetricName"] for it in alarms} == BAD_ENDS
    for alarm in alarms:
        assert alarm["Dimensions"] == [{"Name": "StateMachineArn", "Value": {"Ref": machine}}]
        assert (alarm["Namespace"], alarm["Statistic"], alarm["Threshold"]) == ("AWS/States", "Sum", 1)
        assert (alarm["EvaluationPeriods"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmActions"] == [TOPIC]


def test_without_a_topic_alarms_are_only_shown(bare: Template) -> None:
    alarms = bare.of_type("AWS::CloudWatch::Alarm").values()
    assert {it["Properties"]["MetricName"] for it in alarms} == BAD_ENDS
    assert not any("AlarmActions" in it["Properties"] for it in alarms)


# -- the API


def test_every_method_wants_a_signature(template: Template) -> None:
    methods = [it["Properties"] for it in template.of_type("AWS::ApiGateway::Method").values()]
    assert len(methods) == 2
    assert {(it["HttpMethod"], it["AuthorizationType"]) for it in methods} == {("ANY", "AWS_IAM")}
    (api,) = [
        name
        for name, it in template.of_type("AWS::Lambda::Function").items()
        if it["Properties"]["Handler"] == "lambdas.handlers.api.handler"
    ]
    assert all(f"${{{api}.Arn}}" in text(it["Integration"]["Uri"]) for it in methods)


def test_the_stage_is_traced_and_logged_without_data(template: Template) -> None:
    _, stage = template.only("AWS::ApiGateway::Stage")
    assert (stage["StageName"], stage["TracingEnabled"]) == ("v1", True)
    assert stage["AccessLogSetting"]["DestinationArn"]
    (settings,) = stage["MethodSettings"]
    assert (settings["LoggingLevel"], settings["DataTraceEnabled"]) == ("INFO", False)


def test_only_the_api_may_call_its_function(template: Template) -> None:
    api, _ = template.only("AWS::ApiGateway::RestApi")
    permissions = [it["Properties"] for it in template.of_type("AWS::Lambda::Permission").values()]
    assert permissions
    for permission in permissions:
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert f"${{{api}}}" in text(permission["SourceArn"])


# -- what stays


def test_the_registry_outlives_mistakes(template: Template) -> None:
    ((_, table),) = template.of_type("AWS::DynamoDB::Table").items()
    properties = table["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["DeletionProtectionEnabled"] is True
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_registry_has_the_keys_that_the_code_reads_by(template: Template) -> None:
    _, table = template.only("AWS::DynamoDB::Table")
    assert table["KeySchema"] == [{"AttributeName": PARTITION_KEY, "KeyType": "HASH"}]
    (index,) = table["GlobalSecondaryIndexes"]
    assert (index["IndexName"], index["Projection"]) == (INDEX, {"ProjectionType": "ALL"})
    assert index["KeySchema"] == [
        {"AttributeName": INDEX_PARTITION_KEY, "KeyType": "HASH"},
        {"AttributeName": INDEX_SORT_KEY, "KeyType": "RANGE"},
    ]


def test_the_key_for_secrets_outlives_the_stack_and_is_turned_over(template: Template) -> None:
    ((_, key),) = template.of_type("AWS::KMS::Key").items()
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert key["Properties"]["EnableKeyRotation"] is True


def test_the_outputs_say_where_everything_is(template: Template) -> None:
    outputs = template.body["Outputs"]
    stage, _ = template.only("AWS::ApiGateway::Stage")
    assert text(outputs["ApiUrl"]["Value"]).endswith(f"/${{{stage}}}/")
    assert text(outputs["ProvisionArn"]["Value"]) == f"${{{template.only('AWS::StepFunctions::StateMachine')[0]}}}"
    assert text(outputs["RegistryTable"]["Value"]) == f"${{{template.only('AWS::DynamoDB::Table')[0]}}}"


def test_nothing_costs_while_it_idles(template: Template) -> None:
    """No instance, no NAT gateway, no provisioned capacity: only what is paid by use, and one key."""
    kinds = {it["Type"] for it in template.body["Resources"].values()}
    assert kinds == {
        f"AWS::{kind}"
        for kind in (
            "ApiGateway::Account", "ApiGateway::Deployment", "ApiGateway::GatewayResponse", "ApiGateway::Method",
            "ApiGateway::Resource", "ApiGateway::RestApi", "ApiGateway::Stage", "CloudWatch::Alarm", "DynamoDB::Table",
            "IAM::ManagedPolicy", "IAM::Policy", "IAM::Role", "KMS::Key", "Lambda::Function", "Lambda::Permission",
            "Logs::LogGroup", "StepFunctions::StateMachine",
        )
    }  # fmt: skip
