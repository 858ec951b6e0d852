"""What UpdateClusterConfig is asked for, member by member, and what no call changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lambdas.domain.planner.cluster import frozen, updates, version_updates
from lambdas.domain.planner.differences import Difference, covers
from lambdas.domain.planner.insights import Insight, blocking
from lambdas.domain.planner.ladder import rungs
from lambdas.domain.requests import wanted_cluster
from lambdas.domain.spec import (
    ClusterSpec,
    ControlPlaneScalingConfig,
    EncryptionConfig,
    KubeApiServerConfig,
    KubernetesNetworkConfig,
    Logging,
    LogSetup,
    Provider,
    RemoteNetwork,
    RemoteNetworkConfig,
    UpgradePolicy,
    VpcConfig,
    ZonalShiftConfig,
)

Json = dict[str, Any]
KEY = EncryptionConfig(provider=Provider(keyArn="arn:aws:kms:eu-central-1:123456789012:key/one"))
OTHER_KEY = EncryptionConfig(provider=Provider(keyArn="arn:aws:kms:eu-central-1:123456789012:key/two"))
ROLE = "arn:aws:iam::123456789012:role/cluster"
SPEC = ClusterSpec(name="bank", version="1.34", encryptionConfig=(KEY,))
PUBLIC = VpcConfig(endpointPublicAccess=True, publicAccessCidrs=("203.0.113.0/24", "198.51.100.0/24"))


def wanted(spec: ClusterSpec) -> Json:
    return wanted_cluster(spec, role=ROLE)


def reported(spec: ClusterSpec) -> Json:
    """A cluster of the spec as EKS tells of it: with what it fills in by itself, and lists in another order."""
    said = wanted(spec)
    vpc = {"vpcId": "vpc-1", "subnetIds": ["subnet-b", "subnet-a"], "publicAccessCidrs": ["0.0.0.0/0"]}
    given = {
        name: list(reversed(it)) if isinstance(it, list) else it for name, it in said["resourcesVpcConfig"].items()
    }
    network = {"serviceIpv4Cidr": "10.100.0.0/16", "elasticLoadBalancing": {"enabled": False}}
    on = {kind for setup in said["logging"]["clusterLogging"] for kind in setup["types"] if setup["enabled"]}
    setups = [{"types": sorted(on, reverse=True), "enabled": True}] if on else []
    rest = sorted({"api", "audit", "authenticator", "controllerManager", "scheduler"} - on)
    return {
        **said,
        "platformVersion": "eks.7",
        "resourcesVpcConfig": {**vpc, **{name: it for name, it in given.items() if it != []}},
        "kubernetesNetworkConfig": {**network, **said.get("kubernetesNetworkConfig", {})},
        "logging": {"clusterLogging": [*setups, {"types": rest, "enabled": False}]},
    }


def logs(*types: str) -> Logging:
    return Logging(clusterLogging=(LogSetup(types=types),))  # type: ignore[arg-type] # names of logs


UPDATED: dict[str, tuple[ClusterSpec, str, Json]] = {
    "the endpoint opens": (
        replace(SPEC, resourcesVpcConfig=PUBLIC),
        "resourcesVpcConfig.endpointPublicAccess resourcesVpcConfig.publicAccessCidrs",
        {"resourcesVpcConfig": {"endpointPublicAccess": True, "endpointPrivateAccess": True,
                                "publicAccessCidrs": ["203.0.113.0/24", "198.51.100.0/24"]}},
    ),
    "logs": (
        replace(SPEC, logging=logs("audit")),
        "logging.clusterLogging",
        {"logging": {"clusterLogging": [
            {"types": ["api", "authenticator", "controllerManager", "scheduler"], "enabled": False}]}},
    ),
    "the support policy": (
        replace(SPEC, upgradePolicy=UpgradePolicy(supportType="EXTENDED")),
        "upgradePolicy",
        {"upgradePolicy": {"supportType": "EXTENDED"}},
    ),
    "zonal shift": (
        replace(SPEC, zonalShiftConfig=ZonalShiftConfig(enabled=True)),
        "zonalShiftConfig",
        {"zonalShiftConfig": {"enabled": True}},
    ),
    "deletion protection": (
        replace(SPEC, deletionProtection=False), "deletionProtection", {"deletionProtection": False},
    ),
    "the tier": (
        replace(SPEC, controlPlaneScalingConfig=ControlPlaneScalingConfig(tier="tier-xl")),
        "controlPlaneScalingConfig",
        {"controlPlaneScalingConfig": {"tier": "tier-xl"}},
    ),
    "hybrid networks": (
        replace(SPEC, remoteNetworkConfig=RemoteNetworkConfig(
            remoteNodeNetworks=(RemoteNetwork(cidrs=("10.80.0.0/16",)),))),
        "remoteNetworkConfig",
        {"remoteNetworkConfig": {"remoteNodeNetworks": [{"cidrs": ["10.80.0.0/16"]}], "remotePodNetworks": []}},
    ),
    "the API server": (
        replace(SPEC, kubeApiServerConfig=KubeApiServerConfig(eventTtl="2h")),
        "kubeApiServerConfig",
        {"kubeApiServerConfig": {"eventTtl": "2h"}},
    ),
    "subnets": (
        replace(SPEC, resourcesVpcConfig=VpcConfig(subnetIds=("subnet-a", "subnet-c"))),
        "resourcesVpcConfig.subnetIds",
        {"resourcesVpcConfig": {"subnetIds": ["subnet-a", "subnet-c"]}},
    ),
    "security groups": (
        replace(SPEC, resourcesVpcConfig=VpcConfig(securityGroupIds=("sg-2", "sg-1"))),
        "resourcesVpcConfig.securityGroupIds",
        {"resourcesVpcConfig": {"securityGroupIds": ["sg-1", "sg-2"]}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UPDATED)
def test_a_member_that_differs_is_one_update_of_its_own(case: str) -> None:
    spec, fields, request = UPDATED[case]
    (update,) = updates(wanted(spec), reported(SPEC))
    assert (" ".join(it.field for it in update.differences), update.request) == (fields, request)
    assert (update.operation, bool(update.outcome)) == ("update_cluster_config", True)


@pytest.mark.parametrize("case", UPDATED)
def test_what_is_as_the_spec_says_is_no_difference_however_it_reads_back(case: str) -> None:
    spec, _, _ = UPDATED[case]
    assert list(updates(wanted(spec), reported(spec))) == []
    assert frozen(wanted(spec), reported(spec), "vpc-1") == ()


def test_several_kinds_are_several_updates() -> None:
    spec = replace(SPEC, resourcesVpcConfig=PUBLIC, logging=logs("audit"), deletionProtection=False)
    assert len(list(updates(wanted(spec), reported(SPEC)))) == 3


def test_addresses_of_a_closed_endpoint_are_no_difference() -> None:
    actual = reported(SPEC)
    actual["resourcesVpcConfig"]["publicAccessCidrs"] = ["192.0.2.0/24"]
    assert list(updates(wanted(SPEC), actual)) == []


def test_secrets_are_encrypted_once_and_for_all() -> None:
    actual = {name: it for name, it in reported(SPEC).items() if name != "encryptionConfig"}
    (update,) = updates(wanted(SPEC), actual)
    assert (update.operation, update.request) == (
        "associate_encryption_config", {"encryptionConfig": [{"resources": ["secrets"], **_key(KEY)}]},
    )  # fmt: skip
    assert list(updates(wanted(replace(SPEC, encryptionConfig=(OTHER_KEY,))), reported(SPEC))) == []


def _key(config: EncryptionConfig) -> Json:
    return {"provider": {"keyArn": config.provider.keyArn}}


FROZEN: dict[str, Json] = {
    "roleArn": {"roleArn": "arn:aws:iam::123456789012:role/other"},
    "version": {"version": "1.35"},
    "encryptionConfig": {"encryptionConfig": [{"resources": ["secrets"], **_key(OTHER_KEY)}]},
    "kubernetesNetworkConfig.ipFamily": {"kubernetesNetworkConfig": {"ipFamily": "ipv6"}},
    "vpc": {"resourcesVpcConfig": {"vpcId": "vpc-2"}},
}


@pytest.mark.parametrize("field", FROZEN)
def test_what_no_call_changes_is_told_by_its_field(field: str) -> None:
    actual = {**reported(SPEC), **FROZEN[field]}
    assert [it.field for it in frozen(wanted(SPEC), actual, "vpc-1")] == [field]


def test_the_key_that_an_alias_stands_for_is_no_other_key() -> None:
    """A creation by an alias would fail else, once EKS reports the key."""
    alias = EncryptionConfig(provider=Provider(keyArn="arn:aws:kms:eu-central-1:123456789012:alias/bank"))
    spec = replace(SPEC, encryptionConfig=(alias,))
    assert frozen(wanted(spec), reported(SPEC), "vpc-1") == ()
    assert list(updates(wanted(spec), reported(SPEC))) == []


def _spelt(event_ttl: str, sync: str, *resources: str) -> Json:
    controller = {"horizontalPodAutoscalerControllerConfig": {"horizontalPodAutoscalerSyncPeriod": sync}}
    weights = [{"name": name, "weight": len(name)} for name in resources]
    strategy = {"type": "MostAllocated", "resources": weights}
    return {
        "kubeApiServerConfig": {"eventTtl": event_ttl},
        "kubeControllerManagerConfig": controller,
        "kubeSchedulerConfig": {"nodeResourcesFit": {"scoringStrategy": strategy}},
    }


@pytest.mark.parametrize(
    ("said", "told", "differs"),
    [
        (_spelt("1h", "30s", "cpu", "memory"), _spelt("1h0m0s", "30s", "memory", "cpu"), []),
        (_spelt("90m", "1m"), _spelt("1h30m", "60s"), []),
        (_spelt("1h", "30s"), _spelt("1m", "30s"), ["kubeApiServerConfig"]),
        (_spelt("1h", "30s", "cpu"), _spelt("1h", "30s", "memory"), ["kubeSchedulerConfig"]),
        (_spelt("1h", "30s"), _spelt("1h", "30m"), ["kubeControllerManagerConfig"]),
    ],
)  # fmt: skip
def test_another_spelling_is_no_difference(said: Json, told: Json, differs: list[str]) -> None:
    found = [
        it.field
        for update in updates({**wanted(SPEC), **said}, {**reported(SPEC), **told})
        for it in update.differences
    ]
    assert found == differs


def test_networks_on_premises_are_the_same_in_any_order() -> None:
    cidrs = ("10.80.0.0/16", "10.90.0.0/16")
    one, other = (
        replace(SPEC, remoteNetworkConfig=RemoteNetworkConfig(remoteNodeNetworks=(RemoteNetwork(cidrs=listed),)))
        for listed in (cidrs, cidrs[::-1])
    )
    assert list(updates(wanted(one), reported(other))) == []


NODES, PODS = ((RemoteNetwork(cidrs=(cidr,)),) for cidr in ("10.80.0.0/16", "10.90.0.0/16"))


@pytest.mark.parametrize(
    ("left", "request_"),
    [
        (None, {"remoteNodeNetworks": [], "remotePodNetworks": []}),
        (
            RemoteNetworkConfig(remoteNodeNetworks=NODES),
            {"remoteNodeNetworks": [{"cidrs": ["10.80.0.0/16"]}], "remotePodNetworks": []},
        ),
    ],
)
def test_networks_on_premises_that_the_spec_no_longer_has_go(
    left: RemoteNetworkConfig | None, request_: dict[str, object]
) -> None:
    both = RemoteNetworkConfig(remoteNodeNetworks=NODES, remotePodNetworks=PODS)
    actual = reported(replace(SPEC, remoteNetworkConfig=both))
    (update,) = updates(wanted(replace(SPEC, remoteNetworkConfig=left)), actual)
    assert update.request == {"remoteNetworkConfig": request_}
    assert list(updates(wanted(replace(SPEC, remoteNetworkConfig=left)), {**actual, **update.request})) == []


def test_a_range_of_services_that_the_spec_names_stays() -> None:
    spec = replace(SPEC, kubernetesNetworkConfig=KubernetesNetworkConfig(serviceIpv4Cidr="172.20.0.0/16"))
    (difference,) = frozen(wanted(spec), reported(SPEC), None)
    assert difference == Difference("kubernetesNetworkConfig.serviceIpv4Cidr", "10.100.0.0/16", "172.20.0.0/16")


ROUTED = replace(SPEC, resourcesVpcConfig=VpcConfig(controlPlaneEgressMode="CUSTOMER_ROUTED"))
MANAGED = replace(SPEC, resourcesVpcConfig=VpcConfig(controlPlaneEgressMode="AWS_MANAGED"))


def test_the_control_planes_own_traffic_goes_another_way_once() -> None:
    (update,) = updates(wanted(ROUTED), reported(MANAGED))
    assert update.request == {"resourcesVpcConfig": {"controlPlaneEgressMode": "CUSTOMER_ROUTED"}}
    assert list(updates(wanted(MANAGED), reported(ROUTED))) == []
    (difference,) = frozen(wanted(MANAGED), reported(ROUTED), None)
    assert difference.field == "resourcesVpcConfig.controlPlaneEgressMode"
    assert frozen(wanted(ROUTED), reported(MANAGED), None) == frozen(wanted(ROUTED), reported(ROUTED), None) == ()


@pytest.mark.parametrize(
    ("present", "target", "between"),
    [("1.33", "1.35", ("1.34", "1.35")), ("1.34", "1.35", ("1.35",)), ("1.35", "1.35", ()), ("1.35", "1.33", ())],
)
def test_the_ladder_goes_up_one_minor_at_a_time(present: str, target: str, between: tuple[str, ...]) -> None:
    assert rungs(present, target) == between
    steps = list(version_updates(target, present, (), ()))
    assert [(it.rung, it.request) for it in steps] == [(rung, {"version": rung}) for rung in between]
    assert [it.differences[0].actual for it in steps] == list((present, *between)[: len(between)])


APIS = Insight("Deprecated APIs", "1.35", "ERROR", "flowschemas are in use")
SKEW = Insight("Kubelet version skew", "1.36", "ERROR", "nodes are too old")
REMOVED = Insight("Removed APIs", "1.36", "ERROR", "endpoints are in use")
NEWS = Insight("Add-on health", "1.35", "WARNING", "coredns is slow")


def test_errors_stop_an_upgrade_unless_they_are_named_or_mended_on_the_way() -> None:
    up = ("1.35", "1.36")
    every = (APIS, SKEW, REMOVED, NEWS)
    assert blocking(every, up, ()) == (APIS, REMOVED)
    assert blocking(every, up, (APIS.name,)) == (REMOVED,)
    assert blocking(every, ("1.36",), ()) == (SKEW, REMOVED)
    assert blocking(every, ("1.36",), (), climbing=True) == (REMOVED,)
    assert blocking(every, ("1.35",), (APIS.name,)) == ()


def test_eks_is_told_to_go_on_only_where_an_error_is_overridden() -> None:
    first, second = version_updates("1.36", "1.34", (APIS, NEWS), (APIS.name,))
    assert (first.request, second.request) == ({"version": "1.35", "force": True}, {"version": "1.36"})
    assert "coredns is slow" in first.outcome


@pytest.mark.parametrize(
    ("actual", "wants", "there"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, True),
        ({"a": {"c": 2}}, {"a": {"b": 1}}, False),
        ([{"a": 1, "b": 2}], [{"a": 1}], True),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
        (None, {"a": 1}, False),
        (None, None, True),
        (0, False, True),
    ],
)  # fmt: skip
def test_what_the_spec_does_not_say_is_not_compared(actual: object, wants: object, *, there: bool) -> None:
    assert covers(actual, wants) is there
