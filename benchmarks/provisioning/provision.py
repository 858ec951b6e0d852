"""One run of `provision`: the state machine's file and the real step code over the twin, on its virtual clock."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.orderings.bound import furnishing
from benchmarks.provisioning import cluster, history, prices
from benchmarks.provisioning.account import Account, ground_of_worker
from benchmarks.provisioning.draw import Draw, propagation
from lambdas.domain.pacing import Part
from lambdas.domain.progress import Word

if TYPE_CHECKING:
    from datetime import datetime

    from tests.simulation.ground import Ground

NAME = "a-cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one cluster.

    ``seconds`` runs from the start of the execution, which the accepted POST makes, to its end. ``calls`` counts the
    requests sent, by service, the door's included; ``largest_payload`` is in bytes. The seconds over the lower bound
    are ``asked_late`` until EKS has taken CreateCluster, ``seen_late`` until a look sees the control plane, and
    ``furnished_late`` until the end.
    """

    draw: Draw
    seconds: float
    asked_late: float
    seen_late: float
    furnished_late: float
    transitions: int
    invocations: int
    busy_seconds: float
    functions: int
    calls: Counter[str]
    reads: int
    writes: int
    history_events: int
    largest_payload: int

    @property
    def bill(self) -> prices.Bill:
        """What it costs."""
        return prices.bill(
            transitions=self.transitions,
            invocations=self.invocations,
            busy_seconds=self.busy_seconds,
            starts=self.functions,
            reads=self.reads,
            writes=self.writes,
            events=self.calls["events"],
        )


def provision_in_worker(seed: int) -> Outcome:
    """The same on a ground that stays for as long as the process: only for processes that do nothing else."""
    return provision(ground_of_worker(), seed)


def provision(ground: Ground, seed: int) -> Outcome:
    """Make one cluster with the latencies of a seed."""
    account = Account(ground, seed)
    run = account.accept(cluster.spec(NAME))
    account.settle()
    (started,) = account.machines.started.values()
    execution, looks = started.execution, account.answered
    assert execution.status == "SUCCEEDED", f"seed {seed}: {run.id} ended {execution.status}: {execution.cause}"
    calls: Counter[str] = Counter()
    for name, times in account.cloud.sent.items():
        calls[name.partition(":")[0]] += times
    draw = Draw.of(account.draws.recorded, NAME, propagation=propagation(seed))
    asked = account.twin.intervene(lambda core: core.clusters[NAME].created_at)
    seen = next(
        it.ended for it in looks if it.answer.get("part") == Part.CLUSTER and it.answer["progress"] == Word.READY
    )
    return Outcome(
        draw=draw,
        seconds=_between(started.at, account.clock.now()),
        asked_late=_between(started.at, asked) - draw.role - draw.propagation,
        seen_late=_between(asked, seen) - draw.cluster,
        furnished_late=_between(seen, account.clock.now()) - furnishing(draw),
        transitions=1 + len(execution.states) + execution.tries,
        invocations=len(looks),
        busy_seconds=sum((it.ended - it.began).total_seconds() for it in looks),
        functions=len(account.started),
        calls=calls,
        reads=account.meter.reads,
        writes=account.meter.writes,
        history_events=history.events(execution, len(looks)),
        largest_payload=account.largest,
    )


def _between(begin: datetime, end: datetime) -> float:
    return (end - begin).total_seconds()
