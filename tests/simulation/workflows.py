"""The seven things that Slipway does to a cluster: how each is asked for, and what has to be there first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from lambdas.domain.admission import admit_object
from lambdas.domain.calendar import Calendar, Hours, State, Window
from lambdas.domain.records import Sizes
from tests.workflows.attempts import POLICY, ROLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from tests.simulation.slipway import Slipway

NAME: Final = "quay"
OLD, NEW = "1.34", "1.35"

SIZES: Final = Sizes(minSize=2, maxSize=4, desiredSize=3)
ALWAYS: Final = Calendar(timezone="Europe/Berlin", awake=(Window(tuple(range(7)), Hours(0, 24 * 60 - 1)),))
"""Awake but for a minute before midnight: with it a cluster may sleep by hand."""

SMALL: Final[dict[str, Any]] = {
    "name": NAME,
    "version": NEW,
    "deletionProtection": False,
    "roleArn": f"{ROLE}/eks-cluster",
    "nodegroups": [
        {
            "nodegroupName": "services",
            "nodeRole": f"{ROLE}/eks-node",
            "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2},
        }
    ],
}
"""One node group; its roles are others'."""

FULL: Final[dict[str, Any]] = {
    **{key: value for key, value in SMALL.items() if key != "roleArn"},
    "accessEntries": [
        {"principalArn": f"{ROLE}/operators", "accessPolicies": [{"policyArn": f"{POLICY}ClusterAdminPolicy"}]}
    ],
    "podIdentityAssociations": [
        {"namespace": "payments", "serviceAccount": "ledger", "roleArn": f"{ROLE}/payments-ledger"}
    ],
    "nodegroups": [{"nodegroupName": "services", "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2}}],
}
"""Of every kind of thing that Slipway makes one; the roles are its own."""

KINDS: Final = {
    "small": SMALL,
    "full": FULL,
    "repairing": {**SMALL, "drift": "repair"},
    "undoing": {**SMALL, "onFailure": "remove"},
}


@cache
def spec(kind: str, version: str = NEW) -> ClusterSpec:
    """A spec of ``KINDS`` with this version."""
    return admit_object({**KINDS[kind], "version": version})


@cache
def changed(kind: str, version: str = NEW) -> ClusterSpec:
    """The same with other logs, tags and labels, an add-on more, and another node group in the place of the first."""
    document = KINDS[kind]
    group = document["nodegroups"][0]
    return admit_object(
        {
            **document,
            "version": version,
            "tags": {"team": "harbour"},
            "logging": {"clusterLogging": [{"types": ["audit"], "enabled": True}]},
            "addons": [{"addonName": "metrics-server"}],
            "nodegroups": [
                {**group, "labels": {"tier": "web"}},
                {**group, "nodegroupName": "batch", "scalingConfig": {"minSize": 0, "maxSize": 2, "desiredSize": 0}},
            ],
        }
    )


@dataclass(frozen=True, slots=True)
class Workflow:
    """What has to be there first, and what is asked for then. Both may be called again."""

    name: str
    before: tuple[Callable[[Slipway, str], Run | None], ...]
    ask: Callable[[Slipway, str], Run | None]
    said: tuple[str, ...]
    """All that is asked for by then, in words."""

    spec: Callable[[str], ClusterSpec] = spec
    """By its kind, the spec that was sent last."""

    within: timedelta = timedelta(hours=3)
    """By when it has converged at the latest, whatever single thing went wrong."""


def _create(slipway: Slipway, kind: str) -> Run | None:
    return slipway.accept(spec(kind))


def _create_old(slipway: Slipway, kind: str) -> Run | None:
    return slipway.accept(spec(kind, OLD))


def _update(slipway: Slipway, kind: str) -> Run | None:
    return slipway.replace(changed(kind))


def _upgrade(slipway: Slipway, kind: str) -> Run | None:
    return slipway.replace(spec(kind, NEW))


def _live(slipway: Slipway, _: str) -> Run | None:
    return slipway.plan(NAME, ALWAYS)


def _sleep(slipway: Slipway, _: str) -> Run | None:
    return slipway.hold(NAME, State.ASLEEP)


def _wake(slipway: Slipway, _: str) -> Run | None:
    return slipway.hold(NAME, State.AWAKE)


def _resize(slipway: Slipway, _: str) -> Run | None:
    return slipway.resize(NAME, {"services": SIZES})


def _delete(slipway: Slipway, _: str) -> Run | None:
    if slipway.record(NAME) is None:
        return None
    return slipway.delete(NAME)


WORKFLOWS: Final = (
    Workflow("create", (), _create, ("create",)),
    Workflow("update", (_create,), _update, ("create", "update"), changed),
    Workflow("upgrade", (_create_old,), _upgrade, ("create", "upgrade"), within=timedelta(hours=6)),
    Workflow("sleep", (_create, _live), _sleep, ("create", "sleep")),
    Workflow("wake", (_create, _live, _sleep), _wake, ("create", "sleep", "wake")),
    Workflow("resize", (_create,), _resize, ("create", "resize")),
    Workflow("delete", (_create, _live), _delete, ("create", "delete")),
)
