"""One Slipway in the simulated account: its functions, its state machines, its clocks, and what is asked of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from lambdas.aws.executions import Executions
from lambdas.domain.calendar import instant_text
from lambdas.domain.pacing import SWEEP_MINUTES, Part
from lambdas.domain.runs import Verb
from lambdas.handlers import drift, orphans, sweep
from lambdas.handlers import runs as runs_handler
from lambdas.handlers.looking import Surroundings, look, nothing
from lambdas.steps.contracts import FUNCTIONS, STEPS
from lambdas.steps.deletion import Deletions
from lambdas.steps.intake import Intake
from lambdas.steps.night import Nights
from lambdas.steps.planning import SURPLUS
from sandbox.clock import VirtualClock
from sandbox.estate import AwsEstate
from sandbox.twin import Twin
from sandbox.twin.faults import Faults
from sandbox.world import AwsWorld
from tests.house import ACCOUNT, EVERY_REMOVAL, EVERY_RESOURCE, REGION, definition
from tests.simulation.bus import Bus
from tests.simulation.chance import chance
from tests.simulation.cloud import Cloud
from tests.simulation.eks import Eks, Groups
from tests.simulation.engine import Engine, TimedOut
from tests.simulation.faults import Peace
from tests.simulation.history import History
from tests.simulation.interpreter import Interpreter
from tests.simulation.machines import Machines
from tests.simulation.schedules import Schedules
from tests.simulation.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lambdas.domain.calendar import Calendar, State
    from lambdas.domain.records import ClusterRecord, Sizes
    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from sandbox.twin.latencies import Latencies
    from tests.simulation.faults import Strikes
    from tests.simulation.ground import Ground
    from tests.simulation.interpreter import Execution
    from tests.simulation.schedules import Delays

    Json = dict[str, Any]

Result = TypeVar("Result")

START: Final = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_OVERHEAD: Final = 0.05
"""Seconds from a task's transition to the first line of its function."""

_LARGEST: Final = 262_144
"""Characters that a state's input or output may have."""

_TIMEOUTS: Final = {contract.name: contract.timeout_seconds for contract in FUNCTIONS}
_PARTS: Final = {contract.name: contract.parts for contract in STEPS}
RULES: Final = {"sweep": SWEEP_MINUTES, "drift": 60, "orphans": 24 * 60}
"""The functions that EventBridge calls, and after how many minutes each time."""


class FunctionTimedOut(Exception):  # noqa: N818 -- Lambda's own word
    """A function took longer than it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One call of a step's function: when it began and ended, for which cluster and run, and what it answered."""

    function: str
    cluster: str
    run: str
    began: datetime
    ended: datetime
    answer: Json


