"""The latencies of one cluster: drawn once by the twin, and read by the bound and by the models alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from benchmarks.provisioning.cluster import NEED_NODES, NODE_FREE, NODEGROUPS
from sandbox.twin.latencies import Draws, Latencies, Triangular

if TYPE_CHECKING:
    from collections.abc import Mapping

ROLE_SECONDS: Final = 1.0
"""To create a role and attach its policies: 1 to 2 s in logs of Terraform."""
PROPAGATION: Final = Triangular(5, 8, 15)
"""From a role's creation until EKS takes it: assumed."""

Drawn = tuple[str, str]
"""What for, and for which resource: ``("create", "arn:aws:eks:…")``."""


_MAKING: Final = frozenset({"create", "install"})
"""What the twin draws for a new cluster and its node groups, and for add-ons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Seconds that EKS takes for each thing, once it has all it needs."""

    propagation: float
    cluster: float
    nodegroups: tuple[float, ...]
    addons: Mapping[str, float]
    role: float = ROLE_SECONDS

    @classmethod
    def of(cls, seconds: Mapping[Drawn, float], cluster: str, *, propagation: float) -> Self:
        """What the twin has drawn for a cluster."""
        made = {resource.split(":", 5)[5]: it for (what, resource), it in seconds.items() if what in _MAKING}
        groups = [it for name, it in made.items() if name.startswith(f"nodegroup/{cluster}/")]
        addons = {name.split("/")[2]: it for name, it in made.items() if name.startswith(f"addon/{cluster}/")}
        assert len(groups) == len(NODEGROUPS), groups
        assert set(addons) == {*NODE_FREE, *NEED_NODES}, addons
        control_plane = made[f"cluster/{cluster}"]
        return cls(propagation=propagation, cluster=control_plane, nodegroups=tuple(groups), addons=addons)

    def slowest(self, *addons: str) -> float:
        """The longest that one of these add-ons takes."""
        return max(self.addons[name] for name in addons)


class RecordedDraws(Draws):
    """The twin's draws, with a record of how long it takes to make each thing."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.recorded: dict[Drawn, float] = {}

    def seconds(self, distribution: Triangular, *key: str) -> float:
        """Draw a duration."""
        drawn = super().seconds(distribution, *key)
        purpose, resource = key
        if purpose in _MAKING:
            assert key not in self.recorded, f"{resource} was made twice, of which only one is on record."
            self.recorded[purpose, resource] = drawn
        return drawn


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
