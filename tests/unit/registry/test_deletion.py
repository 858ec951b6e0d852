"""What is written when a cluster is to go, when it has gone, and when its name is used again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lambdas.aws.registry import Conflict
from lambdas.domain.existing import LOOKED_FOR, confirmation
from lambdas.domain.pacing import Part
from lambdas.domain.progress import Word
from lambdas.domain.records import Start, Tombstone
from lambdas.domain.runs import SUPERSEDED, Left, Receipt, RunStatus, Verb, stopped
from tests.unit.registry.test_intent import ended, intend, queued, scale
from tests.unit.registry.test_registry import AT, BROKEN, LATER, created, known, record, start, status, step

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdas.aws.registry import Registry
    from lambdas.domain.records import ClusterRecord

FACTS = {
    "cluster": {"status": "DELETED"},
    "network": {"vpcId": "vpc-1"},
    "nodegroups/by-hand": {"status": "DELETED"},
    "roles/node": {"left": "it is somebody else's"},
    "confirmed/nodeRole": confirmation("bank-destroy-1-2"),
}
RECEIPT = Receipt(
    ("cluster", "nodegroups/by-hand"), (Left("roles/node", "it is somebody else's"),), LOOKED_FOR[Part.NODE_ROLE]
)


def destroy(record: ClusterRecord) -> Start:
    return Start.following(record, Verb.DESTROY, LATER)


def going(registry: Registry) -> ClusterRecord:
    """A cluster that a run deletes."""
    before = ended(registry)
    registry.start_again(before, destroy(before))
    return known(registry)


def receipt_of(registry: Registry, run: str) -> Receipt:
    found = registry.run(run)
    assert found is not None
    return found.receipt


def test_the_run_that_deletes_is_known_as_such(registry: Registry) -> None:
    before = ended(registry)
    run = destroy(before)
    registry.start_again(before, run)
    assert run.run == "bank-destroy-1-2"
    assert known(registry) == replace(before, run=run.run, lease=run.run, attempt=2, destroy=run.run)
    assert receipt_of(registry, run.run) == Receipt()


def test_it_waits_for_the_run_at_work(registry: Registry) -> None:
    before = created(registry)
    run = destroy(before).run
    registry.queue(before, destroy(before))
    now = known(registry)
    assert (now.lease, now.run, now.destroy, now.provision) == (before.run, run, run, before.run)
    with pytest.raises(Conflict):
        registry.give_lease(now, run)
    registry.fail("bank", before.run, LATER, BROKEN)
    registry.give_lease(now, run)
    assert known(registry).lease == run


@pytest.mark.parametrize("alive", [True, False])
def test_a_run_that_was_to_provision_after_another_one_ends(registry: Registry, *, alive: bool) -> None:
    before = queued(registry)
    if alive:
        registry.queue(before, destroy(before))
    else:
        registry.start_again(before, destroy(before))
        assert status(registry, "bank-scale-1-2") == (RunStatus.FAILED, LATER, stopped(Verb.SCALE))
    assert status(registry, before.provision) == (RunStatus.FAILED, LATER, SUPERSEDED)


def test_whoever_was_about_to_let_a_run_provision_is_too_late(registry: Registry) -> None:
    before = queued(registry)
    registry.fail("bank", "bank-scale-1-2", LATER, BROKEN)
    seen = known(registry)
    registry.start_again(seen, destroy(seen))
    registry.fail("bank", destroy(seen).run, LATER, BROKEN)
    with pytest.raises(Conflict):
        registry.give_lease(seen, before.provision)


def test_what_is_asked_of_a_night_comes_too_late(registry: Registry) -> None:
    before = ended(registry)
    registry.start_again(before, destroy(before))
    for run in (None, scale(before)):
        with pytest.raises(Conflict):
            intend(registry, before, run, calendar="c")


def test_a_stone_is_all_that_stays(registry: Registry) -> None:
    run = going(registry).run
    registry.report("bank", run, [step("cluster", Word.READY)], FACTS)
    registry.bury(known(registry), run, LATER)
    assert registry.cluster("bank") is None
    assert registry.tombstone("bank") == Tombstone(name="bank", generation=1, deleted_at=LATER)
    assert registry.clusters() == ([], None)
    assert status(registry, run) == (RunStatus.SUCCEEDED, LATER, None)
    assert receipt_of(registry, run) == RECEIPT


def test_a_cluster_is_no_stone(registry: Registry) -> None:
    assert registry.tombstone("bank") is None
    created(registry)
    assert registry.tombstone("bank") is None


def test_only_the_run_that_holds_the_cluster_buries_it(registry: Registry) -> None:
    before = going(registry)
    with pytest.raises(Conflict):
        registry.bury(before, start().run, LATER)
    assert known(registry) == before


def test_a_run_that_could_not_has_a_receipt_too(registry: Registry) -> None:
    run = going(registry).run
    registry.report("bank", run, [], FACTS)
    registry.fail("bank", run, LATER, BROKEN, seen=known(registry))
    assert receipt_of(registry, run) == RECEIPT
    assert (known(registry).lease, known(registry).destroy) == (None, run)


def test_a_run_that_was_stopped_deleting_says_to_delete_again(registry: Registry) -> None:
    before = going(registry)
    registry.start_again(before, destroy(before))
    assert status(registry, before.run) == (RunStatus.FAILED, LATER, stopped(Verb.DESTROY))
    assert known(registry).destroy == "bank-destroy-1-3"


def test_whoever_asks_for_the_spec_again_wants_the_cluster_back(registry: Registry) -> None:
    before = going(registry)
    registry.fail("bank", before.run, LATER, BROKEN)
    before = known(registry)
    registry.start_again(before, start(attempt=3))
    assert (known(registry).destroy, known(registry).provision) == (None, start(attempt=3).run)


def buried(registry: Registry) -> Tombstone:
    record = going(registry)
    registry.bury(record, record.run, LATER)
    stone = registry.tombstone("bank")
    assert stone is not None
    return stone


def test_a_name_is_used_again_without_anything_of_the_old_cluster(registry: Registry) -> None:
    stone = buried(registry)
    again = start(generation=2)
    new = record(generation=2, run=again.run, provision=again.run)
    with pytest.raises(Conflict):
        registry.create(new, again)
    registry.create(new, again, stone)
    assert known(registry) == replace(new, lease=again.run)
    assert registry.tombstone("bank") is None
    assert [found.name for found in registry.clusters()[0]] == ["bank"]
    assert [found.id for found in registry.runs("bank")[0]] == [again.run, "bank-destroy-1-2", start().run]


def test_of_two_new_clusters_of_one_name_one_is_made(registry: Registry) -> None:
    stone = buried(registry)
    again = start(generation=2)
    new = record(generation=2, run=again.run, provision=again.run)
    registry.create(new, again, stone)
    with pytest.raises(Conflict):
        registry.create(new, again, stone)


@pytest.mark.parametrize(
    "old",
    [lambda stone: replace(stone, deleted_at=AT), lambda stone: replace(stone, generation=0)],
    ids=["time", "generation"],
)
def test_an_old_stone_is_no_leave_for_a_new_cluster(registry: Registry, old: Callable[[Tombstone], Tombstone]) -> None:
    stone = buried(registry)
    again = start(generation=2)
    with pytest.raises(Conflict):
        registry.create(record(generation=2), again, old(stone))


def undone(registry: Registry) -> ClusterRecord:
    """A cluster whose failed creation a run undoes."""
    before = ended(registry)
    registry.start_again(before, replace(destroy(before), undo=True))
    return known(registry)


def test_an_undoing_that_somebody_makes_a_deletion_does_not_end_as_the_one(registry: Registry) -> None:
    """It has read before that that the cluster stays wanted."""
    read = undone(registry)
    assert read.undo == read.destroy == read.lease
    registry.delete_undone(read)
    assert known(registry) == replace(read, undo=None, intent=read.intent + 1)
    with pytest.raises(Conflict):
        registry.undone(read, read.run, LATER)
    registry.bury(known(registry), read.run, LATER)
    assert registry.tombstone(read.name) is not None


def test_an_undoing_that_is_over_is_made_no_deletion(registry: Registry) -> None:
    read = undone(registry)
    registry.undone(read, read.run, LATER)
    with pytest.raises(Conflict):
        registry.delete_undone(read)
    assert known(registry).destroy is None
