"""A part of a cluster that is looked at until there is nothing to wait for, and what the looks leave behind."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lambdas.domain.progress import Waiting, combine
from lambdas.steps.convergence import ensure, observe
from lambdas.steps.planning import RESOURCES, SURPLUS
from tests.unit.steps.stage import RUN

if TYPE_CHECKING:
    from lambdas.domain.pacing import Part
    from lambdas.domain.progress import Action, Progress, Report
    from lambdas.domain.spec import ClusterSpec
    from lambdas.steps.scope import Scope
    from tests.unit.steps.stage import Json, Stage

MOST_LOOKS = 40


@dataclass
class Life:
    """A cluster's parts through several runs: the facts are remembered as the registry does."""

    stage: Stage
    run: str = RUN
    observed: dict[str, object] = field(default_factory=lambda: {"cluster": {"version": "1.35"}})
    replaceable: frozenset[str] = frozenset()

    def scope(self, wanted: ClusterSpec) -> Scope:
        return replace(self.stage.scope(wanted, run=self.run, observed=self.observed), replaceable=self.replaceable)

    def look(self, wanted: ClusterSpec, part: Part, *, forget: bool = False) -> list[Report]:
        """One look with its change; a run that dies then will ``forget`` it."""
        scope = self.scope(wanted)
        reports = ensure(RESOURCES[part](scope, part), SURPLUS[part](scope, part))
        if not forget:
            self.observed |= {it.resource: dict(it.facts) for it in reports if it.facts}
        return reports

    def converge(self, wanted: ClusterSpec, *parts: Part) -> Progress:
        """Look until nothing is waited for; then what the looks come to."""
        progress: Progress = Waiting("", "", 0, 0)
        for part in parts:
            for _ in range(MOST_LOOKS):
                progress = combine(self.look(wanted, part))
                if not isinstance(progress, Waiting):
                    break
                self.stage.wait(progress.retry_after_seconds)
        return progress

    def changes(self, wanted: ClusterSpec, *parts: Part) -> list[tuple[str, Json]]:
        """What converging changes, without tokens."""
        self.stage.tape.calls.clear()
        self.converge(wanted, *parts)
        tokenless = [(name, {k: v for k, v in it.items() if k != "clientRequestToken"}) for name, it in self.calls]
        self.stage.tape.calls.clear()
        return tokenless

    @property
    def calls(self) -> list[tuple[str, Json]]:
        return self.stage.tape.changes

    def plan(self, wanted: ClusterSpec, part: Part) -> list[Action]:
        """The actions of a look that changes nothing and that no run makes."""
        scope = replace(self.scope(wanted), run="")
        reports = observe(RESOURCES[part](scope, part), SURPLUS[part](scope, part))
        return [it for report in reports for it in (report.action, *report.ahead) if it is not None]
