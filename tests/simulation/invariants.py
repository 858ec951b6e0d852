"""What must be true of all that has happened, whatever went wrong."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Final

from lambdas.domain.runs import RunStatus, Verb
from lambdas.steps.runs import lease_lost
from tests.simulation.portrait import but, differences, of
from tests.wire import TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.simulation.faults import Call
    from tests.simulation.portrait import Things
    from tests.simulation.slipway import Answered, Slipway

_LEASE_LOST: Final = lease_lost("").error
"""The error of a look that was not let work."""


_WITHOUT: Final = frozenset({"TransactWriteItems", "StartExecution"})
"""Operations whose token may be left out: they are told apart by conditions, and by name."""


class RandomTokens:
    """Looks at every call for a token that the SDK would draw by lot."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def watch(self, slipway: Slipway) -> None:
        """Look at every call of Slipway's from now on."""
        models = {
            client.meta.service_model.service_name: client.meta.service_model for client in slipway.ground.clients()
        }

        @cache
        def needed(service: str, operation: str) -> tuple[str, ...]:
            shape = models[service].operation_model(operation).input_shape
            members = shape.members if shape is not None and operation not in _WITHOUT else {}
            return tuple(name for name, member in members.items() if member.metadata.get("idempotencyToken"))

        def guard(call: Call) -> None:
            if call.number:
                tokens = needed(call.service, call.operation)
                self.found += [f"{call.name} without {name}" for name in tokens if name not in call.params]

        slipway.cloud.guards.append(guard)


class SameTokens:
    """Looks whether a request that nobody has heard of is sent again with the same token, if it is sent again.

    Meant for trials in which nothing but one call goes wrong: where what a request has made is gone again by itself,
    the next one needs another token.
    """

    def __init__(self) -> None:
        self.found: list[str] = []
        self._tokens: dict[str, str] = {}

    def watch(self, slipway: Slipway) -> None:
        """Look at every call of Slipway's from now on."""

        def guard(call: Call) -> None:
            token = next((call.params[name] for name in TOKENS if name in call.params), None)
            if token is None or not call.number:
                return
            said = {name: value for name, value in call.params.items() if name not in TOKENS}
            request = f"{call.name} {json.dumps(said, sort_keys=True, default=str)}"
            if self._tokens.pop(request, token) != token:
                self.found.append(f"{call.name} is sent again with another token")
            if call.number in slipway.cloud.unheard:
                self._tokens[request] = token

        slipway.cloud.guards.append(guard)


def violations(slipway: Slipway, things: Things, cluster: str, wanted: Things, foreign: Things) -> list[str]:
    """What is not as it must be of all things, once all is quiet: ``wanted`` of the cluster, ``foreign`` of others."""
    return [*apart(things, cluster, wanted, foreign), *books(slipway, cluster)]


def apart(things: Things, cluster: str, wanted: Things, foreign: Things) -> list[str]:
    """How all things differ from those that are wanted of the cluster, and from those that others had before."""
    others = differences(foreign, but(things, cluster))
    return [*differences(wanted, of(things, cluster)), *(f"foreign: {line}" for line in others)]


def books(slipway: Slipway, cluster: str) -> list[str]:
    """What is wrong with what was written down, told and done. To be asked while the Slipway stands on its ground."""
    return [*ledger(slipway, cluster), *untold(slipway, cluster), *side_by_side(slipway.answered)]


def ledger(slipway: Slipway, cluster: str) -> list[str]:
    """What the registry says that no person could act on: runs without an end, or failed ones without a reason."""
    runs, _ = slipway.around.registry.runs(cluster)
    lines = []
    for run in runs:
        if run.status is RunStatus.RUNNING:
            lines.append(f"ledger: {run.id} has no end")
        elif run.status is RunStatus.FAILED and not (run.error and run.error.cause and run.error.remedy):
            lines.append(f"ledger: {run.id} failed without a reason or a remedy")
    record = slipway.record(cluster)
    if record is not None and record.lease is not None:
        lines.append(f"ledger: {record.lease} holds the lease, and nothing goes on")
    return lines


def untold(slipway: Slipway, cluster: str) -> list[str]:
    """The good ends of which the bus has not heard: a cluster is as described, or gone."""
    heard = {(kind, said.get("run")) for _, kind, said in slipway.bus.heard}
    runs, _ = slipway.around.registry.runs(cluster)
    ends = [("ClusterReady", run) for run in runs if run.verb is Verb.PROVISION]
    if runs and runs[0].verb is Verb.DESTROY and slipway.record(cluster) is None:
        ends.append(("ClusterDeleted", runs[0]))
    good = [(kind, run.id) for kind, run in ends if run.status is RunStatus.SUCCEEDED]
    return [f"nobody was told of the end of {run}" for kind, run in good if (kind, run) not in heard]


def side_by_side(answered: Iterable[Answered]) -> list[str]:
    """Looks of two runs at one cluster at the same time, both of which were let work."""
    working = [it for it in answered if it.answer.get("error") != _LEASE_LOST and it.function != "runs"]
    working.sort(key=lambda it: it.began)
    lines = []
    for one, other in _overlapping(working):
        if one.cluster == other.cluster and one.run != other.run and other.began < one.ended:
            lines.append(f"two runs at once: {one.run} ({one.function}) and {other.run} ({other.function})")
    return lines


def _overlapping(answered: list[Answered]) -> Iterable[tuple[Answered, Answered]]:
    """All pairs of which the second one began before the first one's end."""
    for number, one in enumerate(answered):
        for other in answered[number + 1 :]:
            if other.began >= one.ended:
                break
            yield one, other
