"""The schedules of EventBridge Scheduler, against moto."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from lambdas.aws.clients import Aws
from lambdas.domain.calendar import Calendar, Override, State, schedules_hash
from lambdas.domain.calendar.windows import window
from lambdas.domain.pacing import Part
from lambdas.domain.power import Night
from lambdas.domain.progress import Failed, Ready, Waiting
from lambdas.domain.runs import Verb
from lambdas.domain.spec import ClusterSpec
from lambdas.steps.convergence import ensure, observe
from lambdas.steps.scaling import resources
from lambdas.steps.schedules import MOST_CHANGES
from lambdas.steps.scope import Scope
from tests.quick import new_session
from tests.unit.steps.refusals import refusing
from tests.unit.steps.stage import HOME, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.progress import Progress, Report

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OFFICE = Calendar(timezone="Europe/Berlin", awake=(window("Mon-Fri 07:30-20:30"),))
LATE = Calendar(timezone="Europe/Berlin", awake=(window("Mon-Fri 07:30-22:00"),))
BY_HAND = Override(State.AWAKE, datetime(2026, 11, 22, 18, 30, tzinfo=UTC))
HOURLY = Calendar(
    timezone="UTC",
    awake=tuple(
        window(f"daily {hour:02}:{minute}-{hour:02}:{minute + 7}") for hour in range(24) for minute in (10, 30)
    ),
)


@dataclass
class Desk:
    """One schedule group, and looks at the schedules of any cluster."""

    aws: Aws
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def look(self, calendar: Calendar | None, override: Override | None = None, cluster: str = "bank") -> Report:
        (report,) = ensure(resources(self.scope(calendar, override, cluster), Part.SCHEDULES))
        return report

    def settle(self, calendar: Calendar | None, override: Override | None = None, cluster: str = "bank") -> Report:
        for _ in range(20):
            report = self.look(calendar, override, cluster)
            if not isinstance(report.progress, Waiting):
                return report
        raise AssertionError(self.asked)

    def scope(self, calendar: Calendar | None, override: Override | None, cluster: str) -> Scope:
        night = Night(calendar=calendar, override=override, now=NOW)
        return Scope(
            spec=ClusterSpec(name=cluster), run=f"{cluster}-scale-1-1", observed={}, night=night,
            aws=self.aws, home=HOME, settings=SETTINGS,
        )  # fmt: skip

    def there(self, cluster: str = "bank") -> list[Any]:
        """The schedules that say this cluster's name."""
        listed = self.aws.scheduler.list_schedules(GroupName=SETTINGS.schedule_group, MaxResults=100)["Schedules"]
        every = [self.aws.scheduler.get_schedule(GroupName=SETTINGS.schedule_group, Name=it["Name"]) for it in listed]
        said = f'{{"cluster": "{cluster}"}}'
        return sorted((it for it in every if it["Target"]["Input"] == said), key=lambda it: it["ScheduleExpression"])

    def expressions(self, cluster: str = "bank") -> list[str]:
        return [it["ScheduleExpression"] for it in self.there(cluster)]

    @property
    def changes(self) -> list[tuple[str, dict[str, Any]]]:
        return [call for call in self.asked if not call[0].startswith(("List", "Get"))]


@pytest.fixture(scope="module")
def _aws() -> Iterator[Aws]:
    with mock_aws():
        yield Aws(new_session("eu-central-1"))


@pytest.fixture
def desk(_aws: Aws) -> Iterator[Desk]:
    made = Desk(_aws)
    _aws.scheduler.create_schedule_group(Name=SETTINGS.schedule_group)
    note: Any = lambda params, model, **_: made.asked.append((model.name, dict(params)))  # noqa: E731
    _aws.scheduler.meta.events.register("provide-client-params", note, unique_id="note")
    yield made
    _aws.scheduler.meta.events.unregister("provide-client-params", unique_id="note")
    _aws.scheduler.delete_schedule_group(Name=SETTINGS.schedule_group)


def test_a_calendar_becomes_its_boundaries_in_its_own_time_zone(desk: Desk) -> None:
    report = desk.settle(OFFICE)
    assert report.progress == Ready()
    assert report.facts == {"hash": schedules_hash(OFFICE, None)}
    assert desk.expressions() == ["cron(30 20 ? * MON-FRI *)", "cron(30 7 ? * MON-FRI *)"]
    assert {it["ScheduleExpressionTimezone"] for it in desk.there()} == {"Europe/Berlin"}


def test_a_schedule_says_look_now_and_what_becomes_of_it_if_nobody_does(desk: Desk) -> None:
    desk.settle(OFFICE)
    schedule = desk.there()[0]
    assert schedule["Target"] == {
        "Arn": SETTINGS.machine_arn(Verb.SCALE),
        "RoleArn": SETTINGS.scheduler_role_arn,
        "Input": '{"cluster": "bank"}',
        "DeadLetterConfig": {"Arn": SETTINGS.dead_letter_arn},
        "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10},
    }
    assert (schedule["FlexibleTimeWindow"], schedule["State"]) == ({"Mode": "OFF"}, "ENABLED")
    assert schedule["Description"] == "bank: to sleep, if its calendar and the clock say so then"
    assert schedule["ActionAfterCompletion"] == "NONE"


