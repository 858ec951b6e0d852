from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.planner.differences import Difference, Effect, Update
from lambdas.domain.planner.node_versions import made_in, release, version_updates
from lambdas.domain.planner.nodegroups import frozen, updates
from lambdas.domain.requests import create_nodegroup
from lambdas.domain.spec import (
    ClusterSpec,
    LaunchTemplate,
    Nodegroup,
    NodeRepairConfig,
    NodeRepairOverride,
    RemoteAccess,
    ScalingConfig,
    Taint,
    UpdateConfig,
    WarmPoolConfig,
)
from tests.unit.domain.nodegroup_strategies import nodegroups

if TYPE_CHECKING:
    from collections.abc import Mapping

    Json = dict[str, Any]

ROLE = "arn:aws:iam::000000000000:role/slipway/slipway-bank-node"
SUBNETS = ["subnet-0000000a", "subnet-0000000b"]
NOT_REPORTED = ("clusterName", "nodegroupName", "tags")

TIRED = NodeRepairOverride(
    nodeMonitoringCondition="AcceleratedHardwareReady",
    nodeUnhealthyReason="NvidiaXID64Error",
    minRepairWaitTimeMins=5,
    repairAction="Reboot",
)
HOT = NodeRepairOverride(
    nodeMonitoringCondition="KernelReady", nodeUnhealthyReason="Hot", minRepairWaitTimeMins=1, repairAction="NoAction"
)
BATCH: Json = {"key": "dedicated", "value": "batch", "effect": "NO_SCHEDULE"}


def group(**members: Any) -> Nodegroup:  # noqa: ANN401 -- Nodegroup's own
    return Nodegroup(nodegroupName="workers", **members)


def taint(value: str = "batch", effect: str = "NO_SCHEDULE") -> Taint:
    return Taint(key="dedicated", value=value, effect=effect)  # type: ignore[arg-type] # one of EKS's


def reported(said: Nodegroup, **more: Any) -> Json:  # noqa: ANN401 -- EKS's own
    """The node group as EKS tells of it that was made for this part of a spec, with what it fills in."""
    request = create_nodegroup(ClusterSpec(name="bank"), said, role=said.nodeRole or ROLE, subnets=SUBNETS, tags={})
    told = {name: value for name, value in request.items() if name not in NOT_REPORTED}
    template = {"launchTemplate": {"id": "lt-0a0a0a0a", "name": "nodes-a", "version": "1", **told["launchTemplate"]}} \
        if "launchTemplate" in told else {"diskSize": told.get("diskSize", 20)}  # fmt: skip
    filled = {"amiType": "AL2023_x86_64_STANDARD", "version": "1.35", "releaseVersion": "1.35.3-20261109"}
    return {"instanceTypes": ["t3.medium"], **filled, **told, **template, **more}


def due(wanted: Nodegroup, actual: Mapping[str, Any]) -> tuple[dict[str, tuple[object, object]], dict[str, Any]]:
    """What differs, by field, and the request that makes it good; nothing and nothing if nothing is due."""
    found: list[Update] = list(updates(wanted, actual))
    assert len(found) <= 1
    assert all(
        (it.operation, it.effect, it.whole) == ("update_nodegroup_config", Effect.IN_PLACE, False) for it in found
    )
    differences = {it.field: (it.actual, it.wanted) for update in found for it in update.differences}
    return differences, dict(found[0].request) if found else {}


