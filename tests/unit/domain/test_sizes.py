from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.issues import Issue
from lambdas.domain.records import Sizes
from lambdas.domain.sizes import (
    MOST_KEPT,
    Memory,
    SizeUpdate,
    counted,
    in_words,
    is_empty,
    night,
    possible,
)
from lambdas.domain.wake_risk import risks

ANY = st.builds(Sizes, minSize=st.integers(0, 9), maxSize=st.integers(0, 9), desiredSize=st.integers(0, 9))
DAY = Sizes(minSize=1, maxSize=5, desiredSize=3)
OTHER = Sizes(minSize=0, maxSize=5, desiredSize=0)
LAUNCH = Issue(code="AsgInstanceLaunchFailures", message="no room")


def update(number: int, run: str = "run-1", wanted: Sizes = DAY) -> SizeUpdate:
    return SizeUpdate(id=f"id-{number}", run=run, number=number, scalingConfig=wanted, createdAt="2026-11-21T20:30:00")


def memory(*updates: SizeUpdate) -> Memory:
    return Memory(updates=updates)


@given(sizes=ANY)
def test_eks_takes_what_is_possible(sizes: Sizes) -> None:
    nearest = possible(sizes)
    assert 0 <= nearest.minSize <= nearest.desiredSize <= nearest.maxSize
    assert nearest.maxSize >= 1
    assert possible(nearest) == nearest
    if sizes.minSize <= sizes.desiredSize <= sizes.maxSize and sizes.maxSize:
        assert nearest == sizes


@pytest.mark.parametrize(
    ("given_sizes", "nearest"),
    [((2, 1, 3), (1, 1, 1)), ((0, 0, 0), (0, 1, 0)), ((1, 3, 5), (1, 3, 3)), ((2, 4, 1), (2, 4, 2))],
)
def test_sizes_that_contradict_each_other_keep_within_the_greatest(
    given_sizes: tuple[int, int, int], nearest: tuple[int, int, int]
) -> None:
    least, most, desired = given_sizes
    found = possible(Sizes(minSize=least, maxSize=most, desiredSize=desired))
    assert (found.minSize, found.maxSize, found.desiredSize) == nearest


@given(sizes=ANY)
def test_a_night_has_no_nodes_and_the_same_greatest_size(sizes: Sizes) -> None:
    asleep = night(sizes)
    assert is_empty(asleep)
    assert asleep.maxSize == max(1, sizes.maxSize)
    assert possible(asleep) == asleep


@pytest.mark.parametrize(("least", "desired", "empty"), [(0, 0, True), (0, 1, False), (1, 1, False)])
def test_empty_means_that_no_node_is_wanted_or_kept(least: int, desired: int, *, empty: bool) -> None:
    assert is_empty(Sizes(minSize=least, maxSize=3, desiredSize=desired)) is empty


@given(remembered=st.none() | ANY, updates=st.lists(st.builds(update, st.integers(0, 9), st.text(), ANY), max_size=3))
def test_memory_survives_the_registry(remembered: Sizes | None, updates: list[SizeUpdate]) -> None:
    kept = Memory(remembered=remembered, updates=tuple(updates))
    assert Memory.of(json.loads(json.dumps({"power": "asleep", **kept.told()}))) == kept


def test_nothing_is_remembered_at_first() -> None:
    assert Memory.of({}) == Memory()
    assert json.dumps(Memory().told()) == '{"remembered": null, "updates": [], "given": null, "asked": null}'


def test_only_the_latest_updates_are_kept() -> None:
    kept = memory()
    for number in range(MOST_KEPT + 2):
        kept = kept.begun(update(number))
    assert [it.number for it in kept.updates] == list(range(2, MOST_KEPT + 2))


def test_an_end_is_that_of_the_newest_update() -> None:
    assert [it.status for it in memory(update(0), update(1)).ended("Failed").updates] == ["InProgress", "Failed"]


@pytest.mark.parametrize(
    ("known", "tries"),
    [
        (memory(), 0),
        (memory(update(0)), 1),
        (memory(update(0), update(1)), 2),
        (memory(update(0), update(1, wanted=OTHER)), 0),
        (memory(update(0), update(1, wanted=OTHER), update(2)), 1),
        (memory(update(0, run="run-0"), update(0)), 1),
        (memory(update(0, run="run-0")), 0),
    ],
)
def test_tries_are_this_runs_for_these_sizes_in_a_row(known: Memory, tries: int) -> None:
    assert known.tries("run-1", DAY) == tries


@pytest.mark.parametrize(
    ("known", "number"), [(memory(), 0), (memory(update(4)), 5), (memory(update(4, run="run-0")), 0)]
)
def test_every_run_numbers_its_updates(known: Memory, number: int) -> None:
    assert known.next_number("run-1") == number


def test_words() -> None:
    assert in_words(DAY) == "3 nodes, between 1 and 5"
    assert [counted(nodes) for nodes in (0, 1, 2)] == ["0 nodes", "1 node", "2 nodes"]


@pytest.mark.parametrize(
    ("nodes", "free", "status", "issues", "found"),
    [
        (3, 3, "ACTIVE", (), []),
        (3, None, "ACTIVE", (), []),
        (0, 0, "ACTIVE", (), []),
        (3, 2, "ACTIVE", (), ["InsufficientFreeAddresses: its subnets have 2 free addresses"]),
        (1, 0, "ACTIVE", (), ["InsufficientFreeAddresses: its subnets have no free address"]),
        (3, 9, "DEGRADED", (LAUNCH,), ["AsgInstanceLaunchFailures: no room"]),
        (3, 9, "ACTIVE", (LAUNCH,), ["AsgInstanceLaunchFailures: no room"]),
        (3, 9, "DEGRADED", (), ["DEGRADED: EKS gives no reason."]),
        (3, 1, "DEGRADED", (LAUNCH,), ["AsgInstanceLaunchFailures: no room", "InsufficientFreeAddresses: its"]),
    ],
)
def test_risks(nodes: int, free: int | None, status: str, issues: tuple[Issue, ...], found: list[str]) -> None:
    said = risks(nodes, free, status, issues)
    assert len(said) == len(found)
    assert all(risk.startswith(beginning) for risk, beginning in zip(said, found, strict=True))
