"""How long a cluster takes, how long it must take, and how long by models of other tools' orders, on the same draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.frame.result import Figure, Plot, Result, Series, Table
from benchmarks.frame.statistics import mean, percentile
from benchmarks.orderings.bound import bound_by_stages, lower_bound
from benchmarks.orderings.models import MODELS
from benchmarks.provisioning.sample import ASSUMPTIONS, outcomes
from tests.simulation.chance import chance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.orderings.models import Model
    from benchmarks.provisioning.provision import Outcome

SLIPWAY: Final = "Slipway (twin)"
BOUND: Final = "lower bound"
_LATE: Final = 0.95
_POINTS: Final = 50
"""Of each curve of the plot."""


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody's makespans, one for each seed, in seconds."""

    name: str
    seconds: Sequence[float]

    def over(self, other: Contender) -> list[float]:
        """This one's makespan over the other's, seed by seed."""
        return [mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=True)]


def run(seeds: int) -> Result:
    """Make as many clusters, and ask every model about each."""
    made = outcomes(seeds)
    bound = Contender(BOUND, [lower_bound(it.draw) for it in made])
    stages = Contender("bound if add-ons on nodes wait for every node group", [bound_by_stages(it.draw) for it in made])
    slipway = Contender(SLIPWAY, [it.seconds for it in made])
    models = [Contender(f"{model.name} (model)", _modelled(model, made)) for model in MODELS]
    everybody = [bound, stages, slipway, *models]
    ratios = slipway.over(bound)
    return Result(
        name="makespan",
        title="Makespan of one cluster",
        assumptions=(*ASSUMPTIONS, *(f"Model of {it.name}: {it.rule}." for it in MODELS)),
        figures=(
            Figure(name="Slipway ÷ lower bound, mean", value=round(mean(ratios), 4), at_most=1.03),
            Figure(
                name="Slipway ÷ lower bound, 95th percentile", value=round(percentile(ratios, _LATE), 4), at_most=1.05
            ),
            *(_against(slipway, theirs, model) for theirs, model in zip(models, MODELS, strict=True)),
        ),
        tables=(
            Table(
                title=f"Makespans over {seeds} draws",
                columns=("who", "mean s", "95th s", "÷ bound, mean", "÷ bound, 95th", "Slipway ÷ it, mean"),
                rows=tuple(_row(it, bound, slipway) for it in everybody),
            ),
            _losses(made),
        ),
        plots=(
            Plot(
                name="distribution",
                title="How many clusters are there after how long",
                x="seconds",
                y="share of clusters",
                series=tuple(_curve(it) for it in everybody if it is not stages),
            ),
        ),
        notes=(
            (
                "The lower bound is role + propagation + control plane + what then takes longest if everything "
                "legal happens at once: the last node group; the first node and after it the slowest add-on that "
                "needs one; the slowest other add-on."
            ),
            (
                "Other tools install add-ons that need nodes after the last node group. The second bound is "
                "theirs at best; Slipway begins with the first group that is there, and so can be below it."
            ),
            "The models are models of orderings read from the tools' sources. They are not measurements of the tools.",
        ),
    )


def _modelled(model: Model, made: Sequence[Outcome]) -> list[float]:
    return [model.seconds(it.draw, chance(seed, model.name)) for seed, it in enumerate(made)]


def _against(slipway: Contender, theirs: Contender, model: Model) -> Figure:
    return Figure(
        name=f"Slipway ÷ {theirs.name}, mean",
        value=round(mean(slipway.over(theirs)), 4),
        at_most=model.at_most,
        why=model.why,
    )


def _row(who: Contender, bound: Contender, slipway: Contender) -> tuple[str | float, ...]:
    ratios = who.over(bound)
    return (
        who.name,
        round(mean(who.seconds)),
        round(percentile(who.seconds, _LATE)),
        round(mean(ratios), 3),
        round(percentile(ratios, _LATE), 3),
        round(mean(slipway.over(who)), 3),
    )


def _losses(made: Sequence[Outcome]) -> Table:
    """Where the seconds over the bound go: each begins where the one before ends, so that they add up."""
    return Table(
        title="Seconds over the lower bound, mean",
        columns=("where", "s"),
        rows=(
            (
                "until EKS has taken CreateCluster, beyond role and propagation",
                round(mean(it.asked_late for it in made), 1),
            ),
            (
                "from the control plane's being there to the look that sees it",
                round(mean(it.seen_late for it in made), 1),
            ),
            (
                "from that look to the end, beyond what the bound has for it",
                round(mean(it.furnished_late for it in made), 1),
            ),
        ),
    )


def _curve(who: Contender) -> Series:
    shares = [point / _POINTS for point in range(1, _POINTS + 1)]
    return Series(name=who.name, xs=tuple(round(percentile(who.seconds, it)) for it in shares), ys=tuple(shares))
