"""EventBridge Scheduler in the sandbox: what it refuses, what it delivers, and what goes wrong on the way."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import fetch
from tests.sandbox.machines import REAL_SECONDS, one, succeed
from tests.sandbox.small_app import FUNCTION, TABLE, trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandbox.conftest import RunningSandbox
    from tests.sandbox.machines import Machines

numbers = itertools.count()
T = TypeVar("T")
SERVICE = "scheduler.amazonaws.com"
OFF = {"Mode": "OFF"}
ANY = ("states:StartExecution", "sqs:SendMessage")


@dataclass
class Desk:
    """Whoever makes schedules, each in a group of its own with a machine, a queue and a role."""

    sandbox: RunningSandbox
    machines: Machines

    def __post_init__(self) -> None:
        self.scheduler = self.sandbox.client("scheduler")
        self.sqs = self.sandbox.client("sqs")
        self.group = f"group{next(numbers)}"
        self.scheduler.create_schedule_group(Name=self.group)
        self.machine = self.machines.create(one(succeed(1)))
        self.queue = self.sqs.create_queue(QueueName=self.group)["QueueUrl"]

    @property
    def queue_arn(self) -> str:
        return f"arn:aws:sqs:{self.sandbox.health['region']}:{self.sandbox.account}:{self.group}"

    @property
    def group_arn(self) -> str:
        return f"arn:aws:scheduler:{self.sandbox.health['region']}:{self.sandbox.account}:schedule-group/{self.group}"

    def role(self, *actions: str, service: str = SERVICE, group_arn: str = "") -> str:
        """A role that trusts the Scheduler for one schedule group, this desk's by default, and may do these actions."""
        iam, name = self.sandbox.client("iam"), f"scheduler{next(numbers)}"
        trusted = trust(service)
        source = {"aws:SourceArn": group_arn or self.group_arn, "aws:SourceAccount": self.sandbox.account}
        trusted["Statement"][0]["Condition"] = {"StringEquals": source}
        arn = iam.create_role(RoleName=name, Path="/small/", AssumeRolePolicyDocument=json.dumps(trusted))
        if actions:
            statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
        return str(arn["Role"]["Arn"])

    def schedule(self, role: str, *, text: str = "{}", target: str = "", name: str = "", **more: Any) -> str:  # noqa: ANN401 - members of CreateSchedule
        """Create a schedule that fires in about a second, and deletes itself."""
        name = name or f"schedule{next(numbers)}"
        soon = datetime.now(UTC) + timedelta(seconds=2)
        given = {"Arn": target or self.machine, "RoleArn": role, "Input": text}
        retries = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}
        params: dict[str, Any] = {
            "ScheduleExpression": f"at({soon:%Y-%m-%dT%H:%M:%S})",
            "FlexibleTimeWindow": OFF,
            "ActionAfterCompletion": "DELETE",
            "Target": given | {"DeadLetterConfig": {"Arn": self.queue_arn}, "RetryPolicy": retries},
        }
        self.scheduler.create_schedule(Name=name, GroupName=self.group, **params | more)
        return name

    def outcomes(self, schedule: str, *last: str) -> list[dict[str, Any]]:
        """What became of the firings of a schedule, as soon as the latest of them came out so."""

        def found() -> list[dict[str, Any]] | None:
            told = fetch(f"{self.sandbox.url}/_sandbox/firings")[1]["firings"]
            of_it = [it for it in told if (it["group"], it["schedule"]) == (self.group, schedule)]
            return of_it if [it["outcome"] for it in of_it[-len(last) :]] == list(last) else None

        return wait(found)

    def inputs(self) -> list[str]:
        """The inputs of all executions of the machine."""
        executions = self.machines.states.list_executions(stateMachineArn=self.machine)["executions"]
        describe = self.machines.states.describe_execution
        return [describe(executionArn=it["executionArn"])["input"] for it in executions]

    def dead_letters(self) -> list[tuple[str, dict[str, str]]]:
        answer = self.sqs.receive_message(QueueUrl=self.queue, MessageAttributeNames=["All"], MaxNumberOfMessages=10)
        return [
            (it["Body"], {key: value["StringValue"] for key, value in it["MessageAttributes"].items()})
            for it in answer.get("Messages", [])
        ]

    def interfere(self, **what: Any) -> None:  # noqa: ANN401 - members of an interference
        body = json.dumps({"group": self.group, **what}).encode()
        assert fetch(f"{self.sandbox.url}/_sandbox/firings", method="POST", body=body)[0] == 201


