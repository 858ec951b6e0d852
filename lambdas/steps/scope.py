"""All that a step may know: the spec, what was learnt before, and the way to AWS."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from lambdas.domain.frozen import dataclass
from lambdas.domain.names import owner_tags
from lambdas.domain.paths import CLUSTER, SIZES
from lambdas.domain.planner import ladder
from lambdas.domain.power import Night
from lambdas.domain.tokens import request_token
from lambdas.steps.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.aws.clients import Aws
    from lambdas.domain.names import Home
    from lambdas.domain.spec import ClusterSpec
    from lambdas.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One look's surroundings, with what earlier looks left by resource path.

    ``observed`` holds their facts; ``failed`` names the resources that this run has given up. ``night`` is what is
    asked of the cluster's nights and sizes at the instant of the look. ``replaceable`` names the resources that may be
    deleted and made anew where the spec cannot be reached otherwise; ``adopting`` those that become ours by their tags.
    ``dropped`` are the keys of tags, by resource, that earlier specs had.
    ``turns`` are those that the runs of an account and region take at EKS.
    ``undoing`` says that what is removed was never whole: nothing protects it.
    """

    spec: ClusterSpec
    run: str
    observed: Mapping[str, object]
    failed: frozenset[str] = frozenset()
    replaceable: frozenset[str] = frozenset()
    undoing: bool = False
    adopting: frozenset[str] = frozenset()
    dropped: Mapping[str, frozenset[str]] = field(default_factory=dict)
    night: Night = field(default_factory=Night)
    turns: Turns = field(default_factory=Turns)
    aws: Aws
    home: Home
    settings: Settings

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return self.spec.name

    @property
    def is_shown(self) -> bool:
        """Whether the look is for people: no run makes it."""
        return not self.run

    @property
    def version(self) -> str:
        """The Kubernetes version that add-ons and nodes are made ready for: that of the control plane, once it is."""
        return ladder.of(self.facts(CLUSTER), self.spec.version or "")

    def facts(self, resource: str) -> Mapping[str, object]:
        """What an earlier look remembered of a resource; empty if none did."""
        facts = self.observed.get(resource)
        return facts if isinstance(facts, dict) else {}

    def dropped_from(self, resource: str) -> frozenset[str]:
        """The keys of the tags that an earlier spec may have put on a resource, and this one has not."""
        return self.dropped.get(resource, frozenset())

    def is_asleep(self, nodegroup: str) -> bool:
        """Whether a node group was put to sleep and has not come back yet: its nodes are not to be waited for."""
        return bool(self.facts(SIZES + nodegroup).get("remembered"))

    def tags(self, said: Mapping[str, str]) -> dict[str, str]:
        """The tags of something new: the spec's, and whose it is."""
        return {**said, **owner_tags(self.cluster, self.run)}

    def token(self, resource: str, request: Mapping[str, object]) -> str:
        """The ``clientRequestToken`` of a request that makes a resource."""
        return request_token(self.cluster, resource, request, remade=self.remade(resource))

    def remade(self, resource: str) -> int:
        """How often a resource that is not there was there before: EKS would replay the first creation's answer."""
        facts = self.facts(resource)
        return self.made_before(resource) + ("status" in facts)

    def made_before(self, resource: str) -> int:
        """How often a resource that is there was made anew."""
        count = self.facts(resource).get("remade", 0)
        return count if isinstance(count, int) else 0
