"""EventBridge in the house: its schedules and its sweeps fire by the virtual clock, and what they start is run."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
from moto.scheduler.models import scheduler_backends
from moto.stepfunctions.models import stepfunctions_backends

from lambdas.aws.executions import Executions
from lambdas.domain.pacing import SWEEP_MINUTES
from lambdas.domain.runs import Verb
from lambdas.handlers import sweep
from lambdas.steps.night import Nights
from sandbox.schedules.expressions import next_time
from tests.house import ACCOUNT, REGION, SCHEDULE_GROUP, START

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_stepfunctions import SFNClient

    from lambdas.domain.calendar import Calendar, State
    from lambdas.domain.records import ClusterRecord
    from tests.house import House
    from tests.simulation.interpreter import Execution, Invoke, Stop

_SWEEP = timedelta(minutes=SWEEP_MINUTES)
_MIDNIGHT = datetime(2026, 1, 1, 0, 5, tzinfo=UTC)
"""A sweep came at this instant: the others come five minutes past the quarters of an hour."""


@dataclass
class Clockwork:
    """Moves the house's clock on; ``fires`` and ``sweeps`` say whether EventBridge does its work.

    What is due is read where moto keeps it, not by the API: nothing else in a house is asked as often.
    """

    home: House
    fires: bool = True
    sweeps: bool = False
    executions: dict[str, Execution] = field(default_factory=dict)
    """How those went that have ended, by name."""
    stepfunctions: SFNClient = field(default_factory=lambda: boto3.client("stepfunctions", region_name=REGION))
    scheduler: EventBridgeSchedulerClient = field(default_factory=lambda: boto3.client("scheduler", region_name=REGION))
    _numbers: Iterator[int] = field(default_factory=count)
    _seen: datetime = START
    """Until when everything has happened that happens by itself."""

    @property
    def nights(self) -> Nights:
        """What takes calendars in."""
        return Nights(self.home.around.registry, self.home.around.starter)

    def plan(self, cluster: str, calendar: Calendar) -> None:
        """Have a cluster live by a calendar, as the API does."""
        self.home.calls.function = "api"
        self.nights.plan(cluster, lambda _: calendar, self.home.clock.now())

    def hold(self, cluster: str, state: State) -> str:
        """Have a cluster awake or asleep from now on. Answers the run that sees to it, if any."""
        self.home.calls.function = "api"
        _, run = self.nights.hold(cluster, state, None, self.home.clock.now())
        return run.id if run else ""

    @contextmanager
    def nobody_starts(self) -> Iterator[None]:
        """Whoever writes an intent dies before starting its run."""
        with mock.patch.object(Executions, "start"):
            yield

    def end_of_provisioning(self) -> None:
        """Let moto know of executions that the house has carried out by itself."""
        client = self.stepfunctions
        for _, verb, name, _ in self._alive():
            client.stop_execution(executionArn=self.home.around.settings.execution_arn(verb, name))

    def delete_schedules(self) -> None:
        """Have somebody delete all schedules."""
        for schedule in self.schedules():
            self.scheduler.delete_schedule(GroupName=SCHEDULE_GROUP, Name=schedule["Name"])

    def run_now(self, name: str) -> None:
        """Run one execution of ``scale`` that was started, beside another one."""
        for _, verb, alive, cluster in list(self._alive()):
            if alive == name:
                self._run(verb, name, cluster, None, None)

    def until(self, instant: datetime) -> None:
        """Let time pass, with all that happens by itself; what is started runs to its end.

        What falls into the time of a run happens right after it.
        """
        self.settle()
        while (due := self._next()) and due[0][0] <= instant:
            self._seen = due[0][0]
            self.home.clock.advance_to(self._seen)
            for _, cluster in due:
                if cluster:
                    self.fire(cluster)
                else:
                    self.sweep()
            self.settle()
        self._seen = instant
        self.home.clock.advance_to(instant)

    def fire(self, cluster: str) -> str:
        """Start what a schedule starts, under a name of EventBridge Scheduler's own. Answers the name."""
        name = f"fired-{next(self._numbers)}"
        settings = self.home.around.settings
        self.stepfunctions.start_execution(
            stateMachineArn=settings.machine_arn(Verb.SCALE), name=name, input=json.dumps({"cluster": cluster})
        )
        return name

    def sweep(self) -> dict[str, object]:
        """What EventBridge calls every 15 minutes."""
        self.home.calls.function = "sweep"
        return sweep.answer(self.home.around)

    def settle(self, *, invoke: Invoke | None = None, stop: Stop | None = None) -> None:
        """Run every execution that has been started, and those that they start, one after the other."""
        while alive := sorted(self._alive()):
            for _, verb, name, cluster in (it for it in alive if it[2] not in self.executions):
                self._run(verb, name, cluster, invoke, stop)

    def record(self, cluster: str) -> ClusterRecord:
        """What the registry keeps of a cluster."""
        found = self.home.around.registry.cluster(cluster)
        assert found is not None
        return found

    def _run(self, verb: Verb, name: str, cluster: str, invoke: Invoke | None, stop: Stop | None) -> None:
        self.executions[name] = self.home.carry_out(verb, name, cluster, invoke=invoke, stop=stop)
        arn = self.home.around.settings.execution_arn(verb, name)
        self.stepfunctions.stop_execution(executionArn=arn)

    def _alive(self) -> Iterator[tuple[datetime, Verb, str, str]]:
        machines = {it.arn: it for it in stepfunctions_backends[ACCOUNT][REGION].state_machines}
        for verb in Verb:
            for it in machines[self.home.around.settings.machine_arn(verb)].executions:
                if it.status == "RUNNING":
                    yield it.start_date, verb, it.name, json.loads(it.execution_input)["cluster"]

    def _next(self) -> list[tuple[datetime, str]]:
        """What happens next at one instant: when, and to which clusters; a sweep comes to none."""
        firings = [
            (at, json.loads(schedule["Target"]["Input"])["cluster"])
            for schedule in (self.schedules() if self.fires else ())
            if (at := next_time(schedule, self._seen))
        ]
        sweeps = [(self._seen + _SWEEP - (self._seen - _MIDNIGHT) % _SWEEP, "")] if self.sweeps else []
        events = sorted([*firings, *sweeps])
        return [event for event in events if event[0] == events[0][0]]

    def schedules(self) -> list[dict[str, Any]]:
        """All schedules that there are."""
        groups = scheduler_backends[ACCOUNT][REGION].schedule_groups
        return [it.to_dict() for it in groups[SCHEDULE_GROUP].schedules.values()]
