"""What is deployed."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.dispositions import OPERATOR_NEEDED
from lambdas.domain.events import SOURCE
from lambdas.domain.pacing import SWEEP_MINUTES
from lambdas.domain.power import AT_RISK
from lambdas.domain.runs import Verb
from lambdas.domain.table import EXPIRY, INDEX, INDEX_PARTITION_KEY, INDEX_SORT_KEY, OUTBOX, PARTITION_KEY
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
    topic, _ = template.only("AWS::SNS::Topic")
    assert all(alarm["AlarmActions"] == [{"Ref": topic}, TOPIC] for alarm in alarms(template))


def alarms(template: Template) -> list[Json]:
    return [it["Properties"] for it in template.of_type("AWS::CloudWatch::Alarm").values()]


def test_without_a_topic_of_the_operators_alarms_go_to_our_own(template: Template, bare: Template) -> None:
    topic, _ = bare.only("AWS::SNS::Topic")
    assert len(alarms(bare)) == len(alarms(template))
    assert all(alarm["AlarmActions"] == [{"Ref": topic}] for alarm in alarms(bare))


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


def scheduled(template: Template) -> dict[str, tuple[str, Json]]:
    """The rules that come by the clock, by the ARN of what they call: each with its logical id."""
    rules = {name: it["Properties"] for name, it in template.of_type("AWS::Events::Rule").items()}
    return {
        text(target["Arn"]): (name, rule)
        for name, rule in rules.items()
        if "ScheduleExpression" in rule
        for target in rule["Targets"]
    }


@pytest.mark.parametrize(("name", "rate"), [("sweep", "rate(15 minutes)"), ("orphans", "rate(1 day)")])
def test_what_nobody_asks_for_comes_by_the_clock(template: Template, name: str, rate: str) -> None:
    _, rule = scheduled(template)[f"${{{template.function_id(name)}.Arn}}"]
    assert (rule["ScheduleExpression"], rule["State"]) == (rate, "ENABLED")


@pytest.mark.parametrize(
    ("name", "metric", "threshold", "breached_by_silence"),
    [
        ("sweep", "Errors", "GreaterThanOrEqualToThreshold", "notBreaching"),
        ("sweep", "Invocations", "LessThanThreshold", "breaching"),
        ("orphans", "Errors", "GreaterThanOrEqualToThreshold", "notBreaching"),
    ],
)
def test_a_look_in_trouble_and_a_sweep_that_does_not_come_raise_an_alarm(
    template: Template, name: str, metric: str, threshold: str, breached_by_silence: str
) -> None:
    dimensions = [{"Name": "FunctionName", "Value": {"Ref": template.function_id(name)}}]
    (alarm,) = [it for it in alarms(template) if (it["MetricName"], it.get("Dimensions")) == (metric, dimensions)]
    assert (alarm["ComparisonOperator"], alarm["TreatMissingData"]) == (threshold, breached_by_silence)


@pytest.mark.parametrize(
    ("metric", "function", "message"),
    [("WakeAtRisk", "scaling", AT_RISK), ("OperatorNeeded", "runs", OPERATOR_NEEDED)],
)
def test_what_a_function_says_where_people_must_look_raises_an_alarm(
    template: Template, metric: str, function: str, message: str
) -> None:
    filters = [it["Properties"] for it in template.of_type("AWS::Logs::MetricFilter").values()]
    (found,) = [it for it in filters if it["MetricTransformations"][0]["MetricName"] == metric]
    assert found["LogGroupName"] == template.functions()[function]["LoggingConfig"]["LogGroup"]
    assert found["FilterPattern"] == f'{{ $.message = "{message}" }}'
    alarm = only_alarm(template, metric)
    assert alarm["Namespace"] == found["MetricTransformations"][0]["MetricNamespace"]


def only_alarm(template: Template, metric: str) -> Json:
    (found,) = [alarm for alarm in alarms(template) if alarm["MetricName"] == metric]
    return found


# -- events


def test_a_look_for_drift_that_failed_is_not_repeated_before_its_hour(template: Template) -> None:
    """Lambda would do so twice by itself, whatever its rule says: minutes later the same would be seen."""
    tried = {
        text(it["Properties"]["FunctionName"]): it["Properties"]["MaximumRetryAttempts"]
        for it in template.of_type("AWS::Lambda::EventInvokeConfig").values()
    }
    assert tried[f"${{{template.function_id('drift')}}}"] == 0


def told(template: Template) -> dict[str, Json]:
    """The rules of our own bus, by what they are for."""
    rules = {name: it["Properties"] for name, it in template.of_type("AWS::Events::Rule").items()}
    return {name: rule for name, rule in rules.items() if "EventPattern" in rule}


def test_people_hear_of_what_nobody_else_does_anything_about(template: Template) -> None:
    bus, properties = template.only("AWS::Events::EventBus")
    topic, _ = template.only("AWS::SNS::Topic")
    assert properties["Name"] == "Slipway"
    assert template.functions()["runs"]["Environment"]["Variables"]["SLIPWAY_EVENT_BUS"] == {"Ref": bus}
    patterns = []
    for rule in told(template).values():
        assert rule["EventBusName"] == {"Ref": bus}
        (target,) = rule["Targets"]
        assert (target["Arn"], target["InputPath"]) == ({"Ref": topic}, "$.detail.message")
        patterns.append(rule["EventPattern"])
    assert all(pattern["source"] == [SOURCE] for pattern in patterns)
    drift, person = sorted(patterns, key=lambda it: len(it["detail-type"]))
    assert (drift["detail-type"], drift["detail"]) == (["DriftFound"], {"repair": [False]})
    assert set(person["detail-type"]) == {"ClusterFailed", "WakeFailed", "OrphanFound", "NodegroupDegraded"}
    assert "detail" not in person


def test_the_topic_is_encrypted_with_a_key_that_its_publishers_may_use_for_it(template: Template) -> None:
    _, topic = template.only("AWS::SNS::Topic")
    name, key = template.only("AWS::KMS::Key")
    assert text(topic["KmsMasterKeyId"]) == f"${{{name}.Arn}}"
    of_services = {
        it["Principal"]["Service"]: it for it in key["KeyPolicy"]["Statement"] if "Service" in it["Principal"]
    }
    publishers = {"events.amazonaws.com", "cloudwatch.amazonaws.com"}
    assert set(of_services) == publishers
    for statement in of_services.values():
        assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
        ((condition, arn),) = statement["Condition"]["StringEquals"].items()
        assert condition == "kms:EncryptionContext:aws:sns:topicArn"
        assert text(arn).endswith(f":sns:${{AWS::Region}}:${{AWS::AccountId}}:{topic['TopicName']}")
    _, policy = template.only("AWS::SNS::TopicPolicy")
    allowed = [it for it in policy["PolicyDocument"]["Statement"] if it["Effect"] == "Allow"]
    assert {it["Principal"]["Service"] for it in allowed} == publishers
    assert {it["Action"] for it in allowed} == {"sns:Publish"}


def test_only_who_publishes_may_put_events(template: Template) -> None:
    bus, _ = template.only("AWS::Events::EventBus")
    putting = {role: it for role, it in template.every_statement() if "events:PutEvents" in it["actions"]}
    owners = {
        template.functions()[name]["Role"]["Fn::GetAtt"][0] for name in ("api", "runs", "sweep", "orphans", "drift")
    }
    assert set(putting) == owners
    for statement in putting.values():
        assert (statement["actions"], statement["resources"]) == (["events:PutEvents"], [f"${{{bus}.Arn}}"])


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


def test_only_the_api_and_the_rules_may_call_functions(template: Template) -> None:
    api, _ = template.only("AWS::ApiGateway::RestApi")
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
        *(
            ("events.amazonaws.com", function, f"${{{rule}.Arn}}")
            for function, (rule, _) in scheduled(template).items()
        ),
    }
    assert {template.function_id(name) for name in ("sweep", "orphans", "drift")} == {
        function[2:-5] for function in scheduled(template)
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
    assert {it["IndexName"]: it["KeySchema"] for it in table["GlobalSecondaryIndexes"]} == {
        index: [{"AttributeName": key, "KeyType": "HASH"}, {"AttributeName": INDEX_SORT_KEY, "KeyType": "RANGE"}]
        for index, key in {INDEX: INDEX_PARTITION_KEY, OUTBOX: OUTBOX}.items()
    }
    assert {it["Projection"]["ProjectionType"] for it in table["GlobalSecondaryIndexes"]} == {"ALL"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": EXPIRY, "Enabled": True}


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
    assert text(outputs["EventBus"]["Value"]) == f"${{{template.only('AWS::Events::EventBus')[0]}}}"
    assert text(outputs["EventTopic"]["Value"]) == f"${{{template.only('AWS::SNS::Topic')[0]}}}"
    assert text(outputs["RegistryTable"]["Value"]) == f"${{{template.only('AWS::DynamoDB::Table')[0]}}}"


def test_nothing_costs_while_it_idles(template: Template) -> None:
    """No instance, no NAT gateway, no provisioned capacity: only what is paid by use, and one key."""
    kinds = {it["Type"] for it in template.body["Resources"].values()}
    assert kinds == {
        f"AWS::{kind}"
        for kind in (
            "ApiGateway::Account", "ApiGateway::Deployment", "ApiGateway::GatewayResponse", "ApiGateway::Method",
            "ApiGateway::Resource", "ApiGateway::RestApi", "ApiGateway::Stage", "CloudWatch::Alarm", "DynamoDB::Table",
            "Events::EventBus", "Events::Rule", "IAM::ManagedPolicy", "IAM::Policy", "IAM::Role", "KMS::Key",
            "Lambda::EventInvokeConfig", "Lambda::Function", "Lambda::Permission", "Logs::LogGroup",
            "Logs::MetricFilter", "SNS::Topic", "SNS::TopicPolicy", "SQS::Queue", "SQS::QueuePolicy",
            "Scheduler::ScheduleGroup", "StepFunctions::StateMachine",
        )
    }  # fmt: skip
