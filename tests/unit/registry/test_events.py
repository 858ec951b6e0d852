"""Events in the registry: written with the change that they tell of, listed, and taken out of the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.aws import table as module
from lambdas.aws.registry import Conflict
from lambdas.domain.events import ClusterReady, Notice, event_id, orphan_found
from lambdas.domain.records import Start
from lambdas.domain.runs import STOPPED, Verb
from tests.unit.registry.test_registry import AT, BROKEN, LATER, created, known, move_generation, start

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdas.aws.registry import Registry
    from lambdas.domain.records import ClusterRecord


def ready(cluster: str = "bank", run: str = "r", at: str = LATER) -> ClusterReady:
    return ClusterReady(
        id=event_id(ClusterReady, run), cluster=cluster, at=at, message="", generation=1, run=run, version=None,
        endpoint=None,
    )  # fmt: skip


READY = ready()
ENDS: dict[str, Callable[[Registry, ClusterRecord], object]] = {
    "finish": lambda registry, record: registry.finish(record, record.run, LATER, events=[READY]),
    "bury": lambda registry, record: registry.bury(record, record.run, LATER, [READY]),
    "fail": lambda registry, record: registry.fail("bank", record.run, LATER, BROKEN, events=[READY]),
}


@pytest.mark.parametrize("end", ENDS)
def test_an_event_is_written_with_the_end_of_its_run(registry: Registry, end: str) -> None:
    ENDS[end](registry, created(registry))
    assert registry.events("bank") == ([Notice.of(READY)], None)
    assert registry.unpublished() == [Notice.of(READY)]
    assert registry.is_told(READY.id)


@pytest.mark.parametrize("end", ["finish", "bury"])
def test_a_run_that_does_not_end_leaves_no_event(registry: Registry, end: str) -> None:
    record = created(registry)
    move_generation(registry)
    with pytest.raises(Conflict):
        ENDS[end](registry, record)
    assert not registry.is_told(READY.id)


def test_a_run_that_holds_no_cluster_ends_without_its_event_and_says_so(registry: Registry) -> None:
    first = created(registry)
    assert registry.fail("bank", first.run, LATER, BROKEN) is True
    registry.start_again(known(registry), start(attempt=2))
    assert registry.fail("bank", first.run, LATER, BROKEN, events=[READY]) is False
    assert registry.unpublished() == []


def test_an_event_that_is_there_never_keeps_a_run_from_ending(registry: Registry) -> None:
    record = created(registry)
    assert registry.note(READY)
    ENDS["finish"](registry, record)
    assert known(registry).lease is None


def test_a_run_that_was_stopped_is_told_of_by_the_one_that_scales(registry: Registry) -> None:
    record = created(registry)
    registry.start_again(record, Start.following(record, Verb.SCALE, LATER))
    (notice,) = registry.unpublished()
    assert (notice.id, notice.at) == (f"ClusterFailed/{record.run}", LATER)
    assert STOPPED.cause in notice.detail.replace("\\", "")


def test_what_is_noted_by_itself_is_noted_once(registry: Registry) -> None:
    first, again = (orphan_found("gone", at, "arn:role") for at in (AT, LATER))
    assert [registry.note(first), registry.note(again)] == [True, False]
    assert [notice.at for notice in registry.events("gone")[0]] == [AT]


def test_what_is_published_leaves_the_outbox_and_stays_in_the_list(registry: Registry) -> None:
    registry.note(READY)
    registry.published(READY.id, LATER)
    assert registry.unpublished() == []
    (notice,), _ = registry.events("bank")
    assert notice.published_at == LATER


def test_what_is_forgotten_cannot_be_published(registry: Registry) -> None:
    with pytest.raises(Conflict):
        registry.published("ClusterReady/nothing", LATER)
    assert not registry.is_told("ClusterReady/nothing")


def test_events_come_in_pages(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first for whoever reads them, oldest first for whoever publishes them."""
    monkeypatch.setattr(module, "PAGE_SIZE", 2)
    for minute in (3, 1, 2, 5, 4):
        registry.note(ready(run=f"r{minute}", at=f"2026-11-21T09:0{minute}:00+00:00"))
    registry.note(ready("bench", "other"))
    pages, after = [], None
    while True:
        page, after = registry.events("bank", after)
        pages.append([notice.id[-1] for notice in page])
        if after is None:
            break
    assert pages == [["5", "4"], ["3", "2"], ["1"]]
    assert [notice.id[-1] for notice in registry.unpublished() if notice.cluster == "bank"] == list("12345")


def test_dynamodb_forgets_events_and_nothing_else(registry: Registry) -> None:
    record = created(registry)
    registry.finish(record, record.run, LATER, events=[READY])
    items = registry._client.scan(TableName="registry")["Items"]
    expiring = {item["pk"]["S"]: item["expiresAt"]["N"] for item in items if "expiresAt" in item}
    assert expiring == {f"EVENT#{READY.id}": str(Notice.of(READY).expires_at)}
