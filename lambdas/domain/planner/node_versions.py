"""What UpdateNodegroupVersion takes: Kubernetes version, image release and launch template version of the nodes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambdas.domain.planner import ladder
from lambdas.domain.planner.differences import Difference, Effect, Json, Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.spec import Nodegroup

_CUSTOM: Final = "CUSTOM"
"""The AMI type of nodes whose launch template names the image: EKS takes neither version nor release with it."""

_BOTTLEROCKET: Final = "BOTTLEROCKET"
_TEMPLATE: Final = "launchTemplate"


def version_updates(
    group: Nodegroup, actual: Json, *, wanted: str, reached: str
) -> tuple[tuple[Update, ...], tuple[Update, ...]]:
    """The updates that are due, in order, and those that are once the control plane has got further.

    ``wanted`` is the Kubernetes version of the nodes in the end, ``reached`` the control plane's present one: nodes are
    never newer. What else replaces the nodes goes with the first of the rungs.
    """
    present, template = actual["version"], tuple(_template(group, actual))
    if is_custom(actual):
        return ((_rolling(group, template, {}),) if template else ()), ()
    rungs = ladder.rungs(present, wanted)
    due = len([rung for rung in rungs if ladder.minor(rung) <= ladder.minor(reached)])
    climb = [
        _rung(group, actual, before, rung, template if due and rung == rungs[0] else ())
        for before, rung in zip((present, *rungs), rungs, strict=False)
    ]
    stay = () if due else tuple(_in_its_version(group, actual, template))
    return (*stay, *climb[:due]), tuple(climb[due:])


def is_custom(actual: Json) -> bool:
    """Whether the launch template names the image, said by the spec or not: such nodes are as new as that image."""
    return bool(actual.get("amiType") == _CUSTOM)


def release(group: Nodegroup, actual: Json, version: str) -> str:
    """The image release that the spec wants of nodes of a Kubernetes version; empty where that is EKS's to choose.

    It begins with the version it is for; but one of Bottlerocket is made for all Kubernetes versions at once.
    """
    said = group.releaseVersion or ""
    return said if _is_bottlerocket(group, actual) or said.startswith((f"{version}.", f"{version}-")) else ""


def made_in(group: Nodegroup, version: str) -> Nodegroup:
    """The node group as it is made while the control plane has this version: the only one in which EKS makes any.

    On the way to a higher one it is taken up with the others.
    """
    said = release(group, {}, version) or None
    return replace(group, version=version if group.version else None, releaseVersion=said)


def downgrades(group: Nodegroup, actual: Json, wanted: str) -> Iterator[Difference]:
    """What would have to go down: no node group goes back to an earlier Kubernetes or AMI version.

    So says botocore's documentation of UpdateNodegroupVersion.
    """
    if is_custom(actual):
        return
    if ladder.minor(wanted) < ladder.minor(actual["version"]):
        yield Difference("version", actual["version"], wanted)
    if _is_older(group, actual):
        yield Difference("releaseVersion", actual["releaseVersion"], group.releaseVersion)


def _rung(group: Nodegroup, actual: Json, before: str, rung: str, template: tuple[Difference, ...]) -> Update:
    asked = release(group, actual, rung)
    of_release = (Difference("releaseVersion", actual.get("releaseVersion"), asked),) if asked else ()
    differences = (Difference("version", before, rung), *of_release, *template)
    return _rolling(group, differences, _target(rung, asked), rung)


def _in_its_version(group: Nodegroup, actual: Json, template: tuple[Difference, ...]) -> Iterator[Update]:
    """Another release or template version. The Kubernetes version is said: EKS would take the control plane's."""
    asked, there = release(group, actual, actual["version"]), actual.get("releaseVersion")
    moved = bool(asked) and asked != there and not _is_older(group, actual)
    differences = (*((Difference("releaseVersion", there, asked),) if moved else ()), *template)
    if differences:
        yield _rolling(group, differences, _target(actual["version"], asked))


def _target(version: str, asked: str) -> Json:
    return {"version": version, **({"releaseVersion": asked} if asked else {})}


def _rolling(group: Nodegroup, differences: tuple[Difference, ...], target: Json, rung: str = "") -> Update:
    with_template = any(it.field.startswith(_TEMPLATE) for it in differences)
    template = {_TEMPLATE: _named(group)} if with_template else {}
    return Update(
        operation="update_nodegroup_version",
        differences=differences,
        request={**target, **template},
        effect=Effect.ROLLING,
        outcome="its nodes are replaced a few at a time, each of them drained first",
        rung=rung,
    )


def _named(group: Nodegroup) -> Json:
    """The launch template by the id or the name of the spec: EKS takes one of them."""
    said = group.launchTemplate
    members = {"id": said.id, "name": said.name, "version": said.version} if said else {}
    return {name: value for name, value in members.items() if value is not None}


def _template(group: Nodegroup, actual: Json) -> Iterator[Difference]:
    said = group.launchTemplate.version if group.launchTemplate else None
    there = (actual.get(_TEMPLATE) or {}).get("version")
    if said is not None and there is not None and said != there:
        yield Difference(f"{_TEMPLATE}.version", there, said)


def _is_older(group: Nodegroup, actual: Json) -> bool:
    """Whether the release that the spec says is an earlier one of the very version that the nodes have."""
    asked, there = release(group, actual, actual["version"]), actual.get("releaseVersion") or ""
    if _is_bottlerocket(group, actual):
        asked, there = asked.partition("-")[0], there.partition("-")[0]  # what follows is a commit
    return bool(asked and there) and _numbers(asked) < _numbers(there)


def _numbers(release_name: str) -> tuple[int, ...]:
    """What orders releases such as 1.35.3-20261109, 1.35-2026.11.11 and 1.52.0."""
    return tuple(map(int, re.findall("[0-9]+", release_name)))


def _is_bottlerocket(group: Nodegroup, actual: Json) -> bool:
    return (group.amiType or actual.get("amiType") or "").startswith(_BOTTLEROCKET)
