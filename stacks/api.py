"""The API: one REST API in front of one function, for callers that IAM lets in."""

import json
from http import HTTPStatus

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from lambdas.domain.views import PROBLEM_JSON
from stacks.reviews import explain

_LOG_POLICY = "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]"

_REFUSALS = {
    apigateway.ResponseType.MISSING_AUTHENTICATION_TOKEN: (
        "The request is not signed.",
        "Sign it with AWS Signature Version 4 for the service execute-api.",
    ),
    apigateway.ResponseType.ACCESS_DENIED: (
        "IAM does not allow the caller to do this.",
        "Have an administrator allow execute-api:Invoke on this method and path.",
    ),
    apigateway.ResponseType.INVALID_SIGNATURE: (
        "The signature is not that of this request.",
        "Check the secret key, the region and the clock of the machine that signs.",
    ),
    apigateway.ResponseType.EXPIRED_TOKEN: (
        "The credentials have expired.",
        "Get new ones and send the request again.",
    ),
}


def _problem(what: str, remedy: str) -> str:
    """The template of a ``ProblemDocument``; the gateway puts its own message, with its quotes, into it."""
    status = HTTPStatus.FORBIDDEN
    document = {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": "MESSAGE",
        "errors": [{"pointer": "", "detail": what, "remedy": remedy}],
    }
    return json.dumps(document).replace('"MESSAGE"', "$context.error.messageString")


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
        self._refuse_in_problems()
        self.rest_api.root.add_method("ANY")
        self.rest_api.root.add_proxy(any_method=True)
        self._acknowledge()

    def _refuse_in_problems(self) -> None:
        """Let the gateway refuse who may not come in with the same kind of document as the function's."""
        for kind, (what, remedy) in _REFUSALS.items():
            self.rest_api.add_gateway_response(
                kind.response_type,
                type=kind,
                status_code=str(int(HTTPStatus.FORBIDDEN)),
                response_headers={"Content-Type": f"'{PROBLEM_JSON}'"},
                templates={"application/json": _problem(what, remedy)},
            )

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