def wait(look: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + REAL_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(0.1)
    raise AssertionError("it never came")


@pytest.fixture
def desk(small: RunningSandbox, machines: Machines) -> Iterator[Desk]:
    yield Desk(small, machines)
    fetch(f"{small.url}/_sandbox/firings", method="DELETE")


def test_it_starts_the_machine_with_its_input_in_the_role_of_its_group(desk: Desk) -> None:
    name = desk.schedule(desk.role(*ANY), text='{"cluster": "bank"}')
    (told,) = desk.outcomes(name, "delivered")
    assert told["attempt"] == 1
    assert desk.inputs() == ['{"cluster": "bank"}']
    assert desk.dead_letters() == []


@pytest.mark.parametrize(
    ("actions", "target", "code"),
    [
        (("sqs:SendMessage",), "", "AccessDeniedException"),
        (ANY, "arn:aws:states:eu-central-1:000000000000:stateMachine:gone", "StateMachineDoesNotExist"),
        (
            ("lambda:InvokeFunction", "sqs:SendMessage"),
            "arn:aws:lambda:eu-central-1:000000000000:function:gone",
            "ResourceNotFoundException",
        ),
    ],
)
def test_what_cannot_be_delivered_is_a_dead_letter(
    desk: Desk, actions: tuple[str, ...], target: str, code: str
) -> None:
    name = desk.schedule(desk.role(*actions), text='{"cluster": "bank"}', target=target)
    (told,) = desk.outcomes(name, "failed")
    assert told["dead_letter"]
    assert desk.inputs() == []
    ((body, attributes),) = desk.dead_letters()
    assert body == '{"cluster": "bank"}'
    assert (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"]) == (code, "0")
    assert attributes["SCHEDULE_ARN"].endswith(f":schedule/{desk.group}/{name}")
    assert attributes["TARGET_ARN"] == (target or desk.machine)
    assert "EXHAUSTED_RETRY_CONDITION" not in attributes


def test_a_role_that_may_not_send_to_the_queue_loses_the_letter(desk: Desk) -> None:
    (told,) = desk.outcomes(desk.schedule(desk.role()), "failed")
    assert not told["dead_letter"]
    assert desk.dead_letters() == []


def test_a_queue_that_demands_tls_takes_the_letter_and_gives_it_back(desk: Desk) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": desk.queue_arn}
    deny["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}  # type: ignore[assignment] # a policy is any JSON
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    desk.sqs.set_queue_attributes(QueueUrl=desk.queue, Attributes={"Policy": policy})
    desk.outcomes(desk.schedule(desk.role("sqs:SendMessage")), "failed")
    assert len(desk.dead_letters()) == 1


@pytest.mark.parametrize(
    "trusted",
    [
        {"service": "states.amazonaws.com"},
        {"group_arn": "arn:aws:scheduler:eu-central-1:000000000000:schedule-group/theirs"},
        {"group_arn": "arn:aws:scheduler:eu-central-1:000000000000:schedule/theirs/one"},
    ],
)
def test_no_schedule_borrows_a_role_that_does_not_trust_its_group(desk: Desk, trusted: dict[str, str]) -> None:
    role = desk.role(*ANY, **trusted)
    with pytest.raises(ClientError, match="must allow AWS EventBridge Scheduler to assume the role"):
        desk.schedule(role)
    assert desk.scheduler.list_schedules(GroupName=desk.group)["Schedules"] == []


def test_trust_that_is_taken_back_counts_when_it_fires(desk: Desk) -> None:
    role = desk.role(*ANY)
    name = desk.schedule(role)
    distrust = json.dumps(trust("states.amazonaws.com"))
    desk.sandbox.client("iam").update_assume_role_policy(RoleName=role.rpartition("/")[2], PolicyDocument=distrust)
    (told,) = desk.outcomes(name, "failed")
    assert "cannot be assumed" in told["error"]
    assert desk.inputs() == []


@pytest.mark.parametrize(
    "more", [{"ScheduleExpression": "cron(30 7 * * MON *)"}, {"ScheduleExpressionTimezone": "Europe/Bonn"}]
)
def test_what_could_never_fire_is_refused(desk: Desk, more: dict[str, str]) -> None:
    role = desk.role(*ANY)
    with pytest.raises(ClientError, match="Invalid Schedule"):
        desk.schedule(role, **more)
    name = desk.schedule(role, ScheduleExpression="rate(1 hour)")
    with pytest.raises(ClientError, match="Invalid Schedule"):
        desk.scheduler.update_schedule(
            **{"ScheduleExpression": "rate(1 hour)"} | more,
            Name=name,
            GroupName=desk.group,
            FlexibleTimeWindow=OFF,
            Target={"Arn": desk.machine, "RoleArn": role},
        )


def test_a_dropped_firing_starts_nothing(desk: Desk) -> None:
    desk.interfere(does="drop")
    name = desk.schedule(desk.role(*ANY))
    assert len(desk.outcomes(name, "dropped")) == 1
    assert (desk.inputs(), desk.dead_letters()) == ([], [])


def test_a_late_firing_comes(desk: Desk) -> None:
    desk.interfere(does="delay", seconds=2)
    name = desk.schedule(desk.role(*ANY), text='{"at": "<aws.scheduler.scheduled-time>"}')
    delayed, delivered = desk.outcomes(name, "delayed", "delivered")
    late = datetime.fromisoformat(delivered["at"]) - datetime.fromisoformat(delayed["at"])
    assert late >= timedelta(seconds=2)
    assert json.loads(desk.inputs()[0])["at"] == delivered["scheduled"]


def test_a_firing_comes_twice(desk: Desk) -> None:
    desk.interfere(does="repeat")
    desk.outcomes(desk.schedule(desk.role(*ANY)), "delivered", "delivered")
    assert desk.inputs() == ["{}", "{}"]


def test_a_busy_machine_is_asked_again(desk: Desk) -> None:
    desk.interfere(does="refuse", times=2)
    name = desk.schedule(desk.role(*ANY), text='{"n": <aws.scheduler.attempt-number>}')
    desk.outcomes(name, "refused", "refused", "delivered")
    assert desk.inputs() == ['{"n": 3}']


def test_a_machine_that_stays_busy_is_given_up(desk: Desk) -> None:
    desk.interfere(does="refuse", times=None)
    desk.outcomes(desk.schedule(desk.role(*ANY)), "refused", "refused", "failed")
    ((_, attributes),) = desk.dead_letters()
    told = [attributes[name] for name in ("ERROR_CODE", "RETRY_ATTEMPTS", "EXHAUSTED_RETRY_CONDITION")]
    assert told == ["ThrottlingException", "2", "MaximumRetryAttempts"]


def test_a_group_takes_its_schedules_along_and_a_disabled_one_never_fires(desk: Desk) -> None:
    role = desk.role(*ANY)
    desk.schedule(role, State="DISABLED", ActionAfterCompletion="NONE")
    desk.schedule(role, ScheduleExpression="rate(1 minute)")
    desk.outcomes(desk.schedule(role), "delivered")
    assert len(desk.inputs()) == 1
    assert len(desk.scheduler.list_schedules(GroupName=desk.group)["Schedules"]) == 2
    desk.scheduler.delete_schedule_group(Name=desk.group)
    assert desk.scheduler.list_schedules(GroupName=desk.group)["Schedules"] == []


def test_a_long_list_has_pages_and_every_schedule_once(desk: Desk) -> None:
    role = desk.role(*ANY)
    names = [desk.schedule(role, name=f"many{number:02}", ScheduleExpression="rate(1 hour)") for number in range(5)]
    pages = desk.scheduler.get_paginator("list_schedules").paginate(
        GroupName=desk.group, PaginationConfig={"PageSize": 2}
    )
    listed = [[schedule["Name"] for schedule in page["Schedules"]] for page in pages]
    assert listed == [names[:2], names[2:4], names[4:]]


def test_the_same_token_is_the_same_schedule_and_another_one_a_conflict(desk: Desk) -> None:
    role, more = desk.role(*ANY), {"name": "one", "ScheduleExpression": "rate(1 hour)"}
    desk.schedule(role, ClientToken="a", **more)
    desk.schedule(role, ClientToken="a", **more)
    with pytest.raises(desk.scheduler.exceptions.ConflictException):
        desk.schedule(role, ClientToken="b", **more)
    found = desk.scheduler.get_schedule(Name="one", GroupName=desk.group)
    assert found["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}


def test_a_schedule_without_a_retry_policy_has_awss(desk: Desk) -> None:
    target = {"Arn": desk.machine, "RoleArn": desk.role(*ANY)}
    name = desk.schedule("", Target=target, ScheduleExpression="rate(1 hour)")
    found = desk.scheduler.get_schedule(Name=name, GroupName=desk.group)
    assert found["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86_400}


def test_the_rate_of_a_rule_runs_at_the_sandboxs_speed(small: RunningSandbox) -> None:
    events, table, name = small.client("events"), small.client("dynamodb"), f"rule{next(numbers)}"
    functions = small.client("lambda")
    item = {"TableName": TABLE, "Key": {"pk": {"S": "1"}}}
    table.delete_item(**item)
    function = functions.get_function_configuration(FunctionName=FUNCTION)["FunctionArn"]
    rule = events.put_rule(Name=name, ScheduleExpression="rate(2 minutes)")["RuleArn"]
    allow = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": rule}
    functions.add_permission(FunctionName=FUNCTION, StatementId=name, **allow)
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": function, "Input": '{"do": "put"}'}])
    began = time.monotonic()
    wait(lambda: table.get_item(**item).get("Item"))
    took = time.monotonic() - began
    events.remove_targets(Rule=name, Ids=["1"])
    events.delete_rule(Name=name)
    assert took >= 120 / small.speed - 1


@pytest.mark.parametrize("source", [None, "arn:aws:events:eu-central-1:000000000000:rule/other"])
def test_a_rule_invokes_only_a_function_that_lets_it(small: RunningSandbox, source: str | None) -> None:
    events, functions, name = small.client("events"), small.client("lambda"), f"rule{next(numbers)}"
    function = functions.get_function_configuration(FunctionName=FUNCTION)["FunctionArn"]
    if source:
        allow = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": source}
        functions.add_permission(FunctionName=FUNCTION, StatementId=name, **allow)
    refused = small.log.read_text().count(f"Not delivered to {function}")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": function}])
    events.put_events(Entries=[{"Source": name, "DetailType": "any", "Detail": "{}"}])
    assert small.log.read_text().count(f"Not delivered to {function}") == refused + 1
