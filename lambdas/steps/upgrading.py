"""A control plane on the version ladder: what EKS thinks of the next rung, and who has to follow first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from lambdas.aws.clients import answered_at
from lambdas.aws.errors import found
from lambdas.domain import pacing
from lambdas.domain.calendar import instant_text
from lambdas.domain.paths import CLUSTER, addon_path
from lambdas.domain.planner import ladder
from lambdas.domain.planner.addons import Chosen
from lambdas.domain.planner.cluster import leaves_extended, version_updates
from lambdas.domain.planner.differences import Difference, Effect
from lambdas.domain.planner.insights import MENDED_ON_THE_WAY, Insight, blocking
from lambdas.domain.planner.node_versions import is_custom
from lambdas.domain.progress import REFUSE, Action, Failed
from lambdas.steps.convergence import Changed
from lambdas.steps.reading import is_ours
from lambdas.steps.updating import settled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_eks.type_defs import ClusterTypeDef

    from lambdas.domain.planner import Update
    from lambdas.domain.progress import Report
    from lambdas.steps.scope import Scope

BLOCKED: Final = "UpgradeBlocked"
"""The code of the failure that EKS's readiness insights amount to."""

REFRESH: Final = "refresh"
"""The verb of having EKS make its checks once more."""

_FACT: Final = "refresh"
"""The fact that tells which run has asked for new checks, on which rung, and when."""


def upgraded(
    scope: Scope,
    report: Report,
    cluster: ClusterTypeDef,
    changes: Sequence[Update] = (),
    frozen: Sequence[Difference] = (),
) -> Report:
    """The report on a control plane that is there: its ``changes`` come first, then its versions.

    Node groups and add-ons of one version are made ready before the next: EKS takes no step while managed nodes are
    behind, and judges the next one by the add-ons that there are. Extended support is left from the last version only:
    EKS lets nobody out of it while the cluster is in it.
    """
    present, wanted = cluster["version"], scope.spec.version or cluster["version"]
    rungs = ladder.rungs(present, wanted)
    if not rungs:
        return settled(scope, report, changes, frozen=frozen)
    insights, looked = _insights(scope, rungs)
    behind = _behind(scope, present)
    last = [replace(it, rung=rungs[-1]) for it in changes if leaves_extended(it)]
    changes = [it for it in changes if not leaves_extended(it)]
    errors = blocking(insights, rungs, scope.spec.ignoredInsights, climbing=bool(behind))
    if errors:
        blocked = _looked_at_again(scope, _blocked(report, errors, present, wanted), errors, looked)
        return _first(settled(scope, report, changes, frozen=frozen), blocked) if changes or frozen else blocked
    steps = tuple(version_updates(wanted, present, insights, scope.spec.ignoredInsights))
    due = 0 if behind else 1
    return settled(scope, report, (*changes, *steps[:due]), frozen=frozen, later=(*steps[due:], *last))


def _first(one: Report, other: Report) -> Report:
    """The one report, with what the other says to be due after it."""
    return replace(one, ahead=(*one.ahead, *([other.action] if other.action else ()), *other.ahead))


def refresh(scope: Scope, action: Action) -> Changed:
    """Have EKS make its checks once more. While they are being made that is the same as to have asked once."""
    answer = scope.aws.eks.start_insights_refresh(clusterName=scope.cluster)
    asked = {"run": scope.run, "rung": action.rung, "at": instant_text(answered_at(answer))}
    return Changed(pacing.INSIGHTS_REFRESHING.wait(action.reason), {_FACT: asked})


def _insights(scope: Scope, rungs: Sequence[str]) -> tuple[list[Insight], Mapping[str, datetime]]:
    """The insights, and when EKS made the checks behind them, by name."""
    pages = scope.aws.eks.get_paginator("list_insights").paginate(
        clusterName=scope.cluster,
        filter={"categories": ["UPGRADE_READINESS"], "kubernetesVersions": list(rungs)},
    )
    listed = [it for page in pages for it in page["insights"]]
    insights = [
        Insight(
            name=it.get("name", ""),
            version=it.get("kubernetesVersion", ""),
            status=it.get("insightStatus", {}).get("status", "UNKNOWN"),
            reason=it.get("insightStatus", {}).get("reason", ""),
        )
        for it in listed
    ]
    return insights, {it.get("name", ""): it["lastRefreshTime"] for it in listed if "lastRefreshTime" in it}


