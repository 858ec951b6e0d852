"""A control plane on the version ladder: what EKS thinks of the next rung, and who has to follow first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import found
from lambdas.domain import pacing
from lambdas.domain.planner import Update, ladder
from lambdas.domain.planner.cluster import version_updates
from lambdas.domain.planner.differences import Difference, Effect
from lambdas.domain.planner.insights import Insight, blocking, passing
from lambdas.domain.progress import REFUSE, Action, Failed
from lambdas.steps.reading import is_ours
from lambdas.steps.updating import Sent, settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_eks.type_defs import ClusterTypeDef

    from lambdas.domain.progress import Report
    from lambdas.steps.scope import Scope

REFRESH: Final = "start_insights_refresh"

BLOCKED: Final = "UpgradeBlocked"
"""The code of the failure that EKS's readiness insights amount to."""


def upgraded(scope: Scope, report: Report, cluster: ClusterTypeDef) -> Report:
    """The report on a control plane that lacks nothing but, maybe, versions.

    The node groups of one version are made ready before the next: EKS takes no step while managed nodes are behind.
    What EKS found before the run had changed add-ons and nodes is old: it is asked to look again, once a rung.
    """
    present, wanted = cluster["version"], scope.spec.version or cluster["version"]
    rungs = ladder.rungs(present, wanted)
    if not rungs:
        return settled(scope, report, ())
    if _is_looking(scope, report):
        return replace(report, progress=pacing.INSIGHTS_REFRESHING.wait("EKS looks whether the next version would do"))
    insights, ignored = _insights(scope, rungs), scope.spec.ignoredInsights
    if errors := blocking(insights, rungs, ignored):
        return _blocked(report, errors, present, wanted)
    steps = tuple(version_updates(wanted, present, insights, ignored))
    if _behind(scope, present):
        return settled(scope, report, (), later=steps)
    if errors := passing(insights, rungs[0], ignored):
        if _has_looked(scope, report):
            return _blocked(report, errors, present, wanted)
        return settled(scope, report, (_look_again(scope, errors),), later=steps)
    return settled(scope, report, steps[:1], later=steps[1:])


def _look_again(scope: Scope, errors: Sequence[Insight]) -> Update:
    said = "; ".join(map(str, errors))
    return Update(
        operation=REFRESH,
        differences=(Difference("insights", said, "looked at again"),),
        request={"clusterName": scope.cluster},
        whole=True,
        outcome="EKS looks once more whether the next version would do",
    )


def _has_looked(scope: Scope, report: Report) -> bool:
    """Whether the last thing that this run asked of the cluster was to look again."""
    sent = Sent.of(report.facts)
    return sent is not None and sent.run == scope.run and sent.operation == REFRESH


def _is_looking(scope: Scope, report: Report) -> bool:
    if not _has_looked(scope, report):
        return False
    answer = found(lambda: scope.aws.eks.describe_insights_refresh(clusterName=scope.cluster))
    return answer is not None and answer.get("status") == "IN_PROGRESS"


def _insights(scope: Scope, rungs: Sequence[str]) -> list[Insight]:
    pages = scope.aws.eks.get_paginator("list_insights").paginate(
        clusterName=scope.cluster,
        filter={"categories": ["UPGRADE_READINESS"], "kubernetesVersions": list(rungs)},
    )
    return [
        Insight(
            name=it.get("name", ""),
            version=it.get("kubernetesVersion", ""),
            status=it.get("insightStatus", {}).get("status", "UNKNOWN"),
            reason=it.get("insightStatus", {}).get("reason", ""),
        )
        for page in pages
        for it in page["insights"]
    ]


def _behind(scope: Scope, present: str) -> list[str]:
    """The node groups of the spec that the run has still to bring to the control plane's version.

    Whether one that the spec itself keeps at an older version stands in the way is for EKS to say, and nodes with an
    image of their own are as new as that image.
    """
    follow = [group for group in scope.spec.nodegroups if group.amiType != "CUSTOM"]
    groups = [(group.nodegroupName, ladder.lower(group.version or present, present)) for group in follow]
    return [name for name, wanted in groups if _is_behind(scope, name, wanted)]


def _is_behind(scope: Scope, name: str, wanted: str) -> bool:
    answer = found(lambda: scope.aws.eks.describe_nodegroup(clusterName=scope.cluster, nodegroupName=name))
    if answer is None or not is_ours(scope, answer["nodegroup"].get("tags")):
        return False
    return bool(ladder.rungs(answer["nodegroup"].get("version", wanted), wanted))


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
