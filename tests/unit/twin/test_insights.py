"""Insights: what stands in the way of the next version, found by the twin or put there by a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.twin.faults import Advise, Change, Force, Issue
from tests.unit.twin.house import NAME, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.twin.house import House

SAID = (
    "Upgrade readiness issues detected. Call the EKS ListInsights API to view upgrade blocking issues detected by EKS."
    " Pass the force flag to override upgrade readiness errors and proceed with upgrade."
)
BLOCKED = (400, "InvalidStateException", SAID)
DEPRECATED = "Deprecated APIs removed in Kubernetes v1.34"
DAY = 24 * 3600


@pytest.fixture
def old(house: House) -> House:
    """A twin with an ACTIVE cluster on 1.33."""
    house.active_cluster(version="1.33")
    return house


def insights(house: House, **wanted: list[str]) -> dict[str, str]:
    """Return the status of each insight by name."""
    found: Any = house.call("list_insights", clusterName=NAME, **({"filter": wanted} if wanted else {}))["insights"]
    return {it["name"]: it["insightStatus"]["status"] for it in found}


def described(house: House, name: str) -> Any:  # noqa: ANN401 - an Insight of EKS
    found = house.eks.list_insights(clusterName=NAME)["insights"]
    (wanted,) = (it["id"] for it in found if it["name"] == name)
    return house.eks.describe_insight(clusterName=NAME, id=wanted)["insight"]


def refresh(house: House) -> None:
    house.eks.start_insights_refresh(clusterName=NAME)
    house.wait(180)


def upgrade(house: House, **more: bool) -> Any:  # noqa: ANN401 - an Update of EKS
    return house.call("update_cluster_version", name=NAME, version="1.34", **more)["update"]


def test_a_new_cluster_is_ready_for_the_next_version(old: House) -> None:
    assert insights(old) == {
        "Kubelet version skew": "PASSING",
        "kube-proxy version skew": "PASSING",
        "EKS add-on version compatibility": "PASSING",
        "Cluster health issues": "PASSING",
    }
    assert insights(old, kubernetesVersions=["1.34"]) == insights(old)
    assert upgrade(old)["status"] == "InProgress"


def test_there_are_none_before_a_cluster_is_up_and_none_for_the_newest_version(house: House) -> None:
    house.cluster()
    assert insights(house) == {}
    assert refusal(lambda: house.eks.start_insights_refresh(clusterName=NAME))[:2] == (400, "InvalidRequestException")
    house.wait(700)
    assert insights(house) == {}


def unhealthy(house: House) -> None:
    house.faults.add(Force("cluster", "ACTIVE", (Issue("IamRoleNotFound"),), cluster=NAME, now=True))


def altered(does: str, **params: object) -> Callable[[House], None]:
    def change(house: House) -> None:
        house.faults.add(Change(does, {"clusterName": NAME, **params}))

    return change


def proxy(version: str) -> Callable[[House], None]:
    return altered("AlterAddon", addonName="kube-proxy", addonVersion=version)


CNI = altered("AlterAddon", addonName="vpc-cni", addonVersion="v1.15.0-eksbuild.1")
FINDINGS: list[tuple[Callable[[House], None], str, str, str]] = [
    (unhealthy, "Cluster health issues", "ERROR", ":cluster/"),
    (CNI, "EKS add-on version compatibility", "ERROR", ":addon/bank/vpc-cni/"),
    (proxy("v1.31.14-eksbuild.2"), "kube-proxy version skew", "WARNING", ":addon/bank/kube-proxy/"),
    (proxy("v1.30.9-eksbuild.3"), "kube-proxy version skew", "ERROR", ":addon/bank/kube-proxy/"),
    (altered("AlterNodegroup", nodegroupName="workers", version="1.31"), "Kubelet version skew", "WARNING", "workers"),
    (altered("AlterNodegroup", nodegroupName="workers", version="1.30"), "Kubelet version skew", "ERROR", "workers"),
]


@pytest.mark.parametrize(("change", "name", "status", "concerned"), FINDINGS)
def test_what_is_amiss_is_found_at_the_next_refresh(
    old: House, change: Callable[[House], None], name: str, status: str, concerned: str
) -> None:
    for addon in ("vpc-cni", "kube-proxy"):
        old.eks.create_addon(clusterName=NAME, addonName=addon)
    old.nodegroup()
    old.wait(250)
    before = described(old, name)
    change(old)
    assert insights(old)[name] == "PASSING", "it was so when the checks were last made"
    refresh(old)
    assert insights(old, statuses=[status]) == {name: status}
    found = described(old, name)
    assert (found["id"], found["kubernetesVersion"], found["category"]) == (before["id"], "1.34", "UPGRADE_READINESS")
    assert concerned in found["resources"][0]["arn"]
    assert found["resources"][0]["insightStatus"]["status"] == status
    assert found["lastTransitionTime"] == found["lastRefreshTime"] > before["lastTransitionTime"]


def test_compatible_versions_of_an_add_on_are_named(old: House) -> None:
    old.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    old.wait(40)
    CNI(old)
    refresh(old)
    (detail,) = described(old, "EKS add-on version compatibility")["categorySpecificSummary"][
        "addonCompatibilityDetails"
    ]
    assert detail["name"] == "vpc-cni"
    assert "v1.21.1-eksbuild.3" in detail["compatibleVersions"]


def test_amazon_linux_2_ends_before_1_33(house: House) -> None:
    house.active_cluster(version="1.31")
    house.nodegroup(amiType="AL2_x86_64")
    refresh(house)
    assert insights(house, kubernetesVersions=["1.33"]) == {"Amazon Linux 2 compatibility": "WARNING"}
    house.faults.add(Change("AlterCluster", {"clusterName": NAME, "version": "1.32"}))
    refresh(house)
    assert insights(house, statuses=["ERROR"]) == {"Amazon Linux 2 compatibility": "ERROR"}


def test_an_error_stops_the_upgrade_until_it_is_mended_and_looked_at_again(old: House) -> None:
    old.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    old.wait(40)
    CNI(old)
    refresh(old)
    refused = refusal(lambda: upgrade(old))
    assert (refused[:3], refused[3]["clusterName"]) == (BLOCKED, NAME)
    old.eks.update_addon(clusterName=NAME, addonName="vpc-cni", addonVersion="v1.21.1-eksbuild.3")
    old.wait(40)
    assert refusal(lambda: upgrade(old))[:3] == BLOCKED
    refresh(old)
    assert upgrade(old)["type"] == "VersionUpdate"


def test_the_checks_are_made_once_a_day_by_themselves(old: House) -> None:
    unhealthy(old)
    old.wait(DAY - 701)
    assert insights(old)["Cluster health issues"] == "PASSING"
    old.wait(701)
    assert insights(old)["Cluster health issues"] == "ERROR"
    assert refusal(lambda: upgrade(old))[:3] == BLOCKED


def test_a_new_version_is_looked_at_for_the_one_after_it(old: House) -> None:
    upgrade(old)
    old.wait(701)
    assert set(insights(old)) == set(insights(old, kubernetesVersions=["1.35"]))
    assert insights(old) != {}


@pytest.mark.parametrize(
    ("rule", "blocked"),
    [
        (Advise(DEPRECATED, "ERROR", "1.34", usages=("/apis/x/v1beta1/things",)), True),
        (Advise(DEPRECATED, "WARNING", "1.34"), False),
        (Advise(DEPRECATED, "UNKNOWN", "1.34"), False),
        (Advise(DEPRECATED, "ERROR", "1.35"), False),
        (Advise(DEPRECATED, "ERROR", "1.34", category="MISCONFIGURATION"), False),
        (Advise(DEPRECATED, "ERROR", "1.34", cluster="another"), False),
        (Advise("Kubelet version skew", "ERROR", "1.34"), True),
    ],
)
def test_advice_of_a_rule_shows_at_once_and_stops_what_it_is_about(old: House, rule: Advise, blocked: bool) -> None:  # noqa: FBT001 - a column
    standing = old.faults.add(rule)
    shown = insights(old)
    assert len(shown) == 4 + (rule.name not in shown or rule.name == DEPRECATED) - (rule.cluster is not None)
    if rule.cluster is None:
        assert insights(old, categories=[rule.category], statuses=[rule.status]) == {rule.name: rule.status}
        usages = described(old, rule.name)["categorySpecificSummary"]["deprecationDetails"]
        assert [it["usage"] for it in usages] == list(rule.usages)
    if blocked:
        assert refusal(lambda: upgrade(old))[:3] == BLOCKED
        assert upgrade(old, force=True)["status"] == "InProgress"
    else:
        upgrade(old)
    old.faults.remove(standing)
    assert rule.name == "Kubelet version skew" or rule.name not in insights(old)


def test_advice_is_as_old_as_its_rule(old: House) -> None:
    old.faults.add(Advise(DEPRECATED, "ERROR", "1.34"))
    since = described(old, DEPRECATED)["lastTransitionTime"]
    old.wait(60)
    old.faults.add(Advise("another", "ERROR", "1.34"))
    assert described(old, DEPRECATED)["lastTransitionTime"] == since
    assert described(old, "another")["lastTransitionTime"] > since


def test_a_refresh_takes_its_time_and_there_is_one_at_a_time(old: House) -> None:
    assert refusal(lambda: old.eks.describe_insights_refresh(clusterName=NAME))[:2] == (
        404,
        "ResourceNotFoundException",
    )
    assert old.eks.start_insights_refresh(clusterName=NAME)["status"] == "IN_PROGRESS"
    first = old.eks.describe_insights_refresh(clusterName=NAME)
    assert first["status"] == "IN_PROGRESS"
    assert "endedAt" not in first
    old.wait(19)
    old.eks.start_insights_refresh(clusterName=NAME)
    assert old.eks.describe_insights_refresh(clusterName=NAME)["startedAt"] == first["startedAt"]
    old.wait(161)
    last = old.eks.describe_insights_refresh(clusterName=NAME)
    assert last["status"] == "COMPLETED"
    assert last["endedAt"] > last["startedAt"]


def test_an_insight_that_is_not_there(old: House) -> None:
    refused = refusal(lambda: old.eks.describe_insight(clusterName=NAME, id="nothing"))
    assert refused[:2] == (404, "ResourceNotFoundException")
