"""What a look for drift makes of a plan: findings by field, and since when."""

from __future__ import annotations

import pytest

from lambdas.domain.drift import Drift, bounds, found, within
from lambdas.domain.planner.differences import Difference
from lambdas.domain.progress import Action
from lambdas.domain.records import Sizes

AT, LATER = "2026-11-21T09:00:00+00:00", "2026-11-21T10:00:00+00:00"
LOGS = Difference("logging.clusterLogging", ["api"], ["audit"])
UPDATE = Action(verb="update", resource="cluster", reason="it differs", consequence="in place: x", differences=(LOGS,))


def sizes(least: int, greatest: int, desired: int) -> Sizes:
    return Sizes(minSize=least, maxSize=greatest, desiredSize=desired)


def action(verb: str) -> Action:
    return Action(verb=verb, resource="nodegroups/a", reason="so it is", consequence="")


def test_every_member_that_differs_is_a_finding_with_its_values() -> None:
    (finding,) = found([UPDATE], {}, None, AT).findings
    assert (finding.resource, finding.field, finding.actual, finding.wanted, finding.since, finding.repairable) == (
        "cluster", "logging.clusterLogging", ["api"], ["audit"], AT, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "findings"), [("create", [True]), ("delete", [True]), ("refuse", [False]), ("wait", [])]
)
def test_a_resource_as_a_whole_is_a_finding_too_but_nothing_that_passes(verb: str, findings: list[bool]) -> None:
    seen = found([action(verb)], {}, None, AT).findings
    assert [(it.field, it.repairable) for it in seen] == [("", repairable) for repairable in findings]


def test_what_was_seen_before_is_known_since_then_also_with_another_value() -> None:
    before = found([UPDATE], {}, None, AT)
    moved = Action(
        verb="update", resource="cluster", reason="", consequence="",
        differences=(Difference(LOGS.field, [], ["audit"]), Difference("upgradePolicy", "EXTENDED", "STANDARD")),
    )  # fmt: skip
    after = found([moved], {}, before, LATER)
    assert [it.since for it in after.findings] == [AT, LATER]
    assert (after.since, after.lookedAt) == (AT, LATER)
    assert found([], {}, after, LATER).findings == ()


def test_it_is_kept_as_text() -> None:
    drift = found([UPDATE], {"a": bounds(sizes(0, 9, 4), sizes(1, 3, 2))}, None, AT)
    assert Drift.of(drift.told()) == drift
    assert Drift.of(None) is None


@pytest.mark.parametrize(
    ("actual", "fields"),
    [
        (sizes(1, 3, 3), []),
        (sizes(0, 3, 2), ["scalingConfig.minSize"]),
        (sizes(1, 9, 7), ["scalingConfig.maxSize"]),
        (sizes(0, 9, 0), ["scalingConfig.minSize", "scalingConfig.maxSize"]),
    ],
)
def test_the_desired_size_is_an_autoscalers_and_the_bounds_are_not(actual: Sizes, fields: list[str]) -> None:
    assert [it.field for it in bounds(actual, sizes(1, 3, 2))] == fields


@pytest.mark.parametrize(("desired", "kept"), [(0, 1), (2, 2), (3, 3), (9, 3)])
def test_bounds_are_repaired_around_what_an_autoscaler_made(desired: int, kept: int) -> None:
    assert within(sizes(0, 9, desired), sizes(1, 3, 2)) == sizes(1, 3, kept)


def test_sizes_are_told_from_the_rest() -> None:
    drift = found([UPDATE], {"a": bounds(sizes(0, 3, 1), sizes(1, 3, 1))}, None, AT)
    assert [(it.resource, it.is_of_sizes) for it in drift.findings] == [("cluster", False), ("nodegroups/a", True)]
    assert all(it.repairable for it in drift.findings)
