"""The node-hours that sleep has saved: two numbers and an instant, whatever happens in between."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from lambdas.domain.frozen import dataclass

_HOUR: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """What sleep has saved up to an instant, and at which rate it goes on.

    Repeating a call changes nothing, however much later.

    Attributes:
        node_seconds: Saved until `asleep_since`.
        asleep_since: Since when `nodes` have been asleep; None while the cluster is awake.
        nodes: How many nodes there would be if it were awake: the sum of the sizes that were remembered.
    """

    node_seconds: int = 0
    asleep_since: datetime | None = None
    nodes: int = 0

    def slept(self, at: datetime, nodes: int) -> "Savings":
        """Answer the savings with so many nodes asleep from an instant on, also if another number slept before."""
        if self.asleep_since is None:
            return replace(self, asleep_since=at, nodes=nodes)
        if nodes == self.nodes:
            return self
        return Savings(node_seconds=self._until(at), asleep_since=max(at, self.asleep_since), nodes=nodes)

    def woke(self, at: datetime) -> "Savings":
        """Answer the savings of a cluster that is awake from an instant on."""
        return Savings(node_seconds=self._until(at))

    def so_far(self, now: datetime) -> float:
        """Answer the node-hours that have been saved until an instant."""
        return self._until(now) / _HOUR

    def _until(self, at: datetime) -> int:
        """Answer the node-seconds until an instant; one that is reported late takes nothing away."""
        if self.asleep_since is None:
            return self.node_seconds
        return self.node_seconds + self.nodes * max(0, int((at - self.asleep_since).total_seconds()))
