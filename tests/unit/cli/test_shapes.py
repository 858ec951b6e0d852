from dataclasses import fields

import pytest

from cli import shapes
from lambdas.domain import calendar, progress, runs, views


@pytest.mark.parametrize(
    ("shape", "view"),
    [
        (shapes.Step, runs.Step),
        (shapes.RunError, runs.Problem),
        (shapes.Run, views.RunView),
        (shapes.Event, views.EventView),
        (shapes.Condition, views.Condition),
        (shapes.NodegroupStatus, views.NodegroupStatus),
        (shapes.AddonStatus, views.AddonStatus),
        (shapes.Moment, calendar.Moment),
        (shapes.Upcoming, calendar.Upcoming),
        (shapes.Standing, calendar.Standing),
        (shapes.NodegroupSizes, views.NodegroupSizes),
        (shapes.SizeChange, views.SizeChange),
        (shapes.NightStatus, views.NightStatus),
        (shapes.Desired, views.DesiredView),
        (shapes.Schedule, views.ScheduleView),
        (shapes.Arranged, views.Arranged),
        (shapes.ClusterStatus, views.ClusterStatus),
        (shapes.Cluster, views.ClusterView),
        (shapes.Accepted, views.Accepted),
        (shapes.Action, progress.Action),
        (shapes.Plan, views.Plan),
        (shapes.FieldError, views.FieldProblem),
        (shapes.Problem, views.ProblemDocument),
    ],
)
def test_the_client_reads_what_the_api_writes(shape: type, view: type) -> None:
    assert set(shape.__annotations__) <= {member.name for member in fields(view)}
