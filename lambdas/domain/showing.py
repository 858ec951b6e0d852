"""Records as views: what the API answers, computed from what the registry keeps."""

import json
from collections.abc import Mapping
from datetime import datetime

from lambdas.domain.climbing import climbs
from lambdas.domain.drift import Drift
from lambdas.domain.events import Notice
from lambdas.domain.existing import NOT_A_SIGN, is_gone
from lambdas.domain.paths import ADDONS, CLUSTER, NODEGROUPS, SIZES
from lambdas.domain.records import ClusterRecord
from lambdas.domain.runs import Run, RunStatus, Verb
from lambdas.domain.runs import stopped as stopped_of
from lambdas.domain.schedule_showing import night_conditions, show_night
from lambdas.domain.views import (
    AddonStatus,
    ClusterStatus,
    ClusterView,
    Condition,
    EventView,
    NodegroupStatus,
    RunView,
    Truth,
)

_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def show_run(run: Run, execution_arn: str, *, stopped: bool = False) -> RunView:
    """The run; ``stopped`` says that its execution has ended although the ledger does not know."""
    return RunView(
        id=run.id,
        cluster=run.cluster,
        verb=run.verb,
        generation=run.generation,
        status=RunStatus.FAILED if stopped else run.status,
        startedAt=run.startedAt,
        endedAt=run.endedAt,
        executionArn=execution_arn,
        consoleUrl=console_url(execution_arn),
        steps=tuple(sorted(run.steps.values(), key=lambda step: (step.since, step.name))),
        error=stopped_of(run.verb) if stopped else run.error,
        deleted=run.receipt.deleted,
        left=run.receipt.left,
        lookedFor=run.receipt.lookedFor,
    )


def show_event(notice: Notice) -> EventView:
    """The event as it is written down."""
    detail = json.loads(notice.detail)
    return EventView(
        id=notice.id,
        type=notice.type,
        at=notice.at,
        message=detail["message"],
        publishedAt=notice.published_at,
        detail=detail,
    )


def show_cluster(record: ClusterRecord, run: RunView | None, provision: RunView | None, now: datetime) -> ClusterView:
    """The cluster as its record, its last run and its last run that provisions tell."""
    observed = record.observed
    cluster = _facts(observed, CLUSTER)
    return ClusterView(
        name=record.name,
        generation=record.generation,
        spec=json.loads(record.spec),
        status=ClusterStatus(
            conditions=(
                _ready(record, _telling(run, provision), _undoing(record, run, provision)),
                *_drifted(record),
                *night_conditions(record, run, now),
            ),
            arn=_text(cluster, "arn"),
            version=_text(cluster, "version"),
            endpoint=_text(cluster, "endpoint"),
            issuer=_text(cluster, "issuer"),
            nodegroups=tuple(
                _nodegroup(name, {**facts, **_sized_since(record, name)})
                for name, facts in _below(observed, NODEGROUPS)
            ),
            addons=tuple(_addon(name, facts) for name, facts in _below(observed, ADDONS)),
            night=show_night(record, now),
        ),
        run=run,
    )


def console_url(execution_arn: str) -> str:
    """The page of Step Functions' console that shows the execution."""
    _, partition, _, region, *_ = execution_arn.split(":")
    host = _CONSOLES.get(partition, _CONSOLES["aws"])
    return f"https://{region}.{host}/states/home?region={region}#/v2/executions/details/{execution_arn}"


def _telling(run: RunView | None, provision: RunView | None) -> RunView | None:
    """The run that tells whether the cluster is ready: one that scaled well says nothing about all the rest."""
    return provision if _is_over(run, Verb.SCALE) or _is_over(run, Verb.DESTROY) else run


def _is_over(run: RunView | None, verb: Verb) -> bool:
    return run is not None and run.verb is verb and run.status is RunStatus.SUCCEEDED


def _undoing(record: ClusterRecord, run: RunView | None, provision: RunView | None) -> str:
    """Why a run has taken away, or takes, what a first creation made; empty if none does."""
    undoes = run is not None and (record.undo == run.id or _is_over(run, Verb.DESTROY))
    error = provision.error if provision and undoes else None
    return f"{error.code}: {error.cause} {error.remedy}" if error else ""


