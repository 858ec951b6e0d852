"""The provision workflow, executed as its file stands, over the twin."""

from __future__ import annotations

from tests.house import example, house

MOST_TRANSITIONS = 150


def test_simple_bank_becomes_a_running_cluster() -> None:
    with house() as home:
        execution = home.provision(example("simple-bank"))
        assert (execution.status, execution.cause) == ("SUCCEEDED", "")
        assert execution.states[-1] == "Cluster is as described"
        assert len(execution.states) <= MOST_TRANSITIONS
