"""The priority A faults of EKS's catalogue of failures, and all ordered pairs of them in one whole life.

The second fault of a pair begins once the first one has struck; the life goes on until both are over.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from lambdas.domain.calendar import State
from lambdas.domain.spec import read
from lambdas.steps.starting import BeingDeleted
from sandbox.twin.faults import Change, Force, Issue, Leave, RuleError, Scarce
from tests.simulation.faults import Fate, Peace, Strike
from tests.simulation.forks import futures
from tests.simulation.invariants import RandomTokens, violations
from tests.simulation.portrait import but, everything
from tests.simulation.refusals import Refused
from tests.simulation.slipway import START, Slipway
from tests.simulation.trial import REST, SOON, fulfilled, neighbours, outcome
from tests.simulation.workflows import ALWAYS, NAME, changed, spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdas.domain.runs import Run
    from tests.simulation.faults import Call
    from tests.simulation.ground import Ground
    from tests.simulation.trial import Outcome

    Happen = Callable[[Slipway], None]

_DST: Final = datetime(2026, 3, 29, 0, 10, tzinfo=UTC)
"""Clocks in Berlin go forward within the hour."""

_A_WHILE: Final = 600.0
_SIZING: Final = ("eks:UpdateNodegroupConfig",)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, by its place in the catalogue: the calls at which it begins, and what it does there.

    ``strike`` becomes of the next calls of these names, as many as ``times``; ``happen`` is done before the first.
    """

    name: str
    calls: tuple[str, ...]
    strike: Strike | None = None
    times: int = 1
    happen: Happen | None = None
    start: datetime = START

    def concerns(self, call: Call) -> bool:
        """Whether it strikes this call."""
        return any(fnmatchcase(call.name, name) for name in self.calls)


@dataclass
class InTurn:
    """Faults one after the other: the next one waits until the one before has struck as often as it does."""

    slipway: Slipway
    faults: list[Fault]
    met: int = 0
    log: list[str] = field(default_factory=list)

    def strike(self, call: Call) -> Strike | None:
        """What the fault whose turn it is does to a call."""
        if not self.faults or not self.faults[0].concerns(call):
            return None
        fault = self.faults[0]
        if self.met == 0:
            self.log.append(fault.name)
            self.slipway.history.note("fault", fault.name)
            if fault.happen is not None:
                fault.happen(self.slipway)
        self.met += 1
        if self.met >= fault.times:
            self.faults.pop(0)
            self.met = 0
        return fault.strike


def pairs(ground: Ground, *, at_once: int, every: int = 1, only: str = "") -> Iterator[tuple[str, Outcome]]:
    """How each ordered pair ends: of all only each ``every``th, or just the one of this name (``pair/F01/F06``)."""
    named = {f"pair/{first.name}/{second.name}": (first, second) for first, second in product(PRIORITY_A, repeat=2)}
    names = [only] if only else list(named)[::every]
    ground.fresh()  # once for all
    works = [partial(_lived, ground, first, second) for first, second in map(named.__getitem__, names)]
    for place, ended in futures(works, at_once=at_once):
        yield names[place], ended


def _lived(ground: Ground, first: Fault, second: Fault) -> Outcome:
    """Two whole lives, one after the other, so that the second fault meets what the first one has left behind."""
    slipway = Slipway(ground, start=_DST if _DST in {first.start, second.start} else START)
    neighbours(slipway)
    foreign = but(everything(slipway), NAME)
    tokens = RandomTokens()
    tokens.watch(slipway)
    slipway.sweeps()
    slipway.cloud.strikes = turns = InTurn(slipway, [fault for fault in (first, second) if fault.calls])
    began, found, sent = slipway.clock.now(), [], 0
    for stage, ask in (*_LIFE, *_LIFE):
        fulfilment = fulfilled(slipway, partial(ask, slipway), within=timedelta(hours=8), mend=_sent_again)
        sent += fulfilment.sent
        if not fulfilment.done:
            found.append(f"{stage} does not succeed: {fulfilment.reason}")
            break
        slipway.pass_time(SOON)
    slipway.cloud.strikes = Peace()
    slipway.pass_time(REST)
    if not found:
        found = [*violations(slipway, everything(slipway), NAME, {}, foreign), *tokens.found]
        found += [f"{fault.name} never struck" for fault in turns.faults]
    took = slipway.clock.now() - began
    return outcome(slipway, found, sent, took, Counter(turns.log))


def _sent_again(slipway: Slipway) -> None:
    """What remedies ask for most: the same spec again."""
    record = slipway.record(NAME)
    if record is not None and not record.destroy:
        slipway.accept(read(record.requested))
        slipway.settle()


def _delete(slipway: Slipway) -> Run | None:
    return slipway.delete(NAME) if slipway.record(NAME) is not None else None


def _held(slipway: Slipway, state: State) -> Run | None:
    slipway.plan(NAME, ALWAYS)
    return slipway.hold(NAME, state)


_LIFE: Final[tuple[tuple[str, Callable[[Slipway], Run | None]], ...]] = (
    ("create", lambda slipway: slipway.accept(spec("small"))),
    ("sleep", lambda slipway: _held(slipway, State.ASLEEP)),
    ("wake", lambda slipway: _held(slipway, State.AWAKE)),
    ("update", lambda slipway: slipway.replace(changed("small"))),
    ("delete", _delete),
)


# -- what happens in the world


def _for_a_while(slipway: Slipway, rule: Scarce | Leave) -> None:
    """A condition of the world that ends by itself."""
    stands = slipway.faults.add(rule)
    slipway.engine.spawn(lambda: slipway.faults.remove(stands), after=_A_WHILE, about="somebody")


