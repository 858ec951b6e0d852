"""What UpdateAddon changes in one call, which version an add-on is to have, and what no call can change of it."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lambdas.domain.frozen import dataclass
from lambdas.domain.planner.differences import Difference, Effect, Json, Update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lambdas.domain.spec import Addon

_OPERATION: Final = "update_addon"
_VERSION: Final = "addonVersion"
_SETTINGS: Final = "configurationValues"
_ROLE: Final = "serviceAccountRoleArn"
_PODS: Final = "podIdentityAssociations"
_NO_SETTINGS: Final = "{}"
"""Left out of an update, settings stay as they are; an empty object takes them away."""

_OF_PODS: Final = frozenset({_VERSION, _SETTINGS, "status"})
"""Whatever changes one of these changes the add-on's pods."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What EKS offers of an add-on for one Kubernetes version: all versions, and the one that it calls default."""

    versions: tuple[str, ...] = ()
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The add-on's version that is wanted, and the Kubernetes version for which that was decided."""

    version: str
    kubernetes: str

    @classmethod
    def of(cls, fact: object) -> Chosen | None:
        """What a fact says of it."""
        return cls(version=fact["version"], kubernetes=fact["for"]) if isinstance(fact, dict) else None

    def told(self) -> dict[str, object]:
        """As a fact."""
        return {"version": self.version, "for": self.kubernetes}


def chosen(
    pinned: str | None,
    present: str,
    before: Chosen | None,
    kubernetes: str,
    *,
    climbing: bool,
    offered: Callable[[], Offered],
) -> Chosen:
    """The version that is wanted of an add-on that has ``present``, on a control plane of version ``kubernetes``.

    ``pinned`` is what the spec says, ``before`` what an earlier look has decided. While the control plane is
    ``climbing``, what the spec says may be meant for a later rung. ``offered`` asks EKS, where it has to be asked.
    """
    decided = before or Chosen(version=present, kubernetes=kubernetes)
    if pinned and not climbing:
        return Chosen(version=pinned, kubernetes=kubernetes)
    if decided.kubernetes == kubernetes and (not pinned or decided.version == pinned):
        return decided
    offer = offered()
    version = _pinned(pinned, present, offer) if pinned else _default(present, offer)
    return Chosen(version=version, kubernetes=kubernetes)


def _pinned(pinned: str, present: str, offer: Offered) -> str:
    """What the spec says as soon as it can be had; until then whatever goes with this rung."""
    if pinned in offer.versions:
        return pinned
    return present if present in offer.versions or offer.default is None else offer.default


def _default(present: str, offer: Offered) -> str:
    """EKS's default, but never a step back from what works here too."""
    if offer.default is None:
        return present
    return max(present, offer.default, key=_rank) if present in offer.versions else offer.default


def _rank(version: str) -> list[int]:
    """What orders versions such as v1.20.4-eksbuild.2."""
    return [int(number) for number in re.findall(r"\d+", version)]


def updates(
    addon: Addon, version: str, actual: Json, roles: Mapping[str, str], *, mend: bool = False
) -> Iterator[Update]:
    """The one update that makes good all that differs, if anything does.

    ``roles`` are the roles of the add-on's service accounts, from its own pod identity associations. ``mend`` asks for
    the update though nothing differs but the status: that of an update which failed.
    """
    pods = tuple(_pods(addon, roles))
    found = (*_members(addon, version, actual), *pods)
    if mend and not found:
        found = (Difference("status", actual["status"], "ACTIVE"),)
    if not found:
        return
    rolls = any(it.field in _OF_PODS for it in found)
    yield Update(
        operation=_OPERATION,
        differences=found,
        request=_request(addon, version, actual, pods),
        effect=Effect.ROLLING if rolls else Effect.IN_PLACE,
        outcome="its pods are replaced a few at a time" if rolls else "its new pods work with other IAM roles",
    )


def later(addon: Addon, first: Chosen, rungs: Sequence[str], offered: Callable[[str], Offered]) -> Iterator[Update]:
    """The updates that an upgrade to these Kubernetes versions brings, decided as they will be when it is there.

    ``first`` is what is wanted before the first, ``offered`` asks EKS what it offers for a Kubernetes version.
    """
    before = first
    for rung in rungs:
        after = chosen(
            addon.addonVersion,
            before.version,
            before,
            rung,
            climbing=rung != rungs[-1],
            offered=partial(offered, rung),
        )
        if after.version != before.version:
            yield Update(
                operation=_OPERATION,
                differences=(Difference(_VERSION, before.version, after.version),),
                effect=Effect.ROLLING,
                outcome="its pods are replaced a few at a time",
                rung=rung,
            )
        before = after


def frozen(addon: Addon, actual: Json) -> tuple[Difference, ...]:
    """What differs and cannot change: the namespace, where EKS tells it."""
    there = (actual.get("namespaceConfig") or {}).get("namespace")
    wanted = addon.namespaceConfig.namespace if addon.namespaceConfig else there
    return (Difference("namespaceConfig.namespace", there, wanted),) if there and there != wanted else ()


def _members(addon: Addon, version: str, actual: Json) -> Iterator[Difference]:
    if actual.get(_VERSION) != version:
        yield Difference(_VERSION, actual.get(_VERSION), version)
    if _meaning(actual.get(_SETTINGS)) != _meaning(addon.configurationValues):
        yield Difference(_SETTINGS, actual.get(_SETTINGS), addon.configurationValues)
    if (actual.get(_ROLE) or None) != addon.serviceAccountRoleArn:
        yield Difference(_ROLE, actual.get(_ROLE), addon.serviceAccountRoleArn)


def _pods(addon: Addon, roles: Mapping[str, str]) -> Iterator[Difference]:
    wanted = {it.serviceAccount: it.roleArn for it in addon.podIdentityAssociations}
    if dict(roles) != wanted:
        yield Difference(_PODS, _associations(roles), _associations(wanted))


def _associations(roles: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"serviceAccount": account, "roleArn": role} for account, role in sorted(roles.items())]


def _request(addon: Addon, version: str, actual: Json, pods: Sequence[Difference]) -> dict[str, Any]:
    """Everything that is wanted, also what is there already.

    EKS takes the role from a service account when an update does not name it (hashicorp/terraform-provider-aws#19402).
    """
    request: dict[str, Any] = {_VERSION: version, "resolveConflicts": addon.resolveConflicts or "PRESERVE"}
    if addon.configurationValues or _meaning(actual.get(_SETTINGS)) != {}:
        request[_SETTINGS] = addon.configurationValues or _NO_SETTINGS
    if addon.serviceAccountRoleArn:
        request[_ROLE] = addon.serviceAccountRoleArn
    return request | {it.field: it.wanted for it in pods}


def _meaning(text: str | None) -> object:
    """JSON by what it means; any other text, which is YAML, as it stands."""
    if not (text or "").strip():
        return {}
    try:
        return json.loads(text or "")
    except ValueError:
        return (text or "").strip()
