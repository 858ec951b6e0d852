"""What calls the looks that nobody asks for, and what tells that something is wrong with them or with runs."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from lambdas.domain.pacing import SWEEP_MINUTES

_NAMESPACE = "Slipway"


class Sweep(Construct):
    """The rule, and an alarm each for a sweep that has trouble and for one that does not come."""

    def __init__(self, scope: Construct, construct_id: str, *, function: lambda_.IFunction) -> None:
        super().__init__(scope, construct_id)
        events.Rule(
            self,
            "Rule",
            description="Slipway looks whether every cluster is as its calendar says",
            schedule=events.Schedule.rate(cdk.Duration.minutes(SWEEP_MINUTES)),
            targets=[targets.LambdaFunction(function, retry_attempts=2)],
        )
        self.alarms = [self._troubled(function), self._missing(function)]

    def _troubled(self, function: lambda_.IFunction) -> cloudwatch.Alarm:
        return function.metric_errors(period=cdk.Duration.minutes(SWEEP_MINUTES)).create_alarm(
            self,
            "ErrorsAlarm",
            alarm_description="The sweep could not see to every cluster: its log says which ones and why.",
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    def _missing(self, function: lambda_.IFunction) -> cloudwatch.Alarm:
        return function.metric_invocations(period=cdk.Duration.hours(1)).create_alarm(
            self,
            "MissingAlarm",
            alarm_description="No sweep has come for an hour, so nobody makes good what else goes wrong: see whether "
            "its EventBridge rule is enabled.",
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )


class Look(Construct):
    """The rule of a look that comes now and then, and an alarm for one that could not see everything.

    ``retry_attempts`` is for both that try again: EventBridge what it could not deliver, Lambda a look that failed.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.IFunction,
        what: str,
        every: cdk.Duration,
        retry_attempts: int = 2,
    ) -> None:
        super().__init__(scope, construct_id)
        events.Rule(
            self,
            "Rule",
            description=f"Slipway looks for {what}",
            schedule=events.Schedule.rate(every),
            targets=[targets.LambdaFunction(function, retry_attempts=retry_attempts)],
        )
        function.configure_async_invoke(retry_attempts=retry_attempts)
        self.alarms = [
            function.metric_errors(period=every).create_alarm(
                self,
                "ErrorsAlarm",
                alarm_description=f"The look for {what} could not see everything: its log says what and why.",
                threshold=1,
                evaluation_periods=1,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
        ]


class Overheard(Construct):
    """An alarm for a message that a function logs. The metric has the construct's name."""

    def __init__(
        self, scope: Construct, construct_id: str, *, log_group: logs.ILogGroup, message: str, description: str
    ) -> None:
        super().__init__(scope, construct_id)
        found = logs.MetricFilter(
            self,
            "Filter",
            log_group=log_group,
            filter_pattern=logs.FilterPattern.string_value("$.message", "=", message),
            metric_namespace=_NAMESPACE,
            metric_name=construct_id,
        )
        self.alarms = [
            found.metric(period=cdk.Duration.minutes(5), statistic="Sum").create_alarm(
                self,
                "Alarm",
                alarm_description=description,
                threshold=1,
                evaluation_periods=1,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
        ]