def test_the_end_of_what_was_asked_for_by_hand_is_one_of_them_and_goes_by_itself(desk: Desk) -> None:
    desk.settle(OFFICE, BY_HAND)
    once = desk.there()[0]
    assert (once["ScheduleExpression"], once["ScheduleExpressionTimezone"]) == ("at(2026-11-22T18:30:00)", "UTC")
    assert once["ActionAfterCompletion"] == "DELETE"
    assert len(desk.there()) == 3


def test_what_is_there_is_left_alone(desk: Desk) -> None:
    desk.settle(OFFICE)
    desk.asked.clear()
    assert desk.look(OFFICE).progress == Ready()
    assert [name for name, _ in desk.asked] == ["ListSchedules"]


def test_another_calendar_makes_others_before_it_takes_the_old_ones_away(desk: Desk) -> None:
    desk.settle(OFFICE)
    desk.asked.clear()
    assert desk.settle(LATE).facts == {"hash": schedules_hash(LATE, None)}
    assert desk.expressions() == ["cron(0 22 ? * MON-FRI *)", "cron(30 7 ? * MON-FRI *)"]
    assert [name for name, _ in desk.changes] == ["CreateSchedule", "DeleteSchedule"]


def test_without_calendar_and_override_all_go(desk: Desk) -> None:
    desk.settle(OFFICE, BY_HAND)
    report = desk.settle(None)
    assert (report.progress, report.facts) == (Ready(), {"hash": None})
    assert desk.there() == []


def test_a_look_that_changes_nothing_says_what_is_due(desk: Desk) -> None:
    (report,) = observe(resources(desk.scope(OFFICE, None, "bank"), Part.SCHEDULES))
    assert report.action is not None
    assert report.action.consequence == "create 2"
    assert report.facts == {}
    assert desk.changes == []


def test_one_that_somebody_deleted_is_made_again(desk: Desk) -> None:
    desk.settle(OFFICE)
    desk.aws.scheduler.delete_schedule(GroupName=SETTINGS.schedule_group, Name=desk.there()[0]["Name"])
    desk.settle(OFFICE)
    assert len(desk.there()) == 2


@pytest.mark.parametrize("change", [{"State": "DISABLED"}, {"Target": {"Arn": "arn:aws:sqs:::other", "RoleArn": "r"}}])
def test_one_that_somebody_turned_off_or_away_is_put_right(desk: Desk, change: dict[str, Any]) -> None:
    desk.settle(OFFICE)
    before = desk.there()
    members = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    altered = {member: before[0][member] for member in members}
    desk.aws.scheduler.update_schedule(**(altered | {"State": "ENABLED"} | change))
    desk.asked.clear()
    assert desk.settle(OFFICE).progress == Ready()
    assert [name for name, _ in desk.changes] == ["UpdateSchedule"]
    same = ("Name", "State", "Target", "ScheduleExpressionTimezone", "Description")
    assert [{it[member] for member in same if member != "Target"} for it in desk.there()] == [
        {it[member] for member in same if member != "Target"} for it in before
    ]
    assert [it["Target"] for it in desk.there()] == [it["Target"] for it in before]


ALIKE = ("a", "a-b", "a-b-c", "a" * 51, "a" * 52, "a" * 100, "a" * 99 + "b", "a" * 38)


def test_no_cluster_touches_the_schedules_of_another_one(desk: Desk) -> None:
    for cluster in ALIKE:
        desk.settle(OFFICE, cluster=cluster)
    for gone, cluster in enumerate(ALIKE, start=1):
        desk.settle(None, cluster=cluster)
        assert [len(desk.there(name)) for name in ALIKE] == [0] * gone + [2] * (len(ALIKE) - gone)


def test_many_are_changed_a_few_at_a_time(desk: Desk) -> None:
    report = desk.look(HOURLY)
    assert isinstance(report.progress, Waiting)
    assert len(desk.changes) == MOST_CHANGES == len(desk.there())
    assert desk.settle(HOURLY).progress == Ready()
    assert len(desk.there()) == 96
    assert desk.settle(None).progress == Ready()
    assert desk.there() == []


def test_the_same_change_carries_the_same_token(desk: Desk) -> None:
    with refusing(desk.aws.scheduler, "CreateSchedule", 503, "InternalServerException"):
        for _ in range(2):
            desk.look(OFFICE)
    tokens = [request["ClientToken"] for _, request in desk.changes]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1


@pytest.mark.parametrize(
    ("operation", "status", "code"),
    [
        ("CreateSchedule", 409, "ConflictException"),
        ("DeleteSchedule", 404, "ResourceNotFoundException"),
        ("DeleteSchedule", 409, "ConflictException"),
        ("ListSchedules", 429, "ThrottlingException"),
        ("CreateSchedule", 500, "InternalServerException"),
    ],
)
def test_what_passes_is_waited_for(desk: Desk, operation: str, status: int, code: str) -> None:
    desk.settle(OFFICE)
    with refusing(desk.aws.scheduler, operation, status, code):
        assert isinstance(desk.look(LATE).progress, Waiting)
    assert desk.settle(LATE).progress == Ready()
    assert len(desk.there()) == 2


@pytest.mark.parametrize(
    ("status", "code"),
    [(402, "ServiceQuotaExceededException"), (403, "AccessDeniedException"), (400, "ValidationException")],
)
def test_what_does_not_pass_is_a_failure(desk: Desk, status: int, code: str) -> None:
    with refusing(desk.aws.scheduler, "CreateSchedule", status, code):
        progress: Progress = desk.look(OFFICE).progress
    assert isinstance(progress, Failed)
    assert progress.error == code
