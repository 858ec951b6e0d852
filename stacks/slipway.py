"""The whole of Slipway as one stack: it composes the parts and hands each what it needs of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns

from lambdas.domain.dispositions import OPERATOR_NEEDED
from lambdas.domain.drift import LOOK_MINUTES
from lambdas.domain.power import AT_RISK
from lambdas.domain.runs import Verb
from lambdas.settings import Settings
from lambdas.steps.contracts import API, DRIFT, STEPS
from lambdas.steps.orphans import CONTRACT as ORPHANS
from lambdas.steps.runs import CONTRACT as RUNS
from lambdas.steps.scaling import CONTRACT as SCALING
from lambdas.steps.sweep import CONTRACT as SWEEP
from stacks.api import Api
from stacks.boundary import PermissionsBoundary
from stacks.events import Events
from stacks.functions import ContractFunction
from stacks.registry import RegistryTable
from stacks.schedules import Schedules
from stacks.sweep import Look, Overheard, Sweep
from stacks.workflow import Workflow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from constructs import Construct

    from lambdas.steps.contract import StepContract
    from stacks.options import Options


class SlipwayStack(cdk.Stack):
    """Registry, functions, workflows, schedules, events, API and alarms."""

    def __init__(self, scope: Construct, construct_id: str, *, options: Options, code: Path, definitions: Path) -> None:
        super().__init__(scope, construct_id, description="Slipway builds EKS clusters and keeps them as described")
        self._retention = _retention(options.log_retention_days)
        self._code = lambda_.Code.from_asset(str(code))
        self._machines = f"{construct_id}-"
        self._table = RegistryTable(self, "Registry")
        self._boundary = PermissionsBoundary(self, "Boundary")
        self._key = kms.Key(
            self,
            "SecretsKey",
            description="Encrypts the Kubernetes secrets of clusters that name no key of their own",
            enable_key_rotation=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        self._passable = [self._role_arn(pattern) for pattern in options.passable_roles]

        self._keys = list(options.usable_keys)
        self._events = Events(self, "Events", name=construct_id, key=self._key)

        self._schedules = Schedules(
            self,
            "Schedules",
            group=construct_id,
            machine_arn=self._arn("states", f"stateMachine:{self._machines}{Verb.SCALE}"),
        )

        steps = {contract.name: self._function(contract) for contract in STEPS}
        workflows = {verb: self._workflow(verb, definitions, steps.values()) for verb in Verb}
        sweep = Sweep(self, "Sweep", function=self._function(SWEEP).function)
        orphans = Look(
            self,
            "Orphans",
            function=self._function(ORPHANS).function,
            what="what belongs to no cluster that it knows",
            every=cdk.Duration.days(1),
        )
        drift = Look(
            self,
            "Drift",
            function=self._function(DRIFT).function,
            what="what was changed behind its back",
            every=cdk.Duration.minutes(LOOK_MINUTES),
            retry_attempts=0,  # the next look sees the same
        )
        risk = Overheard(
            self,
            "WakeAtRisk",
            log_group=steps[SCALING.name].log_group,
            message=AT_RISK,
            description="A cluster sleeps that may not wake with all of its nodes: the log of the function scaling "
            "says which one and why, and so does its condition WakeAtRisk.",
        )
        need = Overheard(
            self,
            "OperatorNeeded",
            log_group=steps[RUNS.name].log_group,
            message=OPERATOR_NEEDED,
            description="A run failed for what no other spec mends: a role, a key, a quota, a policy, or AWS itself. "
            "The log of the function runs says which one and why, and so does GET /runs/{id}.",
        )
        api = Api(self, "Api", function=self._function(API).function, retention=self._retention)
        topics: list[sns.ITopic] = [self._events.topic]
        if options.alarm_topic_arn:
            topics.append(sns.Topic.from_topic_arn(self, "AlarmTopic", options.alarm_topic_arn))
        ends = [alarm for workflow in workflows.values() for alarm in workflow.alarms]
        looks = (alarm for it in (sweep, drift, orphans, risk, need) for alarm in it.alarms)
        for alarm in (*ends, *self._schedules.alarms, *looks):
            alarm.add_alarm_action(*map(actions.SnsAction, topics))

        cdk.CfnOutput(self, "ApiUrl", value=api.rest_api.url, description="Where the API is")
        for verb, workflow in workflows.items():
            arn = workflow.machine.state_machine_arn
            cdk.CfnOutput(self, f"{verb.capitalize()}Arn", value=arn, description=f"Watch runs that {verb} here")
        cdk.CfnOutput(self, "RegistryTable", value=self._table.table_name, description="Specs and the ledger of runs")
        cdk.CfnOutput(
            self, "EventBus", value=self._events.bus.event_bus_name, description="Whose rules hear of clusters"
        )
        topic_arn = self._events.topic.topic_arn
        cdk.CfnOutput(self, "EventTopic", value=topic_arn, description="Subscribe here to what wants a person")

    def _workflow(self, verb: Verb, definitions: Path, functions: Iterable[ContractFunction]) -> Workflow:
        return Workflow(
            self,
            verb.capitalize(),
            name=f"{self._machines}{verb}",
            verb=verb,
            definition=definitions / f"{verb}.asl.json",
            functions=functions,
            retention=self._retention,
        )

    def _function(self, contract: StepContract) -> ContractFunction:
        return ContractFunction(
            self,
            f"{contract.name.capitalize()}Function",
            contract=contract,
            code=self._code,
            environment=self._settings().to_environment(),
            places=self._places(),
            retention=self._retention,
        )

    def _settings(self) -> Settings:
        return Settings(
            partition=self.partition,
            account=self.account,
            table=self._table.table_name,
            boundary_arn=self._boundary.managed_policy_arn,
            secrets_key_arn=self._key.key_arn,
            state_machine_prefix=self._arn("states", f"stateMachine:{self._machines}"),
            passable_roles=",".join(self._passable),
            usable_keys=",".join(self._keys),
            schedule_group=self._schedules.group_name,
            scheduler_role_arn=self._schedules.role.role_arn,
            dead_letter_arn=self._schedules.dead_letters.queue_arn,
            event_bus=self._events.bus.event_bus_name,
        )

    def _places(self) -> dict[str, str | list[str]]:
        return {
            "partition": self.partition,
            "region": self.region,
            "account": self.account,
            "table": self._table.table_arn,
            "boundary": self._boundary.managed_policy_arn,
            "keys": [self._key.key_arn, *self._keys],
            "machines": self._arn("states", f"stateMachine:{self._machines}*"),
            "executions": self._arn("states", f"execution:{self._machines}*"),
            "schedules": self._schedules.schedules_arn,
            "scheduler_role": self._schedules.role.role_arn,
            "passable_roles": self._passable,
            "bus": self._events.bus.event_bus_arn,
        }

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def _role_arn(self, pattern: str) -> str:
        return f"arn:{self.partition}:iam::{self.account}:role/{pattern}"


def _retention(days: int) -> logs.RetentionDays:
    by_days = {7: "ONE_WEEK", 30: "ONE_MONTH", 90: "THREE_MONTHS", 180: "SIX_MONTHS", 365: "ONE_YEAR"}
    if days not in by_days:
        raise ValueError(f"slipway:logRetentionDays is {days}: choose one of {', '.join(map(str, by_days))}.")
    return logs.RetentionDays[by_days[days]]
