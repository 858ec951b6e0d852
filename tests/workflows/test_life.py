"""The whole life of clusters: made, put to sleep, woken, changed, taken up a version, deleted. Nothing remains of it.

EXHAUSTIVE=1 lets every example live; else those do of which each has a kind of thing that the others lack.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.calendar import Calendar, Hours, State, Window
from lambdas.domain.runs import RunStatus
from lambdas.domain.spec import Logging, LogSetup
from tests.house import ROOT, example
from tests.invariants import things
from tests.sampling import EXHAUSTIVE
from tests.workflows.attempts import account_of
from tests.workflows.changing import AT_REST
from tests.workflows.demolition import inventory

if TYPE_CHECKING:
    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from tests.house import House
    from tests.workflows.demolition import Site

EVERY = sorted(path.stem for path in (ROOT / "examples").glob("*.yaml"))
KINDS = ("arm-ebs", "own-vpc", "teams")
"""Add-ons with roles; a network; access of all sorts and pod identities. Roles, nodes and logs have all."""

SECOND_NEWEST, NEWEST = "1.34", "1.35"
NEARLY_ALWAYS = Calendar(timezone="Europe/Berlin", awake=(Window(tuple(range(7)), Hours(0, 24 * 60 - 1)),))
LEDGER = ("RUN#", "EVENT#")
"""What the registry remembers of a cluster that is gone, beside its tombstone."""


@pytest.mark.parametrize("name", EVERY if EXHAUSTIVE else KINDS)
def test_nothing_remains_of_a_whole_life(site: Site, name: str) -> None:
    clockwork, known = site.clockwork, registry(site.home)
    spec = replace(example(name), name=site.name, version=SECOND_NEWEST, deletionProtection=False)
    _succeeds(site, site.home.accept(spec)[1])
    assert inventory(site.home) != site.before
    site.work_within()

    clockwork.plan(site.name, NEARLY_ALWAYS)
    clockwork.settle()
    by_day = sizes(site)
    clockwork.hold(site.name, State.ASLEEP)
    clockwork.settle()
    assert set(sizes(site).values()) <= {(0, 0)}
    clockwork.hold(site.name, State.AWAKE)
    clockwork.settle()
    assert sizes(site) == by_day

    for wanted in (changed(spec), replace(changed(spec), version=NEWEST)):
        _succeeds(site, site.home.replace(wanted)[1])
        assert site.home.plan(wanted) == ()
    cluster: Any = site.home.around.aws.eks.describe_cluster(name=site.name)["cluster"]
    assert (cluster["version"], cluster["tags"]["life"]) == (NEWEST, "long")
    assert sizes(site) == by_day

    run = site.demolish()
    site.assert_bare(run)
    assert run.receipt.left == ()
    now = registry(site.home)
    assert {key: item for key, item in now.items() if key in known} == known
    assert {key for key in now.keys() - known.keys() if not key.startswith(LEDGER)} == {f"CLUSTER#{site.name}"}


def changed(spec: ClusterSpec) -> ClusterSpec:
    """With other logs and tags, and a label more on the nodes of the first group, if there is one."""
    groups = [replace(group, labels={**group.labels, "life": "long"}) for group in spec.nodegroups[:1]]
    return replace(
        spec,
        logging=Logging(clusterLogging=(LogSetup(types=("audit",)),)),
        tags={**spec.tags, "life": "long"},
        nodegroups=(*groups, *spec.nodegroups[1:]),
    )


def sizes(site: Site) -> dict[str, tuple[int, int]]:
    """Of each node group once it is at rest: how many nodes are wanted, and how many there are."""
    site.home.clock.advance(AT_REST)
    listed = things(account_of(site.home))
    groups = [it for it in listed if (it.kind, it.owner) == ("group", site.name)]
    return {it.name: (it.body["DesiredCapacity"], len(it.body["Instances"])) for it in groups}


def registry(home: House) -> dict[str, object]:
    """Every item of the registry, by its key, but for the turns, which are the account's."""
    return {key: item for key, item in home.table.items.items() if key != "TURNS"}


def _succeeds(site: Site, run: Run) -> None:
    site.clockwork.settle()
    site.assert_ended(run, RunStatus.SUCCEEDED)
