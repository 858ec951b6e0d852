"""What the API answers as tables and lists. Pure: JSON in, something to print out."""

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.night_view import night_sections
from cli.shapes import Accepted, AddonStatus, Cluster, Condition, NodegroupStatus, Run
from cli.tables import Cells, facts, section, table
from cli.timeline import state
from cli.times import duration, moment
from lambdas.domain.runs import RunStatus

_READY = "Ready"
_UNKNOWN = "Unknown"  # as Kubernetes says it of a condition that nobody has set yet


def clusters_table(clusters: Iterable[Cluster]) -> RenderableType:
    """One line for each cluster."""
    rows = [_cluster_row(cluster) for cluster in clusters]
    if not rows:
        return Text("No clusters yet: `slipway apply -f FILE` creates one.")
    return table(("NAME", "VERSION", "READY", "REASON", "POWER", "GENERATION", "LAST RUN"), rows)


def cluster_view(cluster: Cluster) -> RenderableType:
    """Everything about one cluster, in sections; those that would be empty are left out."""
    return Group(*_sections(cluster))


def runs_table(runs: Iterable[Run]) -> RenderableType:
    """One line for each run."""
    rows = [_run_row(run) for run in runs]
    if not rows:
        return Text("No runs yet.")
    return table(("RUN", "STATUS", "STARTED", "TOOK", "ERROR"), rows)


def accepted_text(answer: Accepted) -> str:
    """The run that an accepted change has, and where to see it; or which one has brought it about already."""
    run, generation = answer["run"], answer["cluster"]["generation"]
    if run["status"] == RunStatus.SUCCEEDED:
        return f"{run['cluster']}: nothing to do: generation {generation} is in effect, run {run['id']} {run['status']}"
    lines = [f"{run['cluster']}: generation {generation} accepted, run {run['id']} {run['status']}"]
    if url := run["consoleUrl"]:
        lines.append(f"console: {url}")
    return "\n".join(lines)


def _sections(cluster: Cluster) -> Iterator[RenderableType]:
    status = cluster["status"]
    yield facts(
        ("name", cluster["name"]),
        ("generation", str(cluster["generation"])),
        ("version", status["version"]),
        ("endpoint", status["endpoint"]),
    )
    if conditions := status["conditions"]:
        yield from section(("CONDITION", "STATUS", "REASON", "MESSAGE", "SINCE"), map(_condition_row, conditions))
    yield from night_sections(status["night"])
    if nodegroups := status["nodegroups"]:
        yield from section(("NODE GROUP", "STATUS", "IN SERVICE"), map(_nodegroup_row, nodegroups))
    if addons := status["addons"]:
        yield from section(("ADD-ON", "STATUS", "VERSION"), map(_addon_row, addons))
    if run := cluster["run"]:
        yield Text()
        yield _last_run(run)


def _last_run(run: Run) -> Table:
    error = run["error"]
    return facts(
        ("last run", run["id"]),
        ("status", state(run["status"])),
        ("started", run["startedAt"]),
        ("took", _took(run)),
        ("code", error and error["code"]),
        ("cause", error and error["cause"]),
        ("remedy", error and error["remedy"]),
        ("exists", error and ", ".join(error["exists"])),
    )


def _cluster_row(cluster: Cluster) -> Cells:
    ready = _ready(cluster)
    run = cluster["run"]
    return (
        cluster["name"],
        cluster["status"]["version"] or "",
        ready["status"] if ready else _UNKNOWN,
        ready["reason"] if ready else "",
        cluster["status"]["night"]["power"],
        str(cluster["generation"]),
        state(run["status"], f"{run['verb']} {run['status']}") if run else "",
    )


def _ready(cluster: Cluster) -> Condition | None:
    conditions = cluster["status"]["conditions"]
    return next((condition for condition in conditions if condition["type"] == _READY), None)


def _condition_row(condition: Condition) -> Cells:
    return (
        condition["type"],
        condition["status"],
        condition["reason"],
        condition["message"],
        condition["lastTransitionTime"],
    )


def _nodegroup_row(nodegroup: NodegroupStatus) -> Cells:
    nodes = f"{nodegroup['inService']} of {nodegroup['desiredSize']}"
    return (nodegroup["nodegroupName"], nodegroup["status"], nodes)


def _addon_row(addon: AddonStatus) -> Cells:
    return (addon["addonName"], addon["status"], addon["addonVersion"] or "")


def _run_row(run: Run) -> Cells:
    error = run["error"]
    return (run["id"], state(run["status"]), run["startedAt"], _took(run), error["code"] if error else "")


def _took(run: Run) -> str:
    ended = run["endedAt"]
    return duration(moment(ended) - moment(run["startedAt"])) if ended else ""
