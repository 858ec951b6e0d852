"""EC2's bucket for RunInstances, on which all auto scaling groups of an account and region draw."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unittest import mock

from sandbox.twin import capacity
from sandbox.twin.capacity import Scarcity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.twin.core import Core
    from sandbox.twin.state import Cluster, Nodegroup

AT_ONCE = 1000
A_SECOND = 2.0
"""Instances, by https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html."""


@dataclass
class Launches:
    """The bucket: what it does not give is refused to the auto scaling group, which asks again in a while."""

    tokens: float = AT_ONCE
    filled_at: datetime | None = None
    refused: int = field(default=0)

    def scarcity(self, core: Core, cluster: Cluster, nodegroup: Nodegroup) -> Scarcity | None:
        """Take the place of the twin's own: so many instances can the group have now, if not all."""
        staying = len(nodegroup.group.staying) if nodegroup.group else 0
        missing = nodegroup.group.desired - staying if nodegroup.group else 0
        given = self._take(max(0, missing), core.now)
        if given >= missing:
            return None
        self.refused += 1
        return Scarcity(
            instances=staying + given,
            code="AsgInstanceLaunchFailures",
            message="Could not launch On-Demand Instances. RequestLimitExceeded - Request limit exceeded.",
            cluster=cluster.name,
            nodegroup=nodegroup.name,
        )

    def _take(self, wanted: int, now: datetime) -> int:
        grown = (now - (self.filled_at or now)).total_seconds() * A_SECOND
        self.tokens, self.filled_at = min(AT_ONCE, self.tokens + grown), now
        given = min(wanted, int(self.tokens))
        self.tokens -= given
        return given


@contextmanager
def bucket() -> Iterator[Launches]:
    """Every launch of the twin draws on one bucket, which is full."""
    launches = Launches()
    with mock.patch.object(capacity, "scarcity", launches.scarcity):
        yield launches
