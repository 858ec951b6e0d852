"""What must be true of all that has happened, whatever went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.domain.runs import RunStatus
from tests.simulation.portrait import but, differences, of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.simulation.faults import Call
    from tests.simulation.portrait import Things
    from tests.simulation.slipway import Answered, Slipway

_TOKENLESS: Final = "LeaseLost"


class RandomTokens:
    """Looks at every call for a token that the SDK would draw by lot."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def watch(self, slipway: Slipway) -> None:
        """Look at every call of Slipway's from now on."""
        models = {
            client.meta.service_model.service_name: client.meta.service_model for client in slipway.ground.clients()
        }

        def guard(call: Call) -> None:
            shape = models[call.service].operation_model(call.operation).input_shape
            if call.number and shape is not None and call.operation not in {"TransactWriteItems", "StartExecution"}:
                needed = [name for name, member in shape.members.items() if member.metadata.get("idempotencyToken")]
                self.found += [f"{call.name} without {name}" for name in needed if name not in call.params]

        slipway.cloud.guards.append(guard)


def violations(slipway: Slipway, things: Things, cluster: str, wanted: Things, foreign: Things) -> list[str]:
    """What is not as it must be of all things, once all is quiet: ``wanted`` of the cluster, ``foreign`` of others."""
    return [
        *differences(wanted, of(things, cluster)),
        *(f"foreign: {line}" for line in differences(foreign, but(things, cluster))),
        *ledger(slipway, cluster),
        *side_by_side(slipway.answered),
    ]


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


def side_by_side(answered: Iterable[Answered]) -> list[str]:
    """Looks of two runs at one cluster at the same time, both of which were let work."""
    working = [it for it in answered if it.answer.get("error") != _TOKENLESS and it.function != "runs"]
    working.sort(key=lambda it: it.began)
    lines = []
    for one, other in combinations_near(working):
        if one.cluster == other.cluster and one.run != other.run and other.began < one.ended:
            lines.append(f"two runs at once: {one.run} ({one.function}) and {other.run} ({other.function})")
    return lines


def combinations_near(answered: list[Answered]) -> Iterable[tuple[Answered, Answered]]:
    """All pairs of which the second one began before the first one's end."""
    for number, one in enumerate(answered):
        for other in answered[number + 1 :]:
            if other.began >= one.ended:
                break
            yield one, other
