"""What is deployed."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.pacing import SWEEP_MINUTES
from lambdas.domain.power import AT_RISK
from lambdas.domain.runs import Verb
from lambdas.domain.table import INDEX, INDEX_PARTITION_KEY, INDEX_SORT_KEY, PARTITION_KEY
from lambdas.settings import Settings
from lambdas.steps.contracts import FUNCTIONS, STEPS
from stacks.functions import ZONES_OF_THE_ZIP
from tests.stacks.conftest import ROOT, TOPIC, text

if TYPE_CHECKING:
    from tests.stacks.conftest import Template

    Json = dict[str, Any]

EACH = pytest.mark.parametrize("name", [contract.name for contract in FUNCTIONS])
BAD_ENDS = {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionThrottled"}
EACH_VERB = pytest.mark.parametrize("verb", Verb)
DEFINITIONS = {verb: (ROOT / "statemachines" / f"{verb}.asl.json").read_text() for verb in Verb}


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
    assert {*settings.to_environment(), *ZONES_OF_THE_ZIP} == set(variables)
    assert settings.table == f"${{{template.only('AWS::DynamoDB::Table')[0]}}}"
    assert settings.boundary_arn == f"${{{template.only('AWS::IAM::ManagedPolicy')[0]}}}"
    role = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role"
    assert settings.role_patterns() == [f"{role}/platform/*", f"{role}/eks-admin"]
    assert len(settings.key_patterns()) == 1


def test_a_function_ends_before_the_workflow_gives_it_up(template: Template) -> None:
    definitions = "".join(DEFINITIONS.values())
    given_up = [int(seconds) for seconds in re.findall(r'"TimeoutSeconds": (\d+)', definitions)]
    called = [contract.name for contract in STEPS]
    assert max(template.functions()[name]["Timeout"] for name in called) < min(given_up)


def test_a_sweep_ends_before_the_next_one_comes(template: Template) -> None:
    assert template.functions()["sweep"]["Timeout"] < SWEEP_MINUTES * 60


def test_the_api_function_answers_before_the_gateway_gives_it_up(template: Template) -> None:
    """API Gateway waits for 29 seconds."""
    assert template.functions()["api"]["Timeout"] <= 29


# -- the workflows


@EACH_VERB
def test_a_workflow_is_its_file(template: Template, verb: Verb) -> None:
    _, machine = template.machine(verb)
    assert machine["DefinitionString"] == DEFINITIONS[verb]
    assert machine["StateMachineName"] == f"Slipway-{verb}"
    assert machine.get("StateMachineType", "STANDARD") == "STANDARD"


@EACH_VERB
def test_every_substitution_is_used_and_every_placeholder_is_filled(template: Template, verb: Verb) -> None:
    _, machine = template.machine(verb)
    filled = machine["DefinitionSubstitutions"]
    assert set(filled) == set(re.findall(r"\$\{(\w+)\}", DEFINITIONS[verb]))
    for contract in STEPS:
        if placed := filled.get(f"{contract.name.capitalize()}Function"):
            assert placed["Fn::GetAtt"][0] == template.function_id(contract.name)


@EACH_VERB
def test_a_workflow_logs_everything_but_data_and_is_traced(template: Template, verb: Verb) -> None:
    _, machine = template.machine(verb)
    logging = machine["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    assert machine["TracingConfiguration"] == {"Enabled": True}
    (destination,) = logging["Destinations"]
    group = destination["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"][0]
    properties = template.body["Resources"][group]["Properties"]
    assert properties["LogGroupName"].startswith("/aws/vendedlogs/")
    assert properties["RetentionInDays"] == 30


@EACH_VERB
@pytest.mark.parametrize("function", ["api", "runs", "sweep"])
def test_whoever_starts_runs_finds_the_machine(template: Template, function: str, verb: Verb) -> None:
    prefix = text(template.functions()[function]["Environment"]["Variables"]["SLIPWAY_STATE_MACHINE_PREFIX"])
    _, machine = template.machine(verb)
    assert f"{prefix}{verb}".endswith(f":stateMachine:{machine['StateMachineName']}")


@EACH_VERB
def test_every_bad_end_raises_an_alarm(template: Template, verb: Verb) -> None:
    machine, _ = template.machine(verb)
    dimensions = [{"Name": "StateMachineArn", "Value": {"Ref": machine}}]
    found = [it for it in alarms(template) if it.get("Dimensions") == dimensions]
    assert {it["MetricName"] for it in found} == BAD_ENDS
    for alarm in found:
        assert (alarm["Namespace"], alarm["Statistic"], alarm["Threshold"]) == ("AWS/States", "Sum", 1)
        assert (alarm["EvaluationPeriods"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
        assert alarm["TreatMissingData"] == "notBreaching"


def test_every_alarm_is_announced(template: Template) -> None:
    assert all(alarm["AlarmActions"] == [TOPIC] for alarm in alarms(template))


def alarms(template: Template) -> list[Json]:
    return [it["Properties"] for it in template.of_type("AWS::CloudWatch::Alarm").values()]


def test_without_a_topic_alarms_are_only_shown(template: Template, bare: Template) -> None:
    assert len(alarms(bare)) == len(alarms(template))
    assert not any("AlarmActions" in it for it in alarms(bare))


# -- nights


def test_all_schedules_are_in_one_group_that_the_functions_know(template: Template) -> None:
    _, group = template.only("AWS::Scheduler::ScheduleGroup")
    dead_letters, _ = template.only("AWS::SQS::Queue")
    variables = template.functions()["scaling"]["Environment"]["Variables"]
    assert group["Name"] == "Slipway" == variables["SLIPWAY_SCHEDULE_GROUP"]
    assert text(variables["SLIPWAY_DEAD_LETTER_ARN"]) == f"${{{dead_letters}.Arn}}"


def test_what_cannot_be_delivered_is_kept_for_two_weeks_and_raises_an_alarm(template: Template) -> None:
    name, queue = template.only("AWS::SQS::Queue")
    assert (queue["MessageRetentionPeriod"], queue["SqsManagedSseEnabled"]) == (14 * 24 * 3600, True)
    alarm = only_alarm(template, "ApproximateNumberOfMessagesVisible")
    assert text(alarm["Dimensions"][0]["Value"]) == f"${{{name}.QueueName}}"
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")


def test_the_sweep_comes_every_quarter_of_an_hour(template: Template) -> None:
    _, rule = template.only("AWS::Events::Rule")
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(15 minutes)", "ENABLED")
    (target,) = rule["Targets"]
    assert text(target["Arn"]) == f"${{{template.function_id('sweep')}.Arn}}"


@pytest.mark.parametrize(
    ("metric", "threshold", "breached_by_silence"),
    [("Errors", "GreaterThanOrEqualToThreshold", "notBreaching"), ("Invocations", "LessThanThreshold", "breaching")],
)
def test_a_sweep_in_trouble_and_one_that_does_not_come_raise_an_alarm(
    template: Template, metric: str, threshold: str, breached_by_silence: str
) -> None:
    alarm = only_alarm(template, metric)
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": template.function_id("sweep")}}]
    assert (alarm["ComparisonOperator"], alarm["TreatMissingData"]) == (threshold, breached_by_silence)


def test_what_may_not_wake_raises_an_alarm(template: Template) -> None:
    _, found = template.only("AWS::Logs::MetricFilter")
    assert found["LogGroupName"] == template.functions()["scaling"]["LoggingConfig"]["LogGroup"]
    assert found["FilterPattern"] == f'{{ $.message = "{AT_RISK}" }}'
    (transformation,) = found["MetricTransformations"]
    alarm = only_alarm(template, transformation["MetricName"])
    assert alarm["Namespace"] == transformation["MetricNamespace"]


def only_alarm(template: Template, metric: str) -> Json:
    (found,) = [alarm for alarm in alarms(template) if alarm["MetricName"] == metric]
    return found


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


def test_only_the_api_and_the_rule_may_call_functions(template: Template) -> None:
    api, _ = template.only("AWS::ApiGateway::RestApi")
    rule, _ = template.only("AWS::Events::Rule")
    callers = {
        (
            it["Principal"],
            text(it["FunctionName"]),
            api if f"${{{api}}}" in text(it["SourceArn"]) else text(it["SourceArn"]),
        )
        for it in (it["Properties"] for it in template.of_type("AWS::Lambda::Permission").values())
    }
    assert callers == {
        ("apigateway.amazonaws.com", f"${{{template.function_id('api')}.Arn}}", api),
        ("events.amazonaws.com", f"${{{template.function_id('sweep')}.Arn}}", f"${{{rule}.Arn}}"),
    }


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
    for verb in Verb:
        assert text(outputs[f"{verb.capitalize()}Arn"]["Value"]) == f"${{{template.machine(verb)[0]}}}"
    assert text(outputs["RegistryTable"]["Value"]) == f"${{{template.only('AWS::DynamoDB::Table')[0]}}}"


def test_nothing_costs_while_it_idles(template: Template) -> None:
    """No instance, no NAT gateway, no provisioned capacity: only what is paid by use, and one key."""
    kinds = {it["Type"] for it in template.body["Resources"].values()}
    assert kinds == {
        f"AWS::{kind}"
        for kind in (
            "ApiGateway::Account", "ApiGateway::Deployment", "ApiGateway::GatewayResponse", "ApiGateway::Method",
            "ApiGateway::Resource", "ApiGateway::RestApi", "ApiGateway::Stage", "CloudWatch::Alarm", "DynamoDB::Table",
            "Events::Rule", "IAM::ManagedPolicy", "IAM::Policy", "IAM::Role", "KMS::Key", "Lambda::Function",
            "Lambda::Permission", "Logs::LogGroup", "Logs::MetricFilter", "SQS::Queue", "SQS::QueuePolicy",
            "Scheduler::ScheduleGroup", "StepFunctions::StateMachine",
        )
    }  # fmt: skip
