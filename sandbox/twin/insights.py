"""Insights: what EKS's checks say of a cluster, as of the last time they were made."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.twin.errors import Refusal, not_found
from sandbox.twin.insight_checks import ERROR, UPGRADE, Finding, findings
from sandbox.twin.paging import page

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.twin.core import Call, Core, Handler
    from sandbox.twin.state import Cluster
    from sandbox.twin.wire import Json

REFRESHED_EVERY = timedelta(hours=24)
"""https://docs.aws.amazon.com/eks/latest/userguide/cluster-insights.html"""
IN_PROGRESS, COMPLETED = "IN_PROGRESS", "COMPLETED"
_IN_A_LIST = (
    "id",
    "name",
    "category",
    "kubernetesVersion",
    "lastRefreshTime",
    "lastTransitionTime",
    "description",
    "insightStatus",
)
_BLOCKED = (
    "Upgrade readiness issues detected. Call the EKS ListInsights API to view upgrade blocking issues detected by"
    " EKS. Pass the force flag to override upgrade readiness errors and proceed with upgrade."
)
"""hashicorp/terraform-provider-aws#42031"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A finding and since when its status is what it is."""

    finding: Finding
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What the checks said when they were last made."""

    at: datetime
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """A refresh that somebody asked for; it is over once it has an end."""

    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A finding that does not come of the twin's own state; of all clusters unless one is named."""

    told: Told
    cluster: str | None


def look(core: Core, cluster: Cluster) -> None:
    """Make the checks now."""
    cluster.looked = _looked(cluster, core.now)


def _looked(cluster: Cluster, at: datetime) -> Looked:
    """Return what the checks say; a status that was the same when they were last made keeps its age."""
    before = {_key(it.finding): it for it in cluster.looked.told} if cluster.looked else {}
    told = [Told(finding=it, since=_since(before.get(_key(it)), it.status) or at) for it in findings(cluster)]
    return Looked(at=at, told=tuple(told))


def _since(before: Told | None, status: str) -> datetime | None:
    return before.since if before and before.finding.status == status else None


def _key(finding: Finding) -> tuple[str, str]:
    return finding.name, finding.version


def _current(core: Core, cluster: Cluster) -> Looked | None:
    """Return what EKS knows now. It makes the checks by itself once a day.

    When a day is over, whoever looks has them made anew, and nothing is remembered, so that looking changes nothing.
    """
    looked = cluster.looked
    if looked is None or core.now - looked.at < REFRESHED_EVERY:
        return looked
    days = (core.now - looked.at) // REFRESHED_EVERY
    return _looked(cluster, looked.at + days * REFRESHED_EVERY)


def shown(core: Core, cluster: Cluster) -> list[Json]:
    """Return all insights of the cluster, as EKS describes them; advice replaces a finding of its name and version."""
    looked = _current(core, cluster)
    if looked is None:
        return []
    advice = [it for it in core.advices if it.cluster in (None, cluster.name)]
    advised = {_key(it.told.finding) for it in advice}
    own = [it for it in looked.told if _key(it.finding) not in advised]
    return [_view(cluster, it, looked.at) for it in (*own, *(it.told for it in advice))]


def _view(cluster: Cluster, told: Told, refreshed: datetime) -> Json:
    finding = told.finding
    status = {"status": finding.status, "reason": finding.reason}
    name = f"{cluster.arn}|{cluster.created_at}|{finding.category}|{finding.name}|{finding.version}"
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        "name": finding.name,
        "category": finding.category,
        "kubernetesVersion": finding.version,
        "lastRefreshTime": max(refreshed, told.since),
        "lastTransitionTime": told.since,
        "description": finding.description,
        "insightStatus": status,
        "recommendation": finding.recommendation,
        "additionalInfo": {},
        "resources": [{"insightStatus": status, **it} for it in finding.concerned],
        "categorySpecificSummary": {"deprecationDetails": [], **finding.details},
    }


def check_ready(core: Core, cluster: Cluster, version: str) -> None:
    """Refuse an upgrade to `version` that an upgrade insight calls an ERROR."""
    if any(_blocks(it, version) for it in shown(core, cluster)):
        raise Refusal("InvalidStateException", _BLOCKED, clusterName=cluster.name)


def _blocks(insight: Json, version: str) -> bool:
    error = insight["insightStatus"]["status"] == ERROR
    return bool(error and insight["category"] == UPGRADE and insight["kubernetesVersion"] == version)


def list_all(core: Core, call: Call) -> Json:
    """Answer ListInsights, which can be narrowed by category, Kubernetes version and status."""
    cluster, wanted = core.cluster(call.params["clusterName"]), call.params.get("filter", {})
    found = [it for it in shown(core, cluster) if _within(wanted, it)]
    return page(call.params, "insights", [{name: it[name] for name in _IN_A_LIST} for it in found])


def _within(wanted: Json, insight: Json) -> bool:
    """Does the insight pass the filters? An empty one asks for nothing in particular."""
    members = {
        "categories": insight["category"],
        "kubernetesVersions": insight["kubernetesVersion"],
        "statuses": insight["insightStatus"]["status"],
    }
    return all(not wanted.get(name) or value in wanted[name] for name, value in members.items())


def describe(core: Core, call: Call) -> Json:
    """Answer DescribeInsight."""
    cluster, wanted = core.cluster(call.params["clusterName"]), call.params["id"]
    for insight in shown(core, cluster):
        if insight["id"] == wanted:
            return {"insight": insight}
    raise not_found(f"No insight found for ID: {wanted}", clusterName=cluster.name)


def start_refresh(core: Core, call: Call) -> Json:
    """Answer StartInsightsRefresh; while one is going on there is no other."""
    cluster = core.working_cluster(call.params["clusterName"])
    if cluster.refresh is None or cluster.refresh.ended_at is not None:
        cluster.refresh = Refresh(started_at=core.now)
        seconds = core.draws.seconds(core.latencies.insights_refresh, "refresh", cluster.arn)
        core.timeline.after(seconds, lambda: _refreshed(core, cluster))
    return {"status": IN_PROGRESS, "message": "Insights refresh is in progress"}


def _refreshed(core: Core, cluster: Cluster) -> None:
    if core.exists(cluster) and cluster.refresh:
        look(core, cluster)
        cluster.refresh = Refresh(started_at=cluster.refresh.started_at, ended_at=core.now)


def describe_refresh(core: Core, call: Call) -> Json:
    """Answer DescribeInsightsRefresh."""
    cluster = core.cluster(call.params["clusterName"])
    refresh = cluster.refresh
    if refresh is None:
        raise not_found(f"No insights refresh found for cluster: {cluster.name}", clusterName=cluster.name)
    over = refresh.ended_at is not None
    return {
        "status": COMPLETED if over else IN_PROGRESS,
        "message": f"Insights refresh is {'complete' if over else 'in progress'}",
        "startedAt": refresh.started_at,
        "endedAt": refresh.ended_at,
    }


OPERATIONS: dict[str, Handler] = {
    "DescribeInsight": describe,
    "DescribeInsightsRefresh": describe_refresh,
    "ListInsights": list_all,
    "StartInsightsRefresh": start_refresh,
}
