"""The latencies of one cluster: drawn once by the twin, and read by the bound and by the models alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from benchmarks.provisioning.cluster import NEED_NODES, NODE_FREE, NODEGROUPS
from sandbox.twin.latencies import Draws, Latencies, Triangular

ROLE_SECONDS: Final = 1.0
"""To create a role and attach its policies: 1 to 2 s in logs of Terraform."""
PROPAGATION: Final = Triangular(5, 8, 15)
"""From a role's creation until EKS takes it: assumed."""

Drawn = tuple[str, str]
"""What for, and for which resource: ``("create", "arn:aws:eks:…")``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Seconds that EKS takes for each thing, once it has all it needs."""

    propagation: float
    cluster: float
    nodegroups: tuple[float, ...]
    addons: Mapping[str, float]
    role: float = ROLE_SECONDS

    @classmethod
    def of(cls, seconds: Mapping[Drawn, float], *, propagation: float) -> Self:
        """What the twin has drawn for the only cluster that was made with it.

        A second draw for a resource would be of a second attempt, of which there must be none.
        """
        groups = {arn: it for (what, arn), it in seconds.items() if what == "create" and ":nodegroup/" in arn}
        addons = {arn.split("/")[2]: it for (what, arn), it in seconds.items() if what == "install"}
        (cluster,) = (it for (what, arn), it in seconds.items() if what == "create" and ":cluster/" in arn)
        assert len(groups) == len(NODEGROUPS), groups
        assert set(addons) == {*NODE_FREE, *NEED_NODES}, addons
        return cls(propagation=propagation, cluster=cluster, nodegroups=tuple(groups.values()), addons=addons)

    def slowest(self, *addons: str) -> float:
        """The longest that one of these add-ons takes."""
        return max(self.addons[name] for name in addons)


class RecordedDraws(Draws):
    """The twin's draws, with a record of every duration."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.recorded: dict[Drawn, float] = {}

    def seconds(self, distribution: Triangular, *key: str) -> float:
        """Draw a duration, and remember it under its purpose and resource."""
        drawn = super().seconds(distribution, *key)
        purpose, resource = key
        assert (purpose, resource) not in self.recorded or purpose in _REPEATED, f"{key} was drawn twice"
        self.recorded[purpose, resource] = drawn
        return drawn


_REPEATED: Final = frozenset({"boot", "ready"})
"""What is drawn for each instance of a node group; neither is on the way of a node group's creation."""


def propagation(seed: int) -> float:
    """How long roles take to be seen, with this seed."""
    return Draws(seed).seconds(PROPAGATION, "propagation")


def drawn_alone(seed: int) -> Draw:
    """A draw from the same distributions without a twin: for what is asked of the models only."""
    draws, latencies = Draws(seed), Latencies()
    return Draw(
        propagation=propagation(seed),
        cluster=draws.seconds(latencies.cluster_create, "create", "cluster"),
        nodegroups=tuple(draws.seconds(latencies.nodegroup_create, "create", name) for name in NODEGROUPS),
        addons={
            name: draws.seconds(latencies.addon_install(name), "install", name) for name in (*NODE_FREE, *NEED_NODES)
        },
    )
