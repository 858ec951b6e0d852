"""The API dying between any two of its writes: the same spec sent again finishes what was accepted."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.wire import Died, Fate

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.workflows.attempts import Attempts

    Start = Callable[[str], Attempts]

WRITES = ("dynamodb:TransactWriteItems", "stepfunctions:StartExecution")
FATES = (Fate.DIES_BEFORE, Fate.DIES_AFTER, Fate.ANSWER_LOST, Fate.ALL_ANSWERS_LOST)


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("fate", FATES)
def test_a_new_spec_is_accepted_once(attempts: Start, fate: Fate, write: str) -> None:
    cluster = attempts("bare")
    accept(cluster, fate, write)
    assert cluster.post() == "SUCCEEDED"
    cluster.assert_finished()
    assert runs(cluster) == ["1"]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("fate", FATES)
def test_another_attempt_is_accepted_once(attempts: Start, fate: Fate, write: str) -> None:
    cluster = attempts("bare")
    assert cluster.post(stop=lambda _: True) == "ABORTED"
    accept(cluster, fate, write)
    assert cluster.post() == "SUCCEEDED"
    cluster.assert_finished()
    assert runs(cluster) == ["2", "1"]


def test_a_run_that_cannot_even_say_why_it_failed(attempts: Start) -> None:
    """Whatever the ledger's function writes after the beginning, it dies."""
    cluster = attempts("bare")
    with cluster.home.wire.striking(Fate.DIES_BEFORE, lambda call: call.name in WRITES and call.nth > 2):
        assert cluster.post(gives_up=True) == "FAILED"
    assert len(cluster.home.wire.struck) == 2, "the recording of success, then that of failure"
    assert cluster.post() == "SUCCEEDED"
    cluster.assert_finished()


def accept(cluster: Attempts, fate: Fate, write: str) -> None:
    """Send the spec, and let this happen to one of the two writes."""
    wire = cluster.home.wire
    with wire.striking(fate, lambda call: call.name == write), suppress(Died, ReadTimeoutError):
        cluster.home.accept(cluster.wanted)
    assert {call.name for call in wire.struck} == {write}


def runs(cluster: Attempts) -> list[str]:
    """The numbers of the attempts, newest first."""
    found, _ = cluster.home.around.registry.runs(cluster.name)
    return [run.id.rpartition("-")[2] for run in found]
