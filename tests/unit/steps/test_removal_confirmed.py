"""The last look of a deletion changes nothing, and is a proof only if nothing is there that would go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from lambdas.domain.existing import confirmation
from lambdas.domain.pacing import Part
from lambdas.domain.progress import Action, Ready, Report
from lambdas.steps.removal import confirm, due, left
from tests.unit.steps.refusals import throttled

if TYPE_CHECKING:
    from tests.unit.steps.yard import Yard

RUN = "bank-destroy-1-2"
GONE = Report(resource="cluster", progress=Ready(), facts={"status": "DELETED"})
THERE = due("cluster", "it is deleted", {})
KEPT = left("cluster", "it is somebody else's")


@dataclass
class Thing:
    """Something that says how it is."""

    report: Report | ClientError
    deleted: list[Action] = field(default_factory=list)
    path: str = "cluster"

    def look_for(self) -> Report:
        if isinstance(self.report, ClientError):
            raise self.report
        return self.report

    def delete(self, action: Action) -> Ready:
        self.deleted.append(action)
        return Ready()


THROTTLED = ClientError(
    {"Error": {"Code": "Throttling", "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 400}},  # type: ignore[typeddict-item] # as much as is read
    "DescribeCluster",
)


@pytest.mark.parametrize(
    ("said", "proved"),
    [([GONE], True), ([KEPT], True), ([GONE, KEPT], True), ([], False), ([GONE, THERE], False), ([THROTTLED], False)],
)
def test_it_is_a_proof_if_nothing_would_go(yard: Yard, said: list[Report | ClientError], *, proved: bool) -> None:
    things = [Thing(it) for it in said]
    reports = {it.resource: it for it in confirm(yard.scope(), Part.CLUSTER, things)}
    assert ("confirmed/cluster" in reports) is proved
    assert not any(it.deleted for it in things)
    if proved:
        assert reports["confirmed/cluster"].facts == confirmation(RUN)


def test_what_cannot_be_seen_is_waited_for(yard: Yard) -> None:
    (report,) = confirm(yard.scope(), Part.CLUSTER, [Thing(THROTTLED)])
    assert report.progress == throttled("DescribeCluster")
