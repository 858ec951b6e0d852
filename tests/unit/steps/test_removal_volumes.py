"""Volumes of claims in a cluster go, once nobody uses them; all others stay and are named, against moto."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from lambdas.domain import pacing
from lambdas.domain.existing import DELETED
from lambdas.domain.progress import Waiting
from tests.unit.steps.refusals import refusing
from tests.unit.steps.yard import NAME

if TYPE_CHECKING:
    from tests.unit.steps.yard import Tags, Yard

OWNED = {f"kubernetes.io/cluster/{NAME}": "owned"}
OF_A_CLAIM = {**OWNED, "kubernetes.io/created-for/pvc/name": "ledger"}
OF_THE_DRIVER = {**OWNED, "ebs.csi.aws.com/cluster": "true"}
BEFORE = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize("tags", [OF_A_CLAIM, OF_THE_DRIVER])
def test_a_volume_of_a_claim_goes_and_is_named(yard: Yard, tags: Tags) -> None:
    name = yard.volume(tags)
    yard.settle()
    assert yard.volumes == set()
    assert yard.facts[f"volumes/{name}"] == {"status": DELETED}


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"ebs.csi.aws.com/cluster": "true"},
        {f"kubernetes.io/cluster/{NAME}": "shared", "kubernetes.io/created-for/pvc/name": "ledger"},
        {"kubernetes.io/cluster/bench": "owned", "kubernetes.io/created-for/pvc/name": "ledger"},
    ],
)
def test_others_volumes_are_not_looked_at(yard: Yard, tags: Tags) -> None:
    theirs = yard.volume({"a": "b", **tags})
    assert [path for path in yard.settle() if path.startswith("volumes/")] == []
    assert yard.volumes == {theirs}


def test_volumes_that_may_be_missed_are_left_and_named(yard: Yard) -> None:
    left = {yard.volume(OF_A_CLAIM, state="in-use"), yard.volume(OWNED), yard.volume(OF_A_CLAIM, made_at=BEFORE)}
    reports = yard.settle()
    assert yard.volumes == left
    assert all("left" in reports[f"volumes/{name}"].facts for name in left)


def test_where_nobody_knows_when_the_cluster_was_made_all_stay(yard: Yard) -> None:
    del yard.facts["cluster"]["createdAt"]
    name = yard.volume(OF_A_CLAIM)
    assert "left" in yard.settle()[f"volumes/{name}"].facts
    assert yard.volumes == {name}


def test_what_is_just_being_attached_is_waited_for(yard: Yard) -> None:
    yard.volume(OF_A_CLAIM)
    with refusing(yard.ec2, "DeleteVolume", 400, "VolumeInUse"):
        waits = [it.progress for it in yard.look().values() if isinstance(it.progress, Waiting)]
    assert pacing.STILL_IN_USE.reason in {it.reason for it in waits}
    yard.settle()
    assert yard.volumes == set()


def test_what_is_going_is_waited_for(yard: Yard) -> None:
    name = yard.volume(OF_A_CLAIM, state="deleting")
    assert yard.look()[f"volumes/{name}"].progress == pacing.AFTER_OTHERS.wait("EC2 is deleting it")
