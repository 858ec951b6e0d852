"""What UpdateNodegroupConfig takes of a node group, and what no call can change of it.

Sizes are none of it: they belong to the calendar, to whoever asks for others, and to an autoscaler.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lambdas.domain.planner.differences import Difference, Json, Update, of_set, said
from lambdas.domain.planner.node_versions import downgrades

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lambdas.domain.spec import Nodegroup, NodeRepairConfig

_DEFAULTS: Final[dict[str, Json]] = {
    "updateConfig": {"updateStrategy": "DEFAULT"},
    "nodeRepairConfig": {"enabled": False},
    "warmPoolConfig": {"enabled": False, "minSize": 0, "poolState": "STOPPED", "reuseOnScaleIn": False},
}
"""What EKS does where it reports nothing (botocore's documentation of these members)."""

_OVERRIDES: Final = "nodeRepairConfigOverrides"

_OUTCOMES: Final[dict[str, str]] = {
    "labels": "its nodes get these labels",
    "taints": "its nodes get these taints, and with NO_EXECUTE pods that do not tolerate them are evicted",
    "updateConfig": "its nodes are replaced so from the next update on",
    "nodeRepairConfig": "its unhealthy nodes are repaired so",
    "warmPoolConfig": "its instances are prepared so in advance",
}


def updates(group: Nodegroup, actual: Json) -> Iterator[Update]:
    """The one update of its configuration, where one is due: EKS takes all these members together."""
    found = tuple(_differences(group, actual))
    if found:
        names = list(dict.fromkeys(it.field.partition(".")[0] for it in found))
        yield Update(
            operation="update_nodegroup_config",
            differences=found,
            request={name: _payload(name, group, actual) for name in names},
            outcome=f"{', '.join(_OUTCOMES[name] for name in names)}; no node is replaced for it",
        )


def frozen(group: Nodegroup, actual: Json, *, role: str, wanted: str) -> tuple[Difference, ...]:
    """What differs and cannot change. ``role`` is that of its nodes, ``wanted`` its Kubernetes version in the end."""
    return tuple(_frozen(group, actual, role, wanted))


def _frozen(group: Nodegroup, actual: Json, role: str, wanted: str) -> Iterator[Difference]:
    members = _members(group)
    yield from _machines(group, actual)
    if group.subnets:
        yield from of_set("subnets", actual.get("subnets"), group.subnets)
    yield from said(members, actual, ("amiType", "capacityType", "diskSize"))
    yield from said({"nodeRole": role}, actual, ("nodeRole",))
    yield from _remote_access(members, actual)
    yield from _template(group, actual)
    yield from downgrades(group, actual, wanted)


def _differences(group: Nodegroup, actual: Json) -> Iterator[Difference]:
    labels = actual.get("labels") or {}
    for key in sorted({*labels, *group.labels}):
        if labels.get(key) != group.labels.get(key):
            yield Difference(f"labels.{key}", labels.get(key), group.labels.get(key))
    taints, wanted = _taints_of(actual), _wanted_taints(group)
    if taints != wanted:
        yield Difference("taints", list(taints.values()), list(wanted.values()))
    for name, defaults in _DEFAULTS.items():
        there, asked = _comparable({**defaults, **(actual.get(name) or {})}), _comparable(_asked(name, group))
        yield from (Difference(f"{name}.{it.field}", it.actual, it.wanted) for it in said(asked, there, asked))


def _payload(name: str, group: Nodegroup, actual: Json) -> Json:
    if name == "labels":
        return _labels(group.labels, actual.get("labels") or {})
    if name == "taints":
        return _taints(_wanted_taints(group), _taints_of(actual))
    return _asked(name, group)


def _labels(wanted: Mapping[str, str], there: Mapping[str, str]) -> Json:
    added = {key: value for key, value in wanted.items() if there.get(key) != value}
    return _filled(addOrUpdateLabels=added, removeLabels=sorted(there.keys() - wanted.keys()))


Taints = dict[tuple[str, str], dict[str, str]]
"""Taints as EKS spells them, by what Kubernetes knows them by: key and effect."""


def _taints(wanted: Taints, there: Taints) -> Json:
    added = [taint for known, taint in wanted.items() if there.get(known) != taint]
    return _filled(addOrUpdateTaints=added, removeTaints=[there[known] for known in there if known not in wanted])


def _wanted_taints(group: Nodegroup) -> Taints:
    return {(it.key, it.effect): {"key": it.key, "value": it.value, "effect": it.effect} for it in group.taints}


def _taints_of(actual: Json) -> Taints:
    return {
        (it["key"], it["effect"]): {"key": it["key"], "value": it.get("value") or "", "effect": it["effect"]}
        for it in actual.get("taints") or ()
    }


def _asked(name: str, group: Nodegroup) -> Json:
    """A member as it is sent. A warm pool that the spec does not have goes."""
    if name == "nodeRepairConfig":
        return _repairs(group.nodeRepairConfig)
    if name == "warmPoolConfig" and not (group.warmPoolConfig and group.warmPoolConfig.enabled):
        return {"enabled": False}
    return _members(getattr(group, name))


def _repairs(config: NodeRepairConfig) -> Json:
    """Without exceptions for conditions an empty list is sent, so that the last one goes as well."""
    return {**_members(config), _OVERRIDES: list(map(_members, config.nodeRepairConfigOverrides))}


def _comparable(config: Json) -> Json:
    """The order of exceptions means nothing, and none is the same as an empty list of them."""
    exceptions = sorted(config.get(_OVERRIDES) or (), key=partial(json.dumps, sort_keys=True))
    return {**config, _OVERRIDES: exceptions}


def _machines(group: Nodegroup, actual: Json) -> Iterator[Difference]:
    """Of ON_DEMAND instances EKS tries the first type first; of those that a template names it reports none."""
    there = list(actual.get("instanceTypes") or ())
    if not group.instanceTypes or not there:
        return
    if group.capacityType == "SPOT":
        yield from of_set("instanceTypes", there, group.instanceTypes)
    elif there != list(group.instanceTypes):
        yield Difference("instanceTypes", there, list(group.instanceTypes))


def _remote_access(members: Json, actual: Json) -> Iterator[Difference]:
    """A spec that says none means none; but one that is open to everybody, no spec can say: adoption has told of it."""
    wanted, there = members.get("remoteAccess"), actual.get("remoteAccess") or {}
    if there.get("ec2SshKey") and there.get("sourceSecurityGroups") and not wanted:
        yield Difference("remoteAccess", dict(there), None)
    if wanted:
        key = said(wanted, there, ("ec2SshKey",))
        groups = of_set("sourceSecurityGroups", there.get("sourceSecurityGroups"), wanted["sourceSecurityGroups"])
        yield from (Difference(f"remoteAccess.{it.field}", it.actual, it.wanted) for it in (*key, *groups))


def _template(group: Nodegroup, actual: Json) -> Iterator[Difference]:
    wanted, there = _members(group.launchTemplate) if group.launchTemplate else {}, actual.get("launchTemplate") or {}
    if there and not wanted:
        yield Difference("launchTemplate", dict(there), None)
    found = said(wanted, there, ("id", "name"))
    yield from (Difference(f"launchTemplate.{it.field}", it.actual, it.wanted) for it in found)


def _members(value: object) -> dict[str, Any]:
    """A part of the spec as JSON, without what it does not say."""
    said: dict[str, Any] = msgspec.to_builtins(value)
    return {name: member for name, member in said.items() if member is not None}


def _filled(**lists: Any) -> Json:  # noqa: ANN401 -- JSON
    return {name: value for name, value in lists.items() if value}