@dataclass
class Slipway:
    """A Slipway with an empty account, at a fixed instant, all of whose chances come of one seed."""

    ground: Ground
    seed: int = 0
    start: datetime = START
    strikes: Strikes = field(default_factory=Peace)
    mixed: bool = False
    """Whether the seed also says who goes first at an instant, how long calls take, and how far lists lag behind."""

    latencies: Latencies | None = None
    answered: list[Answered] = field(default_factory=list)
    alarms: list[tuple[datetime, str]] = field(default_factory=list)
    """What rang an operator's alarm: failed executions, and functions that EventBridge calls."""

    invocations: int = 0
    largest: int = 0
    """The most characters that a function was given, or has answered."""

    def __post_init__(self) -> None:
        self.clock = VirtualClock(self.start)
        self.engine = Engine(self.clock, chance(self.seed, "order") if self.mixed else None)
        self.history = History(self.clock)
        settings = self.ground.fresh()
        inner = self.ground.inner
        self.twin = Twin(
            clock=self.clock,
            world=AwsWorld(inner),
            estate=AwsEstate(inner),
            account=ACCOUNT,
            region=REGION,
            seed=self.seed,
            latencies=self.latencies,
        )
        self.faults = Faults(self.twin, wait=self.clock.advance, seed=self.seed)
        lag = chance(self.seed, "lag")
        self.table = Table(self.clock, (lambda: lag.choice((0.0, 0.0, 0.5, 2.0))) if self.mixed else (lambda: 0.0))
        self.machines = Machines(self.engine, self._carry_out)
        self.schedules = Schedules(self.engine, self._fired)
        self.bus = Bus(self.clock)
        self.cloud = Cloud(
            self.engine,
            chance(self.seed, "latency"),
            self.ground,
            self.history,
            {
                "dynamodb": self.table,
                "stepfunctions": self.machines,
                "scheduler": self.schedules,
                "events": self.bus,
                "eks": Eks(self.twin),
                "autoscaling": Groups(self.twin),
            },
            self.strikes,
            latency=(0.01, 0.05) if self.mixed else (0.02, 0.02),
        )
        self.cloud.on_the_wire = self._has_rules
        self.ground.stand(self.faults, self.cloud.ask)
        self.around = Surroundings.of(self.ground.aws, settings, self.clock.now)
        self._jitter = chance(self.seed, "jitter")
        self.engine.spawn(self.schedules.run, about="scheduler")

    # -- what users ask, each as a request of its own

    def request(self, work: Callable[[], Result]) -> Result:
        """What the API does for a request, while everything else goes on. Raises what it comes to."""
        return self.engine.do(work, about="api") if self.engine.current is None else work()

    @property
    def intake(self) -> Intake:
        """What takes specs in."""
        around = self.around
        return Intake(
            around.registry, Executions(around.aws.stepfunctions, around.settings), around.aws, around.settings
        )

    @property
    def nights(self) -> Nights:
        """What takes calendars in."""
        return Nights(self.around.registry, self.around.starter)

    def accept(self, spec: ClusterSpec) -> Run:
        """POST: answers the run."""
        return self.request(lambda: self.intake.accept(spec, self._at())[1])

    def replace(self, spec: ClusterSpec, *replaceable: str) -> Run:
        """PUT: answers the run."""
        return self.request(lambda: self.intake.replace(spec, self._at(), replaceable=frozenset(replaceable))[1])

    def delete(self, name: str) -> Run:
        """DELETE: answers the run."""
        return self.request(lambda: Deletions(self.around.registry, self.around.starter).accept(name)[1])

    def plan(self, name: str, calendar: Calendar) -> Run | None:
        """PUT of a calendar: answers the run that sees to it, if one has to."""
        return self.request(lambda: self.nights.plan(name, lambda _: calendar, self.clock.now())[1])

    def hold(self, name: str, state: State, until: datetime | None = None) -> Run | None:
        """Sleep or wake by hand: answers the run that sees to it, if one has to."""
        return self.request(lambda: self.nights.hold(name, state, until, self.clock.now())[1])

    def resize(self, name: str, sizes: Mapping[str, Sizes]) -> Run | None:
        """Other sizes: answers the run that sees to it, if one has to."""
        return self.request(lambda: self.nights.resize(name, lambda _: sizes, self.clock.now())[1])

    # -- what happens by itself

    def sweeps(self, delays: Delays = lambda: (0.0,)) -> None:
        """Have all of EventBridge's rules call their functions from now on."""
        for name in RULES:
            self.rule(name, delays)

    def rule(self, name: str, delays: Delays = lambda: (0.0,)) -> None:
        """Have one of EventBridge's rules call its function from now on, so late and as often as ``delays`` say."""
        self.engine.spawn(lambda: self._rule(RULES[name], name, delays), about="rule")

    def settle(self, *, within: timedelta = timedelta(hours=6)) -> None:
        """Let everything happen until no execution goes on. Raises AssertionError if that takes too long."""
        until = self.clock.now() + within
        self.engine.run(lambda: not self.machines.running() or self.clock.now() > until)
        assert not self.machines.running(), [it.name for it in self.machines.running()]

    def pass_time(self, time: timedelta) -> None:
        """Let everything happen for a while."""
        self.engine.run(self.clock.now() + time)

    def call(self, name: str) -> None:
        """Call a function as a rule of EventBridge does; what it raises rings an alarm."""
        work = {"sweep": sweep.answer, "drift": drift.answer, "orphans": orphans.answer}[name]
        try:
            self._invoked(name, lambda: work(self.around))
        except Exception as error:  # noqa: BLE001 -- whatever a function raises rings its alarm
            self._alarm(f"{name}: {type(error).__name__}: {error}")

    # -- what has become of it

    def record(self, name: str) -> ClusterRecord | None:
        """What the registry keeps of a cluster."""
        return self.around.registry.cluster(name)

    def run(self, run: str) -> Run:
        """The run as the ledger has it."""
        found = self.around.registry.run(run)
        assert found is not None, run
        return found

    # -- how it works

    def _has_rules(self) -> bool:
        """Whether a rule of the twin's waits for requests; what it has done to one goes on without it."""
        return any(it.fired == 0 for it in self.faults.rules())

    def _at(self) -> str:
        return instant_text(self.clock.now())

    def _rule(self, minutes: int, name: str, delays: Delays) -> None:
        while True:
            self.engine.pause(minutes * 60)
            for seconds in delays():
                self.engine.spawn(lambda: self.call(name), after=seconds, about=name)

    def fire(self, cluster: str) -> None:
        """Start what a schedule of the cluster's starts."""
        self._fired(json.dumps({"cluster": cluster}))

    def _fired(self, given: str) -> None:
        """EventBridge Scheduler starts an execution, under a name of its own."""
        machine, name = self.around.settings.machine_arn(Verb.SCALE), f"fired-{len(self.machines.started)}"
        self.machines.call("StartExecution", {"stateMachineArn": machine, "name": name, "input": given})

    def _carry_out(self, machine: str, name: str, cluster: str, execution: Execution) -> None:
        verb = Verb(machine.rpartition("-")[2])
        self.history.note("started", f"{verb} {name}")
        interpreter = Interpreter(
            definition(verb),
            self.invoke,
            self.engine,
            jitter=(lambda most: self._jitter.uniform(0, most)) if self.mixed else float,
        )
        interpreter.run({"cluster": cluster}, name, execution)
        self.history.note("ended", f"{verb} {name} {execution.status} {execution.error}")
        if execution.status == "FAILED":
            self._alarm(f"{verb}: {execution.error}")

    def invoke(self, function: str, event: Json) -> Json:
        """Call a step's function, as a state machine does."""
        self.largest = max(self.largest, len(json.dumps(event)))
        began = self.clock.now()
        answer = self._invoked(function, lambda: self._look(function, event))
        self.answered.append(
            Answered(
                function=function, cluster=event["cluster"], run=event["run"],
                began=began, ended=self.clock.now(), answer=answer,
            )
        )  # fmt: skip
        text = json.dumps(answer)
        self.largest = max(self.largest, len(text))
        assert self.largest < _LARGEST
        found: Json = json.loads(text)
        return found

    def _invoked(self, function: str, work: Callable[[], Json]) -> Json:
        """A function's answer; it goes on by itself if nobody waits any more, but never longer than it may."""
        self.invocations += 1

        def body() -> Json:
            self.engine.pause(_OVERHEAD)
            return work()

        process = self.engine.spawn(body, about=function)
        try:
            self.engine.join([process], within=_TIMEOUTS[function])
        except TimedOut:
            process.end()
            raise FunctionTimedOut(f"Task timed out after {_TIMEOUTS[function]} seconds") from None
        return process.result()

    def _look(self, function: str, event: Json) -> Json:
        self.twin.settle()
        if function == "runs":
            return runs_handler.answer(self.around, event)
        part = Part(event["part"])
        assert part in _PARTS[function]
        return look(self.around, EVERY_RESOURCE[part], part, event, EVERY_REMOVAL[part], SURPLUS.get(part, nothing))

    def _alarm(self, what: str) -> None:
        self.alarms.append((self.clock.now(), what))
        self.history.note("alarm", what)
