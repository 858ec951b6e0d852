"""One run of `provision`: the state machine's file and the real step code over the twin, on its virtual clock."""

from __future__ import annotations

import logging
import os
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

from benchmarks.provisioning import cluster, prices
from benchmarks.provisioning.draw import Draw, RecordedDraws, propagation
from benchmarks.provisioning.interpreting import MeteredInterpreter
from benchmarks.provisioning.table import Meter
from lambdas.domain.names import PATH, RoleKind, role_name
from tests.house import ACCOUNT, definition, house
from tests.quick import remembering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.twin.core import Core
    from tests.house import House
    from tests.workflows.interpreter import Invoke

NAME = "a-cluster"
_OFFLINE = {
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one cluster.

    ``seconds`` runs from the accepted POST to the end of the execution. ``calls`` counts by service, the door's
    included; ``largest_payload`` is in bytes.
    """

    draw: Draw
    seconds: float
    transitions: int
    invocations: int
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
            functions=self.functions,
            invocations=self.invocations,
            reads=self.reads,
            writes=self.writes,
            events=self.calls["events"],
        )


def provision(seed: int) -> Outcome:
    """Make one cluster with the latencies of a seed."""
    with _house(seed) as home:
        draws, meter = RecordedDraws(seed), Meter()
        home.twin.intervene(lambda core: setattr(core, "draws", draws))
        meter.listen(home.around.aws.dynamodb)
        began = home.clock.now()
        _, run = home.accept(cluster.spec(NAME))
        machine = MeteredInterpreter(definition(run.verb), home.invoke, home.clock)
        machine.invoke = _invoking(home, machine)
        execution = machine.run({"cluster": NAME}, run.id)
        assert execution.status == "SUCCEEDED", f"seed {seed}: {execution.cause}"
        machine.note_states(execution.states)
        usage, calls = machine.usage, Counter[str]()
        for (_, service), times in home.calls.counted.items():
            calls[service] += times
        return Outcome(
            draw=Draw.of(draws.recorded, propagation=propagation(seed)),
            seconds=(home.clock.now() - began).total_seconds(),
            transitions=1 + len(execution.states) + usage.retries,
            invocations=usage.invocations.total(),
            functions=len(usage.invocations),
            calls=calls,
            reads=meter.reads,
            writes=meter.writes,
            history_events=usage.history_events,
            largest_payload=usage.largest_payload,
        )


@contextmanager
def _house(seed: int) -> Iterator[House]:
    """An empty account in which roles are seen as late as the seed says."""
    seen_after = propagation(seed)
    logging.disable()
    try:
        with mock.patch.dict(os.environ, _OFFLINE), remembering(), house(role_propagation_seconds=seen_after) as home:
            yield home
    finally:
        logging.disable(logging.NOTSET)


def _invoking(home: House, machine: MeteredInterpreter) -> Invoke:
    """How the state machine calls a function here: counted, and with EKS hearing of new roles at once.

    The twin counts a role's age from when it is first asked about it; without this a node role that was made nine
    minutes ago would still be refused.
    """

    def invoke(function: str, event: dict[str, Any]) -> dict[str, object]:
        machine.note_invocation(function, event)
        answer = home.invoke(function, event)
        if function == "roles":
            home.twin.intervene(_hear_of_roles)
        return answer

    return invoke


def _hear_of_roles(core: Core) -> None:
    for kind in RoleKind:
        role = core.world.role(f"arn:aws:iam::{ACCOUNT}:role{PATH}{role_name(NAME, kind)}")
        if role is not None:
            core.roles.sees(role, core.now)
