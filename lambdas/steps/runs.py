"""The run itself: may it work, has it reached the newest spec, why did it fail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambdas.aws.registry import Collision, Conflict
from lambdas.domain.answers import failed_for, problem_in
from lambdas.domain.existing import existing
from lambdas.domain.progress import Failed, Progress, Ready, Waiting
from lambdas.domain.runs import RunStatus
from lambdas.steps.contract import LEDGER, StepContract

if TYPE_CHECKING:
    from lambdas.aws.registry import Registry
    from lambdas.domain.records import ClusterRecord

CONTRACT: Final = StepContract(
    name="runs",
    purpose="Begins and ends runs in the ledger",
    parts=(),
    permissions=(LEDGER,),
)

AGAIN: Final = Waiting("GenerationMoved", "a newer spec was accepted during the run", 0, 0)
"""The answer that sends the run back to its beginning."""


def lease_lost(run: str) -> Failed:
    """The failure of a run that no longer may work on its cluster."""
    return Failed(
        "LeaseLost",
        f"The run {run} does not hold the cluster's lease: another run has it, or this one was recorded as ended.",
        "Nothing to do if another run works on the cluster; else send the same spec again.",
    )


def begin(registry: Registry, cluster: str, run: str) -> Progress:
    """Whether the run holds the lease, and note from which generation it starts."""
    record = registry.cluster(cluster)
    if record is None or record.lease != run:
        return lease_lost(run)
    registry.converging(cluster, run, record.generation)
    return Ready()


def finish(registry: Registry, cluster: str, run: str, at: str) -> Progress:
    """End the run well, unless its spec is no longer the newest. What has ended well stays so."""
    record = registry.cluster(cluster)
    if record is None or record.lease != run:
        known = registry.run(run)
        return Ready() if known and known.status is RunStatus.SUCCEEDED else lease_lost(run)
    if _moved(record):
        return AGAIN
    try:
        registry.finish(record, run, at)
    except Conflict:
        return finish(registry, cluster, run, at)
    return Ready()


def fail(registry: Registry, cluster: str, run: str, at: str, failure: object) -> Progress:
    """End the run with its reason, unless a newer spec may mend it."""
    record = registry.cluster(cluster)
    held = record is not None and record.lease == run
    if record is not None and held and _moved(record):
        return AGAIN
    problem = replace(problem_in(failure), exists=existing(record.observed) if record else ())
    try:
        registry.fail(cluster, run, at, problem, generation=record.generation if record and held else None)
    except Collision:
        raise
    except Conflict:  # a newer spec came in between
        return fail(registry, cluster, run, at, failure)
    return failed_for(problem)


def _moved(record: ClusterRecord) -> bool:
    """Whether a newer generation was accepted after the run began to converge."""
    return record.generation != record.converging
