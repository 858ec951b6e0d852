"""Rules that wait for no call: how the twin is while they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.twin import guards
from sandbox.twin.capacity import Scarcity
from sandbox.twin.faults.rules import Advise, Guard, Leave, NoRoom, Rule, Scarce, Stretch
from sandbox.twin.faults.texts import ANY, text
from sandbox.twin.insight_checks import Finding
from sandbox.twin.insights import Advice, Told
from sandbox.twin.latencies import Latencies, Triangular
from sandbox.twin.leavings import Leavings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sandbox.twin.core import Core

STRETCHABLE = tuple(name for name, value in Latencies()._asdict().items() if isinstance(value, Triangular))
"""The latencies that a rule can name."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What of the twin such rules can change, as it is without any."""

    latencies: Latencies
    full_zones: frozenset[str]
    scarcities: tuple[Scarcity, ...]
    leavings: tuple[Leavings, ...]
    advices: tuple[Advice, ...]
    guards: tuple[guards.Guard, ...]

    @classmethod
    def of(cls, core: Core) -> Conditions:
        """Return the conditions that the twin was made with."""
        return cls(core.latencies, core.full_zones, core.scarcities, core.leavings, core.advices, core.guards)

    def impose(self, core: Core, rules: Iterable[Rule]) -> None:
        """Let the twin be as the rules say, starting from what it was made with."""
        core.latencies, core.full_zones, core.scarcities = self.latencies, self.full_zones, self.scarcities
        core.leavings, core.guards = self.leavings, self.guards
        before, core.advices = core.advices, self.advices
        for rule in rules:
            if isinstance(rule, Stretch):
                longer = Triangular(*(seconds * rule.factor for seconds in getattr(core.latencies, rule.latency)))
                core.latencies = Latencies(**{**core.latencies._asdict(), rule.latency: longer})
            elif isinstance(rule, NoRoom):
                core.full_zones |= set(rule.zones)
            elif isinstance(rule, Scarce):
                core.scarcities += (_scarcity(rule),)
            elif isinstance(rule, Leave):
                core.leavings += (_leavings(rule),)
            elif isinstance(rule, Advise):
                core.advices += (_advice(rule, core.now, before),)
            elif isinstance(rule, Guard):
                core.guards += (guards.Guard(nodes=rule.nodes, cluster=rule.cluster, nodegroup=rule.name),)


def _scarcity(rule: Scarce) -> Scarcity:
    return Scarcity(
        instances=rule.instances,
        code=rule.code,
        message=text(rule.code, rule.message),
        cluster=rule.cluster,
        nodegroup=rule.name,
    )


def _leavings(rule: Leave) -> Leavings:
    return Leavings(interfaces=rule.interfaces, of=rule.of, log_group=rule.log_group, cluster=rule.cluster)


def _advice(rule: Advise, now: datetime, before: tuple[Advice, ...]) -> Advice:
    """Return what the rule says, since now or since it said so already."""
    finding = Finding(
        name=rule.name,
        version=rule.version,
        status=rule.status,
        reason=rule.reason or ANY,
        category=rule.category,
        description=rule.name,
        recommendation=rule.recommendation,
        concerned=tuple({_member(it): it} for it in rule.resources),
        details={"deprecationDetails": [{"usage": it, "stopServingVersion": rule.version} for it in rule.usages]},
    )
    since = next((it.told.since for it in before if (it.told.finding, it.cluster) == (finding, rule.cluster)), now)
    return Advice(told=Told(finding=finding, since=since), cluster=rule.cluster)


def _member(resource: str) -> str:
    return "arn" if resource.startswith("arn:") else "kubernetesResourceUri"
