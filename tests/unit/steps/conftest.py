from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambdas.aws.clients import Aws
from sandbox.clock import VirtualClock
from sandbox.twin.inprocess import attach
from tests.quick import new_session
from tests.unit.steps.stage import Stage, Tape, new_stage
from tests.unit.steps.yard import Yard, fenced, in_moto
from tests.unit.twin.house import REGION, START, Switch

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def _equipment() -> tuple[Aws, Tape, Switch]:
    """Clients that take long to make, before whichever twin a test has."""
    session = new_session(REGION)
    tape, switch = Tape(), Switch()
    attach(session, switch)
    session.events.register("provide-client-params", tape.note)
    refuse: Any = tape.refuse  # the stubs do not know that an answer may be given
    session.events.register("before-call", refuse)
    session.events.register("after-call", tape.edit)
    return Aws(session), tape, switch


@pytest.fixture
def stage(_equipment: tuple[Aws, Tape, Switch]) -> Iterator[Stage]:
    """A stage with an empty account."""
    aws, tape, switch = _equipment
    made = new_stage(aws, tape, VirtualClock(START))
    switch.twin = made.twin
    yield made
    tape.reset()


@pytest.fixture
def active(stage: Stage) -> Stage:
    """A stage with one empty ACTIVE cluster of ours."""
    stage.cluster()
    return stage


@pytest.fixture(scope="module")
def _moto() -> Iterator[Aws]:
    with in_moto() as aws:
        yield aws


@pytest.fixture
def yard(_moto: Aws) -> Iterator[Yard]:
    """What is left of a cluster, in an account of its own."""
    with fenced(_moto) as made:
        yield made
