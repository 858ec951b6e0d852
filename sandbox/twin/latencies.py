"""How long things take, in seconds: every figure the twin draws from, in one place.

Sources are timestamps in public logs of Terraform, eksctl and kubectl, and vendor documentation; docs/twin.md
lists them. What a simulation draws from these is a twin figure, never a measurement of AWS.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Triangular(NamedTuple):
    """A triangular distribution: fastest, commonest and slowest seen."""

    low: float
    mode: float
    high: float


_ADDONS = {
    "vpc-cni": Triangular(20, 30, 37),
    "kube-proxy": Triangular(4, 12, 25),
    "eks-pod-identity-agent": Triangular(4, 14, 25),
    "coredns": Triangular(8, 13, 40),
    "aws-ebs-csi-driver": Triangular(15, 25, 45),
}


class Latencies(NamedTuple):
    """The distributions, by what they time."""

    cluster_create: Triangular = Triangular(400, 540, 690)
    cluster_delete: Triangular = Triangular(69, 150, 522)
    cluster_config_update: Triangular = Triangular(60, 81, 110)
    cluster_version_update: Triangular = Triangular(420, 509, 700)
    cluster_status_lag: Triangular = Triangular(0, 5, 30)
    """From the answer to UpdateCluster* until the status reads UPDATING; documented as eventually consistent."""

    insights_refresh: Triangular = Triangular(20, 60, 180)
    """From StartInsightsRefresh until its checks are made."""

    group_appears: Triangular = Triangular(10, 15, 25)
    """From CreateNodegroup until its auto scaling group exists."""
    nodegroup_create: Triangular = Triangular(85, 110, 200)
    nodegroup_create_empty: Triangular = Triangular(52, 58, 66)
    nodegroup_join_deadline: Triangular = Triangular(900, 930, 1000)
    """After which instances that never became ready turn a new node group into CREATE_FAILED."""
    nodegroup_config_update: Triangular = Triangular(2, 5, 10)
    nodegroup_version_update_base: Triangular = Triangular(60, 80, 120)
    nodegroup_version_update_step: Triangular = Triangular(200, 260, 320)
    """For each batch of `maxUnavailable` nodes."""
    pod_eviction_deadline: Triangular = Triangular(900, 900, 900)
    """After which pods that would not leave a node end an update, or are ended with their node by force."""
    nodegroup_delete: Triangular = Triangular(200, 252, 320)
    """At least: a node group goes with the last of its instances."""
    fargate_create: Triangular = Triangular(60, 120, 180)
    fargate_delete: Triangular = Triangular(60, 120, 240)
    log_group_reborn: Triangular = Triangular(240, 300, 360)
    """From the end of a cluster until its last log lines come in, where a rule leaves them."""

    instance_boot: Triangular = Triangular(42, 50, 60)
    """From launch to InService."""
    node_ready: Triangular = Triangular(4, 10, 18)
    """From InService to a node that Kubernetes calls Ready."""
    instance_drain: Triangular = Triangular(60, 150, 420)
    """From being chosen for scale in until the instance is gone."""

    launch_retry: Triangular = Triangular(20, 40, 60)
    """From a launch that is refused until the auto scaling group asks again."""
    nodegroup_degrades: Triangular = Triangular(30, 60, 120)
    """From a launch that is refused until the node group reads DEGRADED."""
    nodegroup_recovers: Triangular = Triangular(10, 30, 60)
    """From having all its instances until a node group that lacked some reads ACTIVE."""

    addon_degrades: Triangular = Triangular(60, 90, 150)
    """From losing (or never having) a node until the add-on reads DEGRADED."""
    addon_update_deadline: Triangular = Triangular(1200, 1200, 1200)
    addon_delete: Triangular = Triangular(4, 10, 25)
    addon_other: Triangular = Triangular(20, 35, 55)
    addons: Mapping[str, Triangular] = MappingProxyType(_ADDONS)

    def addon_install(self, name: str) -> Triangular:
        """Return how long the add-on `name` takes to install."""
        return self.addons.get(name, self.addon_other)


class Draws:
    """Random numbers that depend on seed, purpose and resource, never on the order in which calls come in.

    The nth draw for the same purpose on the same resource is the same in every run with the same seed.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._drawn: Counter[tuple[str, ...]] = Counter()

    def _random(self, key: tuple[str, ...]) -> random.Random:
        self._drawn[key] += 1
        text = "|".join((str(self._seed), *key, str(self._drawn[key])))
        return random.Random(text)  # noqa: S311 - a simulation, not a secret

    def seconds(self, distribution: Triangular, *key: str) -> float:
        """Draw a duration."""
        low, mode, high = distribution
        return self._random(("seconds", *key)).triangular(low, high, mode)

    def uuid(self, *key: str) -> str:
        """Draw a UUID."""
        return str(uuid.UUID(int=self._random(("uuid", *key)).getrandbits(128), version=4))

    def text(self, alphabet: str, length: int, *key: str) -> str:
        """Draw `length` characters of `alphabet`."""
        return "".join(self._random(("text", *key)).choices(alphabet, k=length))
