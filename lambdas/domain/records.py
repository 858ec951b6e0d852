"""What the registry keeps of a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lambdas.domain.runs import Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRecord:
    """The intent for one cluster, and what the runs learnt about it.

    ``requested`` is the spec as it was asked for and ``spec`` the same with everything left open made concrete,
    both as canonical JSON text. ``lease`` names the run that may work on the cluster, if one may,
    and ``converging`` the generation from which that run last began.
    ``observed`` holds facts by name, as the steps reported them.
    """

    name: str
    generation: int
    requested: str
    spec: str
    created_at: str
    run: str
    attempt: int
    lease: str | None = None
    converging: int = 0
    observed: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Another intent for a known cluster: the spec as asked for and made concrete, and the facts that fall with it.

    ``forgotten`` are the names of facts in the record's ``observed`` that do not follow from this spec.
    """

    generation: int
    requested: str
    spec: str
    forgotten: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """All that starting a run needs: its place in the ledger and the name of its execution."""

    run: str
    cluster: str
    verb: Verb
    generation: int
    attempt: int
    at: str
