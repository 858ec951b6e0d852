"""Which schedules fire, and what becomes of a firing: on a clock moved by hand, with a target made of words."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.schedules.clockwork import Clockwork
from sandbox.schedules.control import FIRINGS_PATH, FiringsControl
from sandbox.schedules.delivery import Failure, Firing, deputy_of, failure_of
from sandbox.schedules.interference import Interference, InterferenceError, Interferences

START = datetime(2026, 7, 6, 7, 0, tzinfo=UTC)
KEY = ("000000000000", "eu-central-1", "tenant/bank-1")
THROTTLED = failure_of("ThrottlingException", "Rate exceeded")
DENIED = failure_of("AccessDeniedException", "no")


@dataclass
class Station:
    """A clockwork with one schedule, and whoever takes its firings."""

    now: datetime = START
    schedule: dict[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    delivered: list[Firing] = field(default_factory=list)
    dead: list[tuple[int, str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.interferences = Interferences()
        self.clockwork = Clockwork(self.interferences, self._deliver, self._bury)
        self.schedules = {KEY: _schedule() | self.schedule}

    def _deliver(self, firing: Firing) -> Failure | None:
        self.delivered.append(firing)
        return self.failure

    def _bury(self, firing: Firing, failure: Failure, exhausted: str | None) -> bool:
        self.dead.append((firing.attempt, failure.code, exhausted))
        return True

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += timedelta(seconds=1)
            for key in self.clockwork.tick(self.schedules, self.now):
                del self.schedules[key]

    @property
    def outcomes(self) -> list[str]:
        return [it.outcome for it in self.clockwork.outcomes]

    @property
    def seconds(self) -> list[int]:
        """When it was delivered, counted from the start."""
        return [round((firing.at - START).total_seconds()) for firing in self.delivered]


def _schedule() -> dict[str, Any]:
    return {
        "Name": "bank-1",
        "GroupName": "tenant",
        "Arn": "arn:aws:scheduler:eu-central-1:000000000000:schedule/tenant/bank-1",
        "State": "ENABLED",
        "ScheduleExpression": "cron(* * * * ? *)",
        "Target": {"Arn": "arn", "RoleArn": "role", "Input": '{"cluster": "bank"}'},
        "CreationDate": START.timestamp(),
        "LastModificationDate": START.timestamp(),
    }


def policy(attempts: int, age: int = 86_400) -> dict[str, Any]:
    retries = {"MaximumRetryAttempts": attempts, "MaximumEventAgeInSeconds": age}
    return {"Target": _schedule()["Target"] | {"RetryPolicy": retries}}


def test_it_fires_once_a_minute_and_in_the_second_that_it_is_due() -> None:
    station = Station()
    station.wait(150)
    assert station.seconds == [60, 120]
    assert [firing.scheduled for firing in station.delivered] == [START + timedelta(minutes=it) for it in (1, 2)]
    assert len({firing.id for firing in station.delivered}) == 2


def test_what_became_due_while_nobody_looked_fires_once() -> None:
    station = Station()
    station.now += timedelta(minutes=10, seconds=5)
    station.wait(1)
    assert [firing.scheduled for firing in station.delivered] == [START + timedelta(minutes=1)]
    station.wait(60)
    assert [firing.scheduled for firing in station.delivered[1:]] == [START + timedelta(minutes=11)]


@pytest.mark.parametrize(
    ("change", "seconds"),
    [
        ({"State": "DISABLED"}, []),
        ({"StartDate": (START + timedelta(seconds=120)).timestamp()}, [120, 180, 240]),
        ({"EndDate": (START + timedelta(seconds=130)).timestamp()}, [60, 120]),
        ({"ScheduleExpression": "at(2026-07-06T09:02:00)", "ScheduleExpressionTimezone": "Europe/Berlin"}, [120]),
        ({"ScheduleExpression": "rate(2 minutes)"}, [120, 240]),
        ({"ScheduleExpression": "at(2026-07-06T06:59:59)"}, []),
    ],
)
def test_within_its_dates_and_while_it_is_enabled(change: dict[str, Any], seconds: list[int]) -> None:
    station = Station(schedule=change)
    station.wait(240)
    assert station.seconds == seconds


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"ScheduleExpression": "at(2026-07-06T07:02:00)", "ActionAfterCompletion": "DELETE"}, False),
        ({"ScheduleExpression": "at(2026-07-06T07:02:00)", "ActionAfterCompletion": "NONE"}, True),
        ({"EndDate": (START + timedelta(seconds=60)).timestamp(), "ActionAfterCompletion": "DELETE"}, False),
        ({"ActionAfterCompletion": "DELETE"}, True),
    ],
)
def test_a_schedule_that_has_completed_goes_if_it_should(change: dict[str, Any], *, left: bool) -> None:
    station = Station(schedule=change)
    station.wait(59)
    assert KEY in station.schedules
    station.wait(120)
    assert (KEY in station.schedules) is left
    assert station.delivered


def test_a_schedule_that_is_enabled_again_does_not_catch_up() -> None:
    station = Station(schedule={"State": "DISABLED"})
    station.wait(90)
    station.schedules[KEY]["State"] = "ENABLED"
    station.wait(20)
    assert station.delivered == []
    station.wait(30)
    assert station.seconds == [120]


def test_a_schedule_that_is_changed_follows_its_new_words() -> None:
    station = Station()
    station.wait(61)
    station.schedules[KEY] |= {"ScheduleExpression": "at(2026-07-06T07:01:30)"}
    station.schedules[KEY]["LastModificationDate"] = station.now.timestamp()
    station.wait(120)
    assert station.seconds == [60, 90]


@pytest.mark.parametrize(
    ("retries", "seconds", "dead"),
    [
        (policy(0), [60], (1, "MaximumRetryAttempts")),
        (policy(2), [60, 61, 63], (3, "MaximumRetryAttempts")),
        (policy(185, 60), [60, 61, 63, 67, 75, 91], (6, "MaximumEventAgeInSeconds")),
    ],
)
def test_a_target_that_is_busy_is_asked_again(
    retries: dict[str, Any], seconds: list[int], dead: tuple[int, str]
) -> None:
    once = {"ScheduleExpression": "at(2026-07-06T07:01:00)"}
    station = Station(schedule=retries | once, failure=THROTTLED)
    station.wait(400)
    assert station.seconds == seconds
    assert station.dead == [(dead[0], "ThrottlingException", dead[1])]
    assert [firing.attempt for firing in station.delivered] == list(range(1, len(seconds) + 1))
    assert len({firing.id for firing in station.delivered}) == 1
    assert station.outcomes == ["refused"] * (len(seconds) - 1) + ["failed"]


def test_a_target_that_is_busy_for_a_while_gets_it_in_the_end() -> None:
    station = Station(schedule=policy(10), failure=THROTTLED)
    station.wait(62)
    station.failure = None
    station.wait(10)
    assert (station.outcomes, station.dead) == (["refused", "refused", "delivered"], [])


def test_what_would_go_no_better_is_not_tried_again() -> None:
    station = Station(failure=DENIED)
    station.wait(119)
    assert station.dead == [(1, "AccessDeniedException", None)]
    (outcome,) = station.clockwork.outcomes
    assert (outcome.outcome, outcome.error, outcome.dead_letter) == ("failed", "AccessDeniedException: no", True)


@pytest.mark.parametrize(
    ("code", "status", "transient"),
    [
        ("ThrottlingException", 400, True),
        ("TooManyRequestsException", 429, True),
        ("ExecutionLimitExceeded", 400, True),
        ("ServiceUnavailable", 503, True),
        ("AnyError", 500, True),
        ("StateMachineDoesNotExist", 400, False),
        ("InvalidExecutionInput", 400, False),
    ],
)
def test_only_what_may_go_better_later_is_transient(code: str, status: int, *, transient: bool) -> None:
    assert failure_of(code, "", status).transient is transient


def test_firings_are_dropped_and_come_again() -> None:
    station = Station()
    station.interferences.add(Interference(does="drop", times=2))
    station.wait(200)
    assert station.seconds == [180]
    assert station.outcomes == ["dropped", "dropped", "delivered"]


def test_a_firing_comes_late() -> None:
    station = Station()
    station.interferences.add(Interference(does="delay", seconds=90))
    station.wait(200)
    assert station.seconds == [120, 150, 180]
    assert station.delivered[1].scheduled == START + timedelta(seconds=60), "later than its successor"


def test_a_firing_comes_twice() -> None:
    station = Station()
    station.interferences.add(Interference(does="repeat"))
    station.wait(70)
    assert station.seconds == [60, 60]
    assert len({firing.id for firing in station.delivered}) == 1


def test_a_target_refuses_by_order() -> None:
    station = Station()
    station.interferences.add(Interference(does="refuse", times=2))
    station.wait(70)
    assert (station.seconds, station.outcomes) == ([63], ["refused", "refused", "delivered"])
    station.interferences.add(Interference(does="refuse", code="StateMachineDoesNotExist"))
    station.wait(60)
    assert station.dead == [(1, "StateMachineDoesNotExist", None)]


@pytest.mark.parametrize(
    ("where", "drops"),
    [({"schedule": "bank-*"}, 1), ({"schedule": "other-*"}, 0), ({"group": "tenant"}, 1), ({"group": "default"}, 0)],
)
def test_an_interference_concerns_the_schedules_it_names(where: dict[str, str], drops: int) -> None:
    station = Station()
    station.interferences.add(Interference(does="drop", **where))  # type: ignore[arg-type] # names only
    station.wait(70)
    assert Counter(station.outcomes)["dropped"] == drops


@pytest.mark.parametrize(
    "what",
    [
        Interference(does="drop", times=0),
        Interference(does="delay"),
        Interference(does="delay", seconds=-1),
        Interference(does="drop", seconds=3),
    ],
)
def test_an_interference_that_can_do_nothing_is_refused(what: Interference) -> None:
    with pytest.raises(InterferenceError):
        Interferences().add(what)


def test_context_attributes_in_the_input() -> None:
    words = (
        '{"at": "<aws.scheduler.scheduled-time>", "n": <aws.scheduler.attempt-number>,'
        ' "of": "<aws.scheduler.schedule-arn>"}'
    )
    station = Station(schedule={"Target": {"Arn": "arn", "RoleArn": "role", "Input": words}})
    station.wait(60)
    told = json.loads(station.delivered[0].target["Input"])
    assert told == {"at": "2026-07-06T07:01:00Z", "n": 1, "of": _schedule()["Arn"]}


def test_the_scheduler_speaks_for_the_schedules_group() -> None:
    deputy = deputy_of(_schedule()["Arn"], "tenant")
    assert deputy.source_arn == "arn:aws:scheduler:eu-central-1:000000000000:schedule-group/tenant"


def test_the_endpoint_adds_lists_and_removes() -> None:
    station = Station()
    control = FiringsControl(station.interferences, station.clockwork.outcomes)

    def ask(method: str, body: object = None, path: str = "") -> tuple[int, Any]:
        status, answer = control.answer(method, FIRINGS_PATH + path, json.dumps(body).encode())
        return status, json.loads(answer)

    status, made = ask("POST", {"does": "drop", "times": None, "schedule": "bank-*"})
    assert (status, made["id"], made["fired"], made["group"]) == (201, "1", 0, "*")
    station.wait(70)
    status, told = ask("GET")
    assert (status, told["interferences"]) == (200, [made | {"fired": 1}])
    (firing,) = told["firings"]
    assert (firing["schedule"], firing["outcome"], firing["scheduled"]) == ("bank-1", "dropped", "2026-07-06T07:01:00Z")
    assert ask("DELETE", path="/1")[1]["interferences"] == []
    assert ask("DELETE", path="/1")[0] == 404
    assert ask("DELETE")[0] == 200
    assert ask("PUT")[0] == 405


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"does": "lose"}', b'{"does": "drop", "time": 3}', b'{"does": "delay"}']
)
def test_what_is_no_interference_is_answered_in_words(body: bytes) -> None:
    control = FiringsControl(Interferences(), [])
    status, answer = control.answer("POST", FIRINGS_PATH, body)
    assert (status, bool(json.loads(answer)["message"])) == (400, True)


@pytest.mark.parametrize(("path", "concerned"), [("", True), ("/1", True), ("s", False)])
def test_the_endpoint_knows_its_paths(path: str, *, concerned: bool) -> None:
    assert FiringsControl(Interferences(), []).concerns(FIRINGS_PATH + path) is concerned