def _ready(record: ClusterRecord, run: RunView | None, undoing: str) -> Condition:
    def ready(status: Truth, reason: str, message: str, since: str) -> Condition:
        return Condition(type="Ready", status=status, reason=reason, message=message, lastTransitionTime=since)

    if run is None:
        return ready("Unknown", "NoRun", "No run has worked on this cluster yet.", record.created_at)
    match run.status:
        case RunStatus.SUCCEEDED:
            message = f"The cluster is as generation {run.generation} of its spec describes it."
            return ready("True", "AsDescribed", message, run.endedAt or run.startedAt)
        case RunStatus.FAILED if run.error is not None:
            message = f"{run.error.cause} {run.error.remedy}{_undone(run, undoing)}"
            return ready("False", run.error.code, message, run.endedAt or run.startedAt)
        case _:
            return ready("False", *_at_work(record, run, undoing), run.startedAt)


def _undone(run: RunView, undoing: str) -> str:
    """What is said beside why a run has failed: what became of it, or what came before it."""
    if not undoing:
        return ""
    if run.verb is Verb.DESTROY:
        return f" It was to take away what a creation had made that failed before. {undoing}"
    return " What had been made is taken away again."


def _at_work(record: ClusterRecord, run: RunView, undoing: str) -> tuple[str, str]:
    """The reason and the message of a cluster on which a run works."""
    if undoing:
        return "Undoing", f"The run {run.id} takes away what a creation has made that failed. {undoing}"
    if run.verb is Verb.DESTROY:
        return "Deleting", f"The run {run.id} takes the cluster away."
    if run.verb is Verb.PROVISION and record.adopting:
        return "Adopting", f"The run {run.id} takes the cluster over by its tags."
    if run.verb is Verb.PROVISION and climbs(record):
        present, wanted = _facts(record.observed, CLUSTER).get("version"), json.loads(record.spec).get("version")
        return "Upgrading", f"The run {run.id} takes the cluster from version {present} to {wanted}."
    return "Converging", f"The run {run.id} is at work."


def _drifted(record: ClusterRecord) -> tuple[Condition, ...]:
    """What the last look for drift found; nothing before it."""
    drift = Drift.of(record.drift)
    if drift is None:
        return ()
    if not drift.findings:
        return (
            Condition(
                type="Drifted",
                status="False",
                reason="AsDescribed",
                message="Nothing differs from the spec.",
                lastTransitionTime=drift.lookedAt,
            ),
        )
    said = "; ".join(dict.fromkeys(f"{it.resource}: {it.reason}" for it in drift.findings))
    return (Condition(type="Drifted", status="True", reason="Differs", message=said, lastTransitionTime=drift.since),)


def _sized_since(record: ClusterRecord, nodegroup: str) -> Mapping[str, object]:
    """What a later run has seen that changed sizes, not the rest of the cluster."""
    return _facts(record.observed, SIZES + nodegroup) if record.run != record.provision else {}


def _facts(observed: Mapping[str, object], resource: str) -> Mapping[str, object]:
    facts = observed.get(resource)
    return facts if isinstance(facts, dict) else {}


def _below(observed: Mapping[str, object], prefix: str) -> list[tuple[str, Mapping[str, object]]]:
    names = sorted(name for name in observed if name.startswith(prefix) and not _is_gone(_facts(observed, name)))
    return [(name.removeprefix(prefix), _facts(observed, name)) for name in names]


def _is_gone(facts: Mapping[str, object]) -> bool:
    """Whether nothing is left of a resource but the memory that there was one."""
    return is_gone(facts) or (bool(facts) and facts.keys() <= NOT_A_SIGN)


def _nodegroup(name: str, facts: Mapping[str, object]) -> NodegroupStatus:
    sizes = _facts(facts, "scalingConfig")
    return NodegroupStatus(
        nodegroupName=name,
        status=_text(facts, "status") or "UNKNOWN",
        inService=_number(facts, "inService"),
        desiredSize=_number(sizes, "desiredSize"),
    )


def _addon(name: str, facts: Mapping[str, object]) -> AddonStatus:
    return AddonStatus(addonName=name, status=_text(facts, "status") or "UNKNOWN", addonVersion=_text(facts, "version"))


def _text(facts: Mapping[str, object], name: str) -> str | None:
    value = facts.get(name)
    return value if isinstance(value, str) else None


def _number(facts: Mapping[str, object], name: str) -> int:
    value = facts.get(name)
    return value if isinstance(value, int) else 0
