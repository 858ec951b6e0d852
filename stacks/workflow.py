"""A state machine out of its ASL file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.reviews import explain_wildcard

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from lambdas.domain.runs import Verb
    from stacks.functions import ContractFunction


class Workflow(Construct):
    """The definition stays readable in the template; ``${RolesFunction}`` and its like are filled in on deployment."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        verb: Verb,
        definition: Path,
        functions: Iterable[ContractFunction],
        retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, construct_id)
        text = definition.read_text()
        called = [each for each in functions if _placeholder(each) in text]
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
            description=f"Slipway's workflow {verb}: calls its functions",
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[function.function.function_arn for function in called]
            )
        )
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_string(text),
            definition_substitutions={
                "Partition": cdk.Aws.PARTITION,
                **{_variable(each): each.function.function_arn for each in called},
            },
            role=role,
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    self,
                    "Logs",
                    log_group_name=f"/aws/vendedlogs/states/{name}",
                    retention=retention,
                    removal_policy=cdk.RemovalPolicy.DESTROY,
                ),
                level=sfn.LogLevel.ALL,
                include_execution_data=False,
            ),
        )
        explain_wildcard(
            role, "*", "X-Ray's Put actions and the log delivery actions of CloudWatch Logs know no narrower resource."
        )
        self.alarms = [self._alarm(name, metric) for name, metric in self._bad_ends().items()]

    def _bad_ends(self) -> dict[str, cloudwatch.Metric]:
        return {
            "Failed": self.machine.metric_failed(period=cdk.Duration.minutes(5)),
            "TimedOut": self.machine.metric_timed_out(period=cdk.Duration.minutes(5)),
            "Aborted": self.machine.metric_aborted(period=cdk.Duration.minutes(5)),
            "Throttled": self.machine.metric_throttled(period=cdk.Duration.minutes(5)),
        }

    def _alarm(self, name: str, metric: cloudwatch.Metric) -> cloudwatch.Alarm:
        return metric.create_alarm(
            self,
            f"{name}Alarm",
            alarm_description=f"A run of {self.machine.state_machine_name} ended as {name}: GET /runs/{{id}} says why.",
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def _variable(function: ContractFunction) -> str:
    """What the function is called in definitions: ``RolesFunction``."""
    return f"{function.contract.name.capitalize()}Function"


def _placeholder(function: ContractFunction) -> str:
    return f"${{{_variable(function)}}}"
