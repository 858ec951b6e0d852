"""EventBridge Scheduler and the rules of EventBridge: what fires when, and how late, often or never it arrives."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sandbox.schedules.expressions import next_time
from tests.simulation.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from tests.simulation.engine import Engine, Process

    Json = dict[str, Any]
    Delays = Callable[[], Iterable[float]]
    """Seconds after which an event arrives; several times if there are several, never if there are none."""

_PAGE: Final = 100


@dataclass
class Schedules:
    """All schedules of one group. ``deliver`` is called with a target's input when one has fired."""

    engine: Engine
    deliver: Callable[[str], None]
    delays: Delays = lambda: (0.0,)
    kept: dict[str, Json] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    _due: dict[str, datetime] = field(default_factory=dict)
    _clockwork: Process[Any] | None = None

    def call(self, operation: str, params: Json) -> Json:
        """Do an operation of the scheduler's. Raises Refused."""
        match operation:
            case "ListSchedules":
                return self._list(params)
            case "CreateSchedule" if params["Name"] in self.kept:
                if self.tokens.get(params["Name"]) == params["ClientToken"]:
                    return {"ScheduleArn": params["Name"]}
                raise Refused("ConflictException", f"Schedule {params['Name']} already exists.", status=409)
            case "CreateSchedule":
                self.tokens[params["Name"]] = params["ClientToken"]
                return self._keep(params)
            case "UpdateSchedule":
                self._known(params["Name"])
                return self._keep(params)
            case "DeleteSchedule":
                self._known(params["Name"])
                del self.kept[params["Name"]]
                self._due.pop(params["Name"], None)
                return {}
            case _:
                raise AssertionError(f"Slipway has not used {operation} before")

    def run(self) -> None:
        """Fire what is due, for ever: a process of its own."""
        self._clockwork = self.engine.current
        while True:
            now = self.engine.clock.now()
            at = min([*self._due.values(), now + timedelta(days=1)])
            if at > now:
                self.engine.pause((at - now).total_seconds())
            self._fire()

    def _fire(self) -> None:
        now = self.engine.clock.now()
        for name in sorted(name for name, due in self._due.items() if due <= now):
            schedule = self.kept[name]
            if schedule["State"] == "ENABLED":
                for seconds in self.delays():
                    self.engine.spawn(
                        partial(self.deliver, schedule["Target"]["Input"]), after=seconds, about="scheduler"
                    )
            self._wind_up(name, self._due.pop(name))
            if name not in self._due and schedule.get("ActionAfterCompletion") == "DELETE":
                del self.kept[name]

    def _wind_up(self, name: str, after: datetime) -> None:
        due = next_time(self.kept[name], after)
        if due is not None:
            self._due[name] = due

    def _keep(self, params: Json) -> Json:
        self.kept[params["Name"]] = deepcopy(params)
        self._due.pop(params["Name"], None)
        self._wind_up(params["Name"], self.engine.clock.now())
        if self._clockwork is not None:
            self.engine.wake(self._clockwork)
        return {"ScheduleArn": params["Name"]}

    def _known(self, name: str) -> None:
        if name not in self.kept:
            raise Refused("ResourceNotFoundException", f"Schedule {name} does not exist.", status=404)

    def _list(self, params: Json) -> Json:
        names = sorted(name for name in self.kept if name.startswith(params.get("NamePrefix", "")))
        start = int(params.get("NextToken", 0))
        page = [self.kept[name] for name in names[start : start + _PAGE]]
        listed = [
            {**{key: it[key] for key in ("Name", "State")}, "Target": {"Arn": it["Target"]["Arn"]}} for it in page
        ]
        return {"Schedules": listed, **({"NextToken": str(start + _PAGE)} if len(names) > start + _PAGE else {})}
