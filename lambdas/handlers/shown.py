"""What the API shows: records and runs of the registry as views, with what Step Functions knows of the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.aws.executions import Executions
from lambdas.domain.runs import RunStatus
from lambdas.domain.showing import show_cluster, show_run
from lambdas.domain.spec import could_be_name
from lambdas.handlers import looking
from lambdas.steps.intake import NameUnknown

if TYPE_CHECKING:
    from datetime import datetime

    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.runs import Run
    from lambdas.domain.views import ClusterView, RunView


def executions() -> Executions:
    """The way to Step Functions."""
    around = looking.surroundings()
    return Executions(around.aws.stepfunctions, around.settings)


def instant() -> datetime:
    """This instant, in UTC and in whole seconds, as the registry keeps it."""
    return looking.surroundings().clock().replace(microsecond=0)


def known(name: str) -> ClusterRecord:
    """The cluster of this name. Raises NameUnknown if there is none."""
    record = looking.surroundings().registry.cluster(name) if could_be_name(name) else None
    if record is None:
        raise NameUnknown(name)
    return record


def cluster_view(record: ClusterRecord, read: Run | None = None, *, ask: bool = False) -> ClusterView:
    """The cluster with its last run, which need not be ``read`` again; with ``ask``, whether that still lives."""
    run = run_view(read, ask=ask) if read and read.id == record.run else _named(record.run, ask=ask)
    provision = run if record.provision == record.run else _named(record.provision, ask=ask)
    return show_cluster(record, run, provision, instant())


def run_view(run: Run, *, ask: bool = False) -> RunView:
    """The run as the ledger knows it; with ``ask``, Step Functions tells whether it still lives."""
    way = executions()
    stopped = ask and run.status is RunStatus.RUNNING and way.has_ended(run.verb, run.id)
    return show_run(run, way.arn(run.verb, run.id), stopped=stopped)


def _named(name: str, *, ask: bool) -> RunView | None:
    run = looking.surroundings().registry.run(name)
    return run_view(run, ask=ask) if run else None
