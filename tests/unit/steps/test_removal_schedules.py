"""All schedules of a cluster go, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lambdas.domain.existing import DELETED
from lambdas.domain.pacing import Part
from lambdas.domain.progress import Ready, Waiting
from lambdas.steps.convergence import remove
from lambdas.steps.scaling import removals
from lambdas.steps.schedules import MOST_CHANGES
from tests.unit.steps import test_schedules
from tests.unit.steps.refusals import refusing
from tests.unit.steps.test_schedules import BY_HAND, HOURLY, OFFICE, Desk

if TYPE_CHECKING:
    from lambdas.domain.calendar import Calendar
    from lambdas.domain.progress import Report

_aws, desk = test_schedules._aws, test_schedules.desk


def look(desk: Desk, facts: dict[str, object]) -> Report:
    scope = replace(desk.scope(None, None, "bank"), observed=facts)
    (report,) = remove(removals(scope, Part.SCHEDULES))
    facts |= {report.resource: dict(report.facts)} if report.facts else {}
    return report


@pytest.mark.parametrize(("calendar", "looks"), [(OFFICE, 1), (HOURLY, 5)])
def test_they_go_a_few_at_a_time(desk: Desk, calendar: Calendar, looks: int) -> None:
    desk.settle(calendar, BY_HAND)
    desk.settle(OFFICE, cluster="bank-1")
    theirs, facts = desk.expressions("bank-1"), dict[str, object]()
    desk.asked.clear()
    for _ in range(looks):
        before = len(desk.changes)
        assert isinstance(look(desk, facts).progress, Waiting)
        assert len(desk.changes) - before <= MOST_CHANGES
    report = look(desk, facts)
    assert (report.progress, report.facts) == (Ready(), {"status": DELETED})
    assert {name for name, _ in desk.changes} == {"DeleteSchedule"}
    assert (desk.there(), desk.expressions("bank-1")) == ([], theirs)


def test_where_there_are_none_there_is_nothing_to_do(desk: Desk) -> None:
    report = look(desk, {})
    assert (report.progress, report.facts, desk.changes) == (Ready(), {}, [])


def test_what_is_gone_meanwhile_is_gone(desk: Desk) -> None:
    desk.settle(OFFICE)
    with refusing(desk.aws.scheduler, "DeleteSchedule", 404, "ResourceNotFoundException"):
        assert isinstance(look(desk, {}).progress, Waiting)


def test_sizes_go_with_their_node_groups(desk: Desk) -> None:
    assert list(removals(desk.scope(OFFICE, None, "bank"), Part.SIZES)) == []
