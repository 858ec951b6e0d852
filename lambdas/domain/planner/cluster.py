"""What UpdateClusterConfig takes, one kind at a time, and what no call can change of a control plane."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lambdas.domain.planner import ladder
from lambdas.domain.planner.differences import Difference, Effect, Json, Update, covers, of_set, said
from lambdas.domain.planner.insights import overridden, warnings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from lambdas.domain.planner.insights import Insight

_CONFIG: Final = "update_cluster_config"
_VPC: Final = "resourcesVpcConfig"
_MANAGED: Final = "AWS_MANAGED"
_NETWORK: Final = "kubernetesNetworkConfig"
_REMOTE: Final = "remoteNetworkConfig"
_REMOTE_LISTS: Final = ("remoteNodeNetworks", "remotePodNetworks")

_WHOLE: Final[dict[str, str]] = {
    "upgradePolicy": "EKS acts by it when standard support ends",
    "zonalShiftConfig": "traffic may, or may no longer, be moved out of a zone",
    _REMOTE: "hybrid nodes are reached in these networks, if in any",
    "deletionProtection": "EKS refuses to delete the cluster, or no longer does",
    "controlPlaneScalingConfig": "the control plane gets another size",
}
"""The members that are updates of their own kind, each sent whole, with what comes of it."""

_DEFAULTS: Final[Json] = {
    "upgradePolicy": {"supportType": "EXTENDED"},
    "zonalShiftConfig": {"enabled": False},
    "deletionProtection": False,
    "controlPlaneScalingConfig": {"tier": "standard"},
}
_VPC_DEFAULTS: Final[Json] = {"controlPlaneEgressMode": "AWS_MANAGED"}
"""What EKS does where it reports nothing: what it learnt to do later, older clusters may not say."""

_ALIAS: Final = ":alias/"
"""In the ARN of an alias. EKS reports the key that it stands for (kubernetes-sigs/cluster-api-provider-aws#3096)."""

_UNITS: Final = {"h": 3600, "m": 60, "s": 1}
_DURATION: Final = re.compile("".join(f"(?:(?P<{unit}>[0-9]+){unit})?" for unit in _UNITS))
"""As Go writes durations. EKS takes them in one unit and does not say in which it reports them."""

_COMPONENTS: Final = ("kubeApiServerConfig", "kubeSchedulerConfig", "kubeControllerManagerConfig")
"""One kind together."""


def updates(wanted: Json, actual: Json) -> Iterator[Update]:
    """The updates that are due, each by itself: EKS takes one kind at a time."""
    actual = {**_DEFAULTS, **actual, _VPC: {**_VPC_DEFAULTS, **actual[_VPC]}, _REMOTE: _remote(actual)}
    wanted = {**wanted, _REMOTE: _remote(wanted)}
    yield from _endpoint(wanted[_VPC], actual[_VPC])
    yield from _placement(wanted[_VPC], actual[_VPC])
    yield from _logging(wanted, actual)
    yield from _encryption(wanted, actual)
    for member, outcome in _WHOLE.items():
        if found := _differing(wanted, actual, (member,)):
            yield Update(operation=_CONFIG, differences=found, request={member: wanted[member]}, outcome=outcome)
    if found := _differing(wanted, actual, _COMPONENTS):
        request = {it.field: it.wanted for it in found}
        outcome = "the control plane's components work with other settings"
        yield Update(operation=_CONFIG, differences=found, request=request, outcome=outcome)


def version_updates(
    wanted: str, actual: str, insights: Sequence[Insight], ignored: Collection[str]
) -> Iterator[Update]:
    """The rungs of the ladder, each with what EKS's insights warn of."""
    rungs = ladder.rungs(actual, wanted)
    for before, rung in zip((actual, *rungs), rungs, strict=False):
        warned = "; ".join(warnings(insights, rung))
        force = overridden(insights, rung, ignored)
        yield Update(
            operation="update_cluster_version",
            differences=(Difference("version", before, rung),),
            request={"version": rung, **({"force": True} if force else {})},
            effect=Effect.ROLLING,
            outcome=f"the control plane goes to {rung}, then add-ons and node groups follow"
            + (f"; EKS warns: {warned}" if warned else ""),
            rung=rung,
        )


def leaves_extended(update: Update) -> bool:
    """Whether an update ends the support of versions that have no standard support any more."""
    return bool(update.request.get("upgradePolicy", {}).get("supportType") == "STANDARD")


def frozen(wanted: Json, actual: Json, vpc: str | None) -> tuple[Difference, ...]:
    """What differs and cannot change. ``vpc`` is the one in which the subnets lie that the spec leads to."""
    return tuple(_frozen(wanted, actual, vpc))


def _frozen(wanted: Json, actual: Json, vpc: str | None) -> Iterator[Difference]:
    yield from said(wanted, actual, ("roleArn",))
    network = said(wanted.get(_NETWORK, {}), actual.get(_NETWORK, {}), ("serviceIpv4Cidr", "ipFamily"))
    yield from _within(_NETWORK, network)
    if vpc and vpc != actual[_VPC].get("vpcId"):
        yield Difference("vpc", actual[_VPC].get("vpcId"), vpc)
    if _is_one_way(actual[_VPC]):
        yield from _within(_VPC, _egress(wanted[_VPC], actual[_VPC]))
    if actual.get("encryptionConfig") and not any(_ALIAS in key for key in _keys(wanted)):
        yield from said({"encryptionConfig": _keys(wanted)}, {"encryptionConfig": _keys(actual)}, ("encryptionConfig",))
    if ladder.minor(wanted["version"]) < ladder.minor(actual["version"]):
        yield Difference("version", actual["version"], wanted["version"])


def _remote(cluster: Json) -> dict[str, Any]:
    """The networks of hybrid nodes, with empty lists where there are none: what a request leaves out EKS leaves."""
    return {name: (cluster.get(_REMOTE) or {}).get(name) or [] for name in _REMOTE_LISTS}


def _endpoint(wanted: Json, actual: Json) -> Iterator[Update]:
    found = [*said(wanted, actual, ("endpointPublicAccess", "endpointPrivateAccess"))]
    if wanted.get("endpointPublicAccess"):
        found += of_set("publicAccessCidrs", actual.get("publicAccessCidrs"), wanted.get("publicAccessCidrs"))
    if found:
        members = ("endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs")
        request = {name: wanted[name] for name in members if name in wanted}
        yield _of_vpc(found, request, "the API endpoint is reached otherwise within minutes")
    if (egress := _egress(wanted, actual)) and not _is_one_way(actual):
        request = {"controlPlaneEgressMode": wanted["controlPlaneEgressMode"]}
        yield _of_vpc(egress, request, "the control plane's own traffic goes another way, for good")


def _egress(wanted: Json, actual: Json) -> tuple[Difference, ...]:
    return said(wanted, actual, ("controlPlaneEgressMode",))


def _is_one_way(actual: Json) -> bool:
    """Whether the control plane's own traffic has left AWS's ways: EKS takes none of it back."""
    return bool(actual.get("controlPlaneEgressMode", _MANAGED) != _MANAGED)


def _placement(wanted: Json, actual: Json) -> Iterator[Update]:
    """Subnets where the spec names them: those that were chosen stay chosen."""
    found = list(of_set("securityGroupIds", actual.get("securityGroupIds"), wanted.get("securityGroupIds")))
    if "subnetIds" in wanted:
        found += of_set("subnetIds", actual.get("subnetIds"), wanted["subnetIds"])
    if found:
        request = {it.field: it.wanted for it in found}
        yield _of_vpc(found, request, "the control plane gets network interfaces elsewhere")


def _of_vpc(found: Iterable[Difference], request: Mapping[str, Any], outcome: str) -> Update:
    return Update(operation=_CONFIG, differences=_within(_VPC, found), request={_VPC: request}, outcome=outcome)


def _within(member: str, found: Iterable[Difference]) -> tuple[Difference, ...]:
    return tuple(Difference(f"{member}.{it.field}", it.actual, it.wanted) for it in found)


def _logging(wanted: Json, actual: Json) -> Iterator[Update]:
    on, want = _logged(actual), _logged(wanted)
    changes = [(sorted(want - on), True), (sorted(on - want), False)]
    setups = [{"types": types, "enabled": enabled} for types, enabled in changes if types]
    if setups:
        yield Update(
            operation=_CONFIG,
            differences=(Difference("logging.clusterLogging", sorted(on), sorted(want)),),
            request={"logging": {"clusterLogging": setups}},
            outcome="EKS writes, or no longer writes, these logs",
        )


def _logged(cluster: Json) -> set[str]:
    setups = cluster.get("logging", {}).get("clusterLogging", ())
    return {kind for setup in setups if setup.get("enabled") for kind in setup.get("types", ())}


def _encryption(wanted: Json, actual: Json) -> Iterator[Update]:
    if wanted.get("encryptionConfig") and not actual.get("encryptionConfig"):
        yield Update(
            operation="associate_encryption_config",
            differences=(Difference("encryptionConfig", None, wanted["encryptionConfig"]),),
            request={"encryptionConfig": wanted["encryptionConfig"]},
            outcome="secrets are encrypted with this key, for good",
        )


def _keys(cluster: Json) -> list[str]:
    return [entry.get("provider", {}).get("keyArn", "") for entry in cluster.get("encryptionConfig", ())]


def _differing(wanted: Json, actual: Json, members: Iterable[str]) -> tuple[Difference, ...]:
    """As ``said``, by what the values mean."""
    others = (it for it in members if it in wanted and not covers(_meaning(actual.get(it)), _meaning(wanted[it])))
    return said(wanted, actual, others)


def _meaning(value: object) -> object:
    """A value in one of its spellings: 60m is 1h is 1h0m0s, and the order of no list here means anything."""
    if isinstance(value, Mapping):
        return {name: _meaning(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return sorted(map(_meaning, value), key=partial(json.dumps, sort_keys=True))
    parts = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    return sum(int(parts[unit] or 0) * seconds for unit, seconds in _UNITS.items()) if parts else value
