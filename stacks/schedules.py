"""What fires at the boundaries of calendars: EventBridge Scheduler, and where it leaves what it cannot deliver."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.reviews import explain


class Schedules(Construct):
    """One group for the schedules of all clusters, and the one role that they may use.

    The role can be borrowed by no other schedule: it trusts the service only on behalf of this group. All that it can
    do is to start one state machine, which decides by itself what is to be done.
    """

    def __init__(self, scope: Construct, construct_id: str, *, group: str, machine_arn: str) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        self.group_name = group
        scheduler.CfnScheduleGroup(self, "Group", name=group)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        explain(self.dead_letters, "SQS3", "It is a dead-letter queue itself.")
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnEquals": {"aws:SourceArn": self._arn(f"schedule-group/{group}")},
                },
            ),
            description="Slipway's schedules: start the workflow that puts clusters to sleep and wakes them",
        )
        self.role.add_to_policy(iam.PolicyStatement(actions=["states:StartExecution"], resources=[machine_arn]))
        self.role.add_to_policy(
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.dead_letters.queue_arn])
        )
        self.schedules_arn = self._arn(f"schedule/{group}/*")
        self.alarms = [self._alarm()]

    def _arn(self, resource: str) -> str:
        stack = cdk.Stack.of(self)
        return f"arn:{stack.partition}:scheduler:{stack.region}:{stack.account}:{resource}"

    def _alarm(self) -> cloudwatch.Alarm:
        waiting = self.dead_letters.metric_approximate_number_of_messages_visible(
            period=cdk.Duration.minutes(5), statistic="Maximum"
        )
        return waiting.create_alarm(
            self,
            "DeadLettersAlarm",
            alarm_description="EventBridge Scheduler could not start a run, and the sweep will: the messages in the "
            "queue say why.",
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
