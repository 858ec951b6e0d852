"""The API: one REST API in front of one function, for callers that IAM lets in."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.reviews import explain

_LOG_POLICY = "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]"


class Api(Construct):
    """Every route needs a signature; which routes there are, the function's resolver knows."""

    def __init__(
        self, scope: Construct, construct_id: str, *, function: lambda_.IFunction, retention: logs.RetentionDays
    ) -> None:
        super().__init__(scope, construct_id)
        access_log = logs.LogGroup(self, "AccessLog", retention=retention, removal_policy=cdk.RemovalPolicy.DESTROY)
        self.rest_api = apigateway.RestApi(
            self,
            "RestApi",
            description="Slipway: POST a cluster spec, watch its run",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,
            default_method_options=apigateway.MethodOptions(authorization_type=apigateway.AuthorizationType.IAM),
            default_integration=apigateway.LambdaIntegration(function, allow_test_invoke=False),
            deploy_options=apigateway.StageOptions(
                stage_name="v1",
                tracing_enabled=True,
                logging_level=apigateway.MethodLoggingLevel.INFO,
                data_trace_enabled=False,
                access_log_destination=apigateway.LogGroupLogDestination(access_log),
                access_log_format=apigateway.AccessLogFormat.json_with_standard_fields(
                    caller=True,
                    http_method=True,
                    ip=True,
                    protocol=True,
                    request_time=True,
                    resource_path=True,
                    response_length=True,
                    status=True,
                    user=True,
                ),
            ),
        )
        self.rest_api.root.add_method("ANY")
        self.rest_api.root.add_proxy(any_method=True)
        self._acknowledge()

    def _acknowledge(self) -> None:
        reasons = {
            "APIG2": "The function judges every body against the whole spec and names field and remedy, which a "
            "gateway's validator cannot.",
            "APIG3": "Callers are IAM principals; whoever wants WAF in front associates a web ACL.",
            "COG4": "Every method needs a SigV4 signature (authorisation type AWS_IAM).",
            _LOG_POLICY: "API Gateway writes its logs with the AWS managed policy made for just that.",
        }
        for rule, reason in reasons.items():
            explain(self, rule, reason)
