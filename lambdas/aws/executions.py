"""Runs as Step Functions sees them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from lambdas.aws.errors import api_error
from lambdas.domain.failures import THROTTLING_CODES

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

    from lambdas.domain.runs import Verb
    from lambdas.settings import Settings


ALIVE: Final = "RUNNING"
"""Step Functions' word for an execution that goes on."""


class Executions:
    """Starts runs and asks whether they live. An execution's name is its run's id."""

    def __init__(self, client: SFNClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    def arn(self, verb: Verb, run: str) -> str:
        """The ARN of a run's execution, whether it exists or not."""
        return self._settings.execution_arn(verb, run)

    def start(self, verb: Verb, run: str, cluster: str) -> None:
        """Start the run. It is no error if somebody has started it before."""
        try:
            self._client.start_execution(
                stateMachineArn=self._settings.machine_arn(verb), name=run, input=json.dumps({"cluster": cluster})
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return

    def status(self, verb: Verb, run: str) -> str | None:
        """Step Functions' own word (``RUNNING``, ``ABORTED``, …), or None if there is no such execution."""
        try:
            return self._client.describe_execution(executionArn=self.arn(verb, run))["status"]
        except self._client.exceptions.ExecutionDoesNotExist:
            return None

    def has_ended(self, verb: Verb, run: str) -> bool:
        """Whether the execution was there and is over. What throttling hides counts as still running."""
        try:
            return self.status(verb, run) not in {None, ALIVE}
        except ClientError as error:
            if api_error(error).code in THROTTLING_CODES:
                return False
            raise
