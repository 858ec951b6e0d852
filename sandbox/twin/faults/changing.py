"""The world behind our back: what somebody else calls, what is suddenly gone, and groups that are resized past EKS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.twin import addons, autoscaling, clusters, nodegroups
from sandbox.twin.errors import NotModelled, Refusal
from sandbox.twin.faults.altering import ALTERATIONS, alter
from sandbox.twin.model import EKS, service_model
from sandbox.twin.twin import NOT_MODELLED

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.twin import Twin
    from sandbox.twin.core import Core
    from sandbox.twin.faults.calls import Asked
    from sandbox.twin.faults.rules import Change
    from sandbox.twin.wire import Json

_NOT_THEIRS = ("tags", "clientRequestToken")
_NAMES = ("clusterName", "nodegroupName", "addonName", "principalArn", "associationId")
"""All that a deed takes from the call that sets it off."""


def change(twin: Twin, rule: Change, asked: Asked | None) -> None:
    """Do what the rule says, as somebody else.

    Raises:
        Refusal: EKS will not do it, or what should be gone is not there.
    """
    params = completed(rule, asked)
    if rule.does in DEEDS:
        twin.intervene(lambda core: DEEDS[rule.does](core, params))
        return
    somebody = f"arn:{twin.scope.partition}:iam::{twin.scope.account}:role/somebody-else"
    try:
        twin.call(rule.does, params, somebody)
    except NotModelled as gap:
        raise Refusal(NOT_MODELLED, str(gap)) from gap


def completed(rule: Change, asked: Asked | None) -> Json:
    """Return the rule's parameters, and those of the call that set it off for the ones it lacks."""
    if asked is None:
        return rule.params
    theirs = asked.params | {member: asked.cluster for member in ("name", "clusterName") if asked.cluster}
    known = members(rule.does).intersection(_NAMES) if rule.does in DEEDS else members(rule.does)
    return {name: value for name, value in theirs.items() if name in known and name not in _NOT_THEIRS} | rule.params


def members(does: str) -> set[str]:
    """Return the parameters that a change can have."""
    if does in ALTERATIONS:
        return {*ALTERATIONS[does].names, *ALTERATIONS[does].members}
    if does in DEEDS:
        return {"clusterName", *_MEMBERS[does]}
    shape = service_model(EKS).operation_model(does).input_shape
    return set(getattr(shape, "members", {}))


def _vanish_cluster(core: Core, params: Json) -> None:
    clusters.gone(core, core.cluster(params["clusterName"]))


def _vanish_nodegroup(core: Core, params: Json) -> None:
    nodegroups.gone(*core.nodegroup(params["clusterName"], params["nodegroupName"]))


def _vanish_addon(core: Core, params: Json) -> None:
    cluster, addon = core.addon(params["clusterName"], params["addonName"])
    addons.gone(cluster, addon)
    cluster.software.discard(addon.name)


def _resize_group(core: Core, params: Json) -> None:
    _, nodegroup = core.nodegroup(params["clusterName"], params["nodegroupName"])
    sizes = {_SIZES[name]: value for name, value in params.items() if name in _SIZES}
    wrong = [value for value in sizes.values() if not isinstance(value, int)]
    if wrong or nodegroup.group is None:
        raise Refusal("ValidationError", f"{wrong} is no size" if wrong else "There is no auto scaling group yet")
    autoscaling.update_group(core, {"AutoScalingGroupName": nodegroup.group.name, **sizes})


def _altering(does: str) -> Callable[[Core, Json], None]:
    return lambda core, params: alter(core, does, params)


DEEDS: dict[str, Callable[[Core, Json], None]] = {
    "VanishCluster": _vanish_cluster,
    "VanishNodegroup": _vanish_nodegroup,
    "VanishAddon": _vanish_addon,
    "ResizeGroup": _resize_group,
    **{does: _altering(does) for does in ALTERATIONS},
}
"""What no operation of EKS does."""
_SIZES = {"minSize": "MinSize", "maxSize": "MaxSize", "desiredSize": "DesiredCapacity"}
_MEMBERS: dict[str, tuple[str, ...]] = {
    "VanishCluster": (),
    "VanishNodegroup": ("nodegroupName",),
    "VanishAddon": ("addonName",),
    "ResizeGroup": ("nodegroupName", *_SIZES),
}
