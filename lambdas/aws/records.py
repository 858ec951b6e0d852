"""What the registry is asked: clusters, runs and tombstones, as they were last written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.aws.items import (
    ALL_CLUSTERS,
    cluster_key,
    cluster_of,
    event_key,
    events_of,
    notice_of,
    run_key,
    run_of,
    runs_of,
    tombstone_of,
)
from lambdas.aws.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.aws.items import Item
    from lambdas.domain.events import Notice
    from lambdas.domain.records import ClusterRecord, Tombstone
    from lambdas.domain.runs import Run


class Records(Table):
    """The reads."""

    def cluster(self, name: str) -> ClusterRecord | None:
        """The cluster's record, or None; a deleted one has none."""
        item = self._get(cluster_key(name))
        return cluster_of(item) if item and tombstone_of(item) is None else None

    def tombstone(self, name: str) -> Tombstone | None:
        """What is kept of a deleted cluster, or None if there is a cluster or never was one."""
        item = self._get(cluster_key(name))
        return tombstone_of(item) if item else None

    def run(self, run: str) -> Run | None:
        """The run with its timeline, or None."""
        item = self._get(run_key(run))
        return run_of(item) if item else None

    def look(self, cluster: str, run: str) -> tuple[ClusterRecord | None, Run | None]:
        """Both: what a step needs to know before it looks at AWS.

        Not in a transaction, which DynamoDB would cancel whenever a branch beside this one reports.
        """
        return self.cluster(cluster), self.run(run)

    def clusters(self, after: Mapping[str, str] | None = None) -> tuple[list[ClusterRecord], Item | None]:
        """A page of clusters by name, and where the next one starts."""
        items, following = self._page(ALL_CLUSTERS, after, newest_first=False)
        return [cluster_of(item) for item in items], following

    def runs(self, cluster: str, after: Mapping[str, str] | None = None) -> tuple[list[Run], Item | None]:
        """A page of the cluster's runs, newest first, and where the next one starts."""
        items, following = self._page(runs_of(cluster), after, newest_first=True)
        return [run_of(item) for item in items], following

    def events(self, cluster: str, after: Mapping[str, str] | None = None) -> tuple[list[Notice], Item | None]:
        """A page of the cluster's events, newest first, and where the next one starts; deleted clusters have some."""
        items, following = self._page(events_of(cluster), after, newest_first=True)
        return [notice_of(item) for item in items], following

    def is_told(self, event: str) -> bool:
        """Whether the event is written down already."""
        return self._get(event_key(event)) is not None

    def unpublished(self) -> list[Notice]:
        """The events that are written down and, as far as is known, not published: oldest first."""
        return [notice_of(item) for item in self._unpublished()]