CONFIG: dict[str, tuple[Json, Json, dict[str, tuple[object, object]], Json]] = {
    "a label comes": (
        {},
        {"labels": {"tier": "batch"}},
        {"labels.tier": (None, "batch")},
        {"labels": {"addOrUpdateLabels": {"tier": "batch"}}},
    ),
    "a label changes, another one stays": (
        {"labels": {"tier": "batch", "team": "a"}},
        {"labels": {"tier": "web", "team": "a"}},
        {"labels.tier": ("batch", "web")},
        {"labels": {"addOrUpdateLabels": {"tier": "web"}}},
    ),
    "a label makes room for another one": (
        {"labels": {"tier": "batch"}},
        {"labels": {"team": "a"}},
        {"labels.team": (None, "a"), "labels.tier": ("batch", None)},
        {"labels": {"addOrUpdateLabels": {"team": "a"}, "removeLabels": ["tier"]}},
    ),
    "the last label goes": (
        {"labels": {"tier": "batch"}},
        {},
        {"labels.tier": ("batch", None)},
        {"labels": {"removeLabels": ["tier"]}},
    ),
    "a taint comes": (
        {},
        {"taints": (taint(),)},
        {"taints": ([], [BATCH])},
        {"taints": {"addOrUpdateTaints": [BATCH]}},
    ),
    "a taint's value changes": (
        {"taints": (taint(),)},
        {"taints": (taint(""),)},
        {"taints": ([BATCH], [BATCH | {"value": ""}])},
        {"taints": {"addOrUpdateTaints": [BATCH | {"value": ""}]}},
    ),
    "a taint gets another effect": (
        {"taints": (taint(),)},
        {"taints": (taint(effect="NO_EXECUTE"),)},
        {"taints": ([BATCH], [BATCH | {"effect": "NO_EXECUTE"}])},
        {"taints": {"addOrUpdateTaints": [BATCH | {"effect": "NO_EXECUTE"}], "removeTaints": [BATCH]}},
    ),
    "a taint comes, another one stays": (
        {"taints": (taint(),)},
        {"taints": (taint(), taint(effect="NO_EXECUTE"))},
        {"taints": ([BATCH], [BATCH, BATCH | {"effect": "NO_EXECUTE"}])},
        {"taints": {"addOrUpdateTaints": [BATCH | {"effect": "NO_EXECUTE"}]}},
    ),
    "the last taint goes": (
        {"taints": (taint(),)},
        {},
        {"taints": ([BATCH], [])},
        {"taints": {"removeTaints": [BATCH]}},
    ),
    "a share of the nodes instead of a number": (
        {},
        {"updateConfig": UpdateConfig(maxUnavailablePercentage=33)},
        {"updateConfig.maxUnavailablePercentage": (None, 33)},
        {"updateConfig": {"maxUnavailablePercentage": 33, "updateStrategy": "DEFAULT"}},
    ),
    "another strategy": (
        {},
        {"updateConfig": UpdateConfig(maxUnavailable=1, updateStrategy="MINIMAL")},
        {"updateConfig.updateStrategy": ("DEFAULT", "MINIMAL")},
        {"updateConfig": {"maxUnavailable": 1, "updateStrategy": "MINIMAL"}},
    ),
    "what the spec leaves out is its own default": (
        {"updateConfig": UpdateConfig(maxUnavailablePercentage=33)},
        {},
        {"updateConfig.maxUnavailable": (None, 1)},
        {"updateConfig": {"maxUnavailable": 1, "updateStrategy": "DEFAULT"}},
    ),
    "repairs": (
        {},
        {"nodeRepairConfig": NodeRepairConfig(enabled=True, maxUnhealthyNodeThresholdCount=3)},
        {"nodeRepairConfig.enabled": (False, True), "nodeRepairConfig.maxUnhealthyNodeThresholdCount": (None, 3)},
        {"nodeRepairConfig": {
            "enabled": True, "maxUnhealthyNodeThresholdCount": 3, "nodeRepairConfigOverrides": [],
        }},
    ),
    "no repairs any more": (
        {"nodeRepairConfig": NodeRepairConfig(enabled=True)},
        {},
        {"nodeRepairConfig.enabled": (True, False)},
        {"nodeRepairConfig": {"enabled": False, "nodeRepairConfigOverrides": []}},
    ),
    "the last exception goes": (
        {"nodeRepairConfig": NodeRepairConfig(enabled=True, nodeRepairConfigOverrides=(TIRED,))},
        {"nodeRepairConfig": NodeRepairConfig(enabled=True)},
        {"nodeRepairConfig.nodeRepairConfigOverrides": ([msgspec.to_builtins(TIRED)], [])},
        {"nodeRepairConfig": {"enabled": True, "nodeRepairConfigOverrides": []}},
    ),
    "a limit that the spec no longer says is EKS's to choose": (
        {"nodeRepairConfig": NodeRepairConfig(enabled=True, maxParallelNodesRepairedCount=3)},
        {"nodeRepairConfig": NodeRepairConfig(enabled=True)},
        {},
        {},
    ),
    "the order of exceptions means nothing": (
        {"nodeRepairConfig": NodeRepairConfig(nodeRepairConfigOverrides=(TIRED, HOT))},
        {"nodeRepairConfig": NodeRepairConfig(nodeRepairConfigOverrides=(HOT, TIRED))},
        {},
        {},
    ),
    "a warm pool": (
        {},
        {"warmPoolConfig": WarmPoolConfig(minSize=1)},
        {"warmPoolConfig.enabled": (False, True), "warmPoolConfig.minSize": (0, 1)},
        {"warmPoolConfig": {"enabled": True, "minSize": 1, "poolState": "STOPPED", "reuseOnScaleIn": False}},
    ),
    "a warm pool that the spec no longer has": (
        {"warmPoolConfig": WarmPoolConfig(minSize=1, poolState="RUNNING")},
        {},
        {"warmPoolConfig.enabled": (True, False)},
        {"warmPoolConfig": {"enabled": False}},
    ),
    "a warm pool switched off": (
        {"warmPoolConfig": WarmPoolConfig(minSize=1)},
        {"warmPoolConfig": WarmPoolConfig(enabled=False, minSize=2)},
        {"warmPoolConfig.enabled": (True, False)},
        {"warmPoolConfig": {"enabled": False}},
    ),
    "sizes are not looked at": (
        {"scalingConfig": ScalingConfig(minSize=1, maxSize=2, desiredSize=2)},
        {"scalingConfig": ScalingConfig(minSize=0, maxSize=9, desiredSize=5)},
        {},
        {},
    ),
    "two members in one call": (
        {"labels": {"a": "1"}},
        {"taints": (taint(),)},
        {"labels.a": ("1", None), "taints": ([], [BATCH])},
        {"labels": {"removeLabels": ["a"]}, "taints": {"addOrUpdateTaints": [BATCH]}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIG)
def test_what_differs_in_a_configuration_is_one_update(name: str) -> None:
    before, after, differences, request = CONFIG[name]
    assert due(group(**after), reported(group(**before))) == (differences, request)


@pytest.mark.parametrize("member", ["updateConfig", "nodeRepairConfig", "warmPoolConfig", "labels", "taints"])
@pytest.mark.parametrize("nothing", [None, {}])
def test_what_eks_does_not_report_is_its_default(member: str, nothing: object) -> None:
    silent = reported(group()) | {member: nothing}
    differences, _ = due(group(), silent)
    assert differences == ({"updateConfig.maxUnavailable": (None, 1)} if member == "updateConfig" else {})


@given(nodegroups())
@settings(max_examples=30)
def test_what_was_made_for_a_spec_differs_in_nothing_from_it(said: Nodegroup) -> None:
    actual = reported(said)
    assert due(said, actual) == ({}, {})
    assert version_updates(said, actual, wanted="1.35", reached="1.35") == ((), ())
    assert frozen(said, actual, role=said.nodeRole or ROLE, wanted="1.35") == ()


@given(nodegroups(), nodegroups())
@settings(max_examples=30)
def test_an_update_leads_to_what_the_spec_says(before: Nodegroup, after: Nodegroup) -> None:
    """Merged as EKS merges: labels and taints one by one, the rest member by member."""
    actual = reported(before)
    _, request = due(after, actual)
    labels, taints = request.get("labels", {}), request.get("taints", {})
    kept = {key: it for key, it in actual.get("labels", {}).items() if key not in labels.get("removeLabels", ())}
    moved = {(it["key"], it["effect"]) for part in taints.values() for it in part}
    merged = {
        **actual,
        **{name: {**actual.get(name, {}), **request[name]} for name in request if name.endswith("Config")},
        "labels": kept | labels.get("addOrUpdateLabels", {}),
        "taints": [
            *(it for it in actual.get("taints", ()) if (it["key"], it["effect"]) not in moved),
            *taints.get("addOrUpdateTaints", ()),
        ],
    }
    assert due(after, merged) == ({}, {})


FROZEN: dict[str, tuple[Json, Json, list[Difference]]] = {
    "other types": (
        {"instanceTypes": ("m7i.large",)},
        {"instanceTypes": ("m7a.large",)},
        [Difference("instanceTypes", ["m7i.large"], ["m7a.large"])],
    ),
    "another type first": (
        {"instanceTypes": ("m7i.large", "m7a.large")},
        {"instanceTypes": ("m7a.large", "m7i.large")},
        [Difference("instanceTypes", ["m7i.large", "m7a.large"], ["m7a.large", "m7i.large"])],
    ),
    "the order of spot instances means nothing": (
        {"instanceTypes": ("m7i.large", "m7a.large"), "capacityType": "SPOT"},
        {"instanceTypes": ("m7a.large", "m7i.large"), "capacityType": "SPOT"},
        [],
    ),
    "types that are no longer said": ({"instanceTypes": ("m7i.large",)}, {}, []),
    "other subnets": (
        {},
        {"subnets": ("subnet-0000000c",)},
        [Difference("subnets", SUBNETS, ["subnet-0000000c"])],
    ),
    "the same subnets in another order": ({}, {"subnets": tuple(reversed(SUBNETS))}, []),
    "subnets that are no longer said": ({"subnets": ("subnet-0000000c",)}, {}, []),
    "another image": (
        {},
        {"amiType": "BOTTLEROCKET_x86_64"},
        [Difference("amiType", "AL2023_x86_64_STANDARD", "BOTTLEROCKET_x86_64")],
    ),
    "another way to buy": ({}, {"capacityType": "SPOT"}, [Difference("capacityType", "ON_DEMAND", "SPOT")]),
    "a larger disk": ({"diskSize": 20}, {"diskSize": 50}, [Difference("diskSize", 20, 50)]),
    "another role": (
        {},
        {"nodeRole": "arn:aws:iam::0:role/b"},
        [Difference("nodeRole", ROLE, "arn:aws:iam::0:role/b")],
    ),
    "remote access": (
        {},
        {"remoteAccess": RemoteAccess(ec2SshKey="a", sourceSecurityGroups=("sg-0000000a",))},
        [
            Difference("remoteAccess.ec2SshKey", None, "a"),
            Difference("remoteAccess.sourceSecurityGroups", [], ["sg-0000000a"]),
        ],
    ),
    "remote access from the same groups": (
        {"remoteAccess": RemoteAccess(ec2SshKey="a", sourceSecurityGroups=("sg-0000000a", "sg-0000000b"))},
        {"remoteAccess": RemoteAccess(ec2SshKey="a", sourceSecurityGroups=("sg-0000000b", "sg-0000000a"))},
        [],
    ),
    "remote access no more": (
        {"remoteAccess": RemoteAccess(ec2SshKey="a", sourceSecurityGroups=("sg-0000000a",))},
        {},
        [Difference("remoteAccess", {"ec2SshKey": "a", "sourceSecurityGroups": ["sg-0000000a"]}, None)],
    ),
    "remote access that only adoption meets": (
        {"remoteAccess": RemoteAccess(ec2SshKey="a", sourceSecurityGroups=())},
        {},
        [],
    ),
    "a template no more": (
        {"launchTemplate": LaunchTemplate(name="nodes-a")},
        {},
        [Difference("launchTemplate", {"id": "lt-0a0a0a0a", "name": "nodes-a", "version": "1"}, None)],
    ),
    "another template": (
        {"launchTemplate": LaunchTemplate(name="nodes-a")},
        {"launchTemplate": LaunchTemplate(name="nodes-b")},
        [Difference("launchTemplate.name", "nodes-a", "nodes-b")],
    ),
    "the same template by its id": (
        {"launchTemplate": LaunchTemplate(name="nodes-a")},
        {"launchTemplate": LaunchTemplate(id="lt-0a0a0a0a")},
        [],
    ),
    "a template where there was none": (
        {},
        {"launchTemplate": LaunchTemplate(id="lt-0a0a0a0a", version="2")},
        [Difference("launchTemplate.id", None, "lt-0a0a0a0a")],
    ),
    "an older release": (
        {"releaseVersion": "1.35.3-20261109"},
        {"releaseVersion": "1.35.3-20261023"},
        [Difference("releaseVersion", "1.35.3-20261109", "1.35.3-20261023")],
    ),
    "an older release of Bottlerocket": (
        {"amiType": "BOTTLEROCKET_x86_64", "releaseVersion": "1.52.0-3f2c1a77"},
        {"amiType": "BOTTLEROCKET_x86_64", "releaseVersion": "1.51.0-9b6e04d2"},
        [Difference("releaseVersion", "1.52.0-3f2c1a77", "1.51.0-9b6e04d2")],
    ),
    "another commit of the same Bottlerocket": (
        {"amiType": "BOTTLEROCKET_x86_64", "releaseVersion": "1.52.0-99999999"},
        {"amiType": "BOTTLEROCKET_x86_64", "releaseVersion": "1.52.0-11111111"},
        [],
    ),
    "an older release of Windows": (
        {"amiType": "WINDOWS_CORE_2022_x86_64", "releaseVersion": "1.35-2026.11.11"},
        {"amiType": "WINDOWS_CORE_2022_x86_64", "releaseVersion": "1.35-2026.2.14"},
        [Difference("releaseVersion", "1.35-2026.11.11", "1.35-2026.2.14")],
    ),
}


@pytest.mark.parametrize("name", FROZEN)
def test_what_no_update_changes(name: str) -> None:
    before, after, differences = FROZEN[name]
    wanted, actual = group(**after), reported(group(**before))
    assert list(frozen(wanted, actual, role=wanted.nodeRole or ROLE, wanted="1.35")) == differences
    if differences:
        assert version_updates(wanted, actual, wanted="1.35", reached="1.35") == ((), ())


def test_a_template_that_names_the_machines_hides_them() -> None:
    actual = reported(group(launchTemplate=LaunchTemplate(name="nodes-a"))) | {"instanceTypes": None}
    said = group(instanceTypes=("m7i.large",), launchTemplate=LaunchTemplate(name="nodes-a"))
    assert frozen(said, actual, role=ROLE, wanted="1.35") == ()


@pytest.mark.parametrize(("custom", "found"), [(False, [Difference("version", "1.35", "1.34")]), (True, [])])
def test_versions_never_go_down(custom: bool, found: list[Difference]) -> None:  # noqa: FBT001 -- a column of the table
    actual = reported(group(), **({"amiType": "CUSTOM", "releaseVersion": "ami-1"} if custom else {}))
    assert list(frozen(group(), actual, role=ROLE, wanted="1.34")) == found
    assert version_updates(group(), actual, wanted="1.34", reached="1.35") == ((), ())


def rolls(
    wanted: str,
    reached: str,
    present: str = "1.33",
    *,
    said: Nodegroup | None = None,
    **actual: Any,  # noqa: ANN401 -- EKS's own
) -> tuple[list[tuple[Json, str]], list[tuple[Json, str]]]:
    """The requests that are due and those that follow, each with its rung."""
    there = reported(said or group(), **({"version": present, "releaseVersion": f"{present}.1-20260101"} | actual))
    now, later = version_updates(said or group(), there, wanted=wanted, reached=reached)
    assert all((it.operation, it.effect) == ("update_nodegroup_version", Effect.ROLLING) for it in (*now, *later))
    return [(dict(it.request), it.rung) for it in now], [(dict(it.request), it.rung) for it in later]


def version(name: str, **more: object) -> tuple[Json, str]:
    return {"version": name, **more}, name


@pytest.mark.parametrize(
    ("wanted", "reached", "due", "later"),
    [
        pytest.param("1.33", "1.33", [], [], id="nothing to do"),
        pytest.param("1.33", "1.35", [], [], id="one that stays behind"),
        pytest.param("1.35", "1.33", [], ["1.34", "1.35"], id="the control plane goes first"),
        pytest.param("1.35", "1.34", ["1.34"], ["1.35"], id="half-way"),
        pytest.param("1.35", "1.35", ["1.34", "1.35"], [], id="one that was left behind"),
        pytest.param("1.34", "1.35", ["1.34"], [], id="one that is to stay behind, but not so far"),
    ],
)
def test_nodes_climb_one_rung_at_a_time_and_never_past_the_control_plane(
    wanted: str, reached: str, due: list[str], later: list[str]
) -> None:
    assert rolls(wanted, reached) == (list(map(version, due)), list(map(version, later)))


RELEASE = "1.34.6-20261109"


def test_a_release_goes_with_the_version_it_is_of() -> None:
    said = group(releaseVersion=RELEASE)
    with_release = version("1.34", releaseVersion=RELEASE)
    assert rolls("1.34", "1.34", said=said) == ([with_release], [])
    assert rolls("1.34", "1.33", said=said) == ([], [with_release])
    assert rolls("1.35", "1.35", said=said) == ([with_release, version("1.35")], [])
    assert rolls("1.34", "1.34", present="1.34", said=said) == ([(with_release[0], "")], [])
    assert rolls("1.34", "1.34", present="1.34", said=said, releaseVersion=RELEASE) == ([], [])


def test_bottlerocket_has_one_release_for_all_versions() -> None:
    said = group(amiType="BOTTLEROCKET_x86_64", releaseVersion="1.52.0-3f2c1a77")
    now, later = rolls("1.35", "1.34", said=said, releaseVersion="1.51.0-9b6e04d2")
    assert [request["releaseVersion"] for request, _ in (*now, *later)] == ["1.52.0-3f2c1a77"] * 2


def test_a_newer_release_than_none_said_is_no_difference() -> None:
    assert rolls("1.33", "1.33", releaseVersion="1.33.0-20200101") == ([], [])


SECOND = LaunchTemplate(name="nodes-a", version="2")
FIRST: Json = {"id": "lt-0a0a0a0a", "name": "nodes-a", "version": "1"}


def test_a_template_version_goes_with_the_next_rung_or_by_itself() -> None:
    said, named = group(launchTemplate=SECOND), {"name": "nodes-a", "version": "2"}
    alone = ({"version": "1.33", "launchTemplate": named}, "")
    assert rolls("1.33", "1.33", said=said, launchTemplate=FIRST) == ([alone], [])
    assert rolls("1.33", "1.35", said=said, launchTemplate=FIRST) == ([alone], [])
    assert rolls("1.34", "1.33", said=said, launchTemplate=FIRST) == ([alone], [version("1.34")])
    assert rolls("1.35", "1.35", said=said, launchTemplate=FIRST) == (
        [version("1.34", launchTemplate=named), version("1.35")],
        [],
    )


def test_an_image_of_the_users_is_only_told_its_template() -> None:
    said = group(amiType="CUSTOM", launchTemplate=SECOND)
    custom = {"amiType": "CUSTOM", "releaseVersion": "ami-1"}
    alone = ({"launchTemplate": {"name": "nodes-a", "version": "2"}}, "")
    assert rolls("1.35", "1.34", said=said, launchTemplate=FIRST, **custom) == ([alone], [])
    assert rolls("1.35", "1.34", said=said, launchTemplate=FIRST | {"version": "2"}, **custom) == ([], [])


def test_the_differences_of_a_roll_have_their_fields() -> None:
    said = group(releaseVersion=RELEASE, launchTemplate=SECOND)
    actual = reported(said, version="1.33", releaseVersion="1.33.1-20260101", launchTemplate=FIRST)
    (update,), _ = version_updates(said, actual, wanted="1.34", reached="1.34")
    assert update.differences == (
        Difference("version", "1.33", "1.34"),
        Difference("releaseVersion", "1.33.1-20260101", RELEASE),
        Difference("launchTemplate.version", "1", "2"),
    )


@given(st.sampled_from(["1.33", "1.34", "1.35"]), st.none() | st.just("1.35"))
def test_what_is_made_has_the_control_planes_version(reached: str, said: str | None) -> None:
    made = made_in(group(version=said, releaseVersion="1.35.3-20261109"), reached)
    assert made.version == (said and reached)
    assert made.releaseVersion == ("1.35.3-20261109" if reached == "1.35" else None)


def test_a_release_that_nobody_says_is_eks_to_choose() -> None:
    assert release(group(), {}, "1.35") == ""
    assert release(group(amiType="BOTTLEROCKET_x86_64"), {}, "1.35") == ""
