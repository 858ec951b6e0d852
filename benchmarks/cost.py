"""What one run uses and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.frame.result import Figure, Result, Table
from benchmarks.frame.statistics import mean, percentile
from benchmarks.provisioning import prices
from benchmarks.provisioning.account import COLD_SECONDS
from benchmarks.provisioning.sample import ASSUMPTIONS, outcomes
from lambdas.domain.pacing import PACES, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.provisioning.provision import Outcome

_LATE: Final = 0.95
_TRANSITIONS: Final = 150
_DOLLARS: Final = 0.004
_PAYLOAD_BYTES: Final = 256 * 1024
_HISTORY_EVENTS: Final = 25_000

_QUANTITIES: Final[tuple[tuple[str, Callable[[Outcome], float]], ...]] = (
    ("state transitions", lambda it: it.transitions),
    ("Lambda invocations", lambda it: it.invocations),
    ("calls of EKS", lambda it: it.calls["eks"]),
    ("calls of IAM", lambda it: it.calls["iam"]),
    ("calls of DynamoDB", lambda it: it.calls["dynamodb"]),
    ("other calls", lambda it: it.calls.total() - sum(it.calls[name] for name in ("eks", "iam", "dynamodb"))),
    ("DynamoDB read units", lambda it: it.reads),
    ("DynamoDB write units", lambda it: it.writes),
    ("events in the execution's history", lambda it: it.history_events),
    ("largest input or answer of a function, bytes", lambda it: it.largest_payload),
)
_PARTS: Final[tuple[tuple[str, Callable[[Outcome], float]], ...]] = (
    ("Step Functions", lambda it: it.bill.step_functions),
    ("Lambda", lambda it: it.bill.functions),
    ("DynamoDB", lambda it: it.bill.registry),
    ("API Gateway and EventBridge", lambda it: it.bill.door),
    ("altogether", lambda it: it.bill.total),
)


def run(seeds: int) -> Result:
    """Count what as many runs used."""
    made = outcomes(seeds)
    transitions, dollars = [it.transitions for it in made], [it.bill.total for it in made]
    return Result(
        name="cost",
        title="What one provisioning uses and costs",
        assumptions=(*ASSUMPTIONS, *_PRICES),
        figures=(
            Figure(name="state transitions, mean", value=round(mean(transitions), 1), at_most=_TRANSITIONS),
            Figure(
                name="state transitions, 95th percentile", value=percentile(transitions, _LATE), at_most=_TRANSITIONS
            ),
            Figure(name="dollars, mean", value=round(mean(dollars), 6), at_most=_DOLLARS),
            Figure(
                name="dollars, 95th percentile",
                value=round(percentile(dollars, _LATE), 6),
                at_most=_DOLLARS,
                why="These are the slowest control planes: they are looked at every "
                f"{PACES[Part.CLUSTER].every} s, and a look is three transitions. Looking less often saves dollars and "
                "loses seconds.",
            ),
            Figure(
                name="largest payload",
                value=max(it.largest_payload for it in made),
                unit="bytes",
                at_most=_PAYLOAD_BYTES,
            ),
            Figure(
                name="longest history",
                value=max(it.history_events for it in made),
                unit="events",
                at_most=_HISTORY_EVENTS,
            ),
        ),
        tables=(
            _table(f"One run, over {seeds} draws", made, _QUANTITIES, 1),
            _table("Dollars for one run at list price", made, _PARTS, 6),
        ),
        notes=(
            "A transition is billed for the start, for every state that is entered and for every retry.",
            "Not in the bill, as they are not of a run: logs, traces, the KMS key, alarms, sweeps.",
            "A Parallel state's output is that of its branches together, at most four answers.",
        ),
    )


def _table(
    title: str, made: Sequence[Outcome], rows: Sequence[tuple[str, Callable[[Outcome], float]]], digits: int
) -> Table:
    return Table(
        title=title,
        columns=("what", "mean", "95th percentile", "most"),
        rows=tuple((name, *(round(it, digits) for it in _spread([of(it) for it in made]))) for name, of in rows),
    )


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    return mean(values), percentile(values, _LATE), max(values)


_PRICES: Final = (
    (
        "List prices of us-east-1 without a free tier: Step Functions $25 a million transitions; Lambda on arm64 "
        "$13.33 a million GB-s and $0.20 a million requests; REST API $3.50 a million requests; DynamoDB on "
        "demand $0.625 a million write units and $0.125 a million read units; EventBridge $1 a million events."
    ),
    (
        f"A function has {prices.MEMORY_MB} MB, is billed for as long as its calls take here and for its start "
        f"({COLD_SECONDS} s, assumed once for each function); the door's takes 2 s (assumed)."
    ),
    (
        "DynamoDB units are counted from the items' sizes as JSON, with the two indexes, which have whole items; "
        "transactions twice; all reads strongly consistent."
    ),
)
