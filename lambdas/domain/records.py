"""What the registry keeps of a cluster."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from lambdas.domain.frozen import dataclass
from lambdas.domain.names import run_id
from lambdas.domain.runs import Verb
from lambdas.domain.spec import ScalingConfig

Sizes = ScalingConfig
"""``minSize``, ``maxSize`` and ``desiredSize`` of a node group."""


class Power(StrEnum):
    """What a cluster or a node group is, as far as runs have seen it; the first two are also what it can be wanted."""

    AWAKE = "awake"
    ASLEEP = "asleep"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRecord:
    """The intent for one cluster, and what the runs learnt about it.

    ``requested`` is the spec as it was asked for and ``spec`` the same with everything left open made concrete,
    both as canonical JSON text. ``lease`` names the run that may work on the cluster, if one may,
    and ``converging`` the generation from which that run last began.
    ``observed`` holds facts by name, as the steps reported them.

    ``run`` is the last run of any verb and ``provision`` the last one that provisions; attempts count both.
    ``destroy`` is the run that was asked for to delete the cluster, until its spec is asked for again.
    ``undo`` is that run where it only takes away what a first creation that failed has made, and ``made`` says that
    one did not fail: the cluster was once as described.
    ``calendar`` and ``override`` are canonical JSON text; ``resize`` holds the sizes that were asked for and not
    reached yet, by node group name. ``intent`` counts the changes of these three, and ``aim`` is what the run that
    holds the lease last began to reach of them.
    ``adopting`` names the resources that the first run of an adopted cluster takes ownership of; none once it has.
    ``replaceable`` names the resources of which the spec in force has asked that they be made anew where needed.
    ``dropped`` are the keys of tags, by resource, that earlier specs had since a run last reached what is wanted.
    ``drift`` (JSON text) is what the last look for drift found since the last run that provisions.
    ``power`` and ``savings`` (JSON text) are what the last run left that put to sleep, woke or resized.
    """

    name: str
    generation: int
    requested: str
    spec: str
    created_at: str
    run: str
    attempt: int
    provision: str
    destroy: str | None = None
    undo: str | None = None
    made: bool = False
    lease: str | None = None
    converging: int = 0
    observed: Mapping[str, object] = field(default_factory=dict)
    calendar: str | None = None
    override: str | None = None
    resize: Mapping[str, Sizes] = field(default_factory=dict)
    intent: int = 0
    aim: str = ""
    replaceable: frozenset[str] = frozenset()
    adopting: frozenset[str] = frozenset()
    dropped: Mapping[str, frozenset[str]] = field(default_factory=dict)
    power: Power = Power.AWAKE
    savings: str | None = None
    drift: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What is kept of a deleted cluster: generations go on from here, because the names of executions never repeat."""

    name: str
    generation: int
    deleted_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Another intent for a known cluster: the spec as asked for and made concrete, and what follows from it.

    ``resize``, ``replaceable`` and ``dropped`` take the place of the record's. ``forgotten`` are the names of facts in
    the record's ``observed`` that do not follow from this spec.
    """

    generation: int
    requested: str
    spec: str
    resize: Mapping[str, Sizes] = field(default_factory=dict)
    forgotten: frozenset[str] = frozenset()
    replaceable: frozenset[str] = frozenset()
    dropped: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """All that starting a run needs: its place in the ledger and the name of its execution.

    ``undo`` says of a run that deletes that the cluster stays wanted.
    """

    run: str
    cluster: str
    verb: Verb
    generation: int
    attempt: int
    at: str
    undo: bool = False

    @classmethod
    def following(cls, record: ClusterRecord, verb: Verb, at: str, run: str | None = None) -> "Start":
        """The next attempt at a cluster, under a derived id unless its execution has a name already."""
        attempt = record.attempt + 1
        return cls(
            run=run or run_id(record.name, verb, record.generation, attempt),
            cluster=record.name,
            verb=verb,
            generation=record.generation,
            attempt=attempt,
            at=at,
        )
