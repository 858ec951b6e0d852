"""What a plan shows of sizes: what the spec wants otherwise, and what was asked for and not reached yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lambdas.domain.completion import completed
from lambdas.domain.planner.differences import Difference
from lambdas.domain.records import ClusterRecord, Sizes
from lambdas.domain.resizing import resizing
from lambdas.domain.spec import ClusterSpec, Nodegroup, ScalingConfig, canonical

GROUP = Nodegroup(nodegroupName="work", scalingConfig=ScalingConfig(minSize=1, maxSize=3, desiredSize=2))
OLD = completed(ClusterSpec(name="bank", version="1.34", nodegroups=(GROUP,)))
LARGER = replace(GROUP, scalingConfig=ScalingConfig(minSize=1, maxSize=5, desiredSize=3))
OTHER = replace(GROUP, nodegroupName="other")
RECORD = ClusterRecord(
    name="bank",
    generation=1,
    requested=canonical(OLD),
    spec=canonical(OLD),
    created_at="2026-11-21T09:00:00+00:00",
    run="bank-provision-1-1",
    attempt=1,
    provision="bank-provision-1-1",
    observed={"nodegroups/work": {"status": "ACTIVE"}},
)
ASKED = {"work": Sizes(minSize=1, maxSize=5, desiredSize=3)}
GROWS = [("nodegroups/work", Difference("scalingConfig.desiredSize", 2, 3)),
         ("nodegroups/work", Difference("scalingConfig.maxSize", 3, 5))]  # fmt: skip


@pytest.mark.parametrize(
    ("record", "groups", "shown"),
    [
        (RECORD, (GROUP,), []),
        (RECORD, (LARGER,), GROWS),
        (replace(RECORD, resize=ASKED), (GROUP,), GROWS),
        (replace(RECORD, resize=ASKED), (), []),  # it goes
        (RECORD, (GROUP, OTHER), []),  # it is made with its sizes
        (replace(RECORD, resize={"work": Sizes(minSize=1, maxSize=3, desiredSize=2)}), (GROUP,), []),
    ],
    ids=["the same", "other sizes", "not reached yet", "removed", "added", "reached"],
)
def test_a_plan_shows_the_sizes_that_are_to_change(
    record: ClusterRecord, groups: tuple[Nodegroup, ...], shown: list[tuple[str, Difference]]
) -> None:
    actions = list(resizing(record, OLD, replace(OLD, nodegroups=groups)))
    assert [(action.resource, it) for action in actions for it in action.differences] == shown
    assert all(action.consequence.startswith("in place: ") for action in actions)
