"""The version ladder: Kubernetes goes up one minor version at a time, and never down."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def minor(version: str) -> int:
    """The minor number of a version: 35 for "1.35"."""
    return int(version.split(".")[1])


def rungs(present: str, wanted: str) -> tuple[str, ...]:
    """The versions to go through, the wanted one last; none if it is the present one or lower."""
    major = wanted.partition(".")[0]
    return tuple(f"{major}.{number}" for number in range(minor(present) + 1, minor(wanted) + 1))


def lower(one: str, other: str) -> str:
    """The lower of two versions."""
    return min(one, other, key=minor)


def of(cluster: Mapping[str, object], wanted: str) -> str:
    """The version for which add-ons and nodes are to be made ready: that of the control plane, where there is one."""
    return str(cluster.get("version") or wanted)
