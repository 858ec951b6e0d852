"""Delivering a firing to its target. Closes: MiniStack delivers as root, and forgets what could not be delivered.

The target's role must trust the Scheduler for the schedule's group, and allow what the target needs. What is refused is
tried again by the retry policy if it may go better later, and lands in the dead-letter queue in the end, if the role
may send there: https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
That a missing permission or a missing target is not tried again is documented for rules, and assumed for schedules.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ministack.core import iam_evaluator
from ministack.services import eventbridge, lambda_svc, sqs, stepfunctions

from sandbox.iam.trust import Deputy, may_assume
from sandbox.states.permissions import role_allows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sandbox.schedules.expressions import Schedule

SERVICE = "scheduler.amazonaws.com"
_SEND = "sqs:SendMessage"
_logger = logging.getLogger("sandbox.schedules")

NEEDED = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": _SEND,
    "states": "states:StartExecution",
}
"""What the target's role must allow, by the service in the target's ARN."""

_TRANSIENT = (
    "Throttling",
    "TooManyRequests",
    "LimitExceeded",
    "InternalFailure",
    "ServiceUnavailable",
    "ServerException",
)
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a target did not take a firing; `transient` when another attempt may go better."""

    code: str
    message: str
    transient: bool = False


@dataclass(slots=True, kw_only=True)
class Firing:
    """One firing of a schedule on its way to the target.

    Attributes:
        account, region: the schedule's own.
        schedule: as it was when it fired.
        scheduled: when it was due.
        at: when the next attempt is.
        id: of the invocation, the same for every attempt.
        attempt: number of the next attempt, counted from 1.
    """

    account: str
    region: str
    schedule: Schedule
    scheduled: datetime
    at: datetime
    id: str
    attempt: int = 1

    @property
    def name(self) -> str:
        """The schedule's name."""
        return str(self.schedule["Name"])

    @property
    def group(self) -> str:
        """The name of the schedule's group."""
        return str(self.schedule["GroupName"])

    @property
    def target(self) -> dict[str, Any]:
        """The target, with the context attributes in its input filled in."""
        words = {
            "<aws.scheduler.schedule-arn>": str(self.schedule["Arn"]),
            "<aws.scheduler.scheduled-time>": f"{self.scheduled:%Y-%m-%dT%H:%M:%SZ}",
            "<aws.scheduler.execution-id>": self.id,
            "<aws.scheduler.attempt-number>": str(self.attempt),
        }
        text = self.schedule["Target"].get("Input") or "{}"
        for word, value in words.items():
            text = text.replace(word, value)
        return {**self.schedule["Target"], "Input": text}


def failure_of(code: str, message: str, status: int = 400) -> Failure:
    """A failure by the error that a service answered with."""
    passing = status >= _SERVER_ERROR or any(word in code for word in _TRANSIENT)
    return Failure(code=code, message=message, transient=passing)


def deputy_of(schedule_arn: str, group: str) -> Deputy:
    """The Scheduler as it acts for a schedule: for its group, as far as policies are concerned."""
    return Deputy(SERVICE, f"{schedule_arn.partition(':schedule/')[0]}:schedule-group/{group}")


def deliver(firing: Firing) -> Failure | None:
    """Hand a firing to its target; None when it has been taken."""
    target = firing.target
    return _refused(firing, target) or _handed_over(firing, target)


def _refused(firing: Firing, target: Mapping[str, Any]) -> Failure | None:
    """What the role is not trusted with, or not allowed."""
    arn, role = target["Arn"], target["RoleArn"]
    if not may_assume(deputy_of(firing.schedule["Arn"], firing.group), role):
        return Failure(code="AccessDeniedException", message=f"{role} cannot be assumed by {SERVICE}")
    needed = NEEDED.get(arn.split(":")[2])
    if needed and not role_allows(role, needed, arn):
        message = f"User: {role} is not authorized to perform: {needed} on resource: {arn}"
        return Failure(code="AccessDeniedException", message=message)
    return None


def _handed_over(firing: Firing, target: dict[str, Any]) -> Failure | None:
    arn = target["Arn"]
    match arn.split(":")[2]:
        case "states":
            # As MiniStack's own delivery does it, but for the answer, which tells whether the execution was started.
            status, _, body = stepfunctions._start_execution({"stateMachineArn": arn, "input": target["Input"]})  # noqa: SLF001
            if status < 300:  # noqa: PLR2004 - HTTP's successes
                return None
            told = json.loads(body)
            return failure_of(told["__type"], str(told.get("message") or told.get("Message")), status)
        case "lambda" if lambda_svc._get_func_record_for_ref(arn)[0] is None:  # noqa: SLF001 - what it will look up
            return Failure(code="ResourceNotFoundException", message=f"Function not found: {arn}")
        case "sqs" if sqs._queue_by_arn(arn) is None:  # noqa: SLF001 - likewise
            return Failure(
                code="AWS.SimpleQueueService.NonExistentQueue", message="The specified queue does not exist."
            )
    eventbridge._invoke_target(target, _event(firing), firing.schedule)  # noqa: SLF001 - its delivery
    return None


def _event(firing: Firing) -> dict[str, Any]:
    return {
        "EventId": firing.id,
        "Source": "aws.scheduler",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "Time": firing.scheduled.timestamp(),
        "Resources": [firing.schedule["Arn"]],
        "Account": firing.account,
        "Region": firing.region,
    }


def bury(firing: Firing, failure: Failure, exhausted: str | None) -> bool:
    """Put a firing into the schedule's dead-letter queue; False when there is none or the role may not send to it.

    Args:
        firing: with the number of the attempt that was the last.
        failure: of that attempt.
        exhausted: the limit of the retry policy that was reached, if one was.
    """
    target = firing.target
    queue_arn = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue_arn:
        return False
    queue = sqs._queue_by_arn(queue_arn)  # noqa: SLF001 - what its own deliveries look up
    if queue is None or queue["is_fifo"] or not role_allows(target["RoleArn"], _SEND, queue_arn):
        _logger.warning("%s: the dead letter of %s is lost", queue_arn, firing.schedule["Arn"])
        return False
    attributes = {
        "ERROR_CODE": failure.code,
        "ERROR_MESSAGE": failure.message,
        "EXECUTION_ID": firing.id,
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": str(firing.attempt - 1),
        "SCHEDULED_TIME": f"{firing.scheduled:%Y-%m-%dT%H:%M:%SZ}",
        "SCHEDULE_ARN": firing.schedule["Arn"],
        "TARGET_ARN": target["Arn"],
        **({"EXHAUSTED_RETRY_CONDITION": exhausted} if exhausted else {}),
    }
    told = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    message = {"QueueUrl": queue["url"], "MessageBody": target["Input"], "MessageAttributes": told}
    iam_evaluator.pin_request_origin("127.0.0.1", secure_transport=True)  # of the queue's own policy: AWS uses TLS
    sqs._act_send_message(message, queue["url"])  # noqa: SLF001 - what SendMessage calls
    return True