def _somebody(slipway: Slipway, does: str, params: dict[str, Any]) -> None:
    try:
        slipway.faults.add(Change(does, params))
    except RuleError as error:
        slipway.history.note("somebody", f"{does}: {error}")


def _forced(slipway: Slipway, rule: Force) -> None:
    try:
        slipway.faults.add(rule)
    except RuleError as error:
        slipway.history.note("EKS", f"not forced: {error}")


def _another_group(slipway: Slipway) -> None:
    """Somebody makes a node group in our cluster, and takes it away a while later."""
    eks = slipway.ground.inner("eks")
    subnets = eks.describe_cluster(name=NAME)["cluster"]["resourcesVpcConfig"]["subnetIds"]
    role = eks.describe_nodegroup(clusterName=f"{NAME}-2", nodegroupName="services")["nodegroup"]["nodeRole"]
    another = {"clusterName": NAME, "nodegroupName": "theirs"}
    _somebody(slipway, "CreateNodegroup", {**another, "subnets": subnets, "nodeRole": role})
    slipway.engine.spawn(lambda: _somebody(slipway, "DeleteNodegroup", another), after=_A_WHILE, about="somebody")


def _twice(slipway: Slipway) -> None:
    """A schedule fires, and its event is delivered twice."""
    for seconds in (0.0, 0.3):
        slipway.engine.spawn(partial(slipway.fire, NAME), after=seconds, about="scheduler")


def _turned_round(slipway: Slipway) -> None:
    """Whoever wanted the cluster asleep wants it awake meanwhile."""

    def wake() -> None:
        record = slipway.record(NAME)
        if record is not None and record.calendar:
            try:
                slipway.nights.hold(NAME, State.AWAKE, None, slipway.clock.now())
            except BeingDeleted:
                return

    slipway.engine.spawn(wake, after=1.0, about="api")


def _refusal(code: str, message: str, status: int = 400, **members: object) -> Strike:
    return Strike(Fate.REFUSED, Refused(code, message, dict(members), status))


_LOGS: Final = {"name": NAME, "logging": {"clusterLogging": [{"types": ["api"], "enabled": True}]}}
_UPDATING: Final = f"Cannot LoggingUpdate because cluster {NAME} currently has update 1 in progress"
_MINIMUM: Final = "Minimum capacity 2 can't be greater than desired size 1"
_NOT_ASSUMED: Final = "Role with arn: x, could not be assumed because it does not exist"

PRIORITY_A: Final = (
    Fault("F01", ("eks:CreateCluster", "eks:CreateNodegroup"), _refusal("InvalidParameterException", _NOT_ASSUMED), 3),
    Fault("F06", ("eks:*",), _refusal("TooManyRequestsException", "Too Many Requests", 429), 8),
    Fault(
        "F07",
        ("eks:CreateCluster",),
        _refusal("UnsupportedAvailabilityZoneException", "no capacity", validZones=["eu-central-1a", "eu-central-1b"]),
    ),
    Fault("F16", ("eks:CreateCluster",), Strike(Fate.ALL_ANSWERS_LOST)),
    Fault("F21", ("eks:Update*",), _refusal("ResourceInUseException", _UPDATING, 409), 2),
    Fault("F25", _SIZING, _refusal("InvalidParameterException", _MINIMUM)),
    Fault("F33", ("eks:CreateNodegroup", *_SIZING), happen=lambda slipway: _for_a_while(slipway, Scarce(instances=0))),
    Fault(
        "F34",
        _SIZING,
        happen=lambda slipway: _forced(
            slipway,
            Force(
                "nodegroup", "DEGRADED", issues=(Issue("AsgInstanceLaunchFailures"),),
                cluster=NAME, name="services", now=True, lasts=_A_WHILE,
            ),
        ),
    ),
    Fault(
        "F39",
        ("eks:CreateAddon",),
        happen=lambda slipway: _forced(
            slipway, Force("addon", "DEGRADED", issues=(Issue("InsufficientNumberOfReplicas"),), lasts=_A_WHILE)
        ),
    ),
    Fault("F43", ("eks:DeleteNodegroup",), happen=_another_group),
    Fault(
        "F44",
        ("eks:DeleteAddon", "eks:DeleteCluster"),
        happen=lambda slipway: _somebody(slipway, "UpdateClusterConfig", _LOGS),
    ),
    Fault("F47", ("eks:DeleteNodegroup",), happen=lambda slipway: _for_a_while(slipway, Leave(interfaces=1))),
    Fault("F49", ("eks:DeleteCluster",), happen=lambda slipway: _for_a_while(slipway, Leave(log_group=True))),
    Fault("F50", ("eks:DeleteCluster",), Strike(Fate.DIES_AFTER)),
    Fault("F51", ("eks:DeleteCluster",), _refusal("ClientException", f"No cluster found for name: {NAME}.")),
    Fault(
        "F54",
        ("eks:CreateAddon", "eks:CreateNodegroup", *_SIZING),
        happen=lambda slipway: _somebody(slipway, "VanishCluster", {"clusterName": NAME}),
    ),
    Fault("F55", ("eks:Create*", "eks:Update*", "eks:Delete*"), Strike(Fate.DIES_AFTER), 3),
    Fault("F57", _SIZING, happen=_twice),
    Fault("F59", (), start=_DST),
    Fault("F60", _SIZING, happen=_turned_round),
    Fault("F61", ("stepfunctions:StartExecution",), _refusal("ExecutionAlreadyExists", "Execution Already Exists")),
    Fault("F65", ("eks:Create*", "eks:Update*", "eks:Delete*"), Strike(Fate.ALL_ANSWERS_LOST), 2),
)  # fmt: skip
"""The priority A faults, by their numbers in docs/simulation.md."""
