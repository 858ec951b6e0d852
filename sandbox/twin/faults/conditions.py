"""Rules that wait for no call: how the twin is while they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.twin.capacity import Scarcity
from sandbox.twin.faults.rules import Leave, NoRoom, Rule, Scarce, Stretch
from sandbox.twin.faults.texts import text
from sandbox.twin.latencies import Latencies, Triangular
from sandbox.twin.leavings import Leavings

if TYPE_CHECKING:
    from collections.abc import Iterable

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

    @classmethod
    def of(cls, core: Core) -> Conditions:
        """Return the conditions that the twin was made with."""
        return cls(core.latencies, core.full_zones, core.scarcities, core.leavings)

    def impose(self, core: Core, rules: Iterable[Rule]) -> None:
        """Let the twin be as the rules say, starting from what it was made with."""
        core.latencies, core.full_zones, core.scarcities = self.latencies, self.full_zones, self.scarcities
        core.leavings = self.leavings
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
