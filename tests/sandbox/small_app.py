"""A small cloud assembly, written by hand in the CDK's format: a function behind an API, a table, a state machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Json = Any

BUCKET = "cdk-small-assets-${AWS::AccountId}-${AWS::Region}"
VERSION_PARAMETER = "/cdk-bootstrap/small/version"
FUNCTION = "small-function"
TABLE = "small-table"
MACHINE = "small-machine"

CODE = """
import json, os, threading
import boto3

class Refused(Exception):
    pass

def handler(event, context):
    match event.get("do"):
        case "raise":
            raise Refused("as told")
        case "pid":
            return os.getpid()
        case "put":
            return boto3.client("dynamodb").put_item(TableName=os.environ["TABLE"], Item={"pk": {"S": "1"}}) and "put"
        case "get":
            return boto3.client("dynamodb").get_item(TableName=os.environ["TABLE"], Key={"pk": {"S": "1"}})
        case "wait":
            threading.Event().wait(5)
        case "whoami":
            return boto3.client("sts").get_caller_identity()["Arn"]
        case "environment":
            return sorted(name for name in os.environ if name.startswith("AWS_"))
    if "httpMethod" in event:
        return {"statusCode": 200, "body": json.dumps(event["path"])}
    return event
"""


def trust(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(action: str, resource: Json) -> list[dict[str, Any]]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return [{"PolicyName": "allow", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}]


def _role(service: str, policies: list[dict[str, Any]]) -> dict[str, Any]:
    properties = {"AssumeRolePolicyDocument": trust(service), "Path": "/small/", "Policies": policies}
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def _function() -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": FUNCTION,
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": _arn("FunctionRole"),
            "Code": {"S3Bucket": {"Fn::Sub": BUCKET}, "S3Key": "code.zip"},
            "Environment": {"Variables": {"TABLE": {"Ref": "Table"}}},
            "Timeout": 10,
        },
    }


def _table() -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        },
    }


def _machine() -> dict[str, Any]:
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Call",
        "States": {
            "Call": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Arguments": {"FunctionName": "${Function}", "Payload": "{% $states.input %}"},
                "Output": "{% $states.result.Payload %}",
                "End": True,
            }
        },
    }
    return {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "StateMachineName": MACHINE,
            "DefinitionString": json.dumps(definition),
            "DefinitionSubstitutions": {"Function": _arn("Function")},
            "RoleArn": _arn("MachineRole"),
        },
    }


def _api() -> dict[str, Any]:
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations"
    integration = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": {"Fn::Sub": uri}}
    api = {"Ref": "Api"}
    root = {"Fn::GetAtt": ["Api", "RootResourceId"]}
    method = {"HttpMethod": "GET", "AuthorizationType": "AWS_IAM", "Integration": integration}
    invoke = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
    return {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "small"}},
        "Method": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {"RestApiId": api, "ResourceId": root, **method},
        },
        "Deployment": {
            "Type": "AWS::ApiGateway::Deployment",
            "DependsOn": "Method",
            "Properties": {"RestApiId": api},
        },
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {"RestApiId": api, "DeploymentId": {"Ref": "Deployment"}, "StageName": "v1"},
        },
        "Invoke": {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": _arn("Function"), **invoke}},
    }


def _alarms() -> dict[str, Any]:
    """The two kinds of alarm that MiniStack's CloudFormation does not take by itself, and a saved query."""
    metric = {"Namespace": "AWS/Lambda", "MetricName": "Errors"}
    stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
    rule = {"Fn::Sub": 'ALARM("${Alarm}")'}
    return {
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmName": "small-alarm",
                "Metrics": [
                    {"Id": "e", "MetricStat": stat, "ReturnData": False},
                    {"Id": "twice", "Expression": "e * 2"},
                ],
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": 1,
                "EvaluationPeriods": 1,
            },
        },
        "Composite": {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "Properties": {"AlarmName": "small-composite", "AlarmRule": rule},
        },
        "Query": {
            "Type": "AWS::Logs::QueryDefinition",
            "Properties": {"Name": "small", "QueryString": "fields @timestamp"},
        },
    }


def template() -> dict[str, Any]:
    resources = {
        "FunctionRole": _role("lambda.amazonaws.com", allow("dynamodb:PutItem", _arn("Table"))),
        "MachineRole": _role("states.amazonaws.com", allow("lambda:InvokeFunction", _arn("Function"))),
        "Function": _function(),
        "Table": _table(),
        "Machine": _machine(),
        **_api(),
        **_alarms(),
    }
    outputs = {"MachineArn": {"Value": {"Ref": "Machine"}}}
    version = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": VERSION_PARAMETER}
    return {"Parameters": {"BootstrapVersion": version}, "Resources": resources, "Outputs": outputs}


def write_assembly(directory: Path, resources: dict[str, Any] | None = None) -> None:
    """Write the assembly: the small app, or another template with the resources given."""
    code = directory / "asset.code"
    code.mkdir(parents=True)
    (code / "index.py").write_text(CODE)
    content = template() if resources is None else {"Resources": resources}
    (directory / "Small.template.json").write_text(json.dumps(content))
    files = {
        "t": _file("Small.template.json", "file", "template.json"),
        "c": _file("asset.code", "zip", "code.zip"),
    }
    (directory / "Small.assets.json").write_text(json.dumps({"version": "55.0.0", "files": files}))
    (directory / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": _artifacts()}))


def _file(path: str, packaging: str, key: str) -> dict[str, Any]:
    destination = {"bucketName": BUCKET, "objectKey": key}
    return {"source": {"path": path, "packaging": packaging}, "destinations": {"here": destination}}


def _artifacts() -> dict[str, Any]:
    return {
        "Small": {
            "type": "aws:cloudformation:stack",
            "dependencies": ["Small.assets"],
            "properties": {
                "templateFile": "Small.template.json",
                "stackName": "small",
                "tags": {"app": "small"},
                "stackTemplateAssetObjectUrl": f"s3://{BUCKET}/template.json",
                "bootstrapStackVersionSsmParameter": VERSION_PARAMETER,
            },
        },
        "Small.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Small.assets.json"}},
        "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
    }