def _behind(scope: Scope, present: str) -> list[str]:
    """What of the spec the run has still to bring to the control plane's version: its node groups and add-ons.

    Whether a node group that the spec itself keeps at an older version stands in the way is for EKS to say.
    """
    groups = [(it.nodegroupName, ladder.lower(it.version or present, present)) for it in scope.spec.nodegroups]
    late = [name for name, wanted in groups if _is_behind(scope, name, wanted)]
    addons = [it.addonName for it in scope.spec.addons if _is_of_before(scope.facts(addon_path(it)), present)]
    return [*late, *addons]


def _is_of_before(addon: Mapping[str, object], present: str) -> bool:
    """Whether the last look at an add-on was made for another Kubernetes version, or found another version of it."""
    chosen = Chosen.of(addon.get("chosen"))
    return chosen is not None and (chosen.kubernetes, chosen.version) != (present, addon.get("version"))


def _is_behind(scope: Scope, name: str, wanted: str) -> bool:
    answer = found(lambda: scope.aws.eks.describe_nodegroup(clusterName=scope.cluster, nodegroupName=name))
    if answer is None or not is_ours(scope, answer["nodegroup"].get("tags")):
        return False
    return not is_custom(answer["nodegroup"]) and bool(ladder.rungs(answer["nodegroup"].get("version", wanted), wanted))


def _looked_at_again(
    scope: Scope, blocked: Report, errors: Sequence[Insight], looked: Mapping[str, datetime]
) -> Report:
    """The errors stop the upgrade only once EKS has made its checks anew, on this rung of this run.

    It makes them once a day: what they say may be mended by now, above all by the upgrade itself. What an upgrade mends
    is not held against a spec before that.
    """
    rung, known = errors[0].version, scope.facts(CLUSTER).get(_FACT)
    asked = known if isinstance(known, dict) and (known["run"], known["rung"]) == (scope.run, rung) else None
    reason = f"EKS looks once more at {', '.join(dict.fromkeys(it.name for it in errors))}"
    failed = blocked.progress if isinstance(blocked.progress, Failed) else None
    wait = pacing.INSIGHTS_REFRESHING.wait(reason, overdue=failed)
    if asked is None:
        mended = all(it.name in MENDED_ON_THE_WAY for it in errors)
        consequence = "EKS makes its checks again; nothing changes."
        action = Action(verb=REFRESH, resource=blocked.resource, reason=reason, consequence=consequence, rung=rung)
        return replace(blocked, progress=wait, action=action, ahead=() if mended else blocked.ahead)
    known_since = datetime.fromisoformat(asked["at"])
    since = replace(blocked, facts={**blocked.facts, _FACT: asked})
    anew = all(looked.get(it.name, known_since) >= known_since for it in errors)
    return since if anew else replace(since, progress=wait, ahead=())


def _blocked(report: Report, errors: Sequence[Insight], present: str, wanted: str) -> Report:
    cause = f"EKS's readiness insights stand in the way of {wanted}: {'; '.join(map(str, errors))}"
    names = ", ".join(dict.fromkeys(it.name for it in errors))
    remedy = (
        "Mend what they name and wait until EKS has looked again (daily, or StartInsightsRefresh); or name them in "
        f"ignoredInsights, to upgrade all the same: {names}."
    )
    refused = Action(
        verb=REFUSE,
        resource=report.resource,
        reason=cause,
        consequence=Effect.REFUSED.saying(remedy),
        differences=(Difference("version", present, wanted),),
        rung=errors[0].version,
    )
    return replace(report, progress=Failed(BLOCKED, cause, remedy), ahead=(refused,))
