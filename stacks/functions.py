"""One Lambda function for each step contract, with exactly the contract's permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.asset import PYTHON
from stacks.grants import explain_wildcards, statements
from stacks.reviews import explain, explain_wildcard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.steps.contract import StepContract

MEMORY_MB: Final = 1024
"""Starts in well under half the time that 512 MB take, for the same price a start."""

ZONES_OF_THE_ZIP: Final = {"PYTHONTZPATH": "/none"}
"""No directory, so that time zones come from the tzdata that is pinned, and not from whatever the runtime has."""


class ContractFunction(Construct):
    """A function named after its contract; its handler is ``lambdas.handlers.<name>.handler``."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        contract: StepContract,
        code: lambda_.Code,
        environment: Mapping[str, str],
        places: Mapping[str, str | list[str]],
        retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(self, "Logs", retention=retention, removal_policy=cdk.RemovalPolicy.DESTROY)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"Slipway's function {contract.name}: {contract.purpose}",
        )
        self.log_group.grant_write(role)
        for statement in statements(contract.permissions, places):
            role.add_to_policy(statement)
        explain_wildcards(role, contract.permissions, places)
        explain_wildcard(
            role, "*", "X-Ray's Put actions and the Describe actions of EC2 and Auto Scaling know no resource."
        )
        self.contract = contract
        self.function = lambda_.Function(
            self,
            "Function",
            description=contract.purpose,
            runtime=lambda_.Runtime(f"python{PYTHON}", lambda_.RuntimeFamily.PYTHON),
            architecture=lambda_.Architecture.ARM_64,
            code=code,
            handler=f"lambdas.handlers.{contract.name}.handler",
            role=role,
            timeout=cdk.Duration.seconds(contract.timeout_seconds),
            memory_size=MEMORY_MB,
            tracing=lambda_.Tracing.ACTIVE,
            environment={**environment, **ZONES_OF_THE_ZIP},
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.TEXT,
        )
        explain(
            self.function,
            "L1",
            "The runtime is the Python version that wrote the bytecode in the zip and ran the tests.",
        )
